"""Everything that paints, as one kind of function: from a line-art and hints to a picture.

Their names are in eval/README.md. Pictures of any other tool, in a folder, are a system too.
"""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch

from colorizer import Colorizer
from colorizer.images import SUFFIXES, InputError, load_image, resize_u8, to_tensor, to_u8
from colorizer.preprocessing.hints import hint_tensor, reduce_strokes
from colorizer.regions import LIGHTS, find_regions, multiply, spread_hints, walk_hints
from colorizer.working import DRAFT_RATIO, hint_layer
from train.checkpoints import load_weights, newest_checkpoint, read_checkpoint
from train.options import option
from train.publish import assemble

from .baselines.train import BASELINES
from .commands import words
from .drawings import SIDE, Case, System
from .metrics import INK_BELOW, on_paper

OURS, PAINTED, NETWORK = "ours", "ours-painted", "network"
GMIC_COMMAND = (
    "to_rgb[-1] fx_colorize_lineart_smart 1,95,0,0,1,24,200,0,75,2,60,20,90,1,10,1 keep[-1]"
)
"""G'MIC's smart coloring with its defaults, fed with spots; its last output is the colors."""


def line_alone(case: Case) -> np.ndarray:
    """Return the line-art itself."""
    return cv2.cvtColor(case.decoded()[0], cv2.COLOR_GRAY2RGB)


def nearest(case: Case) -> np.ndarray:
    """Return the color of the nearest hint, darkened by the line-art; the line-art without any."""
    line, layer = case.decoded()
    free = layer[:, :, 3] == 0
    if free.all():
        return line_alone(case)
    _, labels = cv2.distanceTransformWithLabels(
        free.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE, labelType=cv2.DIST_LABEL_PIXEL
    )
    palette = np.zeros((labels.max() + 1, 3), np.uint8)
    palette[labels[~free]] = layer[~free, :3]
    return multiply(palette[labels], line)


def spread(case: Case) -> np.ndarray:
    """Return our hints, spread by ink alone and darkened by the line-art: no network."""
    line, layer = case.decoded()
    flow = walk_hints(find_regions(line, None), layer)
    return multiply(flow.palette[flow.labels], line) if len(flow.palette) else line_alone(case)


def gmic(case: Case) -> np.ndarray:
    """Return G'MIC's smart coloring, darkened by the line-art; the line-art without any hint.

    Hints on ink are left out, which is better for it.
    """
    module, interpreter = find_gmic()
    line, layer = case.decoded()
    if isinstance(case.hints, list):
        layer = hint_layer(on_paper(case.hints, line), line.shape[::-1], line.shape[::-1])
    layer[line < INK_BELOW] = 0
    if not layer[:, :, 3].any():
        return line_alone(case)
    # gmic's own order is x, y, z, channel
    planes = [layer.transpose(1, 0, 2)[:, :, None], line.T[:, :, None, None]]
    pictures = [module.Image(np.ascontiguousarray(plane, np.float32)) for plane in planes]
    spots = interpreter.run(GMIC_COMMAND, module.ImageList(pictures))
    color = spots[0].as_numpy()[:, :, 0, :3].transpose(1, 0, 2)
    return multiply(color.clip(0, 255).astype(np.uint8), line)


@cache
def find_gmic():
    """Return G'MIC's Python module and an interpreter; InputError if it is not installed."""
    try:
        import gmic as module
    except ImportError as error:
        text = "To compare with gmic, run pip install -r eval/requirements.txt first."
        raise InputError(text) from error
    return module, module.Gmic()


PEERS: dict[str, System] = {"line": line_alone, "nearest": nearest, "spread": spread, "gmic": gmic}


@dataclass(frozen=True)
class Folder:
    """Any tool's pictures: ROOT/PLAN/KIND/NAME or else ROOT/NAME, any format and size."""

    root: Path

    def find(self, name: str) -> Path:
        """Return the picture of the case that has this name; InputError if there is none."""
        stems = self.root / name, self.root / name.split("/", 2)[-1]
        paths = (
            stem.with_name(stem.name + suffix) for stem in stems for suffix in sorted(SUFFIXES)
        )
        found = next(filter(Path.is_file, paths), None)
        if not found:
            raise InputError(f"--against has no picture {stems[0]}.* and no {stems[1]}.*")
        return found

    def __call__(self, case: Case) -> np.ndarray:
        """Return the picture of a case, resized if it has another size."""
        picture = np.asarray(load_image(self.find(case.name)))
        return resize_u8(picture, case.line.shape[1::-1])


def of_colorizer(colorizer: Colorizer) -> dict[str, System]:
    """Return what a colorizer is measured as, `OURS` first."""

    def system(**manner: object) -> System:
        return lambda case: np.asarray(colorizer(case.line, case.hints, **manner).image)

    return {
        OURS: system(),
        PAINTED: system(lines="painted"),
        NETWORK: system(lines="painted", settled=False),
        "draft": lambda case: resize_u8(
            np.asarray(colorizer(case.line, case.hints).draft), case.line.shape[1::-1]
        ),
        "automatic": system(rest="automatic"),
        **{f"ours-{light}": system(shadows=light) for light in LIGHTS},
    }


def of_baseline(name: str, path: Path, device: torch.device) -> tuple[System, int]:
    """Return a baseline in evaluation mode, running means and no dropout, and its parameters."""
    config, kind = BASELINES[name]
    options, known = read_checkpoint(path)["config"], {item.name for item in fields(config)}
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items() if k in known}
    gan = kind(config(**options), device)
    load_weights(gan.generator, name, path)
    generator = gan.generator.to(device, memory_format=torch.channels_last).eval()

    @torch.inference_mode()
    def paint(case: Case) -> np.ndarray:
        line, layer = case.decoded()
        size = tuple(side // DRAFT_RATIO for side in line.shape[::-1])
        spread = gan.config.hints == "spread"
        hint = spread_hints(line, layer, size) if spread else reduce_strokes(layer, size)
        batch = {"large_line": to_tensor(line)[None], "hint": hint_tensor(hint)[None]}
        return to_u8(gan.paint(generator, {k: t.to(device) for k, t in batch.items()})[0])

    return paint, sum(p.numel() for p in generator.parameters())


def newest(source: str) -> Path | None:
    """Return the newest checkpoint of a run folder or a checkpoint file, None of anything else."""
    path = Path(source)
    run = source and (path.is_file() or (path / "checkpoints").is_dir())
    return newest_checkpoint(path) if run else None


def of_checkpoint(
    source: str = "", device: torch.device | None = None, side: int = SIDE
) -> tuple[dict[str, System], int]:
    """Return what a checkpoint paints as, by name, and how many parameters that has.

    Args:
        source: "" for the bundled weights; a checkpoint folder or "user/repo" of the Hub; or a
            run folder or checkpoint file of train.colorization or eval.baselines.train; else
            InputError is raised.
        device: where to paint; None takes the best there is.
        side: of the squares that a colorizer paints at.
    """
    path = newest(source)
    held = read_checkpoint(path) if path else {}
    for name in BASELINES:
        if name in held:
            system, parameters = of_baseline(name, path, device or torch.device("cpu"))
            return {name: system}, parameters
    if path and "colorization" not in held:
        raise InputError(
            f"{path} cannot paint: wanted is a run of colorization, {', '.join(BASELINES)}."
        )
    if path:
        draft = newest_checkpoint(held["config"]["draft"])
        colorizer = assemble({"draft": draft, "colorization": path}).to(device)
    else:
        colorizer = Colorizer.from_pretrained(source or None, device=device)
    colorizer.side = side
    stages = [colorizer.models[name] for name in ("draft", "colorization")]
    return of_colorizer(colorizer), sum(p.numel() for s in stages for p in s.parameters())


@dataclass(frozen=True)
class SystemConfig:
    """What paints."""

    compare: tuple[str, ...] = option(
        (),
        "others to measure: gmic, nearest, spread, line, network, draft, ours-painted, automatic, "
        "ours-left, ours-above, ours-right; or NAME=CHECKPOINT",
    )
    checkpoint: str = option("", "folder, run or user/repo; empty: the bundled one; none: no ours")
    against: tuple[str, ...] = option(
        (), "folders with another tool's pictures, PLAN/KIND/NAME.* or NAME.*"
    )


def sources(config: SystemConfig) -> dict[str, str]:
    """Return the checkpoints of --compare by their names."""
    return dict(text.split("=", 1) for text in words(config.compare) if "=" in text)


def load_systems(
    config: SystemConfig,
    always: tuple[str, ...] = (OURS, *BASELINES),
    device: torch.device | None = None,
    side: int = SIDE,
) -> dict[str, System]:
    """Return the systems: what needs no checkpoint, what the one paints as, folders of pictures.

    Those `always` are measured of the checkpoint without being named; see also `of_checkpoint`.

    Raises:
        InputError: an unknown name, one that cannot be had, or two of one name.
    """
    source, named = config.checkpoint, sources(config)
    names = [name for name in words(config.compare) if "=" not in name]
    held = {} if source == "none" else of_checkpoint(source, device, side)[0]
    known = [*PEERS, *held]
    wrong = [n for n in names if n not in known] + [n for n in named if n in known]
    if wrong:
        raise InputError(
            f"--compare has {', '.join(wrong)}; wanted are some of {', '.join(known)}, or "
            "NAME=CHECKPOINT with another name."
        )
    if "gmic" in names:
        find_gmic()
    systems = {name: PEERS[name] for name in names if name in PEERS}
    systems |= {n: next(iter(of_checkpoint(p, device, side)[0].values())) for n, p in named.items()}
    systems |= {n: system for n, system in held.items() if n in always or n in names}
    for path in map(Path, words(config.against)):
        name = path.resolve().name
        if name in systems:
            raise InputError(f"--against has a second {name!r}; wanted are folders of other names.")
        systems[name] = Folder(path)
    return systems

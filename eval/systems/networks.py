"""What checkpoints paint as: ours in its manners, and Table 2's baselines."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import torch

from colorizer import Colorizer
from colorizer.images import InputError, resize_u8, to_tensor, to_u8
from colorizer.pipeline import AUTOMATIC
from colorizer.preprocessing.hints import hint_tensor, reduce_strokes
from colorizer.regions import spread_hints
from colorizer.working import DRAFT_RATIO
from train.checkpoints import load_weights, newest_checkpoint, read_checkpoint
from train.publish import assemble

from ..baselines.train import BASELINES
from ..drawings import SIDE, Case, System

OURS, PAINTED, NETWORK = "ours", "ours-painted", "network"


def of_colorizer(colorizer: Colorizer) -> dict[str, System]:
    """Return what a colorizer is measured as, `OURS` first."""
    return {
        OURS: lambda case: np.asarray(colorizer(case.line, case.hints).image),
        PAINTED: lambda case: np.asarray(colorizer(case.line, case.hints, lines="painted").image),
        NETWORK: lambda case: np.asarray(
            colorizer(case.line, case.hints, lines="painted", settled=False).image
        ),
        "draft": lambda case: resize_u8(
            np.asarray(colorizer(case.line, case.hints).draft), case.line.shape[1::-1]
        ),
        "automatic": lambda case: np.asarray(colorizer(case.line, AUTOMATIC).image),
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

    return paint, count_parameters(generator)


def count_parameters(model: torch.nn.Module) -> int:
    """Return the number of trained numbers of a model."""
    return sum(p.numel() for p in model.parameters())


def newest(source: str) -> Path | None:
    """Return the newest checkpoint of a run folder or a checkpoint file, None of anything else."""
    path = Path(source)
    run = bool(source) and (path.is_file() or (path / "checkpoints").is_dir())
    return newest_checkpoint(path) if run else None


def of_checkpoint(
    source: str = "", device: torch.device | None = None, side: int = SIDE
) -> tuple[dict[str, System], int]:
    """Return what a checkpoint paints as, by name, and how many parameters that has.

    Args:
        source: "" for the bundled weights; a checkpoint folder or "user/repo" of the Hub; or a
            run folder or checkpoint file of train.colorization or eval.baselines.train.
        device: where to paint; None takes the best there is.
        side: of the squares that a colorizer paints at.

    Raises:
        InputError: none of these.
    """
    path = newest(source)
    held = read_checkpoint(path) if path else {}
    for name in BASELINES:
        if name in held:
            system, parameters = of_baseline(name, path, device or torch.device("cpu"))
            return {name: system}, parameters
    if path and "colorization" not in held:
        names = ", ".join(["colorization", *BASELINES])
        raise InputError(f"{path} cannot paint: wanted is a run of {names}.")
    if path:
        draft = newest_checkpoint(held["config"]["draft"])
        colorizer = assemble({"draft": draft, "colorization": path}).to(device)
    else:
        colorizer = Colorizer.from_pretrained(source or None, device=device)
    colorizer.side = side
    stages = [colorizer.models[name] for name in ("draft", "colorization")]
    return of_colorizer(colorizer), sum(map(count_parameters, stages))

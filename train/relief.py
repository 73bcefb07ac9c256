"""Train the relief network: where light falls in a line-art. Ours, not the paper's.

python -m train.relief --renders RENDERS
torchrun --nproc_per_node=8 -m train.relief --renders RENDERS
python -m train.relief --resume runs/00000-relief

The folder of renders holds meta/NAME.json beside what the region network learns from: "lights",
the first of which, a unit vector to it, is that of shade/.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import mannwhitneyu
from torch import Tensor, nn
from torch.utils.data import Dataset, Subset

from colorizer.images import InputError, resize_u8, to_tensor
from colorizer.models import ReliefModel
from colorizer.models.relief import lit

from . import regions
from .augment import wear
from .distributed import Process, start
from .index import bounds_of, list_entries, pick
from .loop import Batch, Models, Run
from .options import RunConfig, changed, option, parse_config, run_main
from .region_samples import RegionSamplesConfig, cut
from .renders import LINES, SECOND_FIGURE, read_render, read_shade
from .validation import check_on

SHADED = [n for n in range(1, 40) if not 3 <= n <= 9 and n != 19]
"""Materials that light falls on: of figures, but not eyes and mouths, which are flat."""
OPTIMIZATION = regions.OPTIMIZATION | {"ema": 0.998}


@dataclass(frozen=True)
class Config(changed(RunConfig, **OPTIMIZATION), changed(RegionSamplesConfig, crop=512)):
    """The paper knows no such network; the card of the bundled one has its commands."""

    steps: int = option(3_000, "optimizer steps")
    batch: int = option(16, "samples per step, over all GPUs")
    decay_steps: tuple[int, ...] = option((2_000,), "steps at which the rate falls x0.1")
    val_renders: tuple[str, ...] = option((), "folder of renders to validate on")
    width: int = option(16, "channels of the first level")


class ReliefSamples(Dataset):
    """Samples of the relief network; sample i is a function of (seed, i) alone.

    With C = `config.crop` a sample holds line (1, C, C) in [-1, 1]; lit (C/4, C/4), the share of
    each place on which light falls; known (C/4, C/4), 1 where that is known, else 0; light (3), a
    unit vector to it, see `lit`.
    """

    def __init__(self, config: Config, seed: int, length: int):
        """Index the folders.

        Raises:
            InputError: a folder is missing or there are no renders; a crop of another kind.
        """
        if config.crop % 64:
            raise InputError(f"--crop is {config.crop}; wanted is a multiple of 64.")
        self.entries = [entry for entry in list_entries(config) if entry.render]
        if not self.entries:
            raise InputError("There are no renders to train on: give a folder to --renders.")
        self.bounds = bounds_of(self.entries)
        self.config, self.seed, self.length = config, seed, length

    def __len__(self) -> int:
        """The number of samples of the whole training."""
        return self.length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Return sample `index`; InputError if a file of its render is missing or damaged."""
        rng = np.random.default_rng((self.seed, index))
        path = self.entries[pick(self.bounds, rng)].color
        line, ids = read_render(path, LINES[int(rng.random() < self.config.open_share)])
        known = 255 * (np.isin(ids % SECOND_FIGURE, SHADED) & (line > 128))
        bright = np.minimum(read_shade(path)[:, :, 0], known)
        planes = 255 - np.dstack([bright, known, known]).astype(np.uint8)  # 0 beyond the picture
        turn = int(rng.choice((-1, 1)))
        line, planes, _ = cut(line, planes, None, self.config, rng, turn)
        quarter = self.config.crop // 4, self.config.crop // 4
        bright, known, _ = cv2.split(resize_u8(255 - planes, quarter).astype(np.float32))
        return {
            "line": to_tensor(wear(line, rng)),
            "lit": torch.from_numpy((bright / np.maximum(known, 1)).clip(0, 1)),
            "known": torch.from_numpy((known > 127).astype(np.float32)),
            "light": torch.from_numpy(read_light(path) * np.float32([turn, 1, 1])),
        }


def read_light(path: Path) -> np.ndarray:
    """Return the unit vector to the light of the render with the id picture `path`, float32 (3).

    Raises:
        InputError: its meta file is missing or names no light.
    """
    file = path.parents[1] / "meta" / f"{path.stem}.json"
    try:
        light = np.float32(json.loads(file.read_text("utf-8"))["lights"][0])
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise InputError(f"{file} is missing or names no light of its render.") from error
    if light.shape != (3,):
        raise InputError(f"{file} has a light of {light.size} numbers; wanted are three.")
    return light


def losses(models: Models, batch: Batch) -> Iterator[dict[str, Tensor]]:
    """Yield the loss of a micro-batch: binary cross-entropy where light is known."""
    found = lit(models["relief"](batch["line"]).float(), batch["light"])
    known = batch["known"]
    entropy = F.binary_cross_entropy_with_logits(found, batch["lit"], known, reduction="sum")
    yield {"lit": entropy / known.sum().clamp(min=1)}


def validate(
    model: nn.Module, batches: Iterable[Batch], context: torch.autocast
) -> dict[str, float]:
    """Return the share of pairs of a lit and a shadowed place of a sample in order, as "order"."""
    shares = []
    for batch in batches:
        with context:
            found = lit(model(batch["line"]).float(), batch["light"])
        for logits, truth, known in zip(found, batch["lit"], batch["known"]):
            bright, dark = (
                logits[(known > 0) & side].cpu() for side in (truth > 0.5, truth <= 0.5)
            )
            if len(bright) and len(dark):
                better = mannwhitneyu(bright, dark).statistic
                shares.append(better / (len(bright) * len(dark)))
    return {"order": float(np.mean(shares))} if shares else {}


def checker(config: Config, process: Process) -> Callable[[nn.Module], dict[str, float]] | None:
    """Return what measures a model on the held-out renders, if there are any."""
    if not config.val_renders or process.rank:
        return None
    count, held = config.val_samples, dataclasses.replace(config, renders=config.val_renders)
    samples = Subset(ReliefSamples(held, 1, count), range(count))
    return check_on({"": samples}, config, process, validate)


def columns(model: nn.Module, batch: Batch) -> list[Tensor]:
    """Return line-art, where light falls and where it does in truth, for a grid."""
    found = lit(model(batch["line"]).float(), batch["light"]).sigmoid()
    truth = batch["lit"] * batch["known"]
    maps = (F.interpolate(m[:, None] * 2 - 1, scale_factor=4.0) for m in (found, truth))
    return [batch["line"], *maps]


def main(argv: list[str] | None = None) -> None:
    """Run the training that the command line describes."""
    config: Config = parse_config(Config, __doc__, argv)
    process = start(config)
    dataset = ReliefSamples(config, config.seed, config.steps * config.batch)
    models = {"relief": ReliefModel(config.width)}
    run = Run(config, process, models, dataset, losses, columns, checker(config, process))
    for micros in run:
        run.log(run.step(micros))


if __name__ == "__main__":
    run_main(main)

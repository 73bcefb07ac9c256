"""Errors on held-out pictures: the same ones every time, with and without hints."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from .data import Drawings
from .distributed import Process, autocast, quiet_worker
from .options import DataConfig, RunConfig

HINTS = 28
"""Hints of a held-out picture, where the training has any: as many as in C-FID's plan."""


def picture_folders(folders: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which folders hold plain pictures, and which pairs: those with color/ and line/."""
    pairs = [f for f in folders if all((Path(f) / part).is_dir() for part in ("color", "line"))]
    return tuple(f for f in folders if f not in pairs), tuple(pairs)


class HeldOut(Dataset):
    """Up to `val_samples` pictures of `config.val`, evenly spaced, without jitter.

    Which pictures, crops, line methods and hints is a function of the folders alone. Pairs show
    their own line-art.
    """

    def __init__(self, config: DataConfig, large: bool = False):
        """Index the folders, as `Drawings` does; one with color/ and line/ in it holds pairs."""
        data, pairs = picture_folders(config.val)
        plain = {
            "real_share": 1.0,
            "hue": 0.0,
            "contrast": 0.0,
            "fade": 1.0,
            "flat_background": 0.0,
        }
        plain |= {"data": data, "pairs": pairs, "renders": (), "hold_out": (), "weights": ()}
        self.drawings = Drawings(dataclasses.replace(config, **plain), 0, large)
        self.hints = min(HINTS, config.most_hints)
        self.count = min(config.val_samples, len(self.drawings.entries))

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Return held-out sample `index`."""
        number = index * len(self.drawings.entries) // len(self)
        return self.drawings.sample(number, np.random.default_rng(index), self.hints)


Measure = Callable[[nn.Module, Iterator[dict[str, Tensor]], torch.autocast], dict[str, float]]
"""Takes a model, batches on its device and the context to call it in; returns figures by name."""


def check_on(
    sets: dict[str, Dataset], config: RunConfig, process: Process, measure: Measure
) -> Callable[[nn.Module], dict[str, float]]:
    """Return what measures a model on held-out samples, in batches as large as micro-batches.

    The figures are called val_, the name of their set and their own.
    """
    size = max(1, config.batch // process.world // config.accumulate)
    shared = {"num_workers": config.workers, "worker_init_fn": quiet_worker}
    loaders = {name: DataLoader(samples, size, **shared) for name, samples in sets.items()}
    context = autocast(config, process)

    @torch.no_grad()
    def check(model: nn.Module) -> dict[str, float]:
        found = {}
        for name, loader in loaders.items():
            batches = ({k: t.to(process.device) for k, t in batch.items()} for batch in loader)
            figures = measure(model, batches, context)
            found |= {f"val_{name}{key}": value for key, value in figures.items()}
        return found

    return check


def checker(
    config: DataConfig,
    process: Process,
    paint: Callable[[nn.Module, dict[str, Tensor]], Tensor],
    target: str,
) -> Callable[[nn.Module], dict[str, float]] | None:
    """Return what measures a model on the held-out pictures; None without --val and above rank 0.

    It returns the mean L1 on [-1, 1] and the mean PSNR in dB, as val_l1 and val_psnr, where the
    samples have hints with _hints and again with _no_hints.

    `paint` takes a model and a batch, and predicts that tensor of the batch that `target` names.
    """
    if not config.val or process.rank:
        return None
    samples = HeldOut(config, target.startswith("large"))

    def measure(model, batches, context) -> dict[str, float]:
        sums: Counter[str] = Counter()
        for batch in batches:
            hinted = {"_hints": batch["hint"], "_no_hints": torch.zeros_like(batch["hint"])}
            cases = hinted if samples.hints else {"": batch["hint"]}
            for suffix, hint in cases.items():
                with context:
                    fake = paint(model, batch | {"hint": hint}).float()
                apart = (fake - batch[target]).flatten(1)
                psnr = 10 * torch.log10(4 / apart.square().mean(1).clamp(min=1e-10))
                l1 = apart.abs().mean(1)
                sums.update({f"l1{suffix}": l1.sum().item(), f"psnr{suffix}": psnr.sum().item()})
        return {name: total / len(samples) for name, total in sums.items()}

    return check_on({"": samples}, config, process, measure)

"""Errors on held-out pictures: the same ones every time, with and without hints."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from .data import Drawings
from .distributed import Place, quiet_worker
from .optimization import autocast
from .options import DataConfig

HINTS = 28
"""Hints of a held-out picture, where the training has any: as many as in C-FID's plan."""


class HeldOut(Dataset):
    """Up to `val_samples` pictures of `config.val`, evenly spaced, without jitter.

    Which pictures, crops, line methods and hints is a function of the folders alone. Pairs show
    their own line-art.
    """

    def __init__(self, config: DataConfig, large: bool = False):
        """Index the folders; a folder with color/ and line/ in it holds pairs.

        Raises:
            InputError: see `Drawings`.
        """
        pairs = [f for f in config.val if all((Path(f) / d).is_dir() for d in ("color", "line"))]
        plain = dataclasses.replace(
            config,
            data=tuple(f for f in config.val if f not in pairs),
            pairs=tuple(pairs),
            **{"renders": (), "hold_out": (), "weights": (), "real_share": 1.0},
            **{"hue": 0.0, "contrast": 0.0, "fade": 1.0, "flat_background": 0.0},
        )
        self.drawings = Drawings(plain, 0, config.val_samples, large)
        self.hints = min(HINTS, config.most_hints)

    def __len__(self) -> int:
        """The number of held-out samples."""
        return min(self.drawings.length, len(self.drawings.entries))

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Return held-out sample `index`."""
        place = index * len(self.drawings.entries) // len(self)
        return self.drawings.sample(place, np.random.default_rng(index), self.hints)


Paint = Callable[[nn.Module, dict[str, Tensor]], Tensor]


def held_out(config: DataConfig, place: Place, large: bool = False) -> DataLoader | None:
    """Return the held-out samples in batches; None without --val and on ranks above 0."""
    if not config.val or place.rank:
        return None
    return DataLoader(
        HeldOut(config, large),
        batch_size=max(1, config.batch // place.world // config.accumulate),
        num_workers=config.workers,
        worker_init_fn=quiet_worker,
    )


def checker(
    config: DataConfig, place: Place, paint: Paint, target: str
) -> Callable[[nn.Module], dict[str, float]] | None:
    """Return what measures a model on the held-out pictures; None where nothing is to be measured.

    Args:
        config: options with --val.
        place: where this rank runs.
        paint: takes a model and a batch, and returns the prediction of the batch's `target`.
        target: name of the tensor in a batch that is to be predicted.
    """
    loader = held_out(config, place, target.startswith("large"))
    if not loader:
        return None
    context = autocast(config, place)
    return lambda model: validate(loader, partial(paint, model), target, place, context)


@torch.no_grad()
def validate(
    loader: DataLoader,
    paint: Callable[[dict[str, Tensor]], Tensor],
    target: str,
    place: Place,
    context: torch.autocast,
) -> dict[str, float]:
    """Return mean L1 on [-1, 1] and mean PSNR in dB of what `paint` makes of held-out batches.

    The keys are val_l1 and val_psnr, where the samples have hints with _hints and again with
    _no_hints.
    """
    sums: Counter[str] = Counter()
    for cpu_batch in loader:
        batch = {name: tensor.to(place.device) for name, tensor in cpu_batch.items()}
        hinted = {"_hints": batch["hint"], "_no_hints": torch.zeros_like(batch["hint"])}
        cases = hinted if loader.dataset.hints else {"": batch["hint"]}
        for suffix, hint in cases.items():
            with context:
                fake = paint(batch | {"hint": hint}).float()
            sums.update(_errors(fake, batch[target], suffix))
    return {name: total / len(loader.dataset) for name, total in sums.items()}


def _errors(fake: Tensor, wanted: Tensor, suffix: str) -> dict[str, float]:
    """Return the sums over a batch of each picture's L1 and PSNR."""
    apart = (fake - wanted).flatten(1)
    psnr = 10 * torch.log10(4 / apart.square().mean(1).clamp(min=1e-10))
    l1 = apart.abs().mean(1)
    return {f"val_l1{suffix}": l1.sum().item(), f"val_psnr{suffix}": psnr.sum().item()}

"""Batches from the last samples, so that a fast GPU does not wait for the workers. Ours."""

import threading
from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

FIRST = 0.05
"""Share of the store that is filled before the first batch."""
NARROW = {torch.float32: torch.float16, torch.int64: torch.int32, torch.bool: torch.bool}
"""How tensors are kept; the bytes that pictures come from survive it."""
SIDELESS = ("damage", "same", "taught", "people")
"""Tensors of a sample without a left and a right."""


class Store:
    """The last `size` samples of a loader, which a thread collects until it is `over`."""

    def __init__(self, loader: Iterable[dict[str, Tensor]], size: int):
        """Begin to collect; the loader's workers are started by the thread that calls this."""
        self.size, self.count, self.kept = size, 0, {}
        self.over, self.error = False, None
        self.news = threading.Condition()
        self.thread = threading.Thread(target=self._collect, args=(iter(loader),), daemon=True)
        self.thread.start()

    def _collect(self, loaded: Iterator[dict[str, Tensor]]) -> None:
        try:
            for batch in loaded:
                with self.news:
                    self._add(batch)
                    self.news.notify()
                if self.over:
                    return
        except Exception as error:  # for the thread that draws
            self.error = error
        with self.news:
            self.over = True
            self.news.notify()

    def _add(self, batch: dict[str, Tensor]) -> None:
        number = len(next(iter(batch.values())))
        at = torch.arange(self.count, self.count + number) % self.size
        for name, tensor in batch.items():
            if name not in self.kept:
                narrow, shape = NARROW[tensor.dtype], (self.size, *tensor.shape[1:])
                self.kept[name] = torch.empty(shape, dtype=narrow)
            self.kept[name][at] = tensor.to(self.kept[name].dtype)
        self.count += number

    def draw(self, number: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Return random samples as they are kept; wait for the first, raise the loader's error."""
        with self.news:
            least = max(number, FIRST * self.size)
            self.news.wait_for(lambda: self.over or self.count >= least)
            if self.error:
                raise self.error
            at = torch.from_numpy(rng.integers(min(self.count, self.size), size=number))
            return {name: tensor[at] for name, tensor in self.kept.items()}


def reused(
    loader: DataLoader, size: int, count: int, seed: tuple[int, ...], device: torch.device
) -> Iterator[dict[str, Tensor]]:
    """Yield `count` batches drawn from the last `size` samples of an endless loader, on a device.

    Half of the samples are mirrored. Which are drawn depends on how fast the workers are.
    """
    if count <= 0:
        return
    rng, store = np.random.default_rng(seed), Store(loader, size)
    try:
        for _ in range(count):
            batch = store.draw(loader.batch_size, rng)
            turn = torch.from_numpy(rng.random(loader.batch_size) < 0.5).to(device)
            yield mirrored({name: t.to(device) for name, t in batch.items()}, turn)
    finally:
        store.over = True
        store.thread.join()


def mirrored(batch: dict[str, Tensor], turn: Tensor) -> dict[str, Tensor]:
    """Return a batch as models take it, left and right exchanged where `turn`, bool (N), is set."""
    batch = {n: t.float() if t.is_floating_point() else t.long() for n, t in batch.items()}
    other = {name: t if name in SIDELESS else t.flip(-1) for name, t in batch.items()}
    if "spots" in batch:  # flat indices into a picture of the parts' size
        side, spots = batch["part"].shape[-1], batch["spots"]
        other["spots"] = spots + side - 1 - 2 * (spots % side)
    return {
        name: torch.where(turn.view(-1, *[1] * (t.dim() - 1)), other[name], t)
        for name, t in batch.items()
    }

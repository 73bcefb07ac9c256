"""What a run shows of itself: stats.jsonl, a progress bar and grids of samples."""

import io
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from colorizer.images import to_u8

from .checkpoints import write_atomic
from .distributed import mean_of_ranks


class Report:
    """Means of the losses over steps and ranks, written every `every` steps by rank 0."""

    def __init__(self, run: Path, first: int, steps: int, every: int, quiet: bool):
        """Open the progress bar at step `first` of `steps`; forget what was written after it."""
        self.path, self.every, self.quiet = run / "stats.jsonl", every, quiet
        if not quiet and self.path.exists():
            kept = [x for x in self.path.read_text().splitlines() if _step(x) <= first]
            write_atomic(self.path, "".join(f"{line}\n" for line in kept).encode())
        self.sums: dict[str, Tensor] = {}
        self.count, self.began = 0, time.monotonic()
        self.bar = tqdm(total=steps, initial=first, disable=quiet, dynamic_ncols=True, unit="step")

    def add(self, step: int, losses: dict[str, Tensor], **plain: float) -> None:
        """Take the losses of a finished step; `step` counts finished steps."""
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0) + value.detach()
        self.count += 1
        self.bar.update()
        if step % self.every == 0:
            self._write(step, plain)

    def _write(self, step: int, plain: dict[str, float]) -> None:
        totals = torch.stack(list(self.sums.values())) / self.count
        means = dict(zip(self.sums, mean_of_ranks(totals).tolist()))
        rate = self.count / (time.monotonic() - self.began)
        self.sums, self.count, self.began = {}, 0, time.monotonic()
        self.bar.set_postfix({k: f"{v:.4f}" for k, v in means.items()})
        self.note(step, {**means, **plain, "steps_per_s": rate})

    def note(self, step: int, values: dict[str, float]) -> None:
        """Append a line of values to stats.jsonl."""
        if not self.quiet:
            with self.path.open("a") as file:
                file.write(json.dumps({"step": step, **values}) + "\n")


def _step(line: str) -> float:
    """Return the step of a line of stats.jsonl; infinity for the half line of a killed run."""
    try:
        return json.loads(line)["step"]
    except (ValueError, KeyError, TypeError):
        return math.inf


def save_grid(path: Path, columns: list[Tensor], rows: int = 8) -> None:
    """Write pictures side by side: a row per sample, a column per tensor (N, 1, 3 or 4, H, W)."""
    grid = [
        np.hstack([_show(column[row]) for column in columns])
        for row in range(min(rows, len(columns[0])))
    ]
    content = io.BytesIO()
    Image.fromarray(np.vstack(grid)).save(content, "PNG")
    write_atomic(path, content.getvalue())


def _show(tensor: Tensor) -> np.ndarray:
    picture = to_u8(tensor[:3])
    return np.dstack([picture] * 3) if picture.ndim == 2 else picture

"""A run's folder and its one writer: config.json, stats.jsonl, samples, checkpoints."""

import contextlib
import dataclasses
import fcntl
import json
import os
import socket
import time
from itertools import count
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.utils import make_grid
from tqdm import tqdm

from colorizer.images import InputError, save_image, to_u8

from .checkpoints import (
    checkpoint_to_resume,
    find_weights,
    load_weights,
    model_weights,
    stored,
    write_atomic,
)
from .distributed import mean_of_ranks, unwrap
from .options import RunConfig

ROWS = 8
"""Samples shown in a grid at most."""


def open_run(
    config: RunConfig, script: str, rank: int
) -> tuple[Path, contextlib.AbstractContextManager]:
    """Return the run folder and what gives it free again when left.

    It is the resumed one, which `lock` may refuse, or a new numbered one with its config.json;
    ranks above 0 write nothing.
    """
    root = Path(config.runs)
    if rank:
        return Path(config.resume or root), contextlib.nullcontext()
    if config.resume:
        return Path(config.resume), lock(Path(config.resume))
    root.mkdir(parents=True, exist_ok=True)
    numbers = [int(p.name[:5]) for p in root.iterdir() if p.name[:5].isdigit()]
    for number in count(max(numbers, default=-1) + 1):
        run = root / f"{number:05d}-{script}"
        with contextlib.suppress(FileExistsError):  # another process took the number
            (run / "checkpoints").mkdir(parents=True)
            break
    (run / "samples").mkdir()
    write_atomic(run / "config.json", json.dumps(dataclasses.asdict(config), indent=2).encode())
    return run, lock(run)


def lock(run: Path) -> contextlib.AbstractContextManager:
    """Make this process a run folder's only writer until it ends or leaves the context.

    If another process is, InputError says which.
    """
    file = (run / "lock").open("a+")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        raise InputError(f"{run} is being written by {file.read()}; wait until it ends.") from error
    file.truncate(0)
    file.write(f"process {os.getpid()} on {socket.gethostname()}")
    file.flush()
    return file


def start_from(config: RunConfig, models: dict[str, nn.Module]) -> Path | None:
    """Return the checkpoint to resume; without one load what --init names, or the mean of several.

    A model that not all of them hold, such as the discriminator of a run without GAN loss, starts
    afresh, but the first must be there.

    Raises:
        InputError: what they name is damaged, lacks the first model or holds one of other options,
            not all of which show in the weights' shapes.
    """
    resumed = config.resume and checkpoint_to_resume(config.resume, config.previous)
    if resumed or not config.init:
        return resumed or None
    paths, first = [find_weights(source) for source in config.init], next(iter(models))
    for path in paths:
        options = model_weights(path, first)[0]
        for name in ("width", "blocks", "cardinality", "residual"):
            wanted, found = getattr(config, name, None), options.get(name)
            if None not in (wanted, found) and wanted != found:
                raise InputError(
                    f"{path} holds a model with {name} {found}; this run has {wanted}."
                )
    held = set.intersection(*(set(stored(path)) for path in paths)) | {first}
    for name in held & models.keys():
        load_weights(unwrap(models[name]), name, *paths)
    return None


class Report:
    """Means of the losses over steps and ranks, written every `every` steps by rank 0."""

    def __init__(self, run: Path, first: int, steps: int, every: int, quiet: bool):
        """Open the progress bar at step `first` of `steps`; forget what was written after it."""
        self.path, self.every, self.quiet = run / "stats.jsonl", every, quiet
        if not quiet and self.path.exists():
            kept = [json.dumps(row) for row in read_stats(run) if row["step"] <= first]
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
        if step % self.every:
            return
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


def read_stats(run: Path) -> list[dict[str, float]]:
    """Return what stats.jsonl says, if it is there, but the half line of a killed training."""
    path, rows = run / "stats.jsonl", []
    for line in path.read_text("utf-8").splitlines() if path.is_file() else ():
        with contextlib.suppress(ValueError):
            rows.append(json.loads(line))
    return rows


def save_grid(path: Path, columns: list[Tensor]) -> None:
    """Write pictures side by side: a row per sample, a column per tensor (N, 1, 3 or 4, H, W)."""
    cells = [cell[:3].expand(3, -1, -1) for row in list(zip(*columns))[:ROWS] for cell in row]
    grid = make_grid(cells, len(columns), padding=0)
    save_image(Image.fromarray(to_u8(grid)), path)

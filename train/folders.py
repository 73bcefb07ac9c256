"""A run's folder: config.json, stats.jsonl, samples/*.png, checkpoints/*.pt, and its one writer."""

import contextlib
import dataclasses
import fcntl
import json
import os
import socket
import sys
from pathlib import Path

from torch import nn
from torch.optim.swa_utils import AveragedModel

from colorizer.images import InputError

from .checkpoints import (
    checkpoint_to_resume,
    find_weights,
    has_checkpoint,
    load_weights,
    model_weights,
    restore,
    stored_names,
    write_atomic,
)
from .distributed import unwrap
from .options import RunConfig


def open_run(
    config: RunConfig, script: str, rank: int
) -> tuple[Path, contextlib.AbstractContextManager]:
    """Return the run folder and what gives it free again when left.

    It is the resumed one, or a new numbered one with its config.json; ranks above 0 write nothing.

    Raises:
        InputError: another process writes to it.
    """
    root = Path(config.runs)
    if rank:
        return Path(config.resume or root), contextlib.nullcontext()
    if config.resume:
        return Path(config.resume), lock(Path(config.resume))
    root.mkdir(parents=True, exist_ok=True)
    run = _new_folder(root, script)
    (run / "checkpoints").mkdir()
    (run / "samples").mkdir()
    write_atomic(run / "config.json", json.dumps(dataclasses.asdict(config), indent=2).encode())
    return run, lock(run)


def _new_folder(root: Path, script: str) -> Path:
    """Make the folder of the next number, also while other processes do the same."""
    while True:
        numbers = [int(p.name[:5]) for p in root.iterdir() if p.name[:5].isdigit()]
        run = root / f"{max(numbers, default=-1) + 1:05d}-{script}"
        try:
            run.mkdir()
        except FileExistsError:
            continue
        return run


def lock(run: Path) -> contextlib.AbstractContextManager:
    """Make this process the only writer of a run folder until it ends or leaves the context.

    Raises:
        InputError: another process is.
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


def begin(config: RunConfig, parts: dict) -> int:
    """Restore what --resume or --init name and return the step to go on from.

    --init takes the weights only, the mean of several if it names several; a model that not all of
    them hold, such as the discriminator of a run without GAN loss, starts afresh, but the first of
    `parts` must be there. A run that was killed before its first checkpoint starts over.

    Raises:
        InputError: what they name is damaged, lacks a part or is of another size.
    """
    if config.resume and has_checkpoint(config.resume):
        return restore(checkpoint_to_resume(config.resume, config.previous), parts)
    if config.resume:
        print(f"{config.resume} holds no checkpoint yet and starts over.", file=sys.stderr)
    if config.init:
        paths = [find_weights(source) for source in config.init]
        first = next(iter(parts))
        for path in paths:
            _check_model(config, model_weights(path, first)[0], path)
        held = set.intersection(*map(stored_names, paths)) | {first}
        for name, part in parts.items():
            if isinstance(part, AveragedModel):  # the average starts at the new weights
                load_weights(part.module, name.removesuffix("_ema"), *paths)
            elif isinstance(part, nn.Module) and name in held:
                load_weights(unwrap(part), name, *paths)
    return 0


def _check_model(config: RunConfig, options: dict, path: Path) -> None:
    """Refuse weights of a model of other options: not all of them show in the weights' shapes."""
    for name in ("width", "blocks", "cardinality", "residual"):
        wanted, found = getattr(config, name, None), options.get(name)
        if None not in (wanted, found) and wanted != found:
            raise InputError(f"{path} holds a model with {name} {found}; this run has {wanted}.")

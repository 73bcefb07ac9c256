"""Checkpoints that survive a crash: written whole or not at all, tensors and plain values only."""

import dataclasses
import hashlib
import io
import os
import sys
from inspect import signature
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor, nn

from colorizer.images import InputError, whole_file
from colorizer.published import MODELS, CheckpointFiles

CHECKPOINT_FORMAT = 1
CHECKSUM = b"sha256"
"""What the last 32 bytes of a checkpoint file, its checksum, follow."""


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file; a crash leaves the old one or the new one. InputError if the disk is full."""
    with whole_file(path) as part, part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def save_checkpoint(run: Path, config, step: int, parts: dict) -> None:
    """Save step, options and the state of all parts; keep the last `config.keep` files.

    `parts` maps a name to anything with a state_dict(). The file ends with the checksum of what
    comes before it. If the disk does not take it, `write_atomic` raises InputError.
    """
    state = {name: part.state_dict() for name, part in parts.items()}
    state |= {"format": CHECKPOINT_FORMAT, "step": step, "config": dataclasses.asdict(config)}
    folder, content = run / "checkpoints", io.BytesIO()
    torch.save(state, content)
    for left in folder.glob(".*.pt"):  # of a killed run
        left.unlink()
    path, data = folder / f"step-{step:08d}.pt", content.getvalue()
    write_atomic(path, data + CHECKSUM + hashlib.sha256(data).digest())
    for old in sorted(folder.glob("step-*.pt"))[: -config.keep]:
        old.unlink()


def checkpoints_of(run: str | Path) -> list[Path]:
    """Return a run folder's finished checkpoints, whole or damaged, the oldest first."""
    return sorted((Path(run) / "checkpoints").glob("step-*.pt"))


def newest_checkpoint(run: str | Path) -> Path:
    """Return a run folder's newest checkpoint, or the file `run` itself; InputError if none."""
    found = [Path(run)] if Path(run).is_file() else checkpoints_of(run)
    if not found:
        raise InputError(f"{run} holds no checkpoint.")
    return found[-1]


def checkpoint_to_resume(run: str | Path, previous: bool) -> Path | None:
    """Return the newest checkpoint of a run, None if there is none yet.

    With `previous` a damaged one gets the ending .damaged and gives way to the one before it.

    Raises:
        InputError: it is damaged and none before it may be taken.
    """
    if not checkpoints_of(run):
        print(f"{run} holds no checkpoint yet and starts over.", file=sys.stderr)
        return None
    *older, newest = checkpoints_of(run)
    try:
        read_checkpoint(newest)
        return newest
    except InputError as error:
        if not older:
            raise
        if not previous:
            raise InputError(f"{error} --previous goes on from {older[-1].name}.") from error
        print(f"{error} Going on from {older[-1].name}.", file=sys.stderr)
    newest.rename(f"{newest}.damaged")
    return checkpoint_to_resume(run, previous)


def find_weights(source: str | Path) -> Path:
    """Return where the weights are: a checkpoint file, or a published folder.

    `source` is a run folder, a checkpoint file, or a folder of config.json and safetensors as
    `train.publish` writes it, such as colorizer/weights; another one raises InputError.
    """
    published = (Path(source) / "config.json").is_file() and any(Path(source).glob("*.safetensors"))
    return Path(source) if published else newest_checkpoint(source)


def read_checkpoint(path: Path) -> dict:
    """Return a checkpoint's contents, tensors and plain values only.

    Raises:
        InputError: the file is damaged or not one of ours.
    """
    data, checksum = path.read_bytes(), b""
    if data[:-32].endswith(CHECKSUM):
        data, checksum = data[:-32].removesuffix(CHECKSUM), data[-32:]
    if checksum and hashlib.sha256(data).digest() != checksum:
        raise InputError(f"{path} is damaged: its checksum is another.")
    try:
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, ValueError, KeyError, UnpicklingError) as error:
        raise InputError(f"{path} cannot be read as a checkpoint of ours.") from error
    if not isinstance(state, dict) or state.get("format") != CHECKPOINT_FORMAT:
        raise InputError(f"{path} is no checkpoint of ours (format {CHECKPOINT_FORMAT}).")
    return state


def restore(path: Path, parts: dict) -> int:
    """Load a checkpoint into all parts and return its step; InputError if one does not fit."""
    state = read_checkpoint(path)
    for name, part in parts.items():
        if name not in state:
            raise InputError(f"{path} holds no {name}.")
        _load(part, state[name], name, path)
    return state["step"]


def _load(part: nn.Module, state: dict, name: str, path: Path) -> None:
    try:
        part.load_state_dict(state)
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{path} does not fit these options: its {name} is another.") from error


def stored(path: Path) -> dict:
    """Return what a checkpoint file or a published folder holds, by name; of a folder options."""
    return CheckpointFiles(str(path)).config()["models"] if path.is_dir() else read_checkpoint(path)


def model_weights(path: Path, name: str) -> tuple[dict, dict[str, Tensor]]:
    """Return the options and the weights of a model, the averaged ones if there are any.

    `path` is a checkpoint file, whose options are the whole run's, or a published folder; `name` is
    "ldm", "draft", "colorization", "regions" or "relief", in a file also "discriminator".
    InputError is raised for a damaged checkpoint, or one without that model.
    """
    state = stored(path)
    if name not in state:
        raise InputError(f"{path} holds no {name}.")
    if path.is_dir():
        return state[name], CheckpointFiles(str(path)).model(name, state[name]).state_dict()
    weights = dict(state.get(f"{name}_ema", state[name]))
    weights.pop("n_averaged", None)
    bare = {k.removeprefix("module.").removeprefix("_orig_mod."): v for k, v in weights.items()}
    return state["config"], bare


def load_weights(model: nn.Module, name: str, *paths: Path) -> None:
    """Load the weights called `name` of a checkpoint into a model; of several, their mean.

    Raises:
        InputError: a checkpoint holds none of that name, or of other shapes.
    """
    found = [model_weights(path, name)[1] for path in paths]
    for path, weights in zip(paths, found):
        _load(model, weights, name, path)
    if len(found) > 1:
        mean = {key: sum(weights[key] for weights in found) / len(found) for key in found[0]}
        model.load_state_dict(mean)


def frozen(run: str | Path, name: str, kind: type[nn.Module] | None = None) -> nn.Module:
    """Return a finished model of a run folder, checkpoint or published folder, not to be trained.

    Args:
        run: where it is.
        name: of the model, one of `MODELS`.
        kind: its class where it is not the one of that name.

    Raises:
        InputError: `run` is empty or holds no such model.
    """
    if not run:
        raise InputError(f"This training needs --{name} RUN.")
    path = find_weights(run)
    options, weights = model_weights(path, name)
    kind = kind or MODELS[name]
    model = kind(**sizes_of(kind, options))
    _load(model, weights, name, path)
    return model.requires_grad_(False).eval()


def sizes_of(kind: type[nn.Module], options: dict) -> dict:
    """Return what a model is built with, from the options of a run or a published folder."""
    known = signature(kind).parameters
    return {key: options[key] for key in known if key in options}

"""Checkpoints that survive a crash: written whole or not at all, tensors and plain values only."""

import dataclasses
import os
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor, nn

from colorizer.images import InputError

CHECKPOINT_FORMAT = 1


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that a crash leaves the old one or the new one, never half of it."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def save_checkpoint(run: Path, config, step: int, parts: dict) -> None:
    """Save step, options and the state of all parts; keep the last `config.keep` files.

    `parts` maps a name to anything with a state_dict(); None is left out.
    """
    state = {name: part.state_dict() for name, part in parts.items() if part is not None}
    state |= {"format": CHECKPOINT_FORMAT, "step": step, "config": dataclasses.asdict(config)}
    folder = run / "checkpoints"
    part = folder / "saving.part"
    with part.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / f"step-{step:08d}.pt")
    for old in sorted(folder.glob("step-*.pt"))[: -config.keep]:
        old.unlink()


def newest_checkpoint(run: str | Path) -> Path:
    """Return the newest checkpoint of a run folder, or the file itself if `run` is one.

    Raises:
        InputError: there is none.
    """
    if Path(run).is_file():
        return Path(run)
    found = sorted((Path(run) / "checkpoints").glob("step-*.pt"))
    if not found:
        raise InputError(f"{run} holds no checkpoint.")
    return found[-1]


def read_checkpoint(path: Path) -> dict:
    """Return a checkpoint's contents, tensors and plain values only.

    Raises:
        InputError: the file is damaged or not one of ours.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise InputError(
            f"{path} is no checkpoint of ours: it holds more than tensors and plain values."
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"{path} cannot be read as a checkpoint: {reason}") from error
    if not isinstance(state, dict) or state.get("format") != CHECKPOINT_FORMAT:
        raise InputError(f"{path} is no checkpoint of ours (format {CHECKPOINT_FORMAT}).")
    return state


def restore(path: Path, parts: dict) -> int:
    """Load a checkpoint into all parts and return its step.

    Raises:
        InputError: it lacks a part, or its shapes are others.
    """
    state = read_checkpoint(path)
    for name, part in parts.items():
        if part is None:
            continue
        if name not in state:
            raise InputError(f"{path} holds no {name}.")
        try:
            part.load_state_dict(state[name])
        except (RuntimeError, ValueError) as error:
            raise InputError(f"{path} does not fit these options: {error}") from error
    return state["step"]


def model_weights(path: Path, name: str) -> tuple[dict, dict[str, Tensor]]:
    """Return a checkpoint's options and a model's weights, the averaged ones if there are any."""
    state = read_checkpoint(path)
    if name not in state:
        raise InputError(f"{path} holds no {name}.")
    if f"{name}_ema" not in state:
        return state["config"], _bare(state[name])
    average = state[f"{name}_ema"]
    return state["config"], _bare({k: v for k, v in average.items() if k != "n_averaged"})


def _bare(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights without the name prefixes of wrappers."""
    return {k.removeprefix("module.").removeprefix("_orig_mod."): v for k, v in weights.items()}


def load_weights(model: nn.Module, path: Path, name: str) -> None:
    """Load the weights called `name` of a checkpoint into a model.

    Raises:
        InputError: the checkpoint holds none of that name, or of other shapes.
    """
    _, weights = model_weights(path, name)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise InputError(f"{path} does not fit these options: {error}") from error

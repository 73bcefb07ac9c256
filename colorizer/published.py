"""Checkpoints: a folder of config.json and safetensors, bundled, local or on the Hugging Face Hub.

config.json              {"format": 1, "hints": "spread", "models": {"draft": {...}, ...}}
draft.safetensors        and so on, one file for each model
"""

import json
import os
import reprlib
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from .hub import Repository
from .images import InputError
from .models import ColorizationModel, DraftModel, LineDetectionModel, RegionModel, ReliefModel

BUNDLED = Path(__file__).parent / "weights"
"""The checkpoint that comes with the package."""
ENVIRONMENT = "COLORIZER_CHECKPOINT"
"""Environment variable with the checkpoint to use where none is named."""
FORMAT = 1
MODELS = {
    "draft": DraftModel,
    "colorization": ColorizationModel,
    "ldm": LineDetectionModel,
    "regions": RegionModel,
    "relief": ReliefModel,
}
"""The models of a checkpoint; the last three may be missing.

The LDM serves training and line extraction; without regions hints flow by ink alone; without
relief there are no shadows.
"""
HINT_KINDS = ("points", "spread")
NUMBER_TYPES = ("F16", "BF16", "F32")
"""How weights may be stored, as safetensors calls it."""
LARGEST_OPTION = 512
"""Largest number that a model may be built with; the paper's is 32."""
LARGEST_HEAD = 1_000_000
"""Most bytes of config.json, and of what a weights file says about its content."""


def split_name(name: str | Path | None, revision: str | None) -> tuple[str, str | None]:
    """Return a checkpoint's folder or repository, and its revision.

    Without a name it is `$COLORIZER_CHECKPOINT`, or else the bundled one. "user/repo@revision"
    names both at once.

    Raises:
        InputError: neither a folder nor of the form user/repo[@revision].
    """
    name = str(name or os.environ.get(ENVIRONMENT) or BUNDLED)
    if Path(name).is_dir():
        return name, None
    repo, _, pinned = name.partition("@")
    if repo.count("/") != 1 or repo.startswith((".", "/", "~")) or repo.endswith("/"):
        raise InputError(
            f"The checkpoint {name} is no folder; wanted is a folder or user/repo[@revision]."
        )
    return repo, revision or pinned or None


class CheckpointFiles:
    """The files of one checkpoint, wherever they are."""

    def __init__(self, name: str, revision: str | None = None, **hub: object):
        """Name a folder, or a Hub repository; `hub` goes to `Repository`."""
        self.name = name
        self.repository = None if Path(name).is_dir() else Repository(name, revision, **hub)

    def path(self, file: str) -> Path:
        """Return where a file is on this disk, after downloading it if need be.

        Raises:
            InputError: it cannot be had; says where it was looked for.
        """
        if self.repository:
            return self.repository.path(file)
        found = Path(self.name) / file
        if not found.is_file():
            raise InputError(f"The checkpoint folder {self.name} has no {file}.")
        return found

    def config(self) -> dict:
        """Return config.json, checked.

        Raises:
            InputError: it is missing, no JSON, or of another format.
        """
        path = self.path("config.json")
        try:
            if path.stat().st_size > LARGEST_HEAD:
                raise ValueError(f"it has more than {LARGEST_HEAD} bytes")
            config = json.loads(path.read_text("utf-8"))
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path} is no JSON: {error}.") from error
        if not isinstance(config, dict) or config.get("format") != FORMAT:
            raise InputError(f"{path} is no checkpoint of format {FORMAT}.")
        models, hints = config.get("models"), config.get("hints")
        if not isinstance(models, dict) or not all(isinstance(m, dict) for m in models.values()):
            raise InputError(f"{path} names no models and their options.")
        if not {"draft", "colorization"} <= set(models) <= set(MODELS):
            raise InputError(f"{path} has the models {sorted(models)}; wanted are {list(MODELS)}.")
        if hints not in HINT_KINDS:
            raise InputError(f"{path} has hints {hints!r}; wanted is one of {HINT_KINDS}.")
        return config

    def model(self, name: str, options: dict) -> nn.Module:
        """Return a model with its weights, float32, in evaluation mode.

        Names, shapes and types are compared before anything is read or takes memory.

        Raises:
            InputError: its file is missing, damaged or of other shapes, or its weights are no
                finite numbers.
        """
        path = self.path(f"{name}.safetensors")
        try:
            _check_options(options)
            with torch.device("meta"), NothingDrawn():  # shapes without memory
                model = MODELS[name](**options)
            _check_head(path, model.state_dict())
            weights = {k: v.float() for k, v in load_file(path).items()}
            for key, weight in weights.items():
                if not weight.isfinite().all():
                    raise ValueError(f"{key} holds NaN or infinity")
            model.load_state_dict(weights, assign=True)
        except (SafetensorError, OSError, RuntimeError, TypeError, ValueError) as error:
            raise InputError(f"{path} does not fit its config.json: {error}.") from error
        return model.requires_grad_(False).eval()


class NothingDrawn(TorchFunctionMode):
    """Within it weights are drawn from no normal distribution.

    On the device "meta" torch would import its compiler for that: 200 MB, and over a second.
    """

    def __torch_function__(self, func, types, args=(), kwargs=None):
        """Call a function of torch, or leave its tensor as it is."""
        return args[0] if func is Tensor.normal_ else func(*args, **(kwargs or {}))


def _check_options(options: dict) -> None:
    """Raise ValueError for numbers that no network is built with."""
    for name, value in options.items():
        if type(value) not in (int, bool) or (
            value is not False and not 1 <= value <= LARGEST_OPTION
        ):
            wanted = f"a whole number from 1 to {LARGEST_OPTION}"
            raise ValueError(f"{name} is {reprlib.repr(value)}; wanted is {wanted}")


def _check_head(path: Path, wanted: dict[str, Tensor]) -> None:
    """Raise ValueError or SafetensorError if a file does not say that it holds such tensors."""
    with open(path, "rb") as file:
        if int.from_bytes(file.read(8), "little") > LARGEST_HEAD:
            raise ValueError(f"what it says about itself has more than {LARGEST_HEAD} bytes")
    with safe_open(path, "pt") as file:
        held = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118 - no mapping
        shapes = {key: (tuple(s.get_shape()), s.get_dtype()) for key, s in held.items()}
    for key in sorted(shapes.keys() | wanted.keys()):
        if key not in shapes or key not in wanted:
            raise ValueError(f"{reprlib.repr(key)} is {'too much' if key in shapes else 'missing'}")
        shape, kind = shapes[key]
        if shape != tuple(wanted[key].shape) or kind not in NUMBER_TYPES:
            seen = f"{reprlib.repr(shape)} of {kind}"
            raise ValueError(f"{key} is {seen}; wanted is {tuple(wanted[key].shape)} of F16 or F32")


def write_checkpoint(
    folder: Path, models: dict[str, nn.Module], options: dict[str, dict], hints: str
) -> None:
    """Write config.json and the models' weights, as float16, into a folder.

    Args:
        folder: where to; must exist.
        models: models by the names of `MODELS`; draft and colorization at least.
        options: what each model was built with.
        hints: "points" or "spread".
    """
    for name, model in models.items():
        save_file(_half(model.state_dict()), folder / f"{name}.safetensors")
    config = {"format": FORMAT, "hints": hints, "models": options}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")


def _half(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: w.to("cpu", torch.float16).contiguous() for name, w in weights.items()}

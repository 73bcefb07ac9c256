"""The options of the training scripts: one dataclass field is one flag with its help text."""

import argparse
import dataclasses
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from colorizer.images import InputError
from colorizer.published import HINT_KINDS

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def option(default, text: str, **extra):
    """Return a field with a help text, perhaps "choices" and a "short" flag; a tuple takes many."""
    return field(default=default, metadata={"help": text, **extra})


def changed(base: type, **defaults: object) -> type:
    """Return a dataclass of options with other defaults for some."""
    known = {item.name: item for item in dataclasses.fields(base)}
    other = [
        (name, known[name].type, field(default=default, metadata=known[name].metadata))
        for name, default in defaults.items()
    ]
    return dataclasses.make_dataclass(base.__name__, other, bases=(base,), frozen=True)


@dataclass(frozen=True)
class Machine:
    """Run folder, machine and validation."""

    runs: str = option("runs", "where the numbered run folders go")
    resume: str = option("", "run folder to go on with; its own options hold")
    previous: bool = option(False, "with --resume, pass over a damaged newest checkpoint")
    init: tuple[str, ...] = option((), "run or published folder to start from; of several: mean")
    log_every: int = option(100, "steps between lines of stats.jsonl")
    save_every: int = option(1000, "steps between checkpoints")
    sample_every: int = option(1000, "steps between sample grids")
    keep: int = option(2, "checkpoints kept")
    precision: str = option("fp32", "autocast dtype", choices=tuple(PRECISIONS))
    accumulate: int = option(1, "micro-batches per step")
    compile: bool = option(False, "torch.compile the models")
    workers: int = option(2, "data loading processes per GPU")
    reuse: int = option(
        0,
        "draw batches from the last so many samples, over all GPUs, kept in memory, so that no GPU "
        "waits; a resumed run begins with none and is not equal to the bit; 0: each sample once",
    )
    device: str = option("", "cuda, cpu or mps; empty picks the best there is")
    minutes: float = option(0.0, "stop and save after this long; 0 runs all steps")
    val: tuple[str, ...] = option((), "folder of held-out pictures, or pairs in color/ and line/")
    val_every: int = option(1000, "steps between validations, if there is --val")
    val_samples: int = option(64, "most held-out pictures in a validation")


@dataclass(frozen=True)
class RunConfig(Machine):
    """Optimization."""

    seed: int = option(0, "seed of weights and samples")
    lr: float = option(1e-4, "Adam's learning rate")
    beta1: float = option(0.5, "Adam's beta 1")
    beta2: float = option(0.9, "Adam's beta 2")
    schedule: str = option(
        "steps",
        "x0.1 at --decay-steps, cosine to 0, or level and then linear to 0",
        choices=("steps", "cosine", "linear"),
    )
    warmup: int = option(0, "steps of linear warm-up")
    clip: float = option(0.0, "largest norm of a model's gradients; 0 sets no limit")
    ema: float = option(0.0, "decay of the averaged weights; 0 keeps none")


@dataclass(frozen=True)
class DataConfig:
    """Pictures, line-arts and hints."""

    data: tuple[str, ...] = option((), "folder of color pictures, any depth; FOLDER=W: W times")
    pairs: tuple[str, ...] = option((), "folder with color/ and line/, the same names; or FOLDER=W")
    renders: tuple[str, ...] = option((), "folder of rendered characters; or FOLDER=W")
    hold_out: tuple[str, ...] = option((), "leave out pictures with this folder in their path")
    weights: tuple[str, ...] = option((), "NAME=W: pictures below a folder NAME count W times")
    smallest: int = option(64, "pictures with a side below this many pixels are skipped")
    cache: str = option("", "folder for decoded pictures; empty decodes every time")
    crop: int = option(512, "side of the random crop, pixels")
    hue: float = option(0.03, "hue jitter, share of the color circle; only with hints")
    contrast: float = option(0.1, "contrast and saturation jitter")
    flat_background: float = option(0.0, "share of white backgrounds painted any color; likewise")
    lines: tuple[str, ...] = option(
        ("xdog=0.48", "dilate=0.48", "gray=0.04"), "NAME=SHARE of each way to extract line-arts"
    )
    real_share: float = option(0.5, "share of pairs and renders that show their own line-art")
    equalize: float = option(0.5, "share of line-arts with equalized histogram")
    fade: float = option(0.7, "ink keeps a random share of its darkness, from this to 1")
    hints: str = option("points", "hint image: the paper's points, or ours", choices=HINT_KINDS)
    most_hints: int = option(128, "most hints in a sample")
    dab: int = option(0, "largest radius of a hint at the crop's size, pixels")
    strokes: float = option(0.0, "share of hints that are strokes (spread hints only)")
    placed: float = option(0.0, "share of samples with dabs in the largest areas (likewise)")
    regions: str = option("", "run or published folder whose region network spreads the hints")


@dataclass(frozen=True)
class Network:
    """Network."""

    width: int = option(32, "channels of the first convolution")
    blocks: int = option(10, "ResNeXt bottlenecks in an up block")
    cardinality: int = option(32, "groups of a bottleneck")
    residual: bool = option(False, "correct hint colors x line, or the draft, instead of painting")


def named_numbers(texts: Iterable[str]) -> dict[str, float]:
    """Return the numbers of texts NAME=NUMBER; InputError for others, negative or infinite ones."""
    found = {}
    for text in texts:
        name, _, value = text.rpartition("=")
        try:
            found[name] = float(value)
        except ValueError as error:
            raise InputError(f"{text!r} is not of the form NAME=NUMBER.") from error
        if not name or not 0 <= found[name] < math.inf:
            raise InputError(f"{text!r} is not of the form NAME=NUMBER with a number from 0 on.")
    return found


def parse_config(cls: type, description: str, argv: list[str] | None = None):
    """Return an instance of the dataclass `cls` from the command line.

    With --resume the options come from the run folder, except those given on the command line.
    `--dry-run` prints the options as JSON and exits.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser, cls)
    parser.add_argument("--dry-run", action="store_true", help="print the options and stop")
    given = vars(parser.parse_args(argv))
    dry_run, saved = given.pop("dry_run"), {}
    if given.get("resume"):
        path = Path(given["resume"]) / "config.json"
        if not path.is_file():
            parser.error(f"{given['resume']} is no run folder: it has no config.json.")
        saved = {k: v for k, v in json.loads(path.read_text()).items() if hasattr(cls, k)}
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in (saved | given).items()}
    config = cls(**options)
    if dry_run:
        print(json.dumps(dataclasses.asdict(config), indent=2))
        raise SystemExit(0)
    return config


def add_options(parser: argparse.ArgumentParser, cls: type) -> None:
    """Add a flag for each field of a dataclass, those of each class it is made of in a group.

    What is not given on the command line is left out of the parsed arguments.
    """
    groups = {}
    for item in dataclasses.fields(cls):
        first = next(c for c in cls.__mro__[::-1] if hasattr(c, item.name))
        group = groups.get(first) or parser.add_argument_group(first.__doc__.rstrip("."))
        groups[first] = group
        text = f"{item.metadata['help']} [{item.default}]".replace("%", "%%")
        extra: dict = {"default": argparse.SUPPRESS, "help": text}
        if isinstance(item.default, tuple):
            kind = type((item.default or ("",))[0])
            extra |= {"nargs": "+", "action": "extend", "type": kind}
        elif isinstance(item.default, bool):
            extra |= {"action": argparse.BooleanOptionalAction}
        else:
            extra |= {"type": type(item.default), "choices": item.metadata.get("choices")}
        short = [item.metadata["short"]] if "short" in item.metadata else []
        group.add_argument(*short, "--" + item.name.replace("_", "-"), **extra)


def run_main(main: Callable[[], None]) -> None:
    """Run a script; what a user can correct ends it with one sentence and exit status 1."""
    try:
        main()
    except (InputError, OSError) as error:
        raise SystemExit(f"error: {error}") from None

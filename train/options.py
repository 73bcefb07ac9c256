"""The options of the training scripts: one dataclass field is one flag with its help text."""

import argparse
import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path

import torch

from colorizer.images import InputError

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def option(default, text: str, **extra):
    """Return a dataclass field with a help text; a tuple becomes a flag that takes many."""
    if isinstance(default, tuple):
        extra["many"] = True
    return field(default=default, metadata={"help": text, **extra})


@dataclass(frozen=True)
class RunConfig:
    """What the three scripts share about a run."""

    runs: str = option("runs", "where the numbered run folders go")
    resume: str = option("", "run folder to go on with; its own options hold")
    init: tuple[str, ...] = option(
        (),
        "run folder, checkpoint or published folder whose weights to start from; of several: mean",
    )
    seed: int = option(0, "seed of weights and samples")
    lr: float = option(1e-4, "Adam's learning rate")
    beta1: float = option(0.5, "Adam's beta 1")
    beta2: float = option(0.9, "Adam's beta 2")
    schedule: str = option(
        "steps", "decay at --decay-steps, or cosine to zero", choices=("steps", "cosine")
    )
    warmup: int = option(0, "steps of linear warm-up")
    ema: float = option(0.0, "decay of the averaged weights; 0 keeps none")
    precision: str = option("fp32", "autocast dtype", choices=tuple(PRECISIONS))
    accumulate: int = option(1, "micro-batches per step")
    compile: bool = option(False, "torch.compile the generator")
    workers: int = option(2, "data loading processes per GPU")
    device: str = option("", "cuda, cpu or mps; empty picks the best there is")
    log_every: int = option(100, "steps between lines of stats.jsonl")
    save_every: int = option(1000, "steps between checkpoints")
    sample_every: int = option(1000, "steps between sample grids")
    keep: int = option(2, "checkpoints kept")
    minutes: float = option(0.0, "stop and save after this long; 0 runs all steps")
    val: tuple[str, ...] = option((), "folder of held-out pictures, or pairs in color/ and line/")
    val_every: int = option(1000, "steps between validations, if there is --val")
    val_samples: int = option(64, "most held-out pictures in a validation")


def parse_config(cls: type, description: str, argv: list[str] | None = None):
    """Return an instance of the dataclass `cls` from the command line.

    With --resume the options come from the run folder, except those given on the command line.
    `--dry-run` prints the options as JSON and exits.
    """
    parser = _build_parser(cls, description)
    given = vars(parser.parse_args(argv))
    dry_run = given.pop("dry_run", False)
    try:
        saved = _saved_options(cls, given["resume"]) if given.get("resume") else {}
        config = cls(**_with_tuples(saved | given))
    except InputError as error:
        parser.error(str(error))
    if dry_run:
        print(json.dumps(dataclasses.asdict(config), indent=2))
        raise SystemExit(0)
    return config


def _build_parser(cls: type, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for item in dataclasses.fields(cls):
        flag = "--" + item.name.replace("_", "-")
        text = f"{item.metadata['help']} [{item.default}]".replace("%", "%%")
        extra: dict = {"default": argparse.SUPPRESS, "help": text}
        if item.metadata.get("many"):
            kind = type((item.default or ("",))[0])
            extra |= {"nargs": "+", "action": "extend", "type": kind}
        elif isinstance(item.default, bool):
            extra |= {"action": argparse.BooleanOptionalAction}
        else:
            extra |= {"type": type(item.default), "choices": item.metadata.get("choices")}
        parser.add_argument(flag, **extra)
    parser.add_argument(
        "--dry-run", action="store_true", default=False, help="print the options and stop"
    )
    return parser


def _saved_options(cls: type, run: str) -> dict:
    path = Path(run) / "config.json"
    if not path.is_file():
        raise InputError(f"{run} is no run folder: it has no config.json.")
    saved = json.loads(path.read_text())
    names = {f.name for f in dataclasses.fields(cls)}
    return {k: v for k, v in saved.items() if k in names}


def _with_tuples(options: dict) -> dict:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}

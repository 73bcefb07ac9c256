"""What the three scripts share: options, run folders, schedules, checkpoints, several GPUs.

A run folder holds config.json, stats.jsonl, samples/*.png and checkpoints/*.pt.
"""

import argparse
import dataclasses
import json
import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Dataset, default_collate

from colorizer.images import InputError

from .checkpoints import (
    load_weights,
    newest_checkpoint,
    read_checkpoint,
    restore,
    write_atomic,
)
from .data import option

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class RunConfig:
    """What the three scripts share about a run."""

    runs: str = option("runs", "where the numbered run folders go")
    resume: str = option("", "run folder to go on with; its own options hold")
    init: str = option("", "run folder or checkpoint whose weights to start from")
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


def parse_config(cls: type, description: str, argv: list[str] | None = None):
    """Return an instance of the dataclass `cls` from the command line.

    With --resume the options come from the run folder, except those given on the command line.
    `--dry-run` prints the options as JSON and exits.
    """
    parser = _build_parser(cls, description)
    given = vars(parser.parse_args(argv))
    dry_run = given.pop("dry_run", False)
    try:
        saved = _saved_options(cls, given["resume"]) if "resume" in given else {}
        config = cls(**(saved | given))
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
            extra |= {"nargs": "+", "type": type((item.default or ("",))[0])}
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
    return {k: tuple(v) if isinstance(v, list) else v for k, v in saved.items() if k in names}


@dataclass(frozen=True)
class Place:
    """Where this process runs: its rank, how many there are, and its device."""

    rank: int
    world: int
    device: torch.device


def start(config: RunConfig) -> Place:
    """Join torchrun's process group if there is one, and seed torch; return this rank's place.

    Raises:
        InputError: processes and micro-batches do not divide the batch.
    """
    torch.manual_seed(config.seed)
    world, local = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("LOCAL_RANK", 0))
    name = config.device or ("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(f"cuda:{local}" if name == "cuda" and world > 1 else name)
    if config.batch % (world * config.accumulate):
        raise InputError(
            f"--batch {config.batch} cannot be dealt to {world} processes "
            f"with {config.accumulate} micro-batches each."
        )
    if world == 1:
        return Place(0, 1, device)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Place(dist.get_rank(), world, device)


def open_run(config: RunConfig, script: str, place: Place) -> Path:
    """Return the run folder: the resumed one, or a new numbered one with its config.json."""
    if config.resume:
        return Path(config.resume)
    if place.rank:
        return Path(config.runs)  # only rank 0 writes
    root = Path(config.runs)
    root.mkdir(parents=True, exist_ok=True)
    numbers = [int(p.name[:5]) for p in root.iterdir() if p.name[:5].isdigit()]
    run = root / f"{max(numbers, default=-1) + 1:05d}-{script}"
    (run / "checkpoints").mkdir(parents=True)
    (run / "samples").mkdir()
    write_atomic(run / "config.json", json.dumps(dataclasses.asdict(config), indent=2).encode())
    return run


def wrap(model: nn.Module, config: RunConfig, place: Place) -> nn.Module:
    """Return the model for training on this place: compiled if asked, DDP if not alone."""
    model = model.to(place.device, memory_format=torch.channels_last)
    if config.compile:
        model = torch.compile(model)
    return DistributedDataParallel(model) if place.world > 1 else model


def unwrap(model: nn.Module) -> nn.Module:
    """Return the model inside DDP and torch.compile wrappers."""
    model = getattr(model, "module", model)
    return getattr(model, "_orig_mod", model)


def averaged(model: nn.Module, decay: float) -> AveragedModel | None:
    """Return an exponential moving average of the model's weights, or None for decay 0."""
    if not decay:
        return None
    return AveragedModel(unwrap(model), multi_avg_fn=get_ema_multi_avg_fn(decay))


def adam(model: nn.Module, config: RunConfig) -> torch.optim.Adam:
    """Return Adam with the paper's betas over the model's weights."""
    return torch.optim.Adam(model.parameters(), config.lr, (config.beta1, config.beta2))


def scaler_for(config: RunConfig, place: Place) -> torch.amp.GradScaler:
    """Return the gradient scaler, which does nothing unless the precision is fp16."""
    return torch.amp.GradScaler(place.device.type, enabled=config.precision == "fp16")


def learning_rate(config: RunConfig, step: int) -> float:
    """Return the rate of a step: x0.1 at each of `decay_steps`, or a cosine to zero."""
    warm = min(1.0, (step + 1) / config.warmup) if config.warmup else 1.0
    if config.schedule == "cosine":
        return config.lr * warm * (1 + math.cos(math.pi * step / config.steps)) / 2
    return config.lr * warm * 0.1 ** sum(step >= s for s in config.decay_steps)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group."""
    for group in optimizer.param_groups:
        group["lr"] = rate


class _Range(torch.utils.data.Sampler):
    """Sample numbers of one rank from `first` on: each step's batch is dealt out in turn."""

    def __init__(self, first: int, last: int, place: Place):
        self.indices = range(first + place.rank, last, place.world)

    def __iter__(self) -> Iterator[int]:
        return iter(self.indices)

    def __len__(self) -> int:
        return len(self.indices)


def batches(
    dataset: Dataset, step: int, config: RunConfig, place: Place
) -> Iterator[list[dict[str, Tensor]]]:
    """Yield this rank's share of every step's batch from `step` on: a list of micro-batches.

    Sample numbers are step x batch + place in the batch, so all ranks together see what one
    process would.
    """
    loader = DataLoader(
        dataset,
        batch_size=config.batch // place.world // config.accumulate,
        sampler=_Range(step * config.batch, config.steps * config.batch, place),
        num_workers=config.workers,
        worker_init_fn=_quiet_worker,
        pin_memory=place.device.type == "cuda",
        drop_last=True,
        collate_fn=default_collate,
    )
    micros = []
    for batch in loader:
        micros.append({k: t.to(place.device, non_blocking=True) for k, t in batch.items()})
        if len(micros) == config.accumulate:
            yield micros
            micros = []


def _quiet_worker(_: int) -> None:
    cv2.setNumThreads(0)  # the workers are the parallelism
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the main process ends them after saving


def autocast(config: RunConfig, place: Place) -> torch.autocast:
    """Return the autocast context of `--precision`."""
    dtype = PRECISIONS[config.precision]
    return torch.autocast(place.device.type, dtype, enabled=dtype != torch.float32)


def begin(config: RunConfig, parts: dict) -> int:
    """Restore what --resume or --init name and return the step to go on from.

    --init takes the weights only; a model that the checkpoint lacks, such as the discriminator of
    a run without GAN loss, starts afresh, but the first of `parts` must be there.
    """
    if config.resume:
        return restore(newest_checkpoint(config.resume), parts)
    if config.init:
        path = newest_checkpoint(config.init)
        held = read_checkpoint(path).keys() | {next(iter(parts))}
        for name, part in parts.items():
            if isinstance(part, AveragedModel):  # the average starts at the new weights
                load_weights(part.module, path, name.removesuffix("_ema"))
            elif isinstance(part, nn.Module) and name in held:
                load_weights(unwrap(part), path, name)
    return 0


def run_main(main: Callable[[], None]) -> None:
    """Run a script; what a user can correct ends it with one sentence and exit status 1."""
    try:
        main()
    except (InputError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


class Stopper:
    """Whether to stop early: SIGTERM came, or `minutes` are over."""

    def __init__(self, minutes: float):
        self.asked = False
        self.end = time.monotonic() + 60 * minutes if minutes else None
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True

    def __bool__(self) -> bool:
        return self.asked or (self.end is not None and time.monotonic() > self.end)

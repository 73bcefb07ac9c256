"""What the three scripts share: options, run folders, schedules, checkpoints, several GPUs.

A run folder holds config.json, stats.jsonl, samples/*.png and checkpoints/*.pt.
"""

import dataclasses
import json
import math
import os
import signal
import sys
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
    find_weights,
    has_checkpoint,
    load_weights,
    model_weights,
    newest_checkpoint,
    restore,
    stored_names,
    write_atomic,
)
from .options import PRECISIONS, RunConfig
from .options import parse_config as parse_config  # also found here

ASK_EVERY = 10
"""Several processes ask each other this often, in steps, whether one of them wants to stop."""


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
    cv2.setNumThreads(0)  # workers are forked, which OpenCV's threads do not survive
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
        worker_init_fn=quiet_worker,
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


def quiet_worker(_: int) -> None:
    """Prepare a data loading process."""
    cv2.setNumThreads(0)  # the workers are the parallelism
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the main process ends them after saving


def autocast(config: RunConfig, place: Place) -> torch.autocast:
    """Return the autocast context of `--precision`."""
    dtype = PRECISIONS[config.precision]
    return torch.autocast(place.device.type, dtype, enabled=dtype != torch.float32)


def index_folder(config: RunConfig) -> Path:
    """Return where what is known of the picture files is kept for the next start."""
    return Path(config.cache or config.runs)


def begin(config: RunConfig, parts: dict) -> int:
    """Restore what --resume or --init name and return the step to go on from.

    --init takes the weights only, the mean of several if it names several; a model that not all of
    them hold, such as the discriminator of a run without GAN loss, starts afresh, but the first of
    `parts` must be there. A run that was killed before its first checkpoint starts over.

    Raises:
        InputError: what they name is damaged, lacks a part or is of another size.
    """
    if config.resume and has_checkpoint(config.resume):
        return restore(newest_checkpoint(config.resume), parts)
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
    """Whether to stop early: SIGTERM came, or `minutes` are over. All ranks stop at one step."""

    def __init__(self, minutes: float):
        """Take over SIGTERM."""
        self.asked, self.calls = False, 0
        self.end = time.monotonic() + 60 * minutes if minutes else None
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True

    def __bool__(self) -> bool:
        """Whether to stop after this step; every rank has to ask at every step."""
        wish = self.asked or (self.end is not None and time.monotonic() > self.end)
        if not dist.is_initialized():
            return wish
        self.calls += 1
        if self.calls % ASK_EVERY:
            return False
        device = "cuda" if dist.get_backend() == "nccl" else "cpu"
        wishes = torch.tensor(int(wish), device=device)
        dist.all_reduce(wishes, dist.ReduceOp.MAX)
        return bool(wishes)

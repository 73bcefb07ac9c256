"""Several processes of torchrun: who does what, and what they tell each other."""

import atexit
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Dataset

from colorizer.images import InputError

from .options import PRECISIONS, RunConfig
from .reuse import reused

ENDLESS = sys.maxsize
"""Samples of a run that reuses them are numbered up to here."""


@dataclass(frozen=True)
class Process:
    """One process of a training: its rank, how many there are, and its device."""

    rank: int
    world: int
    device: torch.device


def start(config: RunConfig) -> Process:
    """Seed torch and return this rank's process, see `join`.

    Raises:
        InputError: processes and micro-batches do not divide the batch; less than it to reuse.
    """
    torch.manual_seed(config.seed)
    cv2.setNumThreads(0)  # workers are forked, which OpenCV's threads do not survive
    world = int(os.environ.get("WORLD_SIZE", 1))
    if config.batch % (world * config.accumulate):
        raise InputError(
            f"--batch {config.batch} cannot be dealt to {world} processes "
            f"with {config.accumulate} micro-batches each."
        )
    if config.reuse and config.reuse < config.batch:
        raise InputError(f"--reuse {config.reuse} is less than the batch of {config.batch}.")
    return join(config.device)


def join(name: str) -> Process:
    """Return this process, in torchrun's process group if there is one, on the named device.

    "" is the best that there is.
    """
    world, local = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("LOCAL_RANK", 0))
    name = name or ("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(f"cuda:{local}" if name == "cuda" and world > 1 else name)
    if world == 1:
        return Process(0, 1, device)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    atexit.register(lambda: dist.is_initialized() and dist.destroy_process_group())
    return Process(dist.get_rank(), world, device)


def wrap(model: nn.Module, config: RunConfig, process: Process) -> nn.Module:
    """Return the model for training on this process: compiled if asked, DDP if not alone."""
    model = model.to(process.device, memory_format=torch.channels_last)
    if config.compile:
        model = torch.compile(model)
    return DistributedDataParallel(model) if process.world > 1 else model


def autocast(config: RunConfig, process: Process) -> torch.autocast:
    """Return the autocast context of `--precision` on a process."""
    dtype = PRECISIONS[config.precision]
    return torch.autocast(process.device.type, dtype, enabled=dtype != torch.float32)


def unwrap(model: nn.Module) -> nn.Module:
    """Return the model inside DDP and torch.compile wrappers."""
    model = getattr(model, "module", model)
    return getattr(model, "_orig_mod", model)


def mean_of_ranks(values: Tensor) -> Tensor:
    """Return the mean of a tensor over all ranks, to all of them."""
    if not dist.is_initialized():
        return values
    dist.all_reduce(values)
    return values / dist.get_world_size()


def any_rank(wish: bool, ask: bool) -> bool:
    """Return whether at least one rank wishes it, to all of them; False until they `ask`.

    A process alone need not ask.
    """
    if not dist.is_initialized():
        return wish
    if not ask:
        return False
    wishes = torch.tensor(int(wish), device="cuda" if dist.get_backend() == "nccl" else "cpu")
    dist.all_reduce(wishes, dist.ReduceOp.MAX)
    return bool(wishes)


def batches(
    dataset: Dataset, step: int, config: RunConfig, process: Process
) -> Iterator[list[dict[str, Tensor]]]:
    """Yield this rank's share of every step's batch from `step` on: a list of micro-batches.

    Sample numbers are step x batch + place in the batch, so all ranks together see what one
    process would. With `config.reuse` samples are numbered on and on instead; see `reused`.
    """
    end = ENDLESS if config.reuse else config.steps * config.batch
    loader = DataLoader(
        dataset,
        batch_size=config.batch // process.world // config.accumulate,
        sampler=range(step * config.batch + process.rank, end, process.world),
        num_workers=config.workers,
        worker_init_fn=quiet_worker,
        pin_memory=process.device.type == "cuda" and not config.reuse,
        drop_last=True,
    )
    stream = loader
    if config.reuse:
        count = (config.steps - step) * config.accumulate
        seed = (config.seed, step, process.rank)
        stream = reused(loader, config.reuse // process.world, count, seed, process.device)
    for micros in zip(*[iter(stream)] * config.accumulate):  # so many at a time
        yield [{k: t.to(process.device, non_blocking=True) for k, t in b.items()} for b in micros]


def quiet_worker(_: int) -> None:
    """Prepare a data loading process."""
    cv2.setNumThreads(0)  # the workers are the parallelism
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the main process ends them after saving

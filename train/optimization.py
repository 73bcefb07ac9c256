"""How weights follow their gradients: Adam, its rate, precision and the averaged weights."""

import math

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .distributed import Place, unwrap
from .options import PRECISIONS, RunConfig


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


def autocast(config: RunConfig, place: Place) -> torch.autocast:
    """Return the autocast context of `--precision`."""
    dtype = PRECISIONS[config.precision]
    return torch.autocast(place.device.type, dtype, enabled=dtype != torch.float32)


def learning_rate(config: RunConfig, step: int) -> float:
    """Return the rate of a step: x0.1 at each of `decay_steps`, or a cosine to zero.

    "linear" is constant over the first half and falls to zero over the second.
    """
    warm = min(1.0, (step + 1) / config.warmup) if config.warmup else 1.0
    if config.schedule == "linear":
        return config.lr * warm * min(1.0, 2 * (1 - step / config.steps))
    if config.schedule == "cosine":
        return config.lr * warm * (1 + math.cos(math.pi * step / config.steps)) / 2
    return config.lr * warm * 0.1 ** sum(step >= s for s in config.decay_steps)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group."""
    for group in optimizer.param_groups:
        group["lr"] = rate

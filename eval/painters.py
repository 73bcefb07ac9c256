"""Anything that paints, as one kind of function: what the evaluation measures.

A painter takes line-arts (N, 1, H, W) in [-1, 1], paper 1, and hint images (N, 4, H/4, W/4), and
returns colors (N, 3, H, W) in [-1, 1]. All painters get the same hints.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from colorizer import Colorizer
from colorizer.images import InputError, to_u8
from colorizer.pipeline import DRAFT_RATIO
from colorizer.preprocessing.hints import hint_tensor
from colorizer.preprocessing.spread import spread_hints
from train.checkpoints import load_weights, newest_checkpoint, read_checkpoint
from train.publish import assemble

from .baselines.train import BASELINES

Painter = Callable[[Tensor, Tensor], Tensor]


def load_painter(source: str, device: torch.device | None = None) -> tuple[Painter, int]:
    """Return what a name stands for, and how many parameters it has.

    Args:
        source: "" for the bundled weights; a checkpoint folder or "user/repo" of the Hub; or a
            run folder or checkpoint file of train.colorization or eval.baselines.train.
        device: where to paint; None is the CPU.

    Raises:
        InputError: none of these.
    """
    device = device or torch.device("cpu")
    path = Path(source)
    if source and (path.is_file() or (path / "checkpoints").is_dir()):
        return _load_run(newest_checkpoint(path), device)
    return _two_stages(Colorizer.from_pretrained(source or None), device)


def _load_run(path: Path, device: torch.device) -> tuple[Painter, int]:
    held = read_checkpoint(path)
    for name in BASELINES:
        if name in held:
            return _baseline(name, path, held["config"], device)
    if "colorization" not in held:
        names = ", ".join(["colorization", *BASELINES])
        raise InputError(f"{path} cannot paint: wanted is a run of {names}.")
    paths = {"draft": newest_checkpoint(held["config"]["draft"]), "colorization": path}
    return _two_stages(assemble(paths), device)


def _baseline(name: str, path: Path, options: dict, device: torch.device) -> tuple[Painter, int]:
    """Return a baseline in evaluation mode: running means in batch norms, and no dropout."""
    config, system = BASELINES[name]
    gan = system(config(**{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}))
    load_weights(gan.generator, name, path)
    generator = gan.to(device).generator.to(device, memory_format=torch.channels_last).eval()

    @torch.inference_mode()
    def paint(line: Tensor, hint: Tensor) -> Tensor:
        hint = spread_all(line, hint) if gan.config.hints == "spread" else hint
        return gan.paint(generator, line.to(device), hint.to(device))

    return paint, count_parameters(generator)


def _two_stages(colorizer: Colorizer, device: torch.device) -> tuple[Painter, int]:
    colorizer.to(device)
    for model in colorizer.models.values():
        model.requires_grad_(False).eval()

    def paint(line: Tensor, hint: Tensor) -> Tensor:
        small = F.interpolate(line, scale_factor=1 / DRAFT_RATIO, mode="area")
        hint = spread_all(line, hint) if colorizer.hints == "spread" else hint
        return colorizer.forward(line, small, hint)[0]

    stages = [colorizer.models[name] for name in ("draft", "colorization")]
    return paint, sum(map(count_parameters, stages))


def spread_all(line: Tensor, hint: Tensor) -> Tensor:
    """Return the spread hints of a batch of line-arts and points, like `spread_one`."""
    return torch.stack([spread_one(a, b) for a, b in zip(line.cpu(), hint.cpu())])


def spread_one(line: Tensor, hint: Tensor) -> Tensor:
    """Return the spread hints (4, H/4, W/4) of one line-art (1, H, W) and its points.

    Each point is a single pixel of the line-art, in the middle of the 4x4 that it stands for.
    """
    layer = np.zeros((*line.shape[1:], 4), np.uint8)
    ys, xs = np.nonzero(hint[3].numpy())
    middle = DRAFT_RATIO // 2
    layer[ys * DRAFT_RATIO + middle, xs * DRAFT_RATIO + middle, :3] = to_u8(hint[:3])[ys, xs]
    layer[ys * DRAFT_RATIO + middle, xs * DRAFT_RATIO + middle, 3] = 255
    size = (hint.shape[2], hint.shape[1])
    return hint_tensor(spread_hints(to_u8(line), layer, size))


def count_parameters(model: torch.nn.Module) -> int:
    """Return the number of trained numbers of a model."""
    return sum(p.numel() for p in model.parameters())

"""What checkpoints paint as: ours in its manners, and Table 2's baselines."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from colorizer import Colorizer
from colorizer.images import InputError, resize_u8, to_tensor, to_u8
from colorizer.pipeline import AUTOMATIC, DRAFT_RATIO
from colorizer.preprocessing.hints import hint_tensor, reduce_strokes
from colorizer.regions import spread_hints
from train.checkpoints import load_weights, newest_checkpoint, read_checkpoint
from train.publish import assemble

from ..baselines.train import BASELINES
from ..drawings import SIDE
from .case import Case, System

OURS, PAINTED, NETWORK = "ours", "ours-painted", "network"


def of_colorizer(colorizer: Colorizer) -> dict[str, System]:
    """Return what a colorizer is measured as, `OURS` first."""
    return {
        OURS: lambda case: np.asarray(colorizer(case.line, case.hints).image),
        PAINTED: lambda case: np.asarray(colorizer(case.line, case.hints, lines="painted").image),
        NETWORK: lambda case: np.asarray(
            colorizer(case.line, case.hints, lines="painted", settled=False).image
        ),
        "draft": lambda case: resize_u8(
            np.asarray(colorizer(case.line, case.hints).draft), case.line.shape[1::-1]
        ),
        "automatic": lambda case: np.asarray(colorizer(case.line, AUTOMATIC).image),
    }


def of_baseline(name: str, path: Path, device: torch.device) -> tuple[System, int]:
    """Return a baseline in evaluation mode, running means and no dropout, and its parameters."""
    config, kind = BASELINES[name]
    options = read_checkpoint(path)["config"]
    gan = kind(config(**{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}))
    load_weights(gan.generator, name, path)
    generator = gan.to(device).generator.to(device, memory_format=torch.channels_last).eval()

    @torch.inference_mode()
    def paint(case: Case) -> np.ndarray:
        line, layer = case.decoded()
        reduce = reduce_strokes if gan.config.hints != "spread" else _spread_onto(line)
        hint = reduce(layer, tuple(side // DRAFT_RATIO for side in line.shape[::-1]))
        pair = (to_tensor(line)[None].to(device), hint_tensor(hint)[None].to(device))
        return to_u8(gan.paint(generator, *pair)[0])

    return paint, count_parameters(generator)


def _spread_onto(line: np.ndarray) -> Callable[[np.ndarray, tuple[int, int]], np.ndarray]:
    return lambda layer, size: spread_hints(line, layer, size)


def count_parameters(model: torch.nn.Module) -> int:
    """Return the number of trained numbers of a model."""
    return sum(p.numel() for p in model.parameters())


def of_checkpoint(
    source: str = "", device: torch.device | None = None, side: int = SIDE
) -> tuple[dict[str, System], int]:
    """Return what a checkpoint paints as, by name, and how many parameters that has.

    Args:
        source: "" for the bundled weights; a checkpoint folder or "user/repo" of the Hub; or a
            run folder or checkpoint file of train.colorization or eval.baselines.train.
        device: where to paint; None takes the best there is.
        side: of the squares that a colorizer paints at.

    Raises:
        InputError: none of these.
    """
    path = Path(source)
    if source and (path.is_file() or (path / "checkpoints").is_dir()):
        path = newest_checkpoint(path)
        held = read_checkpoint(path)
        for name in BASELINES:
            if name in held:
                system, parameters = of_baseline(name, path, device or torch.device("cpu"))
                return {name: system}, parameters
        if "colorization" not in held:
            names = ", ".join(["colorization", *BASELINES])
            raise InputError(f"{path} cannot paint: wanted is a run of {names}.")
        draft = newest_checkpoint(held["config"]["draft"])
        colorizer = assemble({"draft": draft, "colorization": path}).to(device)
    else:
        colorizer = Colorizer.from_pretrained(source or None, device=device)
    colorizer.side = side
    stages = [colorizer.models[name] for name in ("draft", "colorization")]
    return of_colorizer(colorizer), sum(map(count_parameters, stages))

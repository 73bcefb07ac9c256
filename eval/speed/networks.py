"""How long our networks take beside the baselines', from tensors to tensors."""

import time
from collections.abc import Callable, Hashable
from functools import partial
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from colorizer import Colorizer

from ..baselines.base import TAG_LAYERS, BaseGenerator, make_layers
from ..baselines.pix2pix import Pix2PixGenerator, join
from .circles import SIDE

Row = dict[str, object]
"""A line of a table, by column."""
PRECISIONS = {"float32": False, "bfloat16": True}


@torch.inference_mode()
def _networks(checkpoint: str | None) -> dict[str, Callable[[], object]]:
    """Return the networks by name: each paints one line-art of 512x512, from tensors to tensors."""
    colorizer = Colorizer.from_pretrained(checkpoint, device="cpu")
    pix2pix, base, tags = (
        model.eval().to(memory_format=torch.channels_last)
        for model in (Pix2PixGenerator(), BaseGenerator(), make_layers(TAG_LAYERS))
    )
    line, small = torch.rand(1, 1, SIDE, SIDE), torch.rand(1, 1, SIDE // 4, SIDE // 4)
    hint = torch.rand(1, 4, SIDE // 4, SIDE // 4)
    return {
        "ours": lambda: colorizer.forward(line, small, hint),
        "Pix2Pix": lambda: pix2pix(join(line, hint)),
        "Base": lambda: base(line, hint, tags(F.avg_pool2d(line, 2).repeat(1, 3, 1, 1))),
    }


@torch.inference_mode()
def _run(work: Callable[[], object], bfloat16: bool) -> None:
    name = "colorizer.pipeline.multiplies_bfloat16"  # ours asks what the processor can
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16), mock.patch(name) as asked:
        asked.return_value = bfloat16
        work()


def in_turns(
    works: dict[Hashable, Callable[[], object]], repeats: int, clock: Callable[[], float]
) -> dict[Hashable, np.ndarray]:
    """Return the seconds of each work by a clock, (repeats,), after a first, which takes memory."""
    taken: dict[Hashable, list[float]] = {name: [] for name in works}
    for _ in tqdm(range(repeats + 1), "repeats"):
        for name, work in works.items():
            began = clock()
            work()
            taken[name].append(clock() - began)
    return {name: np.array(seconds[1:]) for name, seconds in taken.items()}


def time_networks(repeats: int, checkpoint: str | None) -> list[Row]:
    """Return the time of our networks as a share of the untrained baselines', at each precision."""
    networks = _networks(checkpoint)
    works = {
        (kind, name): partial(_run, work, bfloat16)
        for kind, bfloat16 in PRECISIONS.items()
        for name, work in networks.items()
    }
    taken, rows = in_turns(works, repeats, time.perf_counter), []
    for kind in PRECISIONS:
        row = {"precision": kind}
        for other in ("Pix2Pix", "Base"):
            row[f"ours / {other}"] = f"{np.median(taken[kind, 'ours'] / taken[kind, other]):.3f}"
        rows.append(row | {f"{n}, ms": f"{1000 * np.median(taken[kind, n]):.0f}" for n in networks})
    return rows

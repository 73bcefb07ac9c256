"""How long our networks take beside the baselines', from tensors to tensors."""

import time
from collections.abc import Callable, Hashable
from functools import partial
from importlib.util import find_spec

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from colorizer import Colorizer
from colorizer.working import DRAFT_RATIO, WORKING_SIDE

from ..baselines.base import TAG_LAYERS, BaseGenerator, make_layers
from ..baselines.pix2pix import Pix2PixGenerator, join

Row = dict[str, object]
"""A line of a table, by column."""
PRECISIONS = {"float32": False, "bfloat16": True}
OURS = ("torch", "openvino")
"""Engines of our networks; the second where it is installed."""


@torch.inference_mode()
def _networks(checkpoint: str | None) -> dict[str, Callable[[bool], object]]:
    """Return the networks by name, ours by engine: each paints one line-art of 512x512.

    They go from tensors to tensors, and are told whether to multiply bfloat16.
    """
    pix2pix, base, tags = (
        model.eval().to(memory_format=torch.channels_last)
        for model in (Pix2PixGenerator(), BaseGenerator(), make_layers(TAG_LAYERS))
    )
    side, few = WORKING_SIDE, WORKING_SIDE // DRAFT_RATIO
    line, small = torch.rand(1, 1, side, side), torch.rand(1, 1, few, few)
    hint = torch.rand(1, 4, few, few)
    works = {
        "Pix2Pix": lambda _: pix2pix(join(line, hint)),
        "Base": lambda _: base(line, hint, tags(F.avg_pool2d(line, 2).repeat(1, 3, 1, 1))),
    }
    for engine in OURS if find_spec("openvino") else OURS[:1]:
        ours = Colorizer.from_pretrained(checkpoint, device="cpu", engine=engine)
        works[engine] = lambda half, ours=ours: ours.forward(line, small, hint, half)
    return works


@torch.inference_mode()
def _run(work: Callable[[bool], object], bfloat16: bool) -> None:
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        work(bfloat16)


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


def time_networks(repeats: int, checkpoint: str | None = None) -> list[Row]:
    """Return the time of our networks, by engine, as a share of the untrained baselines' in torch.

    All have the same precision, and a share is that within one repeat.
    """
    networks = _networks(checkpoint)
    works = {
        (kind, name): partial(_run, work, bfloat16)
        for kind, bfloat16 in PRECISIONS.items()
        for name, work in networks.items()
    }
    taken, rows = in_turns(works, repeats, time.perf_counter), []
    for kind, engine in ((kind, name) for kind, name in works if name in OURS):
        ours = taken[kind, engine]
        row = {"ours": engine, "precision": kind}
        for other in ("Pix2Pix", "Base"):
            row[f"ours / {other}"] = f"{np.median(ours / taken[kind, other]):.3f}"
        for column, name in (("ours", engine), ("Pix2Pix", "Pix2Pix"), ("Base", "Base")):
            row[f"{column}, ms"] = f"{1000 * np.median(taken[kind, name]):.0f}"
        rows.append(row)
    return rows

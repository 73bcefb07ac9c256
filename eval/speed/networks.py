"""How long our networks take beside the baselines', from tensors to tensors."""

import time
from collections.abc import Callable
from importlib.util import find_spec
from statistics import median

import torch
import torch.nn.functional as F
from tqdm import tqdm

from colorizer import Colorizer

from ..baselines.base import TAG_LAYERS, BaseGenerator, make_layers
from ..baselines.pix2pix import Pix2PixGenerator, join
from .page import SIDE

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
    line, small = torch.rand(1, 1, SIDE, SIDE), torch.rand(1, 1, SIDE // 4, SIDE // 4)
    hint = torch.rand(1, 4, SIDE // 4, SIDE // 4)
    works = {
        "Pix2Pix": lambda _: pix2pix(join(line, hint)),
        "Base": lambda _: base(line, hint, tags(F.avg_pool2d(line, 2).repeat(1, 3, 1, 1))),
    }
    for engine in OURS if find_spec("openvino") else OURS[:1]:
        ours = Colorizer.from_pretrained(checkpoint, device="cpu", engine=engine)
        works[engine] = lambda half, ours=ours: ours.forward(line, small, hint, half)
    return works


@torch.inference_mode()
def _seconds(work: Callable[[bool], object], bfloat16: bool) -> float:
    began = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        work(bfloat16)
    return time.perf_counter() - began


def time_networks(repeats: int, checkpoint: str | None = None) -> list[Row]:
    """Return the time of our networks, by engine, as a share of the untrained baselines' in torch.

    All have the same precision, and a share is that within one repeat.
    """
    works = _networks(checkpoint)
    turns = [(name, kind) for kind in PRECISIONS for name in works]
    taken: dict[tuple[str, str], list[float]] = {turn: [] for turn in turns}
    for repeat in tqdm(range(repeats + 1), "networks"):
        for name, kind in turns:
            seconds = _seconds(works[name], PRECISIONS[kind])
            taken[name, kind] += [seconds] if repeat else []  # the first takes memory
    rows = []
    for engine, kind in ((name, kind) for name, kind in turns if name in OURS):
        ours = taken[engine, kind]
        row = {"ours": engine, "precision": kind}
        for other in ("Pix2Pix", "Base"):
            shares = [mine / its for mine, its in zip(ours, taken[other, kind])]
            row[f"ours / {other}"] = f"{median(shares):.3f}"
        for column, name in (("ours", engine), ("Pix2Pix", "Pix2Pix"), ("Base", "Base")):
            row[f"{column}, ms"] = f"{1000 * median(taken[name, kind]):.0f}"
        rows.append(row)
    return rows

"""How long our networks take beside the baselines', from tensors to tensors."""

import time
from collections.abc import Callable
from statistics import median
from unittest import mock

import torch
import torch.nn.functional as F
from torch import Tensor
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
def _seconds(work: Callable[[], Tensor], bfloat16: bool) -> float:
    began = time.perf_counter()
    name = "colorizer.pipeline.multiplies_bfloat16"  # ours asks what the processor can
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16), mock.patch(name) as asked:
        asked.return_value = bfloat16
        work()
    return time.perf_counter() - began


def time_networks(repeats: int, checkpoint: str | None = None) -> list[Row]:
    """Return the time of our networks as a share of the untrained baselines', at each precision."""
    works = _networks(checkpoint)
    turns = [(name, kind) for kind in PRECISIONS for name in works]
    taken: dict[tuple[str, str], list[float]] = {turn: [] for turn in turns}
    for repeat in tqdm(range(repeats + 1), "networks"):
        for name, kind in turns:
            seconds = _seconds(works[name], PRECISIONS[kind])
            taken[name, kind] += [seconds] if repeat else []  # the first takes memory
    rows = []
    for kind in PRECISIONS:
        ours = taken["ours", kind]
        row = {"precision": kind}
        for other in ("Pix2Pix", "Base"):
            shares = [mine / its for mine, its in zip(ours, taken[other, kind])]
            row[f"ours / {other}"] = f"{median(shares):.3f}"
        row |= {f"{name}, ms": f"{1000 * median(taken[name, kind]):.0f}" for name in works}
        rows.append(row)
    return rows

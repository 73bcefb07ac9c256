"""Which pictures there are to train on.

Pictures that cannot be trained on are skipped with a reason: one bad file among many thousands
must not end a run.
"""

import math
import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from colorizer.images import MAX_BYTES, MAX_PIXELS, InputError, list_images

from .options import DataConfig, named_numbers
from .renders import list_renders


@dataclass(frozen=True)
class Entry:
    """One picture: its file, its line-art's file if there is one, and its weight.

    Of a render, `color` is the file of its material ids.
    """

    color: Path
    line: Path | None
    weight: float
    render: bool = False


def list_entries(config: DataConfig) -> list[Entry]:
    """Return the pictures to train on, without the held-out ones; tell which were skipped.

    Skipped are unreadable pictures, pictures with a side below `config.smallest` or above the
    limits of `load_image`, and pairs without a line-art.

    Raises:
        InputError: a folder is missing, a weight is no number, or no picture is left.
    """
    rates, held, found = named_numbers(config.weights), set(config.hold_out), []
    for folder, weight in map(weighed_folder, config.data):
        found += [Entry(p, None, weight) for p in _pictures(folder)]
    for folder, weight in map(weighed_folder, config.pairs):
        colors, lines = folder / "color", folder / "line"
        found += [Entry(p, lines / p.relative_to(colors), weight) for p in _pictures(colors)]
    for folder, weight in map(weighed_folder, config.renders):
        renders = list_renders(folder)
        found += [Entry(p, folder / "line" / p.name, weight, True) for p in renders]
    wanted = [
        replace(e, weight=e.weight * math.prod(rates.get(p, 1.0) for p in e.color.parts))
        for e in found
        if not held & set(e.color.parts)
    ]
    with ThreadPoolExecutor() as pool:
        reasons = list(pool.map(partial(_reason, smallest=config.smallest), wanted))
    _tell({e.color: reason for e, reason in zip(wanted, reasons) if reason}, len(wanted))
    entries = [e for e, reason in zip(wanted, reasons) if not reason and e.weight]
    if not entries:
        raise InputError(
            "There are no pictures to train on: give a folder to --data, --pairs or --renders."
        )
    return entries


def bounds_of(entries: list[Entry]) -> np.ndarray:
    """Return where each entry's share of the weight ends, (N,), for `pick`."""
    weights = np.array([entry.weight for entry in entries])
    return np.cumsum(weights / weights.sum())


def pick(bounds: np.ndarray, rng: np.random.Generator) -> int:
    """Return the number of an entry, each as often as its weight says."""
    return min(int(np.searchsorted(bounds, rng.random())), len(bounds) - 1)


def choose(entries: list[Entry], count: int, rng: np.random.Generator) -> list[int]:
    """Return the numbers of up to `count` different pictures that are no renders, by weight."""
    weights = np.array([0 if entry.render else entry.weight for entry in entries])
    count = min(count, np.count_nonzero(weights))
    chances = weights / max(weights.sum(), 1e-9)
    return list(rng.choice(len(weights), count, False, chances)) if count else []


def weighed_folder(text: str) -> tuple[Path, float]:
    """Return the folder and the weight of FOLDER or FOLDER=W."""
    if Path(text).is_dir() or "=" not in text:
        return Path(text), 1.0
    ((name, weight),) = named_numbers([text]).items()
    return Path(name), weight


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    return list_images(folder)


def _reason(entry: Entry, smallest: int) -> str:
    """Return why an entry cannot be trained on, "" if it can; only headers are read."""
    if entry.line and not entry.line.exists():
        return "without line-art"
    for path in filter(None, (entry.color, entry.line)):
        try:
            with Image.open(path, formats=("PNG", "JPEG", "WEBP")) as image:
                width, height = image.size
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            return "unreadable"
        if path.stat().st_size > MAX_BYTES or width * height > MAX_PIXELS:
            return f"above {MAX_BYTES // 10**6} MB or {MAX_PIXELS // 10**6} megapixels"
        if min(width, height) < smallest:
            return f"below {smallest} pixels"
    return ""


def _tell(skipped: dict[Path, str], total: int) -> None:
    """Name the pictures that were skipped, and say how many and why."""
    if skipped and os.environ.get("RANK", "0") == "0":  # of several processes the first
        counts = Counter(skipped.values()).most_common()
        said = ", ".join(f"{number} {reason}" for reason, number in counts)
        lines = [f"  {path}: {reason}" for path, reason in skipped.items()]
        print(
            *lines, f"skipped {len(skipped)} of {total} pictures: {said}", sep="\n", file=sys.stderr
        )

"""Which pictures there are to train on, remembered so that a large folder is read once.

Pictures that cannot be trained on are skipped with a reason: one bad file among many thousands
must not end a run.
"""

import json
import math
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from colorizer.images import MAX_BYTES, MAX_PIXELS, InputError, list_images

from .checkpoints import write_atomic
from .distributed import rank
from .options import DataConfig, RunConfig, named_numbers
from .renders import list_renders

INDEX_NAME = "index.json"
"""What is known of each file, {path: [mtime in ns, bytes, width, height]}; 0x0 is unreadable."""
NAMED = 10
"""At most this many skipped pictures are named on the terminal; the rest stand in a file."""


@dataclass(frozen=True)
class Entry:
    """One picture: its file, its line-art's file if there is one, and its weight.

    Of a render, `color` is the file of its material ids.
    """

    color: Path
    line: Path | None
    weight: float
    render: bool = False


def index_folder(config: RunConfig) -> Path:
    """Return where what is known of the picture files is kept for the next start."""
    return Path(config.cache or config.runs)


def list_entries(config: DataConfig, index: Path | None = None) -> list[Entry]:
    """Return the pictures to train on, without the held-out ones; tell which were skipped.

    Skipped are unreadable pictures, pictures with a side below `config.smallest` or above the
    limits of `load_image`, and pairs without a line-art.

    Args:
        config: the folders, in `data`, `pairs` and `renders`, and what to leave out.
        index: folder for what is known of the files; None reads every header again.

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
    known = picture_sizes([file for e in wanted for file in (e.color, e.line) if file], index)
    reasons = {e.color: _reason(e, known, config.smallest) for e in wanted}
    _tell({path: reason for path, reason in reasons.items() if reason}, len(wanted), index)
    entries = [entry for entry in wanted if not reasons[entry.color] and entry.weight]
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
    """Return the place of an entry, each as often as its weight says."""
    return min(int(np.searchsorted(bounds, rng.random())), len(bounds) - 1)


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


def _reason(entry: Entry, known: dict[str, list[int]], smallest: int) -> str:
    """Return why an entry cannot be trained on, "" if it can."""
    if entry.line and str(entry.line) not in known:
        return "without line-art"
    for path in filter(None, (entry.color, entry.line)):
        _, size, width, height = known.get(str(path), (0, 0, 0, 0))
        if not width:
            return "unreadable"
        if size > MAX_BYTES or width * height > MAX_PIXELS:
            return f"above {MAX_BYTES // 10**6} MB or {MAX_PIXELS // 10**6} megapixels"
        if min(width, height) < smallest:
            return f"below {smallest} pixels"
    return ""


def picture_sizes(files: list[Path], index: Path | None = None) -> dict[str, list[int]]:
    """Return [mtime in ns, bytes, width, height] of each file that exists; 0x0 is unreadable.

    Only headers are read, and with an `index` folder only those of files whose time or size has
    changed since they were read last.
    """
    store, before, known = index and index / INDEX_NAME, {}, {}
    if store and store.is_file():
        with suppress(ValueError):  # it can always be made again
            before = json.loads(store.read_text("utf-8"))
    for file in tqdm(files, "index", unit="file", disable=len(files) < 10_000, leave=False):
        try:
            status = file.stat()
        except OSError:
            continue
        now = [status.st_mtime_ns, status.st_size]
        old = before.get(str(file))
        known[str(file)] = old if old and old[:2] == now else now + _header(file)
    if store and any(before.get(path) != value for path, value in known.items()):
        store.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(store, json.dumps(before | known).encode())
    return known


def _header(file: Path) -> list[int]:
    try:
        with Image.open(file, formats=("PNG", "JPEG", "WEBP")) as image:
            return list(image.size)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return [0, 0]


def _tell(skipped: dict[Path, str], total: int, index: Path | None) -> None:
    """Say once how many pictures were skipped and why; name some, and all in skipped.txt."""
    if not skipped or rank():
        return
    counts = ", ".join(f"{n} {reason}" for reason, n in Counter(skipped.values()).most_common())
    print(f"skipped {len(skipped)} of {total} pictures: {counts}", file=sys.stderr)
    lines = [f"  {path}: {reason}" for path, reason in skipped.items()]
    print("\n".join(lines[:NAMED]), file=sys.stderr)
    if len(lines) > NAMED and index:
        index.mkdir(parents=True, exist_ok=True)
        (index / "skipped.txt").write_text("\n".join(lines) + "\n", "utf-8")
        print(f"  ... all are listed in {index / 'skipped.txt'}", file=sys.stderr)

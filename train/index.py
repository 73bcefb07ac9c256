"""Which pictures there are to train on, remembered so that a large folder is read once.

Pictures that cannot be trained on are skipped with a reason: one bad file among many thousands
must not end a run.
"""

import json
import math
import os
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from colorizer.images import MAX_BYTES, MAX_PIXELS, SUFFIXES, InputError

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
    rates = named_numbers(config.weights)
    found = [Entry(p, None, w) for f, w in map(_folder, config.data) for p in _pictures(f)]
    for root, weight in map(_folder, config.pairs):
        colors, lines = root / "color", root / "line"
        found += [Entry(p, lines / p.relative_to(colors), weight) for p in _pictures(colors)]
    for root, weight in map(_folder, config.renders):
        lines = root / "line"
        found += [Entry(p, lines / p.name, weight, True) for p in list_renders(root)]
    held = set(config.hold_out)
    wanted = [
        replace(e, weight=e.weight * math.prod(rates.get(p, 1.0) for p in e.color.parts))
        for e in found
        if not held & set(e.color.parts)
    ]
    entries, skipped = screen(wanted, config.smallest, index)
    _tell(skipped, len(wanted), index)
    if not entries:
        raise InputError(
            "There are no pictures to train on: give a folder to --data, --pairs or --renders."
        )
    return entries


def _folder(text: str) -> tuple[Path, float]:
    """Return the folder and the weight of FOLDER or FOLDER=W."""
    if Path(text).is_dir() or "=" not in text:
        return Path(text), 1.0
    ((name, weight),) = named_numbers([text]).items()
    return Path(name), weight


def _pictures(folder: Path) -> list[Path]:
    """Return the pictures anywhere below a folder, sorted by path."""
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    walk = os.walk(folder)  # twice as fast as Path.rglob, which counts at 733,000 files
    names = (Path(at, name) for at, _, files in walk for name in files)
    return sorted(p for p in names if p.suffix.lower() in SUFFIXES)


def screen(
    entries: list[Entry], smallest: int, index: Path | None
) -> tuple[list[Entry], dict[Path, str]]:
    """Return the entries that can be trained on, and why each of the others cannot."""
    files = [f for e in entries for f in (e.color, e.line) if f]
    known = picture_sizes(files, index)
    reasons = {e.color: _reason(e, known, smallest) for e in entries}
    kept = [e for e in entries if not reasons[e.color] and e.weight]
    return kept, {path: reason for path, reason in reasons.items() if reason}


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
    store = index / INDEX_NAME if index else None
    before = _read_index(store)
    known = {}
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


def _read_index(store: Path | None) -> dict[str, list[int]]:
    if not store or not store.is_file():
        return {}
    try:
        return json.loads(store.read_text("utf-8"))
    except ValueError:  # it can always be made again
        return {}


def _header(file: Path) -> list[int]:
    try:
        with Image.open(file, formats=("PNG", "JPEG", "WEBP")) as image:
            return list(image.size)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
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

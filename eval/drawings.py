"""The drawings to evaluate on: which ones, and how they become 512x512 with a line-art."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

import cv2
import numpy as np

from colorizer.images import InputError, list_images, load_image, resize_u8
from colorizer.preprocessing.lines import to_gray, xdog
from train.options import option

from .metrics import INK_BELOW

SIDE = 512
"""Side of the drawings, pixels."""
SIGMA = 0.4
"""XDoG's sigma, pixels, for pictures without a line-art of their own."""
KINDS = ("xdog", "real", "open")
"""Drawings whose lines are extracted by XDoG, drawings with real lines, and with open outlines."""
FIRST_SEED = 900_000
"""Renders of earlier seeds are for training."""
ERASERS = (4, 16)
"""Fewest and most gaps that are rubbed into the lines of a drawing."""
ERASER_RADIUS = (2, 12)
"""Smallest and largest eraser, pixels at 512x512: the open lines of the renders have gaps of about
2 to 30 pixels."""


@dataclass(frozen=True)
class DrawingConfig:
    """Which drawings."""

    data: tuple[str, ...] = option((), "folder of color pictures, any depth: XDoG lines")
    pairs: tuple[str, ...] = option((), "folder with color/ and line/, same names: real lines")
    renders: tuple[str, ...] = option((), "folder of renders with color/ and line_open/")
    open_pairs: tuple[str, ...] = option((), "folder like --pairs: gaps are rubbed into its lines")
    only: tuple[str, ...] = option(
        (), "keep pictures with a folder NAME or A/B in their path; renders stay"
    )
    limit: tuple[str, ...] = option(
        (), "most drawings of each kind, the first by hash: N, or KIND=N, such as real=100 xdog=60"
    )
    seed: int = option(0, "seed of the hints")


@dataclass(frozen=True)
class Drawing:
    """A picture of known colors: its path below the folder given, its kind, and its files.

    Gaps are rubbed into the lines of one that is `erased`, always the same.
    """

    name: str
    kind: str
    color: Path
    line: Path | None
    erased: bool = False

    @property
    def digest(self) -> str:
        """SHA-1 of the name: the order in which drawings are taken."""
        return hashlib.sha1(self.name.encode()).hexdigest()

    def is_below(self, folder: str) -> bool:
        """Whether a folder, "NAME" or "PARENT/NAME", is in the path of the color picture."""
        return f"/{folder.strip('/')}/" in f"/{self.color.parent.as_posix()}/"

    def rng(self, seed: int, purpose: str) -> np.random.Generator:
        """Return a random generator that depends on seed, drawing and purpose alone."""
        text = f"{seed} {self.kind} {self.name} {purpose}"
        return np.random.default_rng(list(hashlib.sha1(text.encode()).digest()))

    def load(self) -> tuple[np.ndarray, np.ndarray]:
        """Return color (512, 512, 3) and line-art (512, 512), uint8: the center square, resized."""
        color = np.asarray(load_image(self.color))
        if self.line is None:
            color = _square(color)
            return color, xdog(color, SIGMA)
        line = to_gray(np.asarray(load_image(self.line)))
        line = _square(resize_u8(line, color.shape[1::-1]))
        return _square(color), erase(line, self.rng(0, "erasers")) if self.erased else line


def _square(picture_u8: np.ndarray) -> np.ndarray:
    height, width = picture_u8.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    crop = picture_u8[top : top + side, left : left + side]
    return np.ascontiguousarray(resize_u8(crop, (SIDE, SIDE)))


def erase(line_u8: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the line-art with round gaps at random places of its ink, uint8 (H, W)."""
    opened = line_u8.copy()
    rows, columns = np.nonzero(line_u8 < INK_BELOW)
    for _ in range(int(rng.integers(*ERASERS, endpoint=True)) if len(rows) else 0):
        place = int(rng.integers(len(rows)))
        radius = int(rng.integers(*ERASER_RADIUS, endpoint=True))
        cv2.circle(opened, (int(columns[place]), int(rows[place])), radius, 255, -1)
    return opened


def limits_of(texts: Iterable[str]) -> dict[str, int]:
    """Return the most drawings of each kind; a kind without a limit is not in it.

    Raises:
        InputError: neither a number from 0 (all) nor KIND=N.
    """
    limits: dict[str, int] = {}
    for text in (word for words in texts for word in words.split(",")):
        kind, equals, number = text.rpartition("=")
        if not number.isdecimal() or (equals and kind not in KINDS):
            raise InputError(f"--limit has {text!r}; wanted is N or KIND=N, of {', '.join(KINDS)}.")
        limits |= dict.fromkeys([kind] if equals else KINDS, int(number))
    return {kind: limit for kind, limit in limits.items() if limit}


def list_drawings(config: DrawingConfig) -> list[Drawing]:
    """Return the drawings that a configuration names, each kind in the order of its hashes.

    Of the open ones renders and erased pairs take turns, so that a limit takes half of each.

    Raises:
        InputError: a folder or a line-art is missing, or no drawing is left.
    """
    limits = limits_of(config.limit)
    found = [d for folder in config.data for d in _below(Path(folder), None, "xdog")]
    for folder in config.pairs:
        found += _below(Path(folder) / "color", Path(folder) / "line", "real")
    erased = []
    for folder in config.open_pairs:
        erased += _below(Path(folder) / "color", Path(folder) / "line", "open", erased=True)
    if config.only:
        found, erased = (
            [d for d in drawings if any(d.is_below(folder) for folder in config.only)]
            for drawings in (found, erased)
        )
    kinds = [_by_hash(d for d in found if d.kind == kind) for kind in KINDS[:2]]
    turns = zip_longest(_by_hash(_renders(config.renders)), _by_hash(erased))
    kinds.append([d for d in chain.from_iterable(turns) if d])
    kept = [d for kind, drawings in zip(KINDS, kinds) for d in drawings[: limits.get(kind)]]
    if not kept:
        raise InputError(
            "There are no drawings: give --data, --pairs, --renders or --open-pairs a folder that "
            "has some."
        )
    return kept


def _by_hash(drawings: Iterable[Drawing]) -> list[Drawing]:
    return sorted(drawings, key=lambda d: d.digest)


def _renders(folders: Iterable[str]) -> list[Drawing]:
    """Return the renders for measuring, those of seeds from `FIRST_SEED` on."""
    found = []
    for folder in map(Path, folders):
        drawings = _below(folder / "color", folder / "line_open", "open")
        seeds = [d.color.stem.partition("-")[0] for d in drawings]
        found += [d for d, s in zip(drawings, seeds) if s.isdecimal() and int(s) >= FIRST_SEED]
    return found


def _below(colors: Path, lines: Path | None, kind: str, erased: bool = False) -> list[Drawing]:
    if not colors.is_dir():
        raise InputError(f"There is no folder {colors}.")
    names = [path.relative_to(colors) for path in list_images(colors)]
    missing = [lines / name for name in names if lines and not (lines / name).is_file()]
    if missing:
        raise InputError(f"There is no line-art {missing[0]}.")
    return [Drawing(n.as_posix(), kind, colors / n, lines and lines / n, erased) for n in names]

"""The drawings to evaluate on: which ones, and what of them systems are given."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

import cv2
import numpy as np

from colorizer.images import InputError, list_images, load_image, load_image_rgba, resize_u8
from colorizer.preprocessing.lines import line_of, to_gray, xdog
from colorizer.working import Hints, hint_layer
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
    without: tuple[str, ...] = option((), "leave out pictures with such a folder or name")
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

    def rng(self, seed: int, purpose: str) -> np.random.Generator:
        """Return a random generator that depends on seed, drawing and purpose alone."""
        text = f"{seed} {self.kind} {self.name} {purpose}"
        return np.random.default_rng(list(hashlib.sha1(text.encode()).digest()))

    def named(self, plan: str) -> str:
        """Return PLAN/KIND/NAME, without the name's ending and with "-" for the plan's ":"."""
        return f"{plan.replace(':', '-')}/{self.kind}/{Path(self.name).with_suffix('')}"

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


@dataclass(frozen=True)
class Case:
    """What a system is given: a line-art and hints as `Colorizer` takes them.

    Its name is PLAN/KIND/NAME, and that of its picture in a folder.
    """

    line: np.ndarray
    hints: Hints = None
    name: str = ""

    def decoded(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the line-art as gray (H, W) and the hints as a layer (H, W, 4), uint8."""
        line = line_of(np.asarray(load_image_rgba(self.line)))
        size = line.shape[1::-1]
        return line, hint_layer(self.hints, size, size)


System = Callable[[Case], np.ndarray]
"""Returns RGB, uint8 (H, W, 3), of the line-art's size."""


def limits_of(texts: Iterable[str]) -> dict[str, int]:
    """Return the most drawings of each kind that has a limit, of texts N (0: all) or KIND=N.

    Others raise InputError.
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

    Of the open ones renders and erased pairs take turns, so that a limit takes half of each. A
    missing folder or line-art, or no drawing left, raises InputError.
    """
    limits = limits_of(config.limit)
    renders = [
        render
        for render in _below(config.renders, "line_open", "open")
        if (seed := render.color.stem.partition("-")[0]).isdecimal() and int(seed) >= FIRST_SEED
    ]
    turns = zip_longest(renders, _below(config.open_pairs, "line", "open", config, erased=True))
    found = {
        "xdog": _below(config.data, "", "xdog", config),
        "real": _below(config.pairs, "line", "real", config),
        "open": [d for d in chain.from_iterable(turns) if d],
    }
    kept = [d for kind, drawings in found.items() for d in drawings[: limits.get(kind)]]
    if not kept:
        raise InputError(
            "There are no drawings: give --data, --pairs, --renders or --open-pairs a folder that "
            "has some."
        )
    return kept


def _below(
    folders: Iterable[str],
    lines: str,
    kind: str,
    choice: DrawingConfig = DrawingConfig(),
    erased: bool = False,
) -> list[Drawing]:
    """Return pictures of folders, or with `lines` the pairs in their color/ and LINES/, by hash.

    Of the pictures those that `only` and `without` of the choice leave.
    """
    found = []
    for folder in map(Path, folders):
        root = folder / "color" if lines else folder
        if not root.is_dir():
            raise InputError(f"There is no folder {root}.")
        for color in list_images(root):
            name = color.relative_to(root)
            line = folder / lines / name if lines else None
            if line and not line.is_file():
                raise InputError(f"There is no line-art {line}.")
            kept = not choice.only or _has(color, choice.only)
            if kept and not _has(color, choice.without):
                found.append(Drawing(name.as_posix(), kind, color, line, erased))
    return sorted(found, key=lambda d: d.digest)


def _has(path: Path, names: Iterable[str]) -> bool:
    """Return whether a path has one of the names "NAME" or "PARENT/NAME"; they lack an ending."""
    whole = f"/{path.with_suffix('').as_posix()}/"
    return any(f"/{name.strip('/')}/" in whole for name in names)

"""The drawings to evaluate on: which ones, and how they become 512x512 with a line-art."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from colorizer.images import InputError, list_images, load_image, resize_u8
from colorizer.preprocessing.lines import to_gray, xdog
from train.data import option

SIDE = 512
"""Side of the drawings, pixels."""
SIGMA = 0.4
"""XDoG's sigma, pixels, for pictures without a line-art of their own."""
KINDS = ("xdog", "real")
"""Drawings whose lines are extracted by XDoG, and drawings with real lines."""


@dataclass(frozen=True)
class DrawingConfig:
    """Which drawings."""

    data: tuple[str, ...] = option((), "folder of color pictures, any depth: XDoG lines")
    pairs: tuple[str, ...] = option((), "folder with color/ and line/, same names: real lines")
    only: tuple[str, ...] = option((), "keep pictures with a folder NAME or A/B in their path")
    limit: int = option(0, "most drawings of each kind, the first by hash; 0 takes all")
    seed: int = option(0, "seed of the hints")


@dataclass(frozen=True)
class Drawing:
    """A picture of known colors: its path below the folder given, its kind, and its files."""

    name: str
    kind: str
    color: Path
    line: Path | None

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
        return _square(color), _square(resize_u8(line, color.shape[1::-1]))


def _square(picture_u8: np.ndarray) -> np.ndarray:
    height, width = picture_u8.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    crop = picture_u8[top : top + side, left : left + side]
    return np.ascontiguousarray(resize_u8(crop, (SIDE, SIDE)))


def list_drawings(config: DrawingConfig) -> list[Drawing]:
    """Return the drawings that a configuration names, each kind in the order of its hashes.

    Raises:
        InputError: a folder or a line-art is missing, or no drawing is left.
    """
    found = [d for folder in config.data for d in _below(Path(folder), None)]
    for folder in config.pairs:
        found += _below(Path(folder) / "color", Path(folder) / "line")
    if config.only:
        found = [d for d in found if any(d.is_below(folder) for folder in config.only)]
    found.sort(key=lambda d: d.digest)
    kinds = [[d for d in found if d.kind == kind] for kind in KINDS]
    kept = [d for drawings in kinds for d in drawings[: config.limit or None]]
    if not kept:
        raise InputError("There are no drawings: give --data or --pairs a folder that has some.")
    return kept


def _below(colors: Path, lines: Path | None) -> list[Drawing]:
    if not colors.is_dir():
        raise InputError(f"There is no folder {colors}.")
    kind = KINDS[lines is not None]
    names = [path.relative_to(colors) for path in list_images(colors)]
    missing = [lines / name for name in names if lines and not (lines / name).is_file()]
    if missing:
        raise InputError(f"There is no line-art {missing[0]}.")
    return [Drawing(n.as_posix(), kind, colors / n, lines and lines / n) for n in names]

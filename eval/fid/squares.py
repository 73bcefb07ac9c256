"""The samples of FID and C-FID: a square of a drawing, its line-art, and hints as in Figure 13."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from colorizer.images import InputError, resize_u8
from colorizer.preprocessing.hints import Hint, hex_color
from train.data import STRIDE_RATIO

from ..drawings import SIDE, Drawing
from ..segments import seven_segment_plan
from ..systems import Case

CACHED = 1024
"""Squares kept in memory, at most 1 MB each."""
MULTIPLE = 64
"""Squares have a side that is a multiple of this, so that every system can paint them."""
SCALE = 5
"""Figure 13 is drawn at so many pixels for one of the hint image."""
TINTS = {"corner": (246, 213, 213), "wing": (214, 228, 247), "body": (227, 242, 217)}
POINT = "#c03020"


class Squares:
    """Squares of drawings; places and hints depend on seed, drawing and number alone."""

    def __init__(self, drawings: list[Drawing], side: int, crops: int, seed: int):
        """Take `crops` random squares of `side` pixels of each 512x512 drawing, or all of it.

        Raises:
            InputError: a side that is no multiple of 64 up to 512, or no crops.
        """
        if side % MULTIPLE or not 0 < side <= SIDE:
            raise InputError(f"--side is {side}; wanted is a multiple of {MULTIPLE} up to {SIDE}.")
        if crops < 1 or (side == SIDE and crops > 1):
            raise InputError(f"--crops is {crops}; wanted is 1, or more with a smaller --side.")
        self.drawings, self.side, self.crops, self.seed = drawings, side, crops, seed
        self.pictures = lru_cache(CACHED)(self._pictures)

    def __len__(self) -> int:
        """The number of squares."""
        return len(self.drawings) * self.crops

    def _pictures(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return color (S, S, 3) and line-art (S, S) of a square, uint8."""
        drawing, number = self.drawings[index // self.crops], index % self.crops
        color, line = drawing.load()
        y, x = drawing.rng(self.seed, f"crop {number}").integers(0, SIDE - self.side + 1, 2)
        cut = slice(y, y + self.side), slice(x, x + self.side)
        return color[cut].copy(), line[cut].copy()

    def case(self, index: int, draw: int | None) -> Case:
        """Return a square's line-art with the hints of a draw, None for no hints."""
        color, line = self.pictures(index)
        drawing, number = self.drawings[index // self.crops], index % self.crops
        plan, name = ("0", "0") if draw is None else (f"hints {draw} {number}", f"C-FID-{draw}")
        hints = [] if draw is None else plan_points(color, drawing.rng(self.seed, plan))
        return Case(line, hints, drawing.named(name) + (f"-{number}" if number else ""))


def plan_points(color_u8: np.ndarray, rng: np.random.Generator) -> list[Hint]:
    """Return C-FID's 28 hints for a picture.

    Their places are pixels of the hint image, a quarter of the picture's size.
    """
    height, width = (side // STRIDE_RATIO for side in color_u8.shape[:2])
    return points_at(color_u8, seven_segment_plan((width, height), rng))


def points_at(color_u8: np.ndarray, places: np.ndarray) -> list[Hint]:
    """Return hints at places (N, 2) of the hint image, in the colors of the picture reduced to it.

    Each is one pixel in the middle of those that it stands for.
    """
    height, width = (side // STRIDE_RATIO for side in color_u8.shape[:2])
    small, middle = resize_u8(color_u8, (width, height)), STRIDE_RATIO // 2
    return [
        Hint(x * STRIDE_RATIO + middle, y * STRIDE_RATIO + middle, 0, hex_color(small[y, x]))
        for x, y in places.tolist()
    ]


def plan_picture(seed: int) -> Image.Image:
    """Return Figure 13: the seven segments on the 128x128 hint image, and one draw of 28 points."""
    side = SIDE // STRIDE_RATIO
    outer = np.abs(np.arange(side) - (side - 1) / 2) > side / 4  # the first and the last quarter
    picture = np.full((side, side, 3), TINTS["body"], np.uint8)
    picture[:, outer] = TINTS["wing"]
    picture[np.ix_(outer, outer)] = TINTS["corner"]
    sheet = Image.fromarray(picture.repeat(SCALE, 0).repeat(SCALE, 1))
    pen, font, eighth = ImageDraw.Draw(sheet), ImageFont.load_default(20), side * SCALE / 8
    names = {"corner: 1": [(1, 0), (7, 0), (1, 6), (7, 6)], "wing: 2": [(1, 2), (7, 2)]}
    for text, places in (names | {"body: 20": [(4, 0)]}).items():
        for x, y in places:
            pen.text((x * eighth, y * eighth + 14), text, "#202020", font, "mm")
    for x, y in seven_segment_plan((side, side), np.random.default_rng(seed)).tolist():
        left, top = x * SCALE, y * SCALE
        pen.rectangle((left, top, left + SCALE, top + SCALE), POINT)
    return sheet

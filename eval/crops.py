"""Drawings as the samples of FID and C-FID: a square, its line-art and the hints of Figure 13."""

from functools import lru_cache

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from colorizer.images import InputError, resize_u8, to_tensor
from colorizer.preprocessing.hints import GRAY, hint_tensor, seven_segment_plan
from train.data import STRIDE_RATIO

from .drawings import SIDE, Drawing

CACHED = 1024
"""Squares kept in memory, at most 1 MB each."""
MULTIPLE = 64
"""Squares have a side that is a multiple of this, so that every system can paint them."""


class Crops(Dataset):
    """Squares of drawings as float tensors: color (3, S, S), line (1, S, S), hint (4, S/4, S/4).

    Places and hints depend on seed, drawing, number and `draw` alone, so every system sees the
    same. With `draw` None there are no hints.
    """

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
        self.draw: int | None = None
        self.square = lru_cache(CACHED)(self._square)

    def __len__(self) -> int:
        """The number of squares."""
        return len(self.drawings) * self.crops

    def _square(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return color (S, S, 3) and line-art (S, S) of a square, uint8."""
        drawing, number = self.drawings[index // self.crops], index % self.crops
        color, line = drawing.load()
        y, x = drawing.rng(self.seed, f"crop {number}").integers(0, SIDE - self.side + 1, 2)
        cut = slice(y, y + self.side), slice(x, x + self.side)
        return color[cut].copy(), line[cut].copy()

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Return one square."""
        color, line = self.square(index)
        drawing, number = self.drawings[index // self.crops], index % self.crops
        rng = drawing.rng(self.seed, f"hints {self.draw} {number}")
        hint = plan_hints(color, None if self.draw is None else rng)
        return {"color": to_tensor(color), "line": to_tensor(line), "hint": hint_tensor(hint)}


def plan_hints(color_u8: np.ndarray, rng: np.random.Generator | None) -> np.ndarray:
    """Return C-FID's hint image of a picture (Section 4.5), uint8 RGBA (H/4, W/4, 4).

    The 28 places are pixels of the hint image, with the colors of the picture reduced to it;
    without `rng` there are none.
    """
    height, width = (side // STRIDE_RATIO for side in color_u8.shape[:2])
    hint = np.full((height, width, 4), (GRAY, GRAY, GRAY, 0), np.uint8)
    if rng is not None:
        xs, ys = seven_segment_plan((width, height), rng).T
        hint[ys, xs, :3] = resize_u8(color_u8, (width, height))[ys, xs]
        hint[ys, xs, 3] = 255
    return hint

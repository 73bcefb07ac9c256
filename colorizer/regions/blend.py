"""Colors of several dabs run into each other where no border parts them.

Ours, not the paper's. The fast global smoother of Min et al. 2014: what it minimizes holds the
colors near what they were, and neighbors near each other as far as color runs freely between them.
"""

import cv2
import numpy as np
from scipy.linalg.lapack import sptsv

SPREAD = 100.0
"""Where no border is, colors run into each other over so many pixels; 48 brings half as much."""


def blend(
    colors: np.ndarray, passages: tuple[np.ndarray, np.ndarray], hold: np.ndarray
) -> np.ndarray:
    """Return colors that change smoothly but at borders, float32 (h, w, 3), of one plane (h, w).

    Args:
        colors: float32 (h, w, 3), or one plane, (h, w, 1).
        passages: how freely color runs, see `find_passages`.
        hold: float32 (h, w), how much a pixel's own color counts, 1 anywhere.
    """
    across, down = passages
    ways = [(across.ravel(), hold.ravel()), (down.T.ravel(), hold.T.ravel())]
    planes = colors.transpose(2, 0, 1)
    for share in (16, 4, 1):  # the authors' weights; with two passes one sees streaks
        amount = 1.5 * share / 63 * SPREAD**2 / 2
        for passage, held in ways:
            planes = _along_rows(planes, passage, held, amount).transpose(0, 2, 1)
    return cv2.merge(list(planes))


def _along_rows(
    planes: np.ndarray, passage: np.ndarray, hold: np.ndarray, amount: float
) -> np.ndarray:
    """Return planes (c, h, w) smoothed along rows, all of which are one tridiagonal system.

    passage and hold are flat, (h * w).
    """
    off = amount * passage
    diagonal, sides = hold + off, (planes.reshape(len(planes), -1) * hold).T
    diagonal[1:] += off[:-1]
    solved = sptsv(diagonal, -off[:-1], sides, True, True, True)[2]
    return solved.T.reshape(planes.shape)

"""Ink in the colors of the hints that lie on ink alone. Ours, not the paper's."""

import cv2
import numpy as np

from ..images import resize_u8
from .cells import INK
from .ink import ink_share

DARK_BELOW = 192
"""Lines darker than this (of 255) are dark ink; other ink is light or narrow paper."""
REACH = 8.0
"""Reach of a hint on ink, the standard deviation of a Gaussian in pixels: farther ones measure
better (16 px: 0.05 dB) and gray the lines of half a drawing."""
DOUBT = 0.05
"""Weight of leaving ink as it is, against a hint's weight of about 1 where it lies."""
RATIO = 4
"""The reach is computed at a size so many times smaller."""


def tint_ink(color_u8: np.ndarray, line_u8: np.ndarray, layer_u8: np.ndarray) -> None:
    """Give ink, in place, the colors of the hints that lie on ink alone.

    A hint that also touches paper means that. One that does not, be it on a line, on solid black
    or between two close lines, moves what lies under it to its color, and ink of its kind around
    it by less and less.

    Args:
        color_u8: uint8 (H, W, 3), the picture with its lines.
        line_u8: uint8 (H, W), the line-art, paper 255.
        layer_u8: uint8 RGBA (h, w, 4), the hints at the working size, alpha above 0 where painted.
    """
    alpha = cv2.extractChannel(layer_u8, 3)
    painted = np.flatnonzero(alpha)
    if not painted.size:
        return
    size = alpha.shape[::-1]
    line = resize_u8(line_u8, size)
    dab = cv2.connectedComponents(alpha, connectivity=8)[1].take(painted)
    hinted = painted[~np.isin(dab, dab[ink_share(line).take(painted) < INK])]
    if not hinted.size:
        return
    wanted = layer_u8.reshape(-1, 4)[hinted, :3].astype(np.float32)
    missing = wanted - resize_u8(color_u8, size).reshape(-1, 3)[hinted]
    ink, dark = ink_share(line_u8) >= INK, line.take(hinted) < DARK_BELOW
    for kind, where in ((dark, line_u8 < DARK_BELOW), (~dark, line_u8 >= DARK_BELOW)):
        if kind.any():
            tint = cv2.resize(_reach(missing[kind], hinted[kind], alpha.shape), line_u8.shape[::-1])
            tinted = cv2.add(color_u8, tint, dtype=cv2.CV_8U)
            cv2.copyTo(tinted, (ink & where).astype(np.uint8), color_u8)


def _reach(values: np.ndarray, at: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return values (n, 3) of the pixels `at`, flat indices (n), by distance, (h, w, 3)."""
    height, width = shape
    rows, columns = np.divmod(at, width)
    sums = np.zeros((-(-height // RATIO), -(-width // RATIO), 4), np.float32)
    counted = np.column_stack([values, np.ones(len(values))]).astype(np.float32)
    np.add.at(sums, (rows // RATIO, columns // RATIO), counted)
    deviation = REACH / RATIO
    reached = cv2.GaussianBlur(sums, (0, 0), deviation, borderType=cv2.BORDER_CONSTANT)
    reached *= 2 * np.pi * deviation**2  # 1 where a lone hint lies
    mean = reached[:, :, :3] / (reached[:, :, 3:] + DOUBT)
    return cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR)

"""Ink in the colors of the hints that lie on ink alone. Ours, not the paper's."""

import cv2
import numpy as np

from ..images import resize_u8
from .cells import INK
from .ink import ink_share

REACH = 8.0
"""Reach of a hint on ink, the standard deviation of a Gaussian in working pixels: farther ones
measure better (16: 0.05 dB) and gray the lines of half a drawing."""


def tint_ink(color_u8: np.ndarray, line_u8: np.ndarray, layer_u8: np.ndarray) -> None:
    """Give ink, in place, the colors of the hints that lie on ink alone.

    A hint that also touches paper means that. One that does not, be it on a line, on solid black
    or between two close lines, moves what lies under it to its color, and ink around it by less
    and less, and by less the lighter it is, or the whiter the hint: the light of an eye is a dot.

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
    share = ink_share(resize_u8(line_u8, size)).take(painted)
    dab = cv2.connectedComponents(alpha, connectivity=8)[1].take(painted)
    on_ink = ~np.isin(dab, dab[share < INK])
    hinted = painted[on_ink]
    if not hinted.size:
        return
    wanted = layer_u8.reshape(-1, 4)[hinted, :3].astype(np.float32)
    missing = (wanted - resize_u8(color_u8, size).reshape(-1, 3)[hinted]) / share[on_ink, None]
    white = wanted.min(1, keepdims=True) / 255
    tint, ink = _reach(missing * (1 - white), hinted, alpha.shape), ink_share(line_u8)
    tint.reshape(-1, 3)[hinted] = missing
    for channel in range(3):  # one by one: all at once would take a gigabyte of a large picture
        plane = cv2.resize(tint[:, :, channel], line_u8.shape[::-1])
        plane *= ink
        color_u8[:, :, channel] = cv2.add(color_u8[:, :, channel], plane, dtype=cv2.CV_8U)


def _reach(values: np.ndarray, at: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return values (n, 3) of the pixels `at`, flat indices (n), by distance, (h, w, 3)."""
    sums = np.zeros((*shape, 4), np.float32)
    sums.reshape(-1, 4)[at] = np.column_stack([values, np.ones(len(values))])
    reached = cv2.GaussianBlur(sums, (0, 0), REACH, borderType=cv2.BORDER_CONSTANT)
    reached *= 2 * np.pi * REACH**2  # 1 where a lone hint lies
    return reached[:, :, :3] / np.maximum(reached[:, :, 3:], 1)

"""Colors at the full size of a line-art: what its ink parts stays parted, to the very pixel.

Ours, not the paper's, which knows only 512x512.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from .cells import INK
from .ink import ink_share, nearest_of

VISIBLE = 4
"""Colors that differ less than this from one working pixel to the next (of 255) need no care."""
SHARP = 2.0
"""Weight of a working pixel at distance d, in working pixels: e^(-SHARP d^2)."""


@dataclass(frozen=True)
class FullSize:
    """A line-art, uint8 (H, W), paper 255, and its working size, (height, width)."""

    line: np.ndarray
    working: tuple[int, int]

    @cached_property
    def closed(self) -> np.ndarray:
        """Which connected part of the paper a pixel lies in, ink in the nearest, int32 (H, W)."""
        paper = ink_share(self.line) < INK
        parts = cv2.connectedComponents(paper.astype(np.uint8), connectivity=4)[1]
        return parts.ravel()[nearest_of(paper)]

    @cached_property
    def small(self) -> np.ndarray:
        """Return the same at the centers of the working pixels, int32 (h, w)."""
        rows, columns = (
            ((np.arange(few) + 0.5) * many / few).astype(int)
            for few, many in zip(self.working, self.line.shape)
        )
        return self.closed[np.ix_(rows, columns)]

    @cached_property
    def beside(self) -> np.ndarray:
        """Return the pixels within a working pixel of ink, flat indices."""
        radius = max(1, round(max(self.line.shape) / max(self.working)))
        around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
        ink = (ink_share(self.line) >= INK).astype(np.uint8)
        return np.flatnonzero(cv2.dilate(ink, around))


def multiply(color_u8: np.ndarray, line_u8: np.ndarray) -> np.ndarray:
    """Return colors (H, W, 3) under the ink of a line-art (H, W), bytes."""
    return cv2.multiply(color_u8, cv2.merge([line_u8] * 3), scale=1 / 255)


def enlarge_colors(colors_u8: np.ndarray, full: FullSize) -> np.ndarray:
    """Return colors without lines, uint8 (h, w, 3), at full size, (H, W, 3).

    Enlarged smoothly, but beside ink from working pixels of the same closed place alone.
    """
    if full.line.shape == colors_u8.shape[:2]:
        return colors_u8
    size = full.line.shape[::-1]
    enlarged = cv2.resize(colors_u8, size, interpolation=cv2.INTER_LINEAR)
    square = np.ones((3, 3), np.uint8)
    spans = (cv2.dilate(colors_u8, square) - cv2.erode(colors_u8, square)).max(2) >= VISIBLE
    spans = cv2.resize(spans.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    at = full.beside[spans.ravel()[full.beside] > 0]
    enlarged.reshape(-1, 3)[at] = _same_place(colors_u8, full, at, enlarged.reshape(-1, 3)[at])
    return enlarged


def _same_place(
    colors_u8: np.ndarray, full: FullSize, at: np.ndarray, else_u8: np.ndarray
) -> np.ndarray:
    """Return the colors of full-size pixels `at`, flat indices (n), from the same place, (n, 3)."""
    height, width = colors_u8.shape[:2]
    rows, columns = np.divmod(at, full.line.shape[1])
    y = ((rows + 0.5) * (height / full.line.shape[0]) - 0.5).astype(np.float32)
    x = ((columns + 0.5) * (width / full.line.shape[1]) - 0.5).astype(np.float32)
    place, colors = full.closed.ravel()[at], colors_u8.reshape(-1, 3).astype(np.float32)
    sums, total = np.zeros((len(at), 3), np.float32), np.zeros(len(at), np.float32)
    top, left = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
    for down in range(-1, 3):
        for right in range(-1, 3):
            row, column = (top + down).clip(0, height - 1), (left + right).clip(0, width - 1)
            near = row * width + column
            weight = np.exp(-SHARP * ((row - y) ** 2 + (column - x) ** 2))
            weight *= full.small.ravel()[near] == place
            sums += weight[:, None] * colors[near]
            total += weight
    found = total > 0
    return np.where(found[:, None], sums / np.maximum(total, 1e-9)[:, None], else_u8).round()


def enlarge_flats(flats_u8: np.ndarray, full: FullSize) -> np.ndarray:
    """Return the colors of areas, uint8 (h, w, 3), at full size, (H, W, 3), each pixel one's."""
    if full.line.shape == flats_u8.shape[:2]:
        return flats_u8
    colors, areas = np.unique(flats_u8.reshape(-1, 3), axis=0, return_inverse=True)
    size = full.line.shape[::-1]
    enlarged = cv2.resize(flats_u8, size, interpolation=cv2.INTER_NEAREST)
    return enlarged

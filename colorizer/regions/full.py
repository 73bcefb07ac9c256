"""Colors at the full size of a line-art: what its ink parts stays parted, to the very pixel.

Ours, not the paper's, which knows only 512x512.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import cv2
import numpy as np

from .cells import INK
from .ink import ink_share, number_of_nearest
from .settle import Settled

AT_ONCE = 1_000_000
"""So many pixels are worked on at a time: all of a large picture would take a gigabyte."""


@dataclass(frozen=True)
class FullSize:
    """A line-art, uint8 (H, W), paper 255, and its working size, (height, width)."""

    line: np.ndarray
    working: tuple[int, int]

    @cached_property
    def ink(self) -> np.ndarray:
        """Which pixels are ink, bool (H, W)."""
        return ink_share(self.line) >= INK

    @cached_property
    def closed(self) -> np.ndarray:
        """Which connected part of the paper a pixel lies in, ink in the nearest, int32 (H, W)."""
        numbers = number_of_nearest(self.ink)[self.ink]  # before there are parts, for the memory
        paper = ~self.ink
        parts = cv2.connectedComponents(paper.view(np.uint8), connectivity=4)[1]
        if paper.any():
            parts[self.ink] = parts[paper][numbers - 1]
        return parts

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
        return np.flatnonzero(cv2.dilate(self.ink.view(np.uint8), around))


def multiply(color_u8: np.ndarray, over_u8: np.ndarray) -> np.ndarray:
    """Return colors (H, W, 3) under the ink of a line-art (H, W) or shadows (H, W, 3), bytes."""
    image = np.empty_like(color_u8)
    for channel in range(3):  # one by one, for the memory
        over = over_u8 if over_u8.ndim == 2 else over_u8[:, :, channel]
        image[:, :, channel] = cv2.multiply(color_u8[:, :, channel], over, scale=1 / 255)
    return image


def colors_of(settled: Settled, full: FullSize) -> np.ndarray:
    """Return a result's colors without its lines at full size, uint8 (H, W, 3)."""
    colors = enlarge_colors(settled.colors, full)
    for channel in range(3):  # one by one, for the memory
        under = cv2.resize(settled.under[:, :, channel], full.line.shape[::-1])
        plane = colors[:, :, channel]
        np.minimum(plane, under, out=plane, where=full.ink)
    return colors


def enlarge_colors(colors_u8: np.ndarray, full: FullSize) -> np.ndarray:
    """Return colors without lines, uint8 (h, w, 3), at full size, (H, W, 3).

    Enlarged smoothly, but beside ink from working pixels of the same closed area alone.
    """
    if full.line.shape == colors_u8.shape[:2]:
        return colors_u8.copy()
    beside, small = _where_it_matters(colors_u8, full), full.small.ravel()
    enlarged = cv2.resize(colors_u8, full.line.shape[::-1], interpolation=cv2.INTER_LINEAR)
    for at in beside:
        sums, total = np.zeros((len(at), 3), np.float32), np.zeros(len(at), np.float32)
        for near, weight in _same_area(full, small, at):
            sums += weight[:, None] * colors_u8.reshape(-1, 3)[near]
            total += weight
        at, mean = at[total > 0], sums[total > 0] / total[total > 0, None]
        enlarged.reshape(-1, 3)[at] = mean.round()
    return enlarged


def enlarge_areas(areas: np.ndarray, full: FullSize) -> np.ndarray:
    """Return areas, int32 (h, w), at full size, (H, W), beside ink of the same closed one."""
    if full.line.shape == areas.shape:
        return areas
    beside = _where_it_matters(areas[:, :, None].astype(np.float32), full)
    small, size = full.small.ravel(), full.line.shape[::-1]
    enlarged = cv2.resize(areas.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
    enlarged = enlarged.astype(np.int32)
    for at in beside:
        best = np.zeros(len(at), np.float32)
        for near, weight in _same_area(full, small, at):
            better = weight > best
            enlarged.ravel()[at[better]] = areas.ravel()[near[better]]
            best = np.maximum(best, weight)
    return enlarged


def _where_it_matters(planes: np.ndarray, full: FullSize) -> list[np.ndarray]:
    """Return the full-size pixels beside ink between working pixels (h, w, c) that differ.

    They are flat indices, `AT_ONCE` to an array.
    """
    square = np.ones((3, 3), np.uint8)
    spans = (cv2.dilate(planes, square) - cv2.erode(planes, square)).reshape(planes.shape).max(2)
    differs = (spans > 0).astype(np.uint8)
    differs = cv2.resize(differs, full.line.shape[::-1], interpolation=cv2.INTER_NEAREST)
    at = full.beside[differs.ravel()[full.beside] > 0]
    return np.array_split(at, 1 + len(at) // AT_ONCE)


def _same_area(
    full: FullSize, small: np.ndarray, at: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield sixteen times a working pixel near each full-size pixel `at`, (n), and its weight.

    Both are flat indices. The weight is a Gaussian of half a working pixel, and 0 for a working
    pixel of another closed area.
    """
    height, width = full.working
    rows, columns = np.divmod(at, full.line.shape[1])
    y = ((rows + 0.5) * (height / full.line.shape[0]) - 0.5).astype(np.float32)
    x = ((columns + 0.5) * (width / full.line.shape[1]) - 0.5).astype(np.float32)
    top, left = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
    area = full.closed.ravel()[at]
    for down, right in product(range(-1, 3), repeat=2):
        row, column = (top + down).clip(0, height - 1), (left + right).clip(0, width - 1)
        near = row * width + column
        weight = np.exp(-2 * ((row - y) ** 2 + (column - x) ** 2))
        yield near, weight * (small[near] == area)

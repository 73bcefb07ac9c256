"""Settle colors region by region: what a hint asks for, where the line-art is closed around it.

Ours, not the paper's; a convolution decides anew at every pixel, an outline means one color.
"""

import cv2
import numpy as np

from .preprocessing.spread import Flood

KEEP_HINTED = 0.6
"""Share of the network's shading that stays where a closed region holds a hint."""
KEEP_FREE = 0.3
"""Share that stays in a region without a hint, whose mean color is the network's own."""


def settle(color_u8: np.ndarray, line_u8: np.ndarray, flooded: Flood) -> np.ndarray:
    """Return the picture with the mean color of each hinted area moved to its hint's color.

    On paper the network's deviation from an area's mean is its shading, of which a share stays.
    An area is what one color reached within closed regions, or a whole region without a hint.
    Ink is moved like the paper next to it, in proportion to its brightness.

    Args:
        color_u8: uint8 (h, w, 3), the network's picture.
        line_u8: uint8 (h, w), the line-art, paper 255.
        flooded: how the hints flow in it, at the same size.

    Returns: uint8 (h, w, 3).
    """
    paper = flooded.regions > 0
    if not paper.any():
        return color_u8
    # areas: first a color's closed paper, then the regions
    colors = len(flooded.palette)
    areas = np.where(flooded.closed, flooded.labels - 1, flooded.regions + colors)
    wanted = np.zeros((int(areas.max()) + 1, 3), np.float32)
    wanted[:colors] = flooded.palette
    brightness = cv2.merge([line_u8.astype(np.float32) / 255] * 3)
    color = color_u8.astype(np.float32)
    shading = color - wanted[areas] * brightness
    mean = _means(shading[paper], areas[paper], len(wanted))
    keep = np.full((len(wanted), 1), KEEP_FREE, np.float32)
    keep[:colors] = KEEP_HINTED
    level = np.where(np.arange(len(wanted))[:, None] < colors, -keep * mean, (1 - keep) * mean)
    moved = (keep - 1)[areas] * shading + level[areas]
    ink = ~paper
    moved[ink] = moved[_nearest(paper, ink)] * brightness[ink]
    return (color + moved).round().clip(0, 255).astype(np.uint8)


def _means(values: np.ndarray, areas: np.ndarray, count: int) -> np.ndarray:
    """Return the mean of values (n, 3) in each of `count` areas, float32 (count, 3)."""
    pixels = np.maximum(np.bincount(areas, minlength=count), 1)
    sums = [np.bincount(areas, values[:, channel], count) for channel in range(3)]
    return (np.stack(sums, 1) / pixels[:, None]).astype(np.float32)


def _nearest(paper: np.ndarray, ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return row and column of the paper pixel nearest to each pixel of ink; masks (h, w)."""
    _, numbers = cv2.distanceTransformWithLabels(
        ink.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(paper)
    place = np.zeros(int(numbers.max()) + 1, np.int64)
    place[numbers[paper]] = np.arange(len(rows))
    nearest = place[numbers[ink]]
    return rows[nearest], columns[nearest]

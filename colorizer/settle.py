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
    brightness = (line_u8.astype(np.float32) / 255)[:, :, None]
    color = color_u8.astype(np.float32)
    wanted = flooded.palette[flooded.labels - 1] * brightness
    base = np.where(flooded.closed[:, :, None], wanted, 0)
    shading = color - base
    mean = _area_means(shading, flooded)
    keep = np.where(flooded.closed, KEEP_HINTED, KEEP_FREE)[:, :, None]
    level = np.where(flooded.closed[:, :, None], 0, mean)
    moved = base + level + keep * (shading - mean) - color
    moved = np.where(paper[:, :, None], moved, moved[_nearest(paper)] * brightness)
    return (color + moved).round().clip(0, 255).astype(np.uint8)


def _area_means(values: np.ndarray, flooded: Flood) -> np.ndarray:
    """Return the mean of values (h, w, 3) over the paper of each area, at its pixels."""
    areas = np.where(flooded.closed, -flooded.labels, flooded.regions) + len(flooded.palette)
    paper = flooded.regions > 0
    inside, most = areas[paper], int(areas.max()) + 1
    count = np.maximum(np.bincount(inside, minlength=most), 1)
    sums = [np.bincount(inside, values[:, :, c][paper], most) for c in range(3)]
    return (np.stack(sums, 1) / count[:, None]).astype(np.float32)[areas]


def _nearest(paper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return row and column of the nearest paper pixel to each pixel; bool (h, w) with any."""
    ink = (~paper).astype(np.uint8)
    _, numbers = cv2.distanceTransformWithLabels(
        ink, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(paper)
    place = np.zeros(int(numbers.max()) + 1, np.int64)
    place[numbers[rows, columns]] = np.arange(len(rows))
    nearest = place[numbers]
    return rows[nearest], columns[nearest]

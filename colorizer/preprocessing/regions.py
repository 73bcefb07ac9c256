"""The closed regions of a line-art: what an artist would fill with one click.

Ours, not the paper's. Automatic hints and the layer of flat colors are made of them.
"""

import math

import cv2
import numpy as np

from ..images import resize_u8
from .spread import OPEN, close_gaps, ink_barrier

SIDE = 512
"""Gaps are closed at the area of a square of this side, pixels, for which they are measured."""
NEAR = 1.05
"""A line-art of up to this many times that area, or down to its inverse, is taken as it is."""
CLEAN = 3.0
"""A painted line darkens the paper up to so many pixels beside it, at the area of 512x512."""
SPECK = 0.0001
"""Narrow regions smaller than this share of the picture have no color of their own."""
SETTLED = 0.9
"""A region of the full-size line-art goes to the label that has this share of it."""


def measured_size(width: int, height: int) -> tuple[int, int]:
    """Return the (width, height) at which the regions of such a line-art are found.

    Sides are multiples of 4, as those at which it is colored.
    """
    scale = SIDE / math.sqrt(width * height)
    if 1 / NEAR <= scale**2 <= NEAR:
        return width, height
    return max(4, round(width * scale / 4) * 4), max(4, round(height * scale / 4) * 4)


def closed_regions(line_u8: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the regions of a line-art whose small gaps count as closed.

    Args:
        line_u8: uint8 (H, W), paper 255; 512x512 or thereabouts.

    Returns: paper, uint8 (H, W), 1 off the ink and the closed gaps; regions, int32 (H, W), 0
    ink and 1 and up the connected parts of the paper.
    """
    paper = (close_gaps(ink_barrier(line_u8)) < OPEN).astype(np.uint8)
    return paper, cv2.connectedComponents(paper, connectivity=4)[1]


def nearest_of(mask: np.ndarray) -> np.ndarray:
    """Return the index, in the flat picture, of each pixel's nearest pixel of a mask.

    int64 (H, W) for bool (H, W); each pixel is its own nearest where the mask is empty.
    """
    places = np.flatnonzero(mask)
    if not places.size:
        return np.arange(mask.size).reshape(mask.shape)
    # a label for each pixel of the mask, numbered in the order of the flat picture
    numbers = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )[1]
    return places[numbers - 1]


def clean_share(line_u8: np.ndarray) -> np.ndarray:
    """Return how far a painted pixel is free of the lines, float32 (H, W).

    0 on ink, rising as the square of the distance to 1 at `CLEAN` pixels.
    """
    paper = (ink_barrier(line_u8) == 0).astype(np.uint8)
    distance = cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_5)
    far = CLEAN * max(1, math.sqrt(line_u8.size) / SIDE)
    return (distance / far).clip(0, 1) ** 2


def fill_regions(line_u8: np.ndarray) -> np.ndarray:
    """Return which closed region each pixel belongs to, int32 (H, W) from 0, any size.

    Ink between two regions is shared out along its middle.
    """
    size = line_u8.shape[::-1]
    small = resize_u8(line_u8, measured_size(*size)).reshape(measured_size(*size)[::-1])
    paper, regions = closed_regions(small)
    if not paper.any():
        return np.zeros(line_u8.shape, np.int32)
    labels = (regions.ravel()[nearest_of(paper > 0)] - 1).astype(np.float32)
    found, labels = (
        cv2.resize(p, size, interpolation=cv2.INTER_NEAREST).reshape(line_u8.shape)
        for p in (paper, labels)
    )
    labels = settle(line_u8, labels.astype(np.int32), found)
    return labels.ravel()[nearest_of(ink_barrier(line_u8) == 0)]


def settle(line_u8: np.ndarray, labels: np.ndarray, found_u8: np.ndarray) -> np.ndarray:
    """Return enlarged labels in which a region has one label up to its very line, int32 (H, W).

    A region that was too narrow to be found gets a label of its own, a speck the one around it.
    Where a gap joins regions each pixel keeps its label.

    Args:
        line_u8: uint8 (H, W), paper 255.
        labels: int32 (H, W), 0 and up, enlarged from a smaller size.
        found_u8: uint8 (H, W), 1 where a region was found at that size, enlarged alike.
    """
    paper = (ink_barrier(line_u8) < OPEN).astype(np.uint8)
    count, regions = cv2.connectedComponents(paper, connectivity=4)
    most = int(labels.max()) + 1
    pairs, counts = np.unique(regions.astype(np.int64) * most + labels, return_counts=True)
    order = np.argsort(counts, kind="stable")  # the last write, the most frequent, stays
    winner, share = np.zeros((2, count))
    winner[pairs[order] // most] = pairs[order] % most
    share[pairs[order] // most] = counts[order]
    area = np.bincount(regions.ravel(), minlength=count)
    narrow = np.bincount(regions.ravel(), found_u8.ravel(), count) < area / 2
    narrow[0] = False  # region 0 is ink
    own = narrow & (area >= SPECK * line_u8.size)
    winner[own] = most + np.arange(own.sum())
    one = narrow | (share >= SETTLED * area)
    one[0] = False
    return np.where(one[regions], winner[regions].astype(np.int32), labels)

"""Ink and paper of a line-art, uint8 (h, w), paper 255."""

import cv2
import numpy as np
from PIL import Image

FULL_PERCENTILE = 98
"""The darkness at this percentile counts as full ink, so that faint pencil is ink as well where it
covers 2 % of the paper. Set by hand."""
LEAST_FULL = 24
"""Full ink is at least this dark (of 255), so that the noise of blank paper is no ink. Set
by hand."""


def ink_share(line_u8: np.ndarray) -> np.ndarray:
    """Return the darkness of each pixel as a share of full ink, float32 (h, w), 0 to 1."""
    darkness = 255 - line_u8
    # not bincount, which would copy a large picture to eight bytes a pixel
    histogram = np.cumsum(Image.fromarray(darkness).histogram())
    full = int(np.searchsorted(histogram, histogram[-1] * FULL_PERCENTILE / 100))
    table = np.arange(256) / max(full, LEAST_FULL)
    return cv2.LUT(darkness, table.clip(0, 1).astype(np.float32))


def nearest_of(mask: np.ndarray) -> np.ndarray:
    """Return the index, in the flat picture, of each pixel's nearest pixel of a mask.

    int64 (h, w) for bool (h, w); each pixel is its own nearest where the mask is empty.
    """
    found = np.flatnonzero(mask)
    if not found.size:
        return np.arange(mask.size).reshape(mask.shape)
    return found[number_of_nearest(~mask) - 1]


def number_of_nearest(outside: np.ndarray) -> np.ndarray:
    """Return the number of each pixel's nearest pixel that is not outside, int32 (h, w) for bool.

    They are numbered from 1 in the order of the flat picture. It takes half of the memory of their
    indices.
    """
    return cv2.distanceTransformWithLabels(
        outside.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )[1]

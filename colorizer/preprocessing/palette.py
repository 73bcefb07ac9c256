"""The colors of a reference picture, as swatches. Ours, not the paper's."""

import math

import cv2
import numpy as np
from PIL import Image

from ..images import load_image_rgba
from .hints import hex_color

SAMPLED_SIDE = 128
"""The picture is sampled at the area of a square of this side, pixels."""
CLUSTERS = 32
"""Clusters sought; those of about one color are merged."""
ROUNDS = 15
"""Most rounds of k-means."""
SAME = 14.0
"""CIE76 difference below which two clusters are one color."""
SMALLEST = 0.004
"""Share of the picture below which a cluster is the blend at an edge and no color."""
DARKEST, LIGHTEST = 22.0, 94.0
"""CIE lightness up to which a gray may be a line, and from which it may be paper."""
NEUTRAL = 10.0
"""CIE chroma below which a color is a gray."""
DISCOUNT = 0.05
"""What the area of ink and paper counts, so that they come last."""


def reference_palette(picture_u8: np.ndarray, count: int = 8) -> list[str]:
    """Return the colors of a picture as "#rrggbb", the one with the largest area first.

    k-means in CIE Lab, begun from a median cut, so that the same picture always gives the same
    palette. Colors nearer than `SAME` are one; the ink of lines and white paper come last.

    Args:
        picture_u8: uint8 of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4); what is transparent
            does not count.
        count: most colors returned; a picture of few colors gives fewer.

    Raises:
        InputError: an array of another shape or type. ValueError: a count below 1.
    """
    if count < 1:
        raise ValueError(f"count is {count}; wanted is 1 or more")
    pixels = _sample(np.asarray(load_image_rgba(picture_u8)))
    if not len(pixels):
        return []
    lab = cv2.cvtColor(pixels[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    labels = _merge(lab, _cluster(pixels, lab))
    colors = [np.median(pixels[labels == n], 0).round() for n in range(labels.max() + 1)]
    worth = _worth(np.array(colors), np.bincount(labels))
    large = np.bincount(labels) >= SMALLEST * len(pixels)
    order = np.argsort(-worth, kind="stable")
    return [hex_color(colors[n]) for n in order if large[n]][:count]


def _sample(rgba_u8: np.ndarray) -> np.ndarray:
    """Return the colors of the opaque pixels on a coarse grid, uint8 (n, 3)."""
    height, width = rgba_u8.shape[:2]
    scale = min(1, SAMPLED_SIDE / math.sqrt(height * width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # nearest keeps true colors, an average would blend those beside a line
    pixels = cv2.resize(rgba_u8, size, interpolation=cv2.INTER_NEAREST).reshape(-1, 4)
    return pixels[pixels[:, 3] >= 128, :3]


def _cluster(pixels_u8: np.ndarray, lab: np.ndarray) -> np.ndarray:
    """Return a cluster's number for each pixel, int32 (n,); at most `CLUSTERS`, all in use."""
    start = Image.fromarray(pixels_u8[None]).quantize(CLUSTERS, Image.Quantize.MEDIANCUT)
    labels = np.unique(np.asarray(start)[0], return_inverse=True)[1].ravel()
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, ROUNDS, 0.2)
    labels = labels.astype(np.int32)[:, None]
    cv2.kmeans(lab[:, None], int(labels.max()) + 1, labels, stop, 1, cv2.KMEANS_USE_INITIAL_LABELS)
    return np.unique(labels, return_inverse=True)[1].ravel()


def _merge(lab: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return labels in which the nearest two clusters become one until none are `SAME`."""
    while labels.max():
        areas = np.bincount(labels)
        centers = np.stack([np.bincount(labels, lab[:, c]) for c in range(3)], 1) / areas[:, None]
        gaps = np.linalg.norm(centers[:, None] - centers, axis=2)
        gaps[np.tril_indices(len(gaps))] = np.inf
        kept, gone = np.unravel_index(gaps.argmin(), gaps.shape)
        if gaps[kept, gone] >= SAME:
            break
        labels = np.where(labels == gone, kept, labels)
        labels -= labels > gone  # numbers stay without holes
    return labels


def _worth(colors: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Return the areas of colors (n, 3), those of ink and paper discounted, (n,)."""
    lab = cv2.cvtColor((colors[None] / 255).astype(np.float32), cv2.COLOR_RGB2LAB)[0]
    gray = np.hypot(lab[:, 1], lab[:, 2]) < NEUTRAL
    plain = gray & ((lab[:, 0] <= DARKEST) | (lab[:, 0] >= LIGHTEST))
    return np.where(plain, DISCOUNT, 1) * areas

"""Automatic hints: a palette dealt out to the closed regions of a line-art.

Ours, not the paper's, for people who want colors before they have chosen any. A network trained
on few pictures knows no palettes; left alone it paints the average of all, which is brown.
"""

import math

import cv2
import numpy as np

from .hints import Hint
from .spread import OPEN, RIM, close_gaps, edge_contact, ink_barrier

PALETTES = (
    ("#fdf8f1", "#f9d8bd", "#f2a68c", "#9cc9d6", "#f6d488", "#bba6d2"),
    ("#f2f6fc", "#f8dcc6", "#a9b8ec", "#f4b3c5", "#f5dd9a", "#a8d1ac"),
    ("#faf5fa", "#f7d5ba", "#bda8e3", "#93d0cb", "#f6bd98", "#ea9bb0"),
    ("#f5f8ee", "#f7dabd", "#9fc79c", "#e0a184", "#eed493", "#95b6d3"),
)
"""Paper first, then skin, then four more; drawn for this project."""
SMALLEST = 0.0002
"""Regions smaller than this share of the picture get no hint of their own."""
SIZE_STEPS = 1.6
"""Regions whose areas differ by less than about e^(1/1.6) take the same color, as pairs do."""


def automatic_hints(line_u8: np.ndarray, seed: int = 0) -> list[Hint]:
    """Return one hint for each closed region, in the widest place of the region.

    Regions along the edges are background; regions of about one size share a color.

    Args:
        line_u8: uint8 (H, W), paper 255; 512x512 or thereabouts.
        seed: another number gives another palette and another deal.
    """
    paper = (close_gaps(ink_barrier(line_u8)) < OPEN).astype(np.uint8)
    count, regions = cv2.connectedComponents(paper, connectivity=4)
    areas = np.bincount(regions.ravel(), minlength=count)
    background = edge_contact(regions, count) >= RIM * sum(regions.shape)
    rng = np.random.default_rng(seed)
    palette = PALETTES[seed % len(PALETTES)]
    deal = rng.integers(1, len(palette), 64)  # a color for each class of sizes
    hints = []
    for region, (x, y, radius) in _widest_places(paper, regions).items():
        if areas[region] < SMALLEST * regions.size:
            continue
        size_class = round(SIZE_STEPS * math.log(areas[region]))
        color = palette[0 if background[region] else deal[size_class % len(deal)]]
        hints.append(Hint(x, y, min(2.0, radius / 2), color))
    return hints


def _widest_places(paper: np.ndarray, regions: np.ndarray) -> dict[int, tuple[int, int, float]]:
    """Return for each region the x, y of its widest place, and the distance to ink there."""
    distance = cv2.distanceTransform(paper, cv2.DIST_L2, 3)
    order = np.argsort(distance, axis=None)  # the last write, the widest, stays
    widest = np.zeros(regions.max() + 1, np.int64)
    widest[regions.ravel()[order]] = order
    ys, xs = np.divmod(widest, regions.shape[1])
    return {
        region: (int(xs[region]), int(ys[region]), float(distance[ys[region], xs[region]]))
        for region in range(1, len(widest))
    }

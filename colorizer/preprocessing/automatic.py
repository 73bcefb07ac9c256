"""Automatic hints: a palette dealt out to the closed regions of a line-art.

Ours, not the paper's, for people who want colors before they have chosen any. A network trained
on few pictures knows no palettes; left alone it paints the average of all, which is brown.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from ..images import resize_u8
from .face import find_face
from .hints import Hint, hex_color
from .regions import closed_regions, measured_size
from .spread import RIM, edge_contact

PALETTES = (
    ("#fcf8f1", "#f7d8be", "#efa68e", "#9ec8d4", "#f4d48c", "#baa7cf"),
    ("#f2f6fb", "#f6dcc7", "#aab8e9", "#f0b3c5", "#f3dd9e", "#a9d0ad"),
    ("#f9f5f9", "#f5d5bb", "#bca9e0", "#96cfca", "#f3be9b", "#e79cb0"),
    ("#f5f7ee", "#f5dabe", "#a0c69d", "#dda286", "#ecd497", "#97b6d0"),
    ("#faf6ef", "#f4d2b6", "#785c53", "#c46660", "#e7c281", "#708fab"),
    ("#eff4f7", "#f6dcc9", "#516c97", "#edb66e", "#e8edf1", "#82b4b4"),
    ("#fbf5f4", "#f9e0d0", "#e490a2", "#8e7bb5", "#f4c9a5", "#a8ced7"),
    ("#f6f5ec", "#ebc9a7", "#61896b", "#c68c52", "#efdfb1", "#a0555a"),
)
"""Paper first, then skin, then four more; drawn for this project, as colorful as drawings are."""
SKIN = 0
"""Where skin is in a palette of ours without its paper."""
GROUND = 93.0
"""CIE lightness of a background made from a reference's palette, about."""
SMALLEST = 0.0002
"""Regions smaller than this share of the picture get no hint of their own."""
SIZE_STEPS = 1.6
"""Regions whose areas differ by less than about e^(1/1.6) take the same color, as pairs do."""


def automatic_hints(
    line_u8: np.ndarray, palette: Sequence[str] | None = None, seed: int = 0
) -> list[Hint]:
    """Return one hint for each closed region, in the widest place of the region.

    Regions along the edges are background; regions of about one size share a color. With a
    palette of ours a face gets its skin tone, and eyes their whites.

    Args:
        line_u8: uint8 (H, W), paper 255, any size.
        palette: colors as "#rrggbb", as of a reference picture; the lightest, made lighter where
            it is not light, is for the background. None takes one of `PALETTES`.
        seed: another number gives another deal and, without a palette, another palette.
    """
    size = measured_size(line_u8.shape[1], line_u8.shape[0])
    small = resize_u8(line_u8, size).reshape(size[::-1])
    paper, regions = closed_regions(small)
    areas = np.bincount(regions.ravel())
    background = edge_contact(regions, len(areas)) >= RIM * sum(regions.shape)
    skin, whites = ([], []) if palette else find_face(regions, background)
    rng = np.random.default_rng(seed)
    ground, *colors = sort_palette(palette) if palette else PALETTES[seed % len(PALETTES)]
    deal = rng.integers(0, len(colors), 64)  # a color for each class of sizes
    sx, sy = line_u8.shape[1] / size[0], line_u8.shape[0] / size[1]
    hints = []
    for region, (x, y, radius) in _widest_places(paper, regions).items():
        if areas[region] < SMALLEST * regions.size:
            continue
        size_class = round(SIZE_STEPS * math.log(areas[region]))
        color = ground if background[region] else colors[deal[size_class % len(deal)]]
        if region in skin:
            color = colors[SKIN]
        elif region in whites:
            color = ground
        place = (x + 0.5) * sx, (y + 0.5) * sy  # a pixel's center, whatever the size
        hints.append(Hint(*place, min(2.0, radius / 2) * math.sqrt(sx * sy), color))
    return hints


def sort_palette(palette: Sequence[str]) -> list[str]:
    """Return a light color for the background, made from the lightest, and the other colors.

    Raises:
        InputError: a color that is not "#rrggbb".
    """
    rgb = np.array([Hint(0, 0, 0, color).rgb for color in palette], np.float32)
    lab = cv2.cvtColor(rgb[None] / 255, cv2.COLOR_RGB2LAB)[0]
    lightest = int(lab[:, 0].argmax())
    white = max(0.0, 1 - (100 - GROUND) / (100 - min(lab[lightest, 0], GROUND)))
    ground = (rgb[lightest] + white * (255 - rgb[lightest])).round()
    rest = [color for n, color in enumerate(palette) if n != lightest]
    return [hex_color(ground), *(rest or palette)]


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

"""What the region network is to find in a line-art: exact of renders, derived of color pictures."""

import cv2
import numpy as np

from colorizer.models.regions import PARTS
from colorizer.regions.cells import INK
from colorizer.regions.ink import ink_share

from .losses import FIGURE, UNKNOWN
from .renders import SECOND_FIGURE

WHITE = 250
"""Lighter is white."""
PART_IDS = (
    (0, *range(40, 63)),
    (1,),
    (2, 21, 39),
    (3, 19),
    (4, 5),
    (6, 7, 8),
    (10, 11, 12, 20, 23, 24, 31),
    (13, 14),
)
"""Material ids of a render for all parts but the last, which takes the others."""
DRAWN_ID = 9
"""Lashes and brows are lines and no part."""


def part_table() -> np.ndarray:
    """Return the part of each material id, uint8 (256)."""
    table = np.full(SECOND_FIGURE, len(PARTS) - 1, np.uint8)
    for part, ids in enumerate(PART_IDS):
        table[list(ids)] = part
    table[DRAWN_ID] = UNKNOWN
    return np.concatenate([table] * (256 // SECOND_FIGURE))


PART_OF = part_table()


def exact_targets(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return border, part and ids (one "color" each) of a render's ids, uint8 (C, C)."""
    border = np.zeros(ids.shape, np.float32)
    border[:, 1:-1] = ids[:, 2:] != ids[:, :-2]
    border[1:-1] = np.maximum(border[1:-1], ids[2:] != ids[:-2])
    return border, PART_OF[ids[::2, ::2]], ids


def derived_targets(
    line: np.ndarray, color: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return border, part and CIELAB colors of a picture, uint8 (C, C, 3), with ink colored over.

    Ink takes the color of its nearest paper, so that a line with one color on both sides is no
    border and a gap between two colors is one. White that reaches the picture's edge is
    background; where there is such, colored paper is not.
    """
    ink = cv2.dilate((ink_share(line) >= INK).astype(np.uint8), np.ones((3, 3), np.uint8))
    ink[0, 0] = 0  # at least one source
    smooth = cv2.bilateralFilter(color, 5, 30, 3)
    _, numbers = cv2.distanceTransformWithLabels(
        ink, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    sources = np.flatnonzero(ink == 0)
    carried = smooth.reshape(-1, 3)[sources[numbers - 1]]
    lab = cv2.cvtColor(carried.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    change = np.zeros(line.shape, np.float32)
    change[:, 1:-1] = np.linalg.norm(lab[:, 2:] - lab[:, :-2], axis=2)
    change[1:-1] = np.maximum(change[1:-1], np.linalg.norm(lab[2:] - lab[:-2], axis=2))
    border = ((change - 5.4) / 7.2).clip(0, 1)
    white = (color.min(2) >= WHITE) | ((carried.min(2) >= WHITE) & (ink > 0))
    return border, _derived_part(white, ink)[::2, ::2], lab


def _derived_part(white: np.ndarray, ink: np.ndarray) -> np.ndarray:
    part = np.full(white.shape, UNKNOWN, np.uint8)
    count, regions = cv2.connectedComponents(white.astype(np.uint8), connectivity=4)
    edge = np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]])
    contact = np.bincount(edge, minlength=count)
    contact[0] = 0
    outside = np.flatnonzero(contact >= 0.1 * len(edge))
    if len(outside):
        part[np.isin(regions, outside)] = PARTS.index("background")
        part[(regions == 0) & (ink == 0)] = FIGURE
    return part

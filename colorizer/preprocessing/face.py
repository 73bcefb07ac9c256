"""Where a face is in a line-art: what lies between and below two eyes.

Ours, not the paper's. Automatic hints give it a skin tone; a wrong guess costs a peach wall.
"""

from itertools import combinations

import cv2
import numpy as np

EYE = (0.0003, 0.02)
"""Smallest and largest region that may be an eye or a part of one, shares of the picture."""
ALIKE = 1.8
"""The areas of two eyes differ by this factor at most."""
LEVEL = 0.25
"""Two eyes lie level: their heights differ by this share of their distance at most."""
APART = (1.3, 6.0)
"""The distance of two eyes, in widths of an eye."""
CHIN = 0.35
"""The face is looked for so far below the middle between the eyes, in their distance."""
NECK = 0.15
"""A neck begins at most so far below the chin, in heights of the face."""
LARGER = 6.0
"""A face has at least so many times the area of an eye."""


def find_face(regions: np.ndarray, background: np.ndarray) -> tuple[list[int], list[int]]:
    """Return the regions of a face with its neck, and of the whites of its eyes; empty if none.

    The face is what most pairs of eyes point at. The whites are the larger of those pairs.

    Args:
        regions: int32 (H, W), 0 ink, 1 and up the connected parts of the paper.
        background: bool (number of regions), whether a region is background.
    """
    areas = np.bincount(regions.ravel())
    share = areas / regions.size
    candidates = np.flatnonzero((share >= EYE[0]) & (share <= EYE[1]) & ~background)
    boxes = {eye: _box(regions == eye) for eye in candidates if eye}
    pairs: dict[int, list[int]] = {}
    for pair in combinations(boxes, 2):
        face = _between(regions, *(boxes[eye] for eye in pair))
        small, large = sorted(areas[list(pair)])
        alike = large <= ALIKE * small and LARGER * large <= areas[face]
        if face and alike and not background[face]:
            pairs.setdefault(face, []).extend(pair)
    if not pairs:
        return [], []
    face = max(pairs, key=lambda region: len(pairs[region]))
    largest = areas[pairs[face]].max()
    whites = [eye for eye in set(pairs[face]) if areas[eye] * ALIKE >= largest]
    return [face, *_neck(regions, background, face)], whites


def _neck(regions: np.ndarray, background: np.ndarray, face: int) -> list[int]:
    """Return the region right below the chin, if it is smaller than the face."""
    ys, xs = np.nonzero(regions == face)
    chin, x = int(ys.max()), int(np.median(xs[ys >= np.percentile(ys, 95)]))
    below = regions[chin + 1 : chin + 1 + max(4, int(NECK * np.ptp(ys))), x]
    found = below[(below > 0) & (below != face)]
    if not found.size or background[found[0]] or (regions == found[0]).sum() > len(ys):
        return []
    return [int(found[0])]


def _box(mask: np.ndarray) -> np.ndarray:
    """Return center x and y and width of a region, float64 (3,)."""
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return np.array([x + width / 2, y + height / 2, width])


def _between(regions: np.ndarray, one: np.ndarray, other: np.ndarray) -> int:
    """Return the region below the middle between two boxes that lie as eyes do, else 0."""
    across, down, _ = np.abs(one - other)
    width = (one[2] + other[2]) / 2
    if down > LEVEL * across or not APART[0] * width <= across <= APART[1] * width:
        return 0
    x, y = ((one + other) / 2)[:2] + [0, CHIN * across]
    return int(regions[min(int(y), regions.shape[0] - 1), int(x)])

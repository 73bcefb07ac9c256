"""The areas of a picture: places that a person sees as one color, and dabs in the largest."""

import cv2
import numpy as np
from skimage.measure import label
from skimage.segmentation import felzenszwalb

from colorizer.preprocessing.hints import Hint, hex_color

INK_BELOW = 200
"""A pixel of a line-art darker than this is ink, else paper."""
SAME_COLOR = 15.0
"""CIE76 difference up to which pixels have one color."""
SMOOTH = {"d": 5, "sigmaColor": 30, "sigmaSpace": 3}
"""Bilateral filter before colors are compared: diameter in pixels, bytes, pixels."""
GRANULARITY = 100
"""Felzenszwalb's scale: an area of 100 pixels holds apart from what differs by about 0.4 more
(CIE76) than the pixels in it do."""
SCRAP = 16
"""Smaller segments, such as rims of anti-aliased lines, are joined to a neighbor, pixels."""
FAR = 1000.0
"""Ink is given this lightness, so that no segment crosses it."""
DAB_RADIUS = 6
"""Largest radius of a dab, pixels at 512x512."""
SHALLOWEST = 3
"""An area without a place this far from its rim holds no dab, pixels."""

_SHARE = np.arange(256) / 255
_LINEAR = np.where(_SHARE <= 0.04045, _SHARE / 12.92, ((_SHARE + 0.055) / 1.055) ** 2.4)
_LINEAR = _LINEAR.astype(np.float32)
"""Linear light, 0 to 1, of each sRGB byte (IEC 61966-2-1)."""


def to_lab(picture_u8: np.ndarray) -> np.ndarray:
    """Return the picture in CIELAB, float32 (H, W, 3): L 0-100, a and b about -128 to 127."""
    # OpenCV's own way from sRGB interpolates in a coarse table and errs by up to 0.5
    return cv2.cvtColor(cv2.LUT(picture_u8, _LINEAR), cv2.COLOR_LRGB2LAB)


def find_areas(color_u8: np.ndarray, line_u8: np.ndarray) -> np.ndarray:
    """Return the areas of a truth (H, W, 3) and its line-art (H, W), uint8, as int32 (H, W).

    They are 0 on ink, then 1, 2, ... from the largest on.

    Felzenszwalb and Huttenlocher's segments (2004) of the smoothed picture off the ink; neighbors
    whose mean colors differ by at most `SAME_COLOR` are joined, the most alike first. So soft
    shading makes no area, a clearly darker shadow does, and ink between two places of one color
    parts them.
    """
    ink = line_u8 < INK_BELOW
    lab = to_lab(cv2.bilateralFilter(np.ascontiguousarray(color_u8), **SMOOTH))
    walled = np.where(ink[:, :, None], np.float32([FAR, 0, 0]), lab) / 100
    segments = felzenszwalb(walled, GRANULARITY, sigma=0, min_size=SCRAP)
    joined = _join(label(np.where(ink, -1, segments), connectivity=1, background=-1), lab)
    sizes = np.bincount(joined.ravel())
    sizes[0] = ink.size + 1  # ink stays 0
    rank = np.empty(len(sizes), np.int32)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return rank[joined]


def _join(labels: np.ndarray, lab: np.ndarray) -> np.ndarray:
    """Return labels (H, W) in which neighbors of one color are one; 0 is nobody's neighbor."""
    sides = (labels[:, 1:], labels[:, :-1]), (labels[1:], labels[:-1])
    pairs = np.concatenate([np.stack([a.ravel(), b.ravel()], 1) for a, b in sides])
    sizes, pairs = np.bincount(labels.ravel()), _once(pairs[(pairs > 0).all(1)])
    sums = [np.bincount(labels.ravel(), lab[:, :, c].ravel()) for c in range(3)]
    joined = np.arange(len(sizes))
    while True:
        means = np.stack(sums, 1) / np.maximum(sizes, 1)[:, None]
        apart = np.linalg.norm(means[pairs[:, 0]] - means[pairs[:, 1]], axis=1)
        target, busy = np.arange(len(sizes)), np.zeros(len(sizes), bool)
        for a, b in pairs[np.argsort(apart, kind="stable")[: (apart <= SAME_COLOR).sum()]]:
            if not (busy[a] or busy[b]):
                target[b], busy[a], busy[b] = a, True, True
        if not busy.any():
            return joined[labels]
        joined, pairs = target[joined], _once(target[pairs])
        sizes, *sums = (np.bincount(target, held, len(target)) for held in (sizes, *sums))


def _once(pairs: np.ndarray) -> np.ndarray:
    """Return each pair (N, 2) of two different numbers once, whatever their order."""
    return np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], 1), axis=0)


def room(mask: np.ndarray) -> np.ndarray:
    """Return each pixel's distance from the outside of the mask or the picture, float32 (H, W)."""
    framed = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]


def place_dabs(count: int, color_u8: np.ndarray, areas: np.ndarray) -> list[Hint]:
    """Return a dab for each of the `count` largest areas of a truth, uint8 (H, W, 3), or fewer.

    The largest comes first. A dab lies at the place that is deepest in its area, in the area's
    median color, as large as fits into it but no larger than `DAB_RADIUS`. White background is an
    area like others.
    """
    largest = DAB_RADIUS * min(areas.shape) / 512
    dabs: list[Hint] = []
    for number in range(1, int(areas.max()) + 1):
        area = areas == number
        depth = room(area)
        y, x = (int(v) for v in np.unravel_index(int(depth.argmax()), depth.shape))
        if len(dabs) == count or area.sum() < SHALLOWEST**2:
            break
        if depth[y, x] >= SHALLOWEST:
            radius = min(round(largest), int(depth[y, x]) - 1)
            color = np.median(color_u8[area], axis=0).round()
            dabs.append(Hint(x, y, radius, hex_color(color)))
    return dabs

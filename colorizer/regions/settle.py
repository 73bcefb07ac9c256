"""The colors of a result, without its lines: the hints' where they flow, else the network's.

Ours, not the paper's; a convolution decides anew at every pixel, an outline means one color.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from .cells import Regions
from .ink import nearest_of
from .walk import Flow

PAINTED = 80.0
"""Background that no hint reaches is white, unless the network's mean color there is farther from
it than this, of 442 in RGB: 60 to 110 measured alike, and without it XDoG lines lose 0.6 dB."""


@dataclass(frozen=True)
class Settled:
    """The colors of a result at working size.

    colors: uint8 (h, w, 3), without lines; under: uint8 (h, w, 3), the lightest that they may be
    under ink, see `under_gray`; painted: uint8 (h, w, 3), with the lines as the network
    painted them; areas: int32 (h, w), below n, not each of which has a pixel; flats: uint8 (n, 3),
    one color for each area, also where those of several dabs meet; bare: bool (n), whether most of
    an area is background, or it was told to be white; parts: int (h, w), what each pixel is, by its
    index in `PARTS`; shadows: uint8 (h, w, 3), what shadows leave of the colors, None without any.
    """

    colors: np.ndarray
    under: np.ndarray
    painted: np.ndarray
    areas: np.ndarray
    flats: np.ndarray
    bare: np.ndarray
    parts: np.ndarray
    shadows: np.ndarray | None = None


def settle(regions: Regions, flow: Flow, color_u8: np.ndarray, moved: bool = True) -> Settled:
    """Return the colors of a result: the network's, moved to the hints', without its lines.

    An area is where one hint's color flows, or cells that belong together. It has the hint's color,
    or is white if most of it is background and the network does not paint it, or has the network's
    mean in it, moved to the colors of hints that are likely there. The network's deviation from the
    mean is blotches more than shading and does not stay.

    Args:
        regions: of the line-art.
        flow: how the hints flow in it.
        color_u8: uint8 (h, w, 3), the network's picture.
        moved: False leaves the network's colors as they are; lines take the nearest paper's.
    """
    k = len(flow.palette)
    areas = np.where(flow.sure, flow.labels, regions.groups[regions.cells] + k)
    planes = *cv2.split(color_u8), *cv2.split(flow.colors), flow.likely, regions.ground
    means = area_means(planes, areas, k + int(regions.groups.max()) + 1, regions.clear)
    mean, guess, likely, empty = np.split(means, [3, 6, 7], 1)
    painted, flats, under = color_u8, mean, np.full_like(color_u8, 255)
    if not moved:
        colors = color_u8.reshape(-1, 3)[nearest_of(regions.ink == 0)]
    else:
        plain = np.linalg.norm(255 - mean, axis=1, keepdims=True) <= PAINTED
        mean = np.where((empty > 0.5) & plain, 255, mean + likely * (guess - mean))
        flats = np.vstack([flow.palette.astype(np.float32), mean[k:]])
        colors = cv2.copyTo(flow.colors, flow.sure.view(np.uint8), flats[areas])
        painted = to_bytes(color_u8 + (colors - color_u8) * regions.clear[:, :, None])
        under = under_gray(painted, regions)
    bare = empty[:, 0] > 0.5
    bare[:k] |= (flow.palette == 255).all(1)
    parts = regions.part[regions.cells]
    return Settled(to_bytes(colors), under, painted, areas, to_bytes(flats), bare, parts)


def under_gray(painted_u8: np.ndarray, regions: Regions) -> np.ndarray:
    """Return what lies under broad gray ink where the network is right, uint8 (h, w, 3).

    There its picture (h, w, 3) is the color under the ink times the line-art. Elsewhere it is
    white: black hides all, and a line of two pixels or the rim of a black one shows its own gray.
    Extracted lines are gray where a picture is dark; there it brings 2 dB.
    """
    gray = (~regions.paper & (regions.line > 0)).astype(np.uint8)
    broad = cv2.morphologyEx(gray, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    under = np.full_like(painted_u8, 255)
    under[broad] = to_bytes(painted_u8[broad] * (255.0 / regions.line[broad, None]))
    return under


def to_bytes(color: np.ndarray) -> np.ndarray:
    """Return colors from 0 to 255 as bytes."""
    return color.round().clip(0, 255).astype(np.uint8)


def area_means(
    planes: Iterable[np.ndarray], areas: np.ndarray, count: int, trust: np.ndarray
) -> np.ndarray:
    """Return the means of c planes (h, w) off the lines in each area (h, w), (count, c)."""
    at, weight = areas.ravel(), trust.ravel() + 1e-6
    total = np.maximum(np.bincount(at, weight, count), 1e-9)
    sums = [np.bincount(at, weight * plane.ravel(), count) for plane in planes]
    return (np.stack(sums, 1) / total[:, None]).astype(np.float32)

"""Settle colors region by region: what a hint asks for, where the line-art is closed around it.

Ours, not the paper's; a convolution decides anew at every pixel, an outline means one color.
"""

import cv2
import numpy as np

from .preprocessing.spread import Flood

KEEP_HINTED = 0.6
"""Share of the network's shading that stays where a closed region holds a hint."""
KEEP_FREE = 0.3
"""Share that stays in a region without a hint."""
FLOOD_FREE = 0.45
"""Most that the flood's color counts, against the network's, in a region without a hint."""
FLOOD_COLORS = 16
"""With so many colors it counts half of that: a flood that had little choice is a poor guess."""
INK_BELOW = 192
"""Lines darker than this (of 255) are dark ink; the rest that is no region is narrow paper."""
INK_REACH = 8.0
"""Reach of a hint on ink, the standard deviation of a Gaussian in pixels: farther ones measure
better (16 px: 0.05 dB) and gray the lines of half a drawing."""
INK_DOUBT = 0.05
"""Weight of leaving ink as it is, against a hint's weight of about 1 where it lies."""
REACH_RATIO = 4
"""The reach of hints on ink is computed at a size so many times smaller."""


def settle(color_u8: np.ndarray, line_u8: np.ndarray, flooded: Flood) -> np.ndarray:
    """Return the picture with the mean color of each hinted area moved to its hint's color.

    On paper the network's deviation from an area's mean is its shading, of which a share stays.
    An area is what one color reached within closed regions, or a whole region without a hint,
    whose mean moves a part of the way to the color that flooded it, the farther the more colors
    there are. Ink is moved like the paper next to it, in proportion to its brightness.

    Args:
        color_u8: uint8 (h, w, 3), the network's picture.
        line_u8: uint8 (h, w), the line-art, paper 255.
        flooded: how the hints flow in it, at the same size.

    Returns: uint8 (h, w, 3).
    """
    paper = flooded.regions > 0
    if not paper.any():
        return color_u8
    # areas: first a color's closed paper, then ink, then the regions
    colors = len(flooded.palette)
    areas = np.where(flooded.closed, flooded.labels - 1, flooded.regions + colors).astype(np.intp)
    arrived = np.ones(int(areas.max()) + 1, np.int32)
    arrived[areas] = flooded.labels  # the same color in all of an area, but for ink
    wanted = flooded.palette[arrived - 1].astype(np.float32)
    brightness = cv2.merge([line_u8.astype(np.float32) / 255] * 3)
    color = color_u8.astype(np.float32)
    shading = color - wanted.take(areas, 0) * brightness
    mean = _means(shading, areas, len(wanted))
    hinted = np.arange(len(wanted))[:, None] < colors
    keep = np.where(hinted, KEEP_HINTED, KEEP_FREE).astype(np.float32)
    free = 1 - FLOOD_FREE * colors / (colors + FLOOD_COLORS)
    level = (np.where(hinted, 0, free).astype(np.float32) - keep) * mean
    moved = np.where(flooded.closed, KEEP_HINTED - 1, KEEP_FREE - 1).astype(np.float32)
    moved = cv2.multiply(shading, cv2.merge([moved] * 3)) + level.take(areas, 0)
    ink = np.flatnonzero(~paper)
    pixels = moved.reshape(-1, 3)
    pixels[ink] = pixels.take(_nearest(paper, ink), 0) * brightness.reshape(-1, 3).take(ink, 0)
    return cv2.add(color, moved, dtype=cv2.CV_8U)


def color_ink(
    color_u8: np.ndarray, line_u8: np.ndarray, flooded: Flood, layer_u8: np.ndarray
) -> np.ndarray:
    """Return the picture with ink in the colors of the hints that lie on ink alone.

    A hint that also touches a region of the paper means that region. One that does not, be it on
    a line, on solid black or between two close lines, moves what lies under it to its color, and
    ink of its kind around it by less and less.

    Args:
        color_u8: uint8 (h, w, 3), the settled picture.
        line_u8: uint8 (h, w), the line-art, paper 255.
        flooded: how the hints flow in it, at the same size.
        layer_u8: uint8 RGBA (h, w, 4), the hints, alpha above 0 where painted.

    Returns: uint8 (h, w, 3).
    """
    alpha = cv2.extractChannel(layer_u8, 3)
    painted = np.flatnonzero(alpha)
    on_paper = flooded.regions.take(painted) > 0
    _, dabs = cv2.connectedComponents(alpha, connectivity=8)
    dab = dabs.take(painted)
    hinted = painted[~np.isin(dab, dab[on_paper])]
    colored = color_u8.copy()
    for dark in (True, False):
        at = hinted[(line_u8.take(hinted) < INK_BELOW) == dark]
        if at.size:
            ink = (flooded.regions == 0) & ((line_u8 < INK_BELOW) == dark)
            wanted = layer_u8.reshape(-1, 4)[at, :3].astype(np.float32)
            missing = wanted - color_u8.reshape(-1, 3)[at]
            moved = cv2.add(color_u8, _reach(missing, at, line_u8.shape), dtype=cv2.CV_8U)
            cv2.copyTo(moved, ink.astype(np.uint8), colored)
    return colored


def _reach(values: np.ndarray, at: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return values (n, 3) of the pixels `at`, flat indices (n), by distance, (h, w, 3)."""
    height, width = shape
    rows, columns = np.divmod(at, width)
    size = (-(-height // REACH_RATIO), -(-width // REACH_RATIO))
    sums = np.zeros((*size, 4), np.float32)
    counted = np.column_stack([values, np.ones(len(values))]).astype(np.float32)
    np.add.at(sums, (rows // REACH_RATIO, columns // REACH_RATIO), counted)
    deviation = INK_REACH / REACH_RATIO
    reached = cv2.GaussianBlur(sums, (0, 0), deviation, borderType=cv2.BORDER_CONSTANT)
    reached *= 2 * np.pi * deviation**2  # 1 where a lone hint lies
    mean = reached[:, :, :3] / (reached[:, :, 3:] + INK_DOUBT)
    return cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR)


def _means(values: np.ndarray, areas: np.ndarray, count: int) -> np.ndarray:
    """Return the mean of values (h, w, 3) in each of `count` areas (h, w), float32 (count, 3)."""
    areas = areas.ravel()
    pixels = np.maximum(np.bincount(areas, minlength=count), 1)
    sums = [np.bincount(areas, plane.ravel(), count) for plane in cv2.split(values)]
    return (np.stack(sums, 1) / pixels[:, None]).astype(np.float32)


def _nearest(paper: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Return the paper pixel nearest to each pixel of ink; bool (h, w), pixels as flat indices."""
    _, numbers = cv2.distanceTransformWithLabels(
        (~paper).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    sources = np.flatnonzero(paper)
    place = np.zeros(len(sources) + 1, np.int64)
    place[numbers.take(sources)] = sources
    return place[numbers.take(ink)]

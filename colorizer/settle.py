"""Settle colors region by region: what a hint asks for, where the line-art is closed around it.

Ours, not the paper's; a convolution decides anew at every pixel, an outline means one color.
"""

import math

import cv2
import numpy as np

from .preprocessing.spread import RIM, Flood, edge_contact

KEEP_HINTED = 0.6
"""Share of the network's shading that stays where a closed region holds a hint."""
KEEP_FREE = 0.3
"""Share that stays in a region without a hint."""
CHOICE = 12.0
"""CIE76 difference by which a hint's color is e times less likely in a region without a hint."""
CHOICE_COLORS = 4
"""With so many other colors a choice counts as much as what the network painted."""
CHOICES = 256
"""Of more colors, as in a painted layer with soft edges, the choice is among coarser ones."""
COARSER = 32
"""Levels of 255 in a step of those: at most 512 colors."""
MIXED = 40.0
"""A background without a hint whose color deviates by more than this (RGB of 255, root mean square)
has run into a figure through a gap; the network tells the two apart, so each gets its own color."""
TURN = 4.0
"""How much sooner one of the two turns into the other than the smoothed picture does."""
SOFT = 12.0
"""Colors that meet within a closed region blend into each other over some such pixels, the
standard deviation of a Gaussian: nothing is drawn between them, a hard border looks like a line."""
SOFT_RATIO = 4
"""They are blended at a size so many times smaller."""
COARSE = np.s_[SOFT_RATIO // 2 :: SOFT_RATIO, SOFT_RATIO // 2 :: SOFT_RATIO]
"""The pixels of that size."""
MIN_WEIGHT = 0.01
"""Where less of a region than this is near its color stays as it is."""
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
    whose mean moves to the hints' colors most like what the network painted there, the farther
    the more colors there are. Ink is moved like the paper next to it, in proportion to its
    brightness. Without any hint the means stay, and what goes are the blotches of a network that
    is of two minds.

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
    color, brightness = color_u8.astype(np.float32), line_u8.astype(np.float32) / 255
    mean = _means([*cv2.split(color), brightness], areas, int(areas.max()) + 1)
    mean, bright = mean[:, :3], np.maximum(mean[:, 3:], 1 / 255)
    palette = flooded.palette.astype(np.float32)
    wanted = np.vstack([palette, _choose(mean[colors:] / bright[colors:], palette)])
    keep = np.where(np.arange(len(mean)) < colors, KEEP_HINTED, KEEP_FREE).astype(np.float32)
    brightness = cv2.merge([brightness] * 3)
    flat = _blend(wanted.take(areas, 0), flooded)
    _separate(flat, color, flooded)
    shading = color - flat * brightness
    level = keep[:, None] * (mean - wanted * bright)
    moved = cv2.multiply(shading, cv2.merge([keep.take(areas) - 1] * 3)) - level.take(areas, 0)
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


def _blend(color: np.ndarray, flooded: Flood) -> np.ndarray:
    """Blend, in place, the colors that meet within a closed region; return `color`.

    Args:
        color: float32 (h, w, 3), the hints' colors with hard borders.
        flooded: how the hints flow, at the same size.
    """
    closed = np.where(flooded.closed, flooded.regions, 0)
    regions, labels, colors = closed[COARSE], flooded.labels[COARSE], color[COARSE].copy()
    border = np.zeros(regions.shape, bool)
    for here, there in ((np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:])):
        border[here] |= (regions[here] == regions[there]) & (labels[here] != labels[there])
    reach = math.ceil(3 * SOFT / SOFT_RATIO)
    for region in np.unique(regions[border & (regions > 0)]):
        rows, columns = np.nonzero(border & (regions == region))
        top, left = max(0, rows.min() - reach), max(0, columns.min() - reach)
        small = np.s_[top : rows.max() + reach + 1, left : columns.max() + reach + 1]
        part = tuple(slice(s.start * SOFT_RATIO, s.stop * SOFT_RATIO) for s in small)
        blended = _smooth(colors[small], regions[small] == region)
        blended = cv2.resize(blended, color[part].shape[1::-1])
        cv2.copyTo(blended, (closed[part] == region).astype(np.uint8), color[part])
    return color


def _smooth(color: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return colors (h, w, 3) averaged over a region, bool (h, w), near each pixel; else as is."""
    inside = inside.astype(np.float32)
    weighted = cv2.merge([*cv2.split(color * inside[:, :, None]), inside])
    weighted = cv2.GaussianBlur(weighted, (0, 0), SOFT / SOFT_RATIO)
    weight = weighted[:, :, 3:]
    return np.where(weight > MIN_WEIGHT, weighted[:, :, :3] / np.maximum(weight, MIN_WEIGHT), color)


def _choose(painted: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Return painted colors (m, 3) moved towards those of a palette (n, 3) most like them."""
    if not (len(painted) and len(palette)):
        return painted
    if len(palette) > CHOICES:
        steps = np.unique((palette // COARSER).astype(np.uint8), axis=0)
        palette = (steps.astype(np.float32) + 0.5) * COARSER
    ours, theirs = (
        cv2.cvtColor(rgb[None].clip(0, 255) / 255, cv2.COLOR_RGB2LAB)[0]
        for rgb in (painted, palette)
    )
    difference = np.linalg.norm(ours[:, None] - theirs, axis=2)
    likely = np.exp((difference.min(1, keepdims=True) - difference) / CHOICE)
    chosen = likely @ palette / likely.sum(1, keepdims=True)
    others = len(palette) - 1  # of a single color there is no choice
    return painted + others / (others + CHOICE_COLORS) * (chosen - painted)


def _means(planes: list[np.ndarray], areas: np.ndarray, count: int) -> np.ndarray:
    """Return the mean of n planes (h, w) in each of `count` areas (h, w), float32 (count, n)."""
    areas = areas.ravel()
    pixels = np.maximum(np.bincount(areas, minlength=count), 1)
    sums = [np.bincount(areas, plane.ravel(), count) for plane in planes]
    return (np.stack(sums, 1) / pixels[:, None]).astype(np.float32)


def _separate(flat: np.ndarray, color: np.ndarray, flooded: Flood) -> None:
    """Give figure and background a color each, in `flat`, where they are one region without a hint.

    Args:
        flat: float32 (h, w, 3), one color for each such region.
        color: float32 (h, w, 3), the network's picture.
        flooded: how the hints flow, at the same size.
    """
    free = np.where(flooded.closed, 0, flooded.regions)
    contact = edge_contact(free, int(free.max()) + 1)
    for region in np.flatnonzero(contact >= RIM * sum(free.shape)):
        inside = free[COARSE] == region
        if not inside.any() or color[COARSE][inside].var(0).sum() <= MIXED**2:
            continue
        smooth = _smooth(color[COARSE], inside)
        pixels = smooth[inside]
        light = (pixels.sum(1) > pixels.sum(1).mean()).astype(np.int32)
        end = cv2.TERM_CRITERIA_MAX_ITER, 10, 0
        _, _, (one, other) = cv2.kmeans(pixels, 2, light, end, 1, cv2.KMEANS_USE_INITIAL_LABELS)
        way = other - one
        share = (smooth - one) @ way / max(way @ way, 1)
        share = ((share - 0.5) * TURN + 0.5).clip(0, 1)[:, :, None]
        one, other = _choose(np.stack([one, other]), flooded.palette.astype(np.float32))
        separate = cv2.resize(one + share * (other - one), free.shape[::-1])
        cv2.copyTo(separate, (free == region).astype(np.uint8), flat)


def _nearest(paper: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Return the paper pixel nearest to each pixel of ink; bool (h, w), pixels as flat indices."""
    _, numbers = cv2.distanceTransformWithLabels(
        (~paper).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    sources = np.flatnonzero(paper)
    place = np.zeros(len(sources) + 1, np.int64)
    place[numbers.take(sources)] = sources
    return place[numbers.take(ink)]

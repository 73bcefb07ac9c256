"""Spread hints: each hint floods the line-art until it meets ink or another hint.

Ours, not the paper's. It keeps the paper's four hint channels but fills them, so that a network
need not learn from millions of pictures how far a single pixel of color reaches.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from ..images import resize_u8
from .hints import reduce_strokes

ALPHA_CLOSED = 153
"""Alpha of a closed region that holds a hint: about 0.6."""
ALPHA_ELSEWHERE = 64
"""Alpha where a flood arrived through ink or a gap: about 0.25."""
FLOOD_RATIO = 4
"""The flood runs at this many times the hint image's size: at 512, the line-art's own size."""
INK_PERCENTILE = 98
"""The darkness at this percentile counts as full ink, so that faint pencil still stops a flood."""
MIN_INK = 24
"""Full ink is at least this dark (of 255), so that the noise of blank paper is no ink."""
PAPER = 0.12
"""Darkness below this share of full ink is paper."""
SOLID = 0.62
"""Darkness above this share of full ink is solid."""
ON_INK = 64
"""A dark hint on ink at least this high (of 255) marks its place but does not flood."""
DARK = 60
"""Only hints with no channel above this (of 255) count as the ink that they lie on."""
BACKGROUND = 0.02
"""A hinted region that touches the edge and is larger than this share is background."""
RIM = 0.15
"""A region without a hint that touches this share of the edges' length is background too."""
TWIN = 0.2
"""A region without a hint takes the color of a hinted one that differs by less than this, the sum
in `find_twins`: at 1 it measures better, but a bow gives its red to eyelids."""
TWIN_AREA = 0.0004
"""Only regions of at least this share of the picture have twins."""
OPEN = 77
"""Regions are the parts of the picture whose barrier is below this (of 255)."""
GAPS = ((5, 140), (13, 40))
"""Gaps up to so many pixels (at 512) get a barrier so high (of 255)."""


@dataclass(frozen=True)
class Flood:
    """Where hints flow in a line-art.

    palette: uint8 (n, 3), the distinct colors of the hints. labels: int32 (h, w), the number from
    1 of the color that arrives first at each pixel, 0 where there is none. regions: int32 (h, w),
    0 ink, 1 and up the connected parts of the paper. closed: bool (h, w), paper in a region that
    holds a hint. ink: uint8 (h, w), 0 paper and 255 solid, before gaps were closed.
    """

    palette: np.ndarray
    labels: np.ndarray
    regions: np.ndarray
    closed: np.ndarray
    ink: np.ndarray


def ink_barrier(line_u8: np.ndarray) -> np.ndarray:
    """Return how much ink stands at each pixel, uint8 (H, W), 0 paper and 255 solid.

    The scale is relative to the line-art's own darkest two percent.
    """
    darkness = 255 - line_u8
    share = np.arange(256) / full_ink(darkness)
    table = np.clip((share - PAPER) / (SOLID - PAPER), 0, 1) * 255
    return cv2.LUT(darkness, table.astype(np.uint8))


def full_ink(darkness_u8: np.ndarray) -> int:
    """Return what counts as full ink, `MIN_INK` to 255, for darkness, uint8 (H, W), paper 0."""
    histogram = np.bincount(darkness_u8.ravel(), minlength=256).cumsum()
    return max(int(np.searchsorted(histogram, histogram[-1] * INK_PERCENTILE / 100)), MIN_INK)


def close_gaps(barrier_u8: np.ndarray) -> np.ndarray:
    """Return the barrier with low walls across the gaps of broken outlines, uint8 (H, W)."""
    scale = np.sqrt(barrier_u8.size) / 512
    closed = barrier_u8
    for pixels, height in GAPS:
        side = max(3, round(pixels * scale) | 1)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        wall = cv2.morphologyEx(barrier_u8, cv2.MORPH_CLOSE, kernel)
        closed = np.maximum(closed, np.minimum(wall, height))
    return closed


def flood(barrier_u8: np.ndarray, markers: np.ndarray) -> np.ndarray:
    """Return which marker's flood reaches each pixel first, int32 (H, W).

    Watershed (Meyer) on the barrier: level ground first, in the order of distance, then over the
    lowest step.

    Args:
        barrier_u8: uint8 (H, W).
        markers: int32 (H, W), 1 and up at the sources, 0 elsewhere; at least one source.
    """
    # OpenCV ranks steps by the difference of neighbors, so level ink would conduct a flood
    # through the whole drawing. Halving every other pixel makes each step on ink cost one.
    rough = barrier_u8.copy()
    rough[::2, ::2] >>= 1
    rough[1::2, 1::2] >>= 1
    padded = cv2.copyMakeBorder(rough, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    labels = cv2.copyMakeBorder(markers, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.watershed(cv2.merge([padded] * 3), labels)
    labels = labels[1:-1, 1:-1]
    while (labels < 1).any():  # watershed lines are one pixel wide and marked -1
        grown = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8))
        labels = np.where(labels < 1, grown.astype(np.int32), labels)
    return labels


def arrivals(regions: np.ndarray, labels: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Return the most frequent label in each region that holds no source, int32 (regions).

    It is 0 for ink and for regions that hold a source.

    Args:
        regions: int32 (H, W), 0 ink, 1 and up the connected parts of the paper.
        labels: int32 (H, W) from `flood`.
        held: bool (number of regions), whether a region holds a source.
    """
    keep = held.copy()
    keep[0] = True
    free = np.flatnonzero(~keep[regions])
    most = int(labels.max()) + 1
    pairs = regions.take(free).astype(np.int64) * most + labels.take(free)
    pairs, counts = np.unique(pairs, return_counts=True)
    order = np.argsort(counts, kind="stable")  # the last write, the most frequent, stays
    winner = np.zeros(len(held), np.int32)
    winner[pairs[order] // most] = pairs[order] % most
    return winner


def edge_contact(regions: np.ndarray, count: int) -> np.ndarray:
    """Return how many pixels of the picture's edge lie in each of `count` regions; ink none."""
    edge = np.concatenate([regions[0], regions[-1], regions[1:-1, 0], regions[1:-1, -1]])
    contact = np.bincount(edge, minlength=count)
    contact[0] = 0
    return contact


def find_background(regions: np.ndarray, held: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Return which regions are background with a hint, bool (number of regions).

    Args:
        regions: int32 (H, W), 0 ink, 1 and up the connected parts of the paper.
        held: bool (number of regions), whether a region holds a source.
        areas: int32 (number of regions), pixels.
    """
    return held & (areas > BACKGROUND * regions.size) & (edge_contact(regions, len(held)) > 0)


def find_twins(
    regions: np.ndarray, sources: np.ndarray, marks: np.ndarray, stats: np.ndarray
) -> np.ndarray:
    """Return for each region without a hint the label of a hinted one like it, int32 (regions).

    One eye, petal or plank stands for the others. The difference of two regions is the sum of
    those of the logarithms of their area and of width by height, and twice those of the logarithm
    of the share of their box that they fill and of how low they lie, in heights of the picture.
    The label is 0 where the least difference is not below `TWIN`.

    Args:
        regions: int32 (H, W), 0 ink, 1 and up the connected parts of the paper.
        sources: int (n,), flat indices of the pixels with a hint.
        marks: int32 (n,), their labels.
        stats: of the regions, as `cv2.connectedComponentsWithStats` returns them.
    """
    _, top, width, height, area = stats.T
    color, twin = np.zeros((2, len(stats)), np.int32)
    color[regions.take(sources)] = marks
    large = area >= TWIN_AREA * regions.size
    large[0] = False  # region 0 is ink
    hinted, free = np.flatnonzero(large & (color > 0)), np.flatnonzero(large & (color == 0))
    if hinted.size and free.size:
        box, middle = width * height, (top + height / 2) / len(regions)
        form = [np.log(area), np.log(width / height), 2 * np.log(area / box), 2 * middle]
        form = np.stack(form, 1).astype(np.float32)
        difference = np.abs(form[free, None] - form[hinted]).sum(2)
        nearest = color[hinted[difference.argmin(1)]]
        twin[free] = np.where(difference.min(1) < TWIN, nearest, 0)
    return twin


def join_background(
    regions: np.ndarray, labels: np.ndarray, held: np.ndarray, arrived: np.ndarray
) -> np.ndarray:
    """Return `arrived` with the hinted background's label where a figure cut background off.

    Background is what touches `RIM` of the picture's edge. Arguments as for `arrivals`, and its
    result.
    """
    contact = edge_contact(regions, len(held))
    need = RIM * sum(regions.shape)
    known = np.where(held, contact, 0)
    if known.max() < need:
        return arrived
    label = int(np.bincount(labels[regions == known.argmax()]).argmax())
    return np.where(~held & (contact >= need), label, arrived)


def flood_regions(
    barrier_u8: np.ndarray, markers: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which marker reaches each pixel first, the regions, and which paper is closed.

    The background holds back: it has the longest front and would fill every figure without a
    hint of its own, so ink and such figures go to the other hints where there are any.

    Args:
        barrier_u8: uint8 (H, W).
        markers: int32 (H, W), 1 and up at the sources, 0 elsewhere; at least one source.

    Returns: labels and regions, int32 (H, W), and closed, bool (H, W), as in `Flood`.
    """
    paper = (barrier_u8 < OPEN).astype(np.uint8)
    count, regions, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    sources = np.flatnonzero(markers)
    held = np.zeros(count, bool)
    held[regions.take(sources)] = True
    held[0] = False  # region 0 is ink
    closed = held[regions]
    areas = stats[:, cv2.CC_STAT_AREA]
    background = find_background(regions, held, areas)[regions]
    others = np.where(background, 0, markers)
    if background.any() and others.any():
        walled = np.where(background, 255, barrier_u8).astype(np.uint8)
        with ThreadPoolExecutor(1) as pool:  # OpenCV floods without Python's lock
            everything = pool.submit(flood, barrier_u8, markers)
            labels = flood(walled, others)
            labels = np.where(closed, everything.result(), labels)
    else:
        labels = flood(barrier_u8, markers)
    arrived = arrivals(regions, labels, held)
    twins = find_twins(regions, sources, markers.take(sources), stats)
    arrived = join_background(regions, labels, held, np.where(twins > 0, twins, arrived))
    arrived = arrived[regions]
    return np.where(arrived > 0, arrived, labels), regions, closed


def flood_hints(line_u8: np.ndarray, layer_u8: np.ndarray, size: tuple[int, int]) -> Flood:
    """Return how the hints of a layer flow in a line-art, at `size`.

    Args:
        line_u8: uint8 (H, W), paper 255.
        layer_u8: uint8 RGBA (H, W, 4), alpha above 0 where painted.
        size: (width, height) of the flood.
    """
    layer_u8 = reduce_strokes(layer_u8, size)
    ink = ink_barrier(resize_u8(line_u8, size))
    rows, columns = np.nonzero(cv2.extractChannel(layer_u8, 3))
    colors = layer_u8[rows, columns, :3]
    floods = (ink[rows, columns] < ON_INK) | (colors.max(1, initial=0) > DARK)
    markers = np.zeros(ink.shape, np.int32)
    if not floods.any():
        paper = (close_gaps(ink) < OPEN).astype(np.uint8)
        _, regions = cv2.connectedComponents(paper, connectivity=4)
        return Flood(np.zeros((0, 3), np.uint8), markers, regions, np.zeros(ink.shape, bool), ink)
    palette, numbers = _distinct(colors[floods])
    markers[rows[floods], columns[floods]] = numbers + 1
    return Flood(palette, *flood_regions(close_gaps(ink), markers), ink)


def spread_hints(
    line_u8: np.ndarray,
    layer_u8: np.ndarray,
    size: tuple[int, int],
    ratio: int = FLOOD_RATIO,
) -> np.ndarray:
    """Return the hint image of a layer of dabs and strokes, spread over the line-art.

    RGB is the color whose flood arrives first, averaged over the paper in each pixel. Alpha is
    1 where there is paint, about 0.6 in a closed region that holds paint, about 0.25 elsewhere.
    Without paint the hint image is empty. Dark paint on ink marks its place and does not flood.

    Args:
        line_u8: uint8 (H, W), paper 255; 512x512 or thereabouts.
        layer_u8: uint8 RGBA (H, W, 4), alpha above 0 where painted.
        size: (width, height) of the hint image; the paper's is (128, 128).
        ratio: the flood runs at this many times `size`. 2 takes a third of the time and costs
            0.03 dB with 28 points, but loses small regions such as an iris.

    Returns: uint8 RGBA of `size`.

    Raises:
        ValueError: line-art and layer differ in size.
    """
    if line_u8.shape != layer_u8.shape[:2]:
        raise ValueError(f"the line-art is {line_u8.shape}, the hints {layer_u8.shape[:2]}")
    fine = (size[0] * ratio, size[1] * ratio)
    flooded = flood_hints(line_u8, layer_u8, fine)
    return hint_image(flooded, layer_u8, size)


def hint_image(flooded: Flood, layer_u8: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return `spread_hints` of a flood that is already there."""
    painted = reduce_strokes(layer_u8, size)
    if not len(flooded.palette):
        return painted
    alpha = np.where(flooded.closed, ALPHA_CLOSED, ALPHA_ELSEWHERE).astype(np.uint8)
    hint = _reduce(flooded.palette.take(flooded.labels - 1, 0), alpha, flooded.ink, size)
    hint[painted[:, :, 3] > 0] = painted[painted[:, :, 3] > 0]
    return hint


def _distinct(colors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct ones of colors (n, 3), uint8 (m, 3), and which one each is, int (n)."""
    packed = colors @ np.array([1 << 16, 1 << 8, 1])  # far faster than by rows
    distinct, numbers = np.unique(packed, return_inverse=True)
    return (distinct[:, None] >> np.array([16, 8, 0]) & 255).astype(np.uint8), numbers


def _reduce(
    color_u8: np.ndarray, alpha_u8: np.ndarray, ink_u8: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Return color and alpha averaged down to `size`, ink counting for little."""
    weight = cv2.LUT(ink_u8, (1.05 - np.arange(256) / 255).astype(np.float32))
    weighted = cv2.multiply(color_u8, cv2.merge([weight] * 3), dtype=cv2.CV_32F)
    weighted, weight = (
        cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in (weighted, weight)
    )
    color = (weighted / weight[:, :, None]).round().clip(0, 255).astype(np.uint8)
    alpha = cv2.resize(alpha_u8, size, interpolation=cv2.INTER_AREA)
    return np.dstack([color, alpha])

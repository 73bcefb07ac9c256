"""The colors of a result, without its lines: the hints' where they flow, shaded by the network.

Ours, not the paper's; a convolution decides anew at every pixel, an outline means one color.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .cells import Regions
from .walk import Flow

KEEP_HINTED = 0.6
"""Share of the network's shading that stays where a hint flows."""
KEEP_FREE = 0.3
"""Share that stays elsewhere."""
CHOICE = 12.0
"""CIE76 difference by which a hint's color is e times less likely where none flows."""
CHOICE_COLORS = 4
"""With so many other colors a choice counts as much as what the network painted."""
CHOICES = 256
"""Of more colors, as in a painted layer with soft edges, the choice is among coarser ones."""
COARSER = 32
"""Levels of 255 in a step of those: at most 512 colors."""
SHADING = 4.0
"""How far shading is carried under a line: a Gaussian's sigma, pixels."""
SPECK = 0.01
"""Weight of a pixel on a line; one of clean paper has 1."""


@dataclass(frozen=True)
class Settled:
    """The colors of a result at working size.

    colors: uint8 (h, w, 3), without lines; painted: uint8 (h, w, 3), with the lines as the network
    painted them; areas: int32 (h, w), from 0; flats: uint8 (n, 3), the color of each area without
    its shading; bare: bool (n), whether an area is background or was told to be white; parts: int
    (h, w), what each pixel is, by its place in `PARTS`.
    """

    colors: np.ndarray
    painted: np.ndarray
    areas: np.ndarray
    flats: np.ndarray
    bare: np.ndarray
    parts: np.ndarray


def settle(regions: Regions, flow: Flow, color_u8: np.ndarray, moved: bool = True) -> Settled:
    """Return the colors of a result: the network's, moved to the hints', without its lines.

    An area is where one hint's color flows, or cells that belong together. The network's mean
    color in it is moved to the hint's color, or where none flows towards those of the hints that
    are most like it, the farther the more hints there are; its deviation from the mean is shading,
    of which a share stays. Lines and the soft shadow beside them take the shading around.

    Args:
        regions: of the line-art.
        flow: how the hints flow in it.
        color_u8: uint8 (h, w, 3), the network's picture.
        moved: False leaves the network's colors where they are.
    """
    k, palette = len(flow.palette), flow.palette.astype(np.float32)
    areas = np.where(flow.sure, flow.labels, regions.groups[regions.cells] + k)
    mean = area_means(color_u8, areas, k + int(regions.groups.max()) + 1, regions.trust)
    shading = carry_shading(color_u8 - mean[areas], regions.trust)
    colors, painted, flats = mean[areas] + shading, color_u8, mean
    if moved:
        flats = np.vstack([palette, _choose(mean[k:], palette)]).astype(np.float32)
        keep = np.where(np.arange(len(mean)) < k, KEEP_HINTED, KEEP_FREE).astype(np.float32)
        move = (flats - mean)[areas] + (keep - 1)[areas][:, :, None] * shading
        colors = colors + move
        painted = to_bytes(color_u8 + move * (regions.line / np.float32(255))[:, :, None])
    white = (flow.palette == 255).all(1)
    bare = np.where(flow.sure, np.append(white, False)[flow.labels], False)
    bare |= regions.background[regions.cells]
    twice, areas = np.unique(2 * areas + bare, return_inverse=True)
    areas = areas.reshape(bare.shape).astype(np.int32)
    flats, parts = to_bytes(flats)[twice // 2], regions.part[regions.cells]
    return Settled(to_bytes(colors), painted, areas, flats, twice % 2 > 0, parts)


def to_bytes(color: np.ndarray) -> np.ndarray:
    """Return colors from 0 to 255 as bytes."""
    return color.round().clip(0, 255).astype(np.uint8)


def area_means(
    color_u8: np.ndarray, areas: np.ndarray, count: int, trust: np.ndarray
) -> np.ndarray:
    """Return the mean color off the lines of each of `count` areas (h, w), float32 (count, 3)."""
    at, weight = areas.ravel(), trust.ravel() + 1e-6
    total = np.maximum(np.bincount(at, weight, count), 1e-9)
    sums = [np.bincount(at, weight * plane.ravel(), count) for plane in cv2.split(color_u8)]
    return (np.stack(sums, 1) / total[:, None]).astype(np.float32)


def carry_shading(shading: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Return shading (h, w, 3) in which lines have what is around them."""
    trust = trust[:, :, None]
    planes = cv2.GaussianBlur(np.dstack([shading * trust, trust]), (0, 0), SHADING)
    around = planes[:, :, :3] / (planes[:, :, 3:] + SPECK)
    return trust * shading + (1 - trust) * around


def _choose(painted: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Return painted colors (m, 3) moved towards those of a palette (n, 3) most like them."""
    if not (len(painted) and len(palette)):
        return painted
    if len(palette) > CHOICES:
        steps = np.unique((palette // COARSER).astype(np.uint8), axis=0)
        palette = (steps.astype(np.float32) + 0.5) * COARSER
    ours, theirs = (
        cv2.cvtColor(rgb[None].clip(0, 255).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
        for rgb in (painted, palette)
    )
    difference = np.linalg.norm(ours[:, None] - theirs, axis=2)
    likely = np.exp((difference.min(1, keepdims=True) - difference) / CHOICE)
    chosen = likely @ palette / likely.sum(1, keepdims=True)
    others = len(palette) - 1  # of a single color there is no choice
    return painted + others / (others + CHOICE_COLORS) * (chosen - painted)

"""Who gets which color: a random walk from the dabs over the cells.

Ours, not the paper's. Grady 2006, on the graph of the cells, with a leak: what no dab reaches
with confidence is left to the network. Between dabs that no border parts colors run into each
other.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu
from skimage.measure import label

from .blend import blend
from .cells import CERTAIN, LEAK, Regions
from .ink import nearest_of

MINOR = 0.4
"""Of dabs in one region those smaller than this share of the largest color what they cover only;
0.3 measures alike, and with 0.5 renders lose 0.1 dB."""


@dataclass(frozen=True)
class Dabs:
    """The marks of a hint layer: numbers int32 (h, w), 0 none; colors uint8 (k, 3)."""

    numbers: np.ndarray
    colors: np.ndarray

    @cached_property
    def sizes(self) -> np.ndarray:
        """Return the pixels of each mark, int (k)."""
        return np.bincount(self.numbers.ravel(), minlength=len(self.colors) + 1)[1:]

    def cover(self, which: np.ndarray) -> np.ndarray:
        """Return which pixels are paint of some of the marks, bool (h, w) for bool (k)."""
        return np.r_[False, which][self.numbers]


def find_dabs(layer_u8: np.ndarray) -> Dabs:
    """Return the dabs and strokes of a layer, uint8 RGBA (h, w, 4): connected paint of a color."""
    red, green, blue, alpha = cv2.split(layer_u8.astype(np.int32))
    packed = np.where(alpha > 0, (red << 16) + (green << 8) + blue + 1, 0)
    numbers = label(packed, background=0, connectivity=2).astype(np.int32)
    first = np.unique(numbers, return_index=True)[1][int(not packed.all()) :]
    return Dabs(numbers, layer_u8.reshape(-1, 4)[first, :3])


def seed_cells(regions: Regions, dabs: Dabs) -> tuple[np.ndarray, np.ndarray]:
    """Return which cells each dab seeds, float (n, k), and the open region it lies in, int (k).

    A dab belongs to the region under its center, a stroke to the one under most of its center
    line; the cells of that region below the line are its seeds, by their share of it.
    """
    depth = cv2.distanceTransform((dabs.numbers > 0).astype(np.uint8), cv2.DIST_L2, 3)
    ridge = (depth > 0) & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))
    paper = regions.paper & (dabs.numbers > 0)
    on_paper = np.isin(dabs.numbers, dabs.numbers[ridge & paper])
    at = np.flatnonzero(np.where(on_paper, ridge, dabs.numbers > 0) & paper)
    mark, k = dabs.numbers.ravel()[at] - 1, len(dabs.colors)
    cell, region = regions.cells.ravel()[at], regions.open.ravel()[at]
    most = int(regions.open.max()) + 1
    count = np.bincount(mark * most + region, minlength=k * most).reshape(k, most)
    count[:, 0] = np.minimum(count[:, 0], 0.5)  # borders count where there is no other
    owner = count.argmax(1)
    inside = region == owner[mark]
    seeds = np.zeros((len(regions.areas), k))
    np.add.at(seeds, (cell[inside], mark[inside]), 1.0)
    return seeds / np.maximum(seeds.sum(0), 1e-9), owner


def find_minor(
    regions: Regions, dabs: Dabs, seeds: np.ndarray, owner: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return which dabs do not flow, bool (k) each.

    The first color what they cover only, as they are small beside another one. The second run into
    the white around them: a white dab on the same background says that the rest is to stay so.
    """
    count = int(regions.open.max()) + 1
    largest, kept = np.zeros(count), np.zeros(count, bool)
    np.maximum.at(largest, owner, dabs.sizes)
    ground = regions.parts[seeds.argmax(0), 0] > CERTAIN
    white = (dabs.colors == 255).all(1)
    kept[owner[white & ground]] = True
    small = dabs.sizes < MINOR * largest[owner]
    return (owner > 0) & small, (owner > 0) & ~small & kept[owner] & ground & ~white


def walk(regions: Regions, seeds: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Return how likely a walk from each cell ends at each dab, float (n, k); the rest leaks.

    A dab holds the cells that it seeds like an open border as long as its room: one in the middle
    of a place holds it, one in a gap or at an edge leaves it to others that reach it.

    Args:
        regions: of the line-art, n cells.
        seeds: float (n, k), the share of each dab that lies in a cell.
        room: float (k), see `rooms`, pixels.
    """
    hold = seeds * room
    leak = LEAK * np.sqrt(regions.areas) + 1e-12
    total = np.asarray(regions.graph.sum(1)).ravel() + hold.sum(1) + leak
    solved = splu((sparse.diags(total) - regions.graph).tocsc(), permc_spec="MMD_AT_PLUS_A")
    return solved.solve(hold).clip(0, 1)


def rooms(regions: Regions, dabs: Dabs) -> np.ndarray:
    """Return how far it is from within each dab to ink or a border, pixels, at least 1, (k)."""
    found, at = np.ones(len(dabs.colors)), dabs.numbers > 0
    np.maximum.at(found, dabs.numbers[at] - 1, regions.room[at])
    return found


def hold_around(
    regions: Regions, marks: np.ndarray, seeds: np.ndarray, owner: np.ndarray, reach: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return each pixel's nearest dab, int (h, w) from 0, and how its color holds there, float32.

    It does so within the open region that the dab lies in, or the cells if all there is border.

    Args:
        regions: of the line-art.
        marks: int (h, w), the number from 1 of the dab whose paint a pixel has, 0 none.
        seeds: float (n, k), the share of each dab that lies in a cell.
        owner: int (k), the open region of each dab, 0 none.
        reach: float (k), pixels, nine deviations of how it falls off; with six drawings of all
            kinds measure within 0.01 dB, renders 0.02 less.
    """

    def inside(number: np.ndarray) -> np.ndarray:
        found = regions.open == owner[number]
        at = found & (regions.open == 0)
        found[at] = seeds[regions.cells[at], number[at]] > 0
        return found

    marks = np.where((marks > 0) & inside(marks - 1), marks, 0)
    nearest = marks.ravel()[nearest_of(marks > 0)] - 1
    far = cv2.distanceTransform((marks == 0).view(np.uint8), cv2.DIST_L2, 5)
    # 1 at four tenths of the reach; paint itself keeps its color within about two levels of 255
    hold = 1000 * np.exp(-40 * (far / reach.astype(np.float32)[nearest]) ** 2)
    hold[~inside(nearest)] = 0
    return nearest, hold


@dataclass(frozen=True)
class Reach:
    """Which cells the dabs of a layer reach; n cells, k dabs.

    seeds: float (n, k) and owner: int (k), see `seed_cells`, without the seeds of the dabs that do
    not flow: small and spots, bool (k), see `find_minor`; room: float (k), see `rooms`; chance:
    float (n, k), see `walk`; sure: bool (n), whether they reach a cell with confidence.
    """

    dabs: Dabs
    seeds: np.ndarray
    owner: np.ndarray
    small: np.ndarray
    spots: np.ndarray
    room: np.ndarray
    chance: np.ndarray
    sure: np.ndarray

    def over(self, other: "Reach") -> "Reach":
        """Return both, of which the other has what this is not sure of."""
        ours, theirs, k = self.dabs.numbers, other.dabs.numbers, len(self.owner)
        numbers = np.where((ours > 0) | (theirs == 0), ours, theirs + k)
        dabs = Dabs(numbers, np.vstack([self.dabs.colors, other.dabs.colors]))
        sure = self.sure[:, None]
        seeds = np.hstack([self.seeds, np.where(sure, 0, other.seeds)])
        chance = np.hstack([np.where(sure, self.chance, 0), np.where(sure, 0, other.chance)])
        both = (np.r_[getattr(self, n), getattr(other, n)] for n in ("owner", "small", "spots"))
        room = np.r_[self.room, other.room]
        return Reach(dabs, seeds, *both, room, chance, self.sure | other.sure)


def reach_cells(regions: Regions, layer_u8: np.ndarray) -> Reach:
    """Return which cells of a line-art a layer of dabs, uint8 RGBA (h, w, 4), reaches."""
    dabs = find_dabs(layer_u8)
    seeds, owner = seed_cells(regions, dabs)
    small, spots = find_minor(regions, dabs, seeds, owner)
    seeds[:, small | spots] = 0
    room = rooms(regions, dabs)
    chance = walk(regions, seeds, room) if seeds.any() else np.zeros_like(seeds)
    reached = (chance / np.maximum(chance.max(0), 1e-9)).sum(1)
    sure = reached >= np.where(regions.background, CERTAIN, 1 - CERTAIN)
    return Reach(dabs, seeds, owner, small, spots, room, chance, sure)


@dataclass(frozen=True)
class Flow:
    """Where the hints of a layer flow.

    palette: uint8 (k, 3), their distinct colors; labels: int32 (h, w), the number from 0 of the
    color that flows most to each pixel; sure: bool (h, w), whether a hint reaches it; colors:
    float32 (h, w, 3), the color there, between those of several dabs that no border parts; likely:
    float32 (h, w), how far it holds where no hint reaches, 0 to 1.
    """

    palette: np.ndarray
    labels: np.ndarray
    sure: np.ndarray
    colors: np.ndarray
    likely: np.ndarray


def walk_hints(regions: Regions, layer_u8: np.ndarray) -> Flow:
    """Return where the hints of a layer, uint8 RGBA (h, w, 4), flow in a line-art."""
    return find_colors(regions, reach_cells(regions, layer_u8))


def find_colors(regions: Regions, reach: Reach) -> Flow:
    """Return which color flows where.

    Cells that the dabs reach with confidence are sure. Where several do, their colors are mixed by
    the room that each has and the power 1.5 of its chance (by the chance itself XDoG lines have a
    tenth more blotches), and run into those of neighboring cells, but for what is painted: that
    holds its color. Every other cell is left to the network; what that is shown is white for
    background, else a mix by the odds that a dab's cell shares its color, in place of the chance:
    by the likeliest dab alone drawn and broken lines lose 0.1 dB, and an eye may be as blue as a
    shield. How far that holds is the power 16 of the highest probability that the color is shared,
    so that it does where that is nearly certain: with 4 drawn and XDoG lines lose 0.1 dB, without
    it renders 0.2 and XDoG lines 0.1. Paint that touches no paper does not flow.

    Args:
        regions: of the line-art.
        reach: of the dabs.
    """
    dabs, seeds, room, sure = reach.dabs, reach.seeds, reach.room, reach.sure
    if not seeds.any():
        labels = np.zeros(regions.cells.shape, np.int32)
        colors = np.zeros((*labels.shape, 3), np.float32)
        return Flow(np.zeros((0, 3), np.uint8), labels, labels > 0, colors, colors[:, :, 0])
    alike = regions.alike(np.arange(len(seeds)), seeds.argmax(0)) * (seeds.sum(0) > 0)
    odds = alike / np.maximum(1 - alike, 1e-9)
    weight = np.where(sure[:, None], reach.chance, odds) ** 1.5 * room
    number = weight.argmax(1)
    blank = ~sure & regions.background
    number[blank] = len(dabs.colors)  # the white of the paper
    colors = np.vstack([dabs.colors, np.full((int(blank.any()), 3), 255, np.uint8)])
    numbers, shared = number[regions.cells], ((seeds > 0).sum(1) > 1)[regions.cells]
    marks = np.where(dabs.cover(seeds.any(0) | reach.spots), dabs.numbers, 0)
    span = np.where(reach.spots, np.sqrt(dabs.sizes / np.pi), room)  # as far again as its paint
    nearest, hold = hold_around(regions, marks, seeds, reach.owner, span)
    at = shared & (seeds > 0)[regions.cells, nearest]
    numbers[at] = nearest[at]
    means = weight / weight.sum(1, keepdims=True) @ dabs.colors
    means = np.where(regions.background[:, None], colors[number], means).astype(np.float32)
    mix = means[regions.cells]
    mix += (hold / (1 + hold))[:, :, None] * (dabs.colors[nearest] - mix)
    mix = blend(mix, regions.inner_passages, 1 + hold)
    at = dabs.cover(reach.small | reach.spots)
    numbers[at] = dabs.numbers[at] - 1
    at = dabs.cover(reach.small)
    mix[at] = dabs.colors[numbers[at]]
    palette, which = np.unique(colors, axis=0, return_inverse=True)
    labels = which.ravel()[numbers].astype(np.int32)
    own = shared | (numbers != number[regions.cells])
    likely = (alike.max(1) ** 16).astype(np.float32)[regions.cells]
    return Flow(palette, labels, sure[regions.cells] | own, mix, likely)

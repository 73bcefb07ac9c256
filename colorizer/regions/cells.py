"""The regions of a line-art: cells of paper, how freely color runs between them, what they are.

Ours, not the paper's. Cells follow ink at full size, so that what ink closes is closed; a network
decides which of their borders count where outlines are open (`colorizer.models.regions`).
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import torch
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from skimage.segmentation import watershed

from ..engine import autocast
from ..images import to_tensor
from ..models.regions import MULTIPLE, PARTS, RegionModel, known_parts
from .ink import ink_share, nearest_of

INK = 0.27
"""Darkness from this share of full ink on is ink; plain thresholds lose pencil or gray lines. 0.2
to 0.35 measure alike."""
RESIST = 12.0
"""Color runs over a border e times less for each 1/12 of its strength; with 8 all kinds of drawings
lose 0.2 dB, with 18 up to 0.1."""
LEAK = 1e-3
"""What a cell loses to nobody, per pixel of its side; neighbors between which color runs more
freely than that are one place. 3e-3, with what is sure to match, measures within 0.05 dB and makes
1.4 times as many blotches on XDoG lines."""
HOLE = 0.003
"""A place with less paper, as a share of the picture, and none at its edge is no background. Of 110
that look like it in 30 drawn line-arts 5 % are white, of 275 in 30 XDoG ones 1 %; of 16 larger ones
in these and in renders half."""
CERTAIN = 0.85
"""What is at least so likely is certain: that a cell is background or another part, and that walks
from background end at a dab. Other cells are a dab's unless it is as certain that no walk ends at
one: 0.1 and 0.2 instead of 0.15 differ by 0.15 dB at most. 0.8 measures alike; for the background
of a white dab 0.75 loses 0.1 dB on drawn lines and renders. Where the part of a place is less
likely, and it may share the color of a hint, the page leaves it to the network, whose mix of the
hints is nearer: there, with 5 and 15 dabs, 0.7 loses 0.2 dB on XDoG lines, 0.9 parts locks from
their hair, and with nothing left to the network 15 dabs lose 1.8."""
SMALLEST = 0.0002
"""Places smaller than this share of the picture, 50 pixels of 512x512, get no hint of their own;
set by eye, so that irises do."""


@dataclass(frozen=True)
class Regions:
    """What is known of a line-art, made once for it; n cells, from 0.

    line: uint8 (h, w), the line-art, and ink, float32 (h, w), its share of full ink. paper: bool
    (h, w), off the ink. passages: see `find_passages`, closed by ink. cells: int32
    (h, w), each pixel's cell; ink has the nearest paper's. open: int32 (h, w), 0 ink and borders, 1
    and up what color may fill. pairs: int (m, 2), neighbors; flow: float (m), how freely color runs
    between them. areas: int (n), pixels. groups: int (n), from 0, which cells are one place,
    whatever the hints. background: bool (n), which cells are background, which people do not
    change; parts: float (n, len(PARTS)), how likely a cell is what; embeddings: float (n, E), of
    unit length; likeness: (scale, offset) of the logit that two cells share a color.
    """

    line: np.ndarray
    ink: np.ndarray
    paper: np.ndarray
    passages: tuple[np.ndarray, np.ndarray]
    cells: np.ndarray
    open: np.ndarray
    pairs: np.ndarray
    flow: np.ndarray
    areas: np.ndarray
    groups: np.ndarray
    background: np.ndarray
    parts: np.ndarray
    embeddings: np.ndarray
    likeness: tuple[float, float]

    @cached_property
    def graph(self) -> sparse.csr_matrix:
        """Return the flow between cells as a symmetric matrix (n, n)."""
        (i, j), n = self.pairs.T, len(self.areas)
        both = np.r_[self.flow, self.flow], (np.r_[i, j], np.r_[j, i])
        return sparse.coo_matrix(both, (n, n)).tocsr()

    @cached_property
    def part(self) -> np.ndarray:
        """Return the most likely part of each cell, int (n)."""
        return np.where(self.background, 0, 1 + self.parts[:, 1:].argmax(1))

    @cached_property
    def clear(self) -> np.ndarray:
        """Return how little ink lies on painted pixels, float32 (h, w), 0 to 1."""
        return (1 - self.ink) ** 2  # painted lines are softer than drawn ones

    @cached_property
    def ground(self) -> np.ndarray:
        """Return which pixels are background, bool (h, w)."""
        return self.background[self.cells]

    @cached_property
    def room(self) -> np.ndarray:
        """Return how far it is to ink or a border, pixels, float32 (h, w)."""
        return cv2.distanceTransform((self.open > 0).astype(np.uint8), cv2.DIST_L2, 5)

    @cached_property
    def inner_passages(self) -> tuple[np.ndarray, np.ndarray]:
        """Return `passages` of which none leads from background into the figure."""
        across, down = (passage.copy() for passage in self.passages)
        across[:, :-1][self.ground[:, :-1] != self.ground[:, 1:]] = 0
        down[:-1][self.ground[:-1] != self.ground[1:]] = 0
        return across, down

    @cached_property
    def spots(self) -> list[tuple[int, tuple[float, float, float]]]:
        """Return each place's cell in its widest spot and that spot's x, y, radius, largest first.

        Places are `groups`. Those without any room or smaller than `SMALLEST` have none.
        """
        groups = self.groups[self.cells]
        inside = self.paper & (self.open > 0)
        for axis in (0, 1):
            inside &= np.diff(groups, axis=axis, append=-1) == 0
        room = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3)
        order = np.argsort(room, axis=None)  # the last write, the widest, stays
        widest = np.zeros(int(groups.max()) + 1, np.int64)
        widest[groups.ravel()[order]] = order
        areas = np.bincount(groups.ravel())
        found = []
        for group in np.argsort(-areas, kind="stable"):
            y, x = np.divmod(widest[group], groups.shape[1])
            if areas[group] >= SMALLEST * groups.size and room[y, x] > 0:
                radius = min(2.0, float(room[y, x]) / 2)
                found.append((int(self.cells[y, x]), (float(x), float(y), radius)))
        return found

    def alike(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Return how likely cells (a) share a color with others (b), float (a, b)."""
        return same_color(self.embeddings[one] @ self.embeddings[other].T, self.likeness)


def same_color(product: np.ndarray, likeness: tuple[float, float]) -> np.ndarray:
    """Return how likely places share a color, 0 to 1, as `RegionModel.same_color` for numpy.

    Args:
        product: float of any shape, the inner products of their embeddings.
        likeness: scale and offset of the logit.
    """
    scale, offset = likeness
    return 1 / (1 + np.exp(-(scale * product + offset)))


def find_regions(line_u8: np.ndarray, model: RegionModel | None) -> Regions:
    """Return the regions of a line-art, uint8 (h, w), paper 255; without a model by ink alone."""
    ink = ink_share(line_u8)
    border, plain, parts, embeddings, likeness = look(line_u8, model)
    paper = ink < INK
    cells, opened = find_cells(paper, border)
    full = cells.ravel()[nearest_of(cells >= 0)]
    pairs, flow = find_flow(full, find_passages(ink, border, 0.5 if model else 1))
    areas = np.bincount(full.ravel())
    planes = np.concatenate([plain, parts, embeddings])
    means = _means(planes, full, paper, len(areas))
    plain, parts, embeddings = np.split(means, [len(PARTS), 2 * len(PARTS)], 1)
    embeddings /= np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-9)
    i, j = pairs.T
    flow = flow * same_color((embeddings[i] * embeddings[j]).sum(1), likeness)
    groups = find_groups(pairs, flow * (plain[i] * plain[j]).sum(1), areas)
    holes = find_holes(groups[full], paper)[groups]
    for chance in (plain, parts):
        chance[holes, 0] = 0
        chance /= np.maximum(chance.sum(1, keepdims=True), 1e-9)
    flow = flow * (plain[i] * plain[j]).sum(1)  # anew: white around a hole does not run into it
    background = plain.argmax(1) == PARTS.index("background")
    passages = find_passages(ink, border, 1)
    known = areas, groups, background, parts, embeddings, likeness
    return Regions(line_u8, ink, paper, passages, full, opened, pairs, flow, *known)


@torch.inference_mode()
def look(
    line_u8: np.ndarray, model: RegionModel | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, tuple[float, float]]:
    """Return border strength (h, w), parts (P, h/2, w/2), places (E, h/2, w/2) and likeness.

    Parts twice, see `known_parts`: with dabs color flows best by the first, and the others, which
    know people, are dealt by.

    Without a model there are no borders, background is the paper at the corners and all else
    "rest", and no two cells are alike, so that ink parts colors, and what it leaves open is filled.
    """
    height, width = line_u8.shape
    if model is None:
        paper = (ink_share(line_u8) < INK).astype(np.uint8)
        found = cv2.connectedComponents(paper, connectivity=4)[1]
        corners = found[np.ix_([0, -1], [0, -1])]
        outside = np.isin(found, corners[corners > 0])[::2, ::2]
        parts = np.zeros((len(PARTS), *outside.shape), np.float32)
        parts[0], parts[-1] = outside, ~outside
        border, places = np.zeros(line_u8.shape, np.float32), np.ones_like(parts[:1])
        return border, parts, parts, places, (0.0, -1.0)
    device = next(model.parameters()).device
    padding = [(0, -side % MULTIPLE) for side in line_u8.shape]
    padded = np.pad(line_u8, padding, constant_values=255)
    with autocast(device):
        border, part, embedding, people = model(to_tensor(padded)[None].to(device))
    border = border[0, 0, :height, :width].float().sigmoid().cpu().numpy()
    half = np.s_[:, : (height + 1) // 2, : (width + 1) // 2]
    planes = (*known_parts(part, people), embedding.float())
    plain, known, places = (plane[0][half].cpu().numpy() for plane in planes)
    return border, plain, known, places, tuple(model.likeness.tolist())


def find_cells(paper: np.ndarray, border: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return cells of the paper, int32 (h, w) with -1 on ink, and the open areas, 0 elsewhere.

    Watershed on the distance to ink and borders: a cell for each place that is widest within 4
    pixels, so that two of them meet where a passage is narrow. Fewer ones have fewer blotches, but
    hold several dabs: within 7 pixels renders lose 1 dB with 40 dabs.
    """
    fillable = paper & (border < 0.5)  # more likely no border than one
    distance = cv2.distanceTransform(fillable.astype(np.uint8), cv2.DIST_L2, 5)
    height = cv2.GaussianBlur(distance, (0, 0), 1.5) * fillable
    tops = (height >= cv2.dilate(height, np.ones((9, 9), np.uint8))) & fillable
    _, markers = cv2.connectedComponents(tops.astype(np.uint8), connectivity=8)
    cells = watershed(border * 40 - height, markers, mask=paper)
    missed = paper & (cells == 0)
    _, others = cv2.connectedComponents(missed.astype(np.uint8), connectivity=4)
    cells = np.where(missed, others + cells.max(), cells) - 1
    _, opened = cv2.connectedComponents(fillable.astype(np.uint8), connectivity=4)
    if not paper.any():
        cells[:] = 0
    return cells.astype(np.int32), opened


def find_passages(
    ink: np.ndarray, border: np.ndarray, ink_border: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return how freely color runs from each pixel to the next one in its row, and in its column.

    Both are float32 (h, w), 0 to 1, and 0 at the picture's end.

    Args:
        ink: float32 (h, w), share of full ink.
        border: float32 (h, w), strength of the network's borders.
        ink_border: strength of solid ink at least. A half for the flow between cells: as likely a
            border as not, for most inner lines part nothing. 1 without a network, as nobody knows
            which do, and for colors that run into each other: with a half, what ink closes is off
            the color of its dab by up to ten levels of 255.
    """
    strength = np.maximum(border, ink_border * ink)
    wide = cv2.dilate(strength, np.ones((5, 5), np.uint8))
    strength = np.where(ink > 0.5, wide, strength)  # cells meet in the middle of the ink
    across, down = np.zeros_like(strength), np.zeros_like(strength)
    across[:, :-1] = np.exp(-RESIST * np.maximum(strength[:, :-1], strength[:, 1:]))
    down[:-1] = np.exp(-RESIST * np.maximum(strength[:-1], strength[1:]))
    return across, down


def find_flow(
    cells: np.ndarray, passages: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return neighboring cells, int (m, 2), and how freely color runs over their common border.

    Args:
        cells: int32 (h, w), grown over the ink.
        passages: see `find_passages`.
    """
    n, keys, flows = int(cells.max()) + 1, [], []
    beyond = np.roll(cells, -1, 1), np.roll(cells, -1, 0)
    for other, passage in zip(beyond, passages):
        at = (cells != other) & (passage > 0)
        low, high = np.minimum(cells[at], other[at]), np.maximum(cells[at], other[at])
        keys.append(low.astype(np.int64) * n + high)
        flows.append(passage[at])
    found, which = np.unique(np.concatenate(keys), return_inverse=True)
    return np.stack([found // n, found % n], 1), np.bincount(which, np.concatenate(flows))


def find_groups(pairs: np.ndarray, flow: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Return which of n cells belong together whatever the hints, int (n) from 0.

    See `find_flow` for pairs and flow; areas: int (n), pixels.
    """
    (i, j), n = pairs.T, len(areas)
    joined = flow > LEAK * np.sqrt(np.minimum(areas[i], areas[j]))
    graph = sparse.coo_matrix((np.ones(joined.sum()), (i[joined], j[joined])), (n, n))
    return connected_components(graph, directed=False)[1]


def find_holes(places: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Return which of n places are no background whatever they look like, bool (n); see `HOLE`.

    Args:
        places: int (h, w), the place of each pixel, from 0.
        paper: bool (h, w), off the ink.
    """
    holes = np.bincount(places.ravel(), paper.ravel()) < HOLE * places.size
    for edge in (places[0], places[-1], places[:, 0], places[:, -1]):
        holes[edge] = False
    return holes


def _means(planes: np.ndarray, cells: np.ndarray, paper: np.ndarray, n: int) -> np.ndarray:
    """Return the mean of planes (k, h/2, w/2) over the paper of each of n cells, float (n, k).

    A cell between the pixels of half the size has the value where it begins.
    """
    half, weight = cells[::2, ::2].ravel(), paper[::2, ::2].ravel() + 1e-3
    total = np.bincount(half, weight, n)
    member = sparse.csr_matrix((weight, (half, np.arange(len(half)))), (n, len(half)))
    sums = np.stack([member @ plane.ravel() for plane in planes], 1)
    missed = np.flatnonzero(total == 0)
    if len(missed):
        first = np.zeros(n, np.int64)
        first[cells.ravel()[::-1]] = np.arange(cells.size)[::-1]  # the last write stays
        rows, columns = np.divmod(first[missed], cells.shape[1])
        sums[missed], total[missed] = planes[:, rows // 2, columns // 2].T, 1
    return sums / total[:, None]

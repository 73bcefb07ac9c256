"""Samples for the region network: line-arts, and what is known of their places.

Rendered characters have exact material ids, other pictures their colors; line-arts are opened,
cut, thickened, thinned and grayed as artists' are.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from colorizer.images import InputError, resize_u8, to_tensor
from colorizer.preprocessing import lines
from colorizer.regions.cells import INK
from colorizer.regions.ink import ink_share

from .augment import wear
from .data import read_color
from .index import bounds_of, list_entries, pick
from .line_arts import Extraction
from .options import DataConfig, changed, option
from .renders import PALETTE, close_up, dress, read_render, read_shade
from .targets import derived_targets, exact_targets

SPOTS = 96
"""Random places of a sample whose pairs teach which places share a color."""
ALIKE, APART = 10.0, 20.0
"""CIE76 difference up to which two places of a picture share a color, and from which they don't."""


@dataclass(frozen=True)
class RegionSamplesConfig(changed(DataConfig, lines=("xdog=0.48", "dilate=0.52"), crop=320)):
    """What the region network is trained on."""

    render_share: float = option(0.5, "share of samples from the renders, if there are any")
    open_share: float = option(0.6, "share of renders whose lines are left open")
    extracted_share: float = option(0.35, "share of renders painted, and their lines extracted")
    scales: tuple[float, ...] = option((0.65, 1.35), "least and most long side of a picture / 512")
    close_share: float = option(0.4, "share of renders seen as close-ups of the head")
    closest: float = option(3.0, "how many times larger a close-up is at most")


class RegionSamples(Dataset):
    """Training samples of the region network; sample i is a function of (seed, i) alone.

    With C = `config.crop` and n = `SPOTS` a sample holds line (1, C, C) in [-1, 1]; border
    (1, C, C), how much colors change there, 0 to 1; part (C/2, C/2), int64, a part, `FIGURE` or
    `UNKNOWN`; spots (n), flat indices at half the size; same (n, n), 1 where two of them share a
    color, 0 where they don't, -1 where that is not known.
    """

    def __init__(self, config: RegionSamplesConfig, seed: int, length: int):
        """Index the folders.

        Raises:
            InputError: a folder is missing or there is nothing to train on; a crop of another kind.
        """
        if config.crop % 64:
            raise InputError(f"--crop is {config.crop}; wanted is a multiple of 64.")
        self.config, self.seed, self.length = config, seed, length
        self.extract = Extraction(config.lines)
        found = list_entries(config)
        self.renders = [e for e in found if e.render]
        self.entries = [e for e in found if not e.render]
        self.bounds = bounds_of(self.entries)

    def __len__(self) -> int:
        """The number of samples of the whole training."""
        return self.length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Return sample `index`; a picture that is blank or cannot be decoded gives way to another.

        Raises:
            InputError: nothing can be read.
        """
        rng = np.random.default_rng((self.seed, index))
        for _ in range(100):
            found = self._draw(rng)
            sample = found and make_sample(*found, self.config, rng)
            if sample:
                return sample
        raise InputError("100 pictures in a row cannot be decoded or are blank.")

    def _draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, bool] | None:
        """Return line-art, colors or ids, and whether it is ids, of a random picture."""
        config = self.config
        if self.renders and (not self.entries or rng.random() < config.render_share):
            path = self.renders[rng.integers(len(self.renders))].color
            return *read_as(path, config, self.extract, rng), True
        entry = self.entries[pick(self.bounds, rng)]
        try:
            color = read_color(entry.color)
            drawn = entry.line and rng.random() < config.real_share
            line = lines.to_gray(read_color(entry.line)) if drawn else None
        except (InputError, FileNotFoundError) as error:
            print(f"skipped {entry.color}: {error}", file=sys.stderr)
            return None
        own, scale = color.shape[1::-1], 512 / max(color.shape[:2])
        size = tuple(max(8, round(side * scale)) for side in own)
        color = resize_u8(color, size)
        line = self.extract(color, rng) if line is None else resize_u8(resize_u8(line, own), size)
        return line, color, False


def read_as(
    path: Path, config: RegionSamplesConfig, extract: Extraction, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return line-art and ids (H, W) of the render with the id picture `path`.

    Its own line-art, whole or left open, or one extracted from the painted render, in which
    shadows have lines too; either perhaps as a close-up, with lines that are not as much larger.
    """
    zoom = config.closest ** rng.random() if rng.random() < config.close_share else 1.0
    if rng.random() < config.extracted_share:
        line, ids = read_render(path, "line")
        color = dress(ids, read_shade(path), line, np.empty((0, PALETTE, 3)), rng)
        color, ids = close_up(color, ids, zoom, rng)
        return extract(color, rng), ids
    kind = "line_open" if rng.random() < config.open_share else "line"
    line, ids = read_render(path, kind)
    line, ids = close_up(line, ids, zoom, rng)
    side = int(rng.integers(1, round(zoom) + 1))
    return cv2.dilate(line, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))), ids


def make_sample(
    line: np.ndarray,
    known: np.ndarray,
    exact: bool,
    config: RegionSamplesConfig,
    rng: np.random.Generator,
) -> dict[str, Tensor] | None:
    """Return a sample of a line-art (H, W) and its ids or colors (H, W, 3); None if blank."""
    line, known = cut(line, known, config, rng)
    if (line < 160).mean() < 0.005:
        return None
    border, part, lab = exact_targets(known) if exact else derived_targets(line, known)
    clean = cv2.erode(line, np.ones((3, 3), np.uint8))[::2, ::2]
    paper = np.flatnonzero(ink_share(clean) < INK)
    if len(paper) < 2 * SPOTS:
        return None
    spots = rng.choice(paper, SPOTS, replace=False)
    at = lab[::2, ::2].reshape(len(part) ** 2, -1)[spots].astype(np.float32)
    apart = np.linalg.norm(at[:, None] - at, axis=2)
    low, high = (0.5, 0.5) if exact else (ALIKE, APART)
    same = np.where(apart <= low, 1, np.where(apart >= high, 0, -1))
    return {
        "line": to_tensor(wear(line, rng)),
        "border": torch.from_numpy(border[None]),
        "part": torch.from_numpy(part.astype(np.int64)),
        "spots": torch.from_numpy(spots),
        "same": torch.from_numpy(same.astype(np.float32)),
    }


def cut(
    line: np.ndarray, known: np.ndarray, config: RegionSamplesConfig, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return a random window of both at a random scale, mirrored half of the time.

    It may reach beyond the picture, where there is white paper: figures are cut at any side.
    """
    scale = rng.uniform(min(config.scales), max(config.scales)) * 512 / max(line.shape)
    size = tuple(max(8, round(s * scale)) for s in line.shape[::-1])
    line, ids = resize_u8(line, size), known.ndim == 2
    known = (
        cv2.resize(known, size, None, 0, 0, cv2.INTER_NEAREST) if ids else resize_u8(known, size)
    )
    side, corner = config.crop, []
    for length in line.shape:
        spare, beyond = length - side, (side // 4) * (rng.random() < 0.3)
        corner.append(int(rng.integers(min(0, spare) - beyond, max(0, spare) + beyond + 1)))
    windows = _window(line, corner, side, 255), _window(known, corner, side, 0 if ids else 255)
    turn = -1 if rng.random() < 0.5 else 1
    return tuple(np.ascontiguousarray(window[:, ::turn]) for window in windows)


def _window(picture: np.ndarray, corner: list[int], side: int, fill: int) -> np.ndarray:
    """Return the square of `side` pixels at `corner` = (y, x), `fill` outside the picture."""
    out = np.full((side, side, *picture.shape[2:]), fill, picture.dtype)
    y, x = corner
    part = picture[max(0, y) : max(0, y + side), max(0, x) : max(0, x + side)]
    out[max(0, -y) :, max(0, -x) :][: part.shape[0], : part.shape[1]] = part
    return out

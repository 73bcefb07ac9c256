"""Samples for the region network: line-arts, and what is known of their places.

Rendered characters have exact material ids, other pictures their colors; line-arts are opened,
cut, thickened, thinned and grayed as artists' are. Of the parts of a picture a network may tell
that also sees its colors (`train.regions --colored`), whose samples have them.
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
from .index import Entry, bounds_of, choose, list_entries, pick
from .line_arts import Extraction
from .options import DataConfig, changed, option
from .renders import (
    PALETTE,
    WARDROBES,
    close_up,
    dress,
    paint_freely,
    palette_of,
    read_render,
    read_shade,
)
from .targets import derived_targets, exact_targets

SPOTS = 96
"""Random places of a sample whose pairs teach which places share a color."""
ALIKE, APART = 10.0, 20.0
"""CIE76 difference up to which two places of a picture share a color, and from which they don't."""
SCENE = 128
"""Figures stand before pictures of this side, enlarged, pixels."""


@dataclass(frozen=True)
class RegionSamplesConfig(changed(DataConfig, lines=("xdog=0.48", "dilate=0.52"), crop=320)):
    """What the region network is trained on."""

    render_share: float = option(0.5, "share of samples from the renders, if there are any")
    open_share: float = option(0.6, "share of renders whose lines are left open")
    extracted_share: float = option(0.35, "share of renders painted, and their lines extracted")
    scales: tuple[float, ...] = option((0.65, 1.35), "least and most long side of a picture / 512")
    close_share: float = option(0.4, "share of renders seen as close-ups of the head")
    closest: float = option(3.0, "how many times larger a close-up is at most")
    colored: bool = option(False, "see the colors, too, to be a teacher")
    taught: tuple[str, ...] = option(
        (), "PATTERN of pictures of people, whose parts a --teacher tells: NAME/* ..."
    )


class RegionSamples(Dataset):
    """Training samples of the region network; sample i is a function of (seed, i) alone.

    With C = `config.crop` and n = `SPOTS` a sample holds line (1, C, C) in [-1, 1]; border
    (1, C, C), how much colors change there, 0 to 1; part (C/2, C/2), int64, a part, `FIGURE` or
    `UNKNOWN`; spots (n), flat indices at half the size; same (n, n), 1 where two of them share a
    color, 0 where they don't, -1 where that is not known; taught (), bool, and people (), 1 for
    what is `taught` and for renders, else 0. If `config.colored` is set or anything taught also
    color (3, C, C).
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
        self.scenes = self._scenes() if config.colored and self.renders else []
        rng = np.random.default_rng(seed)
        palettes = [palette_of(scene, rng) for scene in self.scenes]
        self.palettes = np.array(palettes, np.uint8).reshape(-1, PALETTE, 3)

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
            sample = self._sample(rng)
            if sample:
                return sample
        raise InputError("100 pictures in a row cannot be decoded or are blank.")

    def _sample(self, rng: np.random.Generator) -> dict[str, Tensor] | None:
        """Return a random sample, or None if the picture is blank or cannot be decoded."""
        config, taught, people = self.config, False, True
        if self.renders and (not self.entries or rng.random() < config.render_share):
            drawn = self.read_as(self.renders[rng.integers(len(self.renders))].color, rng)
        else:
            entry = self.entries[pick(self.bounds, rng)]
            drawn = self._read_picture(entry, rng)
            people = taught = any(entry.color.match(pattern) for pattern in config.taught)
        sample = drawn and make_sample(*drawn, config, rng)
        if sample:
            sample |= {"taught": torch.tensor(taught), "people": torch.tensor(float(people))}
            if not (config.colored or config.taught):
                del sample["color"]
        return sample

    def _scenes(self) -> list[np.ndarray]:
        """Return some pictures, uint8 (`SCENE`, `SCENE`, 3)."""
        chosen = choose(self.entries, WARDROBES, np.random.default_rng(self.seed))
        pictures = (self._picture(self.entries[number].color) for number in chosen)
        return [resize_u8(p, (SCENE, SCENE)) for p in pictures if p is not None]

    def _picture(self, path: Path) -> np.ndarray | None:
        try:
            return read_color(path)
        except (InputError, FileNotFoundError) as error:
            print(f"skipped {path}: {error}", file=sys.stderr)
            return None

    def _read_picture(
        self, entry: Entry, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, None] | None:
        """Return line-art (H, W) and colors (H, W, 3) of a picture that is no render, and None."""
        drawn = entry.line and rng.random() < self.config.real_share
        color = self._picture(entry.color)
        line = self._picture(entry.line) if drawn else color
        if color is None or line is None:
            return None
        own, scale = color.shape[1::-1], 512 / max(color.shape[:2])
        size = tuple(max(8, round(side * scale)) for side in own)
        color = resize_u8(color, size)
        if not drawn:
            return self.extract(color, rng), color, None
        return resize_u8(resize_u8(lines.to_gray(line), own), size), color, None

    def read_as(
        self, path: Path, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return line-art (H, W), colors (H, W, 3) and ids (H, W) of a render's id picture, uint8.

        Its own line-art, whole or left open, or one extracted from the painted render, in which
        shadows have lines too; either perhaps as a close-up, with lines that are not as much
        larger.
        """
        config = self.config
        zoom = config.closest ** rng.random() if rng.random() < config.close_share else 1.0
        extracted = rng.random() < config.extracted_share
        line, ids = read_render(path, "line")
        color = dress(ids, read_shade(path), line, self.palettes, rng)
        if config.colored:
            color = paint_freely(color, ids, self.scenes, rng)
        if not extracted and rng.random() < config.open_share:
            line, ids = read_render(path, "line_open")
        both, ids = close_up(np.dstack([line, color]), ids, zoom, rng)
        line, color = both[:, :, 0], np.ascontiguousarray(both[:, :, 1:])
        if extracted:
            return self.extract(color, rng), color, ids
        side = int(rng.integers(1, round(zoom) + 1))
        disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        return cv2.dilate(line, disk), color, ids


def make_sample(
    line: np.ndarray,
    color: np.ndarray,
    ids: np.ndarray | None,
    config: RegionSamplesConfig,
    rng: np.random.Generator,
) -> dict[str, Tensor] | None:
    """Return a sample of a line-art (H, W), its colors (H, W, 3) and ids (H, W); None if blank.

    Without ids the colors say what is to be found.
    """
    line, color, ids = cut(line, color, ids, config, rng)
    if (line < 160).mean() < 0.005:
        return None
    exact = ids is not None
    border, part, lab = exact_targets(ids) if exact else derived_targets(line, color)
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
        "color": to_tensor(color),
    }


def cut(
    line: np.ndarray,
    color: np.ndarray,
    ids: np.ndarray | None,
    config: RegionSamplesConfig,
    rng: np.random.Generator,
    turn: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return a random window of all at a random scale, mirrored if `turn` is -1, by chance if 0.

    It may reach beyond the picture, where there is white paper: figures are cut at any side.
    """
    scale = rng.uniform(min(config.scales), max(config.scales)) * 512 / max(line.shape)
    size = tuple(max(8, round(s * scale)) for s in line.shape[::-1])
    side, corner = config.crop, []
    for length in size[::-1]:
        spare, beyond = length - side, (side // 4) * (rng.random() < 0.3)
        corner.append(int(rng.integers(min(0, spare) - beyond, max(0, spare) + beyond + 1)))
    turn = turn or (-1 if rng.random() < 0.5 else 1)
    pictures = [(resize_u8(line, size), 255), (resize_u8(color, size), 255)]
    if ids is not None:
        pictures += [(cv2.resize(ids, size, None, 0, 0, cv2.INTER_NEAREST), 0)]
    windows = [_window(picture, corner, side, outside) for picture, outside in pictures]
    turned = [np.ascontiguousarray(window[:, ::turn]) for window in windows]
    return (*turned, None)[:3]


def _window(picture: np.ndarray, corner: list[int], side: int, fill: int) -> np.ndarray:
    """Return the square of `side` pixels at `corner` = (y, x), `fill` outside the picture."""
    out = np.full((side, side, *picture.shape[2:]), fill, picture.dtype)
    y, x = corner
    part = picture[max(0, y) : max(0, y + side), max(0, x) : max(0, x + side)]
    out[max(0, -y) :, max(0, -x) :][: part.shape[0], : part.shape[1]] = part
    return out

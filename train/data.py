"""Pictures as training samples (Sections 3.1, 3.2 and 4.1).

A sample is a function of (seed, index) alone, so that resuming, workers and several GPUs never
change what is trained on.
"""

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from colorizer.images import InputError, load_image, resize_u8, to_tensor
from colorizer.preprocessing import hints, lines
from colorizer.regions import spread_hints

from .areas import find_areas, place_dabs
from .artifacts import draw_numbers
from .augment import jitter, paint_hints
from .checkpoints import frozen
from .index import Entry, bounds_of, choose, list_entries, pick
from .line_arts import Extraction
from .options import DataConfig
from .renders import LINES, PALETTE, WARDROBES, palette_of, read_render, read_shade, recolor

STRIDE_RATIO = 4
"""A picture is this many times the draft's size: 512 to 128."""
LARGE = 512
"""Pictures with a shorter side below this many pixels, or below the crop, are enlarged to it."""
TRIES = 100
"""After this many pictures in a row that cannot be decoded the run ends."""
KNOWN, KNOWN_BESIDE = 0.6, 0.3
"""Share of renders whose hints stop where the material changes, as the region network would; and
beside such a network."""
JPEG_START_OF_SCAN, JPEG_END = b"\xff\xda", b"\xff\xd9"


def decode(entry: Entry, short: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Return a picture, uint8 (H, W, 3), and its line-art (H, W), with a short side of `short` up.

    Raises:
        InputError: a file cannot be decoded.
    """
    color = read_color(entry.color)
    line = lines.to_gray(read_color(entry.line)) if entry.line else None
    own = color.shape[1::-1]
    scale = max(1.0, short / min(own))
    # never below `short`, whichever way a half is rounded
    size = tuple(max(short, round(side * scale)) for side in own)
    if line is not None:
        line = resize_u8(resize_u8(line, own), size)
    return resize_u8(color, size), line


def cached(entry: Entry, short: int, cache: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Return what `decode` does, from the folder `cache` if it is there; "" keeps nothing."""
    if not cache:
        return decode(entry, short)
    changed = [p.stat().st_mtime_ns for p in (entry.color, entry.line) if p]
    key = hashlib.sha1(f"{entry.color.resolve()} {short} {changed}".encode()).hexdigest()
    path = Path(cache) / f"{key}.npy"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part.npy")
        np.save(part, np.dstack([p for p in decode(entry, short) if p is not None]))
        part.replace(path)
    both = np.load(path, mmap_mode="r")
    return both[:, :, :3], both[:, :, 3] if entry.line else None


def read_color(path: Path) -> np.ndarray:
    """Return a picture file like `load_image`, uint8 (H, W, 3).

    A whole JPEG goes through OpenCV, which makes no detour over RGBA; a cut one does not, because
    OpenCV would fill what is missing with gray. InputError if it cannot be decoded.
    """
    if path.suffix.lower() in (".jpg", ".jpeg"):
        with suppress(OSError):  # load_image says what is wrong
            content = path.read_bytes()
            if content.rfind(JPEG_END) > content.rfind(JPEG_START_OF_SCAN) >= 0:
                color = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
                if color is not None:
                    return cv2.cvtColor(color, cv2.COLOR_BGR2RGB)
    return np.asarray(load_image(path))


class Drawings(Dataset):
    """Training samples of the draft and colorization stages.

    Sample i is a dict of float32 tensors, with C = `config.crop` and S = C / 4:
        color: (3, S, S) the picture at the draft's size; line: (1, S, S); hint: (4, S, S)
        and, if `large`: large_color (3, C, C), large_line (1, C, C) and damage, the random
        numbers of the draft's artifacts.
    """

    def __init__(self, config: DataConfig, seed: int, large: bool = False):
        """Index the folders.

        Raises:
            InputError: see `list_entries`; also a crop that 64 does not divide, or no region
                network in `config.regions`.
        """
        if config.crop % (16 * STRIDE_RATIO):
            raise InputError(f"--crop is {config.crop}; wanted is a multiple of 64.")
        self.config, self.seed, self.large = config, seed, large
        self.extract = Extraction(config.lines)
        self.regions = frozen(config.regions, "regions") if config.regions else None
        self.entries = list_entries(config)
        self.bounds = bounds_of(self.entries)
        # shared by the workers, so that a broken picture is reported once
        self.broken = torch.zeros(len(self.entries), dtype=torch.bool).share_memory_()
        self.palettes = self._palettes() if any(e.render for e in self.entries) else None

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Return sample `index`; the same (seed, index) gives the same sample.

        A picture that cannot be decoded is replaced by the next one that can; `TRIES` of them in a
        row raise InputError.
        """
        rng = np.random.default_rng((self.seed, index))
        return self.sample(pick(self.bounds, rng), rng)

    def sample(
        self, number: int, rng: np.random.Generator, count: int | None = None
    ) -> dict[str, Tensor]:
        """Return a sample of the entry `number` with `count` hints, or a random number."""
        config, side = self.config, self.config.crop // STRIDE_RATIO
        color, line, *walls = self._crop(self._readable(number, rng), rng)
        if line is None or rng.random() >= config.real_share:
            line = self.extract(color, rng)
        if count is None:
            count = hints.hint_count(rng, config.most_hints)
        color = jitter(color, line, config, hinted=count > 0, rng=rng)
        small = resize_u8(color, (side, side))
        exact = walls and rng.random() < (KNOWN_BESIDE if self.regions else KNOWN)
        if config.hints == "points":
            hint = hints.point_hints(small, count, rng)
        else:
            layer = self._paint(color, line, count, rng)
            borders = (walls[0], None) if exact else (line, self.regions)
            hint = spread_hints(borders[0], layer, (side, side), borders[1])
        if rng.random() < config.equalize:
            line = lines.equalize(line)
        line = lines.fade(line, rng.uniform(config.fade, 1))
        pictures = {"color": small, "line": resize_u8(line, (side, side))}
        pictures |= {"large_color": color, "large_line": line} if self.large else {}
        sample = {name: to_tensor(picture) for name, picture in pictures.items()}
        sample["hint"] = hints.hint_tensor(hint)
        if self.large:
            sample["damage"] = torch.from_numpy(draw_numbers(rng))
        return sample

    def _paint(
        self, color: np.ndarray, line: np.ndarray, count: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Return a layer of `count` hints for a picture (C, C, 3), uint8 RGBA (C, C, 4).

        A share of `config.placed` are dabs in its largest areas, the others `paint_hints`'.
        """
        if count and self.config.placed and rng.random() < self.config.placed:
            dabs = place_dabs(count, color, find_areas(color, line))
            return hints.draw_hints(dabs, line.shape[::-1])
        return paint_hints(color, count, self.config, rng)

    def _palettes(self) -> np.ndarray:
        """Return colors of up to `WARDROBES` of the pictures that are no renders."""
        rng = np.random.default_rng(self.seed)
        pictures = (self._read(n, rng) for n in choose(self.entries, WARDROBES, rng))
        found = [palette_of(picture[0], rng) for picture in pictures if picture is not None]
        return np.array(found, np.uint8).reshape(-1, PALETTE, 3)

    def _readable(self, number: int, rng: np.random.Generator) -> tuple[np.ndarray | None, ...]:
        """Return what `_read` does of the first entry from `number` on that can be decoded."""
        for other in range(number, number + TRIES):
            picture = self._read(other % len(self.entries), rng)
            if picture is not None:
                return picture
        raise InputError(f"{TRIES} pictures in a row cannot be decoded.")

    def _read(self, number: int, rng: np.random.Generator) -> tuple[np.ndarray | None, ...] | None:
        """Return picture, line-art and a render's walls, or None if they cannot be decoded."""
        entry, short = self.entries[number], max(LARGE, self.config.crop)
        kind = LINES[rng.integers(len(LINES))] if entry.render else ""  # also of a broken one
        if self.broken[number]:
            return None
        try:
            if entry.render:
                line, ids = read_render(entry.color, kind)
                shade = read_shade(entry.color)
                return recolor(ids, shade, line, self.palettes, self.config.crop, rng)
            return cached(entry, short, self.config.cache)
        except (InputError, FileNotFoundError) as error:
            self.broken[number] = True
            print(f"skipped {entry.color}: {error}", file=sys.stderr)
            return None

    def _crop(
        self, pictures: tuple[np.ndarray | None, ...], rng: np.random.Generator
    ) -> list[np.ndarray | None]:
        side = self.config.crop
        y, x = (int(rng.integers(0, length - side + 1)) for length in pictures[0].shape[:2])
        turn = -1 if rng.random() < 0.5 else 1
        return [
            p if p is None else np.ascontiguousarray(p[y : y + side, x : x + side][:, ::turn])
            for p in pictures
        ]

"""Pictures as training samples (Sections 3.1, 3.2 and 4.1).

A sample is a function of (seed, index) alone, so that resuming, workers and several GPUs never
change what is trained on.
"""

import hashlib
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from colorizer.images import InputError, list_images, load_image, resize_u8, to_tensor
from colorizer.preprocessing import hints, lines
from colorizer.preprocessing.spread import spread_hints

from .augment import jitter, paint_hints

HINT_KINDS = ("points", "spread")
STRIDE_RATIO = 4
"""A picture is this many times the draft's size: 512 to 128."""


def option(default, text: str, **extra):
    """Return a dataclass field with a help text; a list becomes a repeatable flag."""
    if isinstance(default, tuple):
        extra["many"] = True
    return field(default=default, metadata={"help": text, **extra})


@dataclass(frozen=True)
class DataConfig:
    """What the three scripts share about pictures, hints and line-arts."""

    data: tuple[str, ...] = option((), "folder of color pictures, any depth")
    pairs: tuple[str, ...] = option((), "folder with color/ and line/, the same names in both")
    hold_out: tuple[str, ...] = option((), "leave out pictures with this folder in their path")
    weights: tuple[str, ...] = option((), "NAME=W: pictures below a folder NAME count W times")
    cache: str = option("", "folder for decoded pictures; empty decodes every time")
    crop: int = option(512, "side of the random crop, pixels")
    hints: str = option("points", "hint image: the paper's points, or ours", choices=HINT_KINDS)
    most_hints: int = option(128, "most hints in a sample")
    dab: int = option(0, "largest radius of a hint at the crop's size, pixels")
    flood: int = option(2, "resolution of the flood of spread hints, times the hint image's")
    strokes: float = option(0.0, "share of hints that are strokes (spread hints only)")
    xdog_share: float = option(0.48, "share of line-arts from XDoG")
    dilate_share: float = option(0.48, "share from dilate-abs-sub; the rest is the gray copy")
    real_share: float = option(0.5, "share of pairs that show their own line-art")
    equalize: float = option(0.5, "share of line-arts with equalized histogram")
    fade: float = option(0.7, "ink keeps a random share of its darkness, from this to 1")
    hue: float = option(0.03, "hue jitter, share of the color circle; only with hints")
    contrast: float = option(0.1, "contrast and saturation jitter")
    flat_background: float = option(0.0, "share of white backgrounds painted any color; likewise")


@dataclass(frozen=True)
class Entry:
    """One picture: its file, its line-art's file if there is one, and its weight."""

    color: Path
    line: Path | None
    weight: float


def list_entries(config: DataConfig) -> list[Entry]:
    """Return the pictures below the `data` and `pairs` folders, without the held-out ones.

    Raises:
        InputError: a folder is missing or no picture is left.
    """
    found = [(p, None) for folder in config.data for p in _pictures(Path(folder))]
    for folder in config.pairs:
        root = Path(folder)
        found += [(p, _partner(root, p)) for p in _pictures(root / "color")]
    rates = dict(_parse_weight(text) for text in config.weights)
    entries = [
        Entry(color, line, math.prod(rates.get(part, 1.0) for part in color.parts))
        for color, line in found
        if not set(config.hold_out) & set(color.parts)
    ]
    if not entries:
        raise InputError("There are no pictures to train on: give --data or --pairs a folder.")
    return entries


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    return list_images(folder)


def _partner(root: Path, color: Path) -> Path:
    line = root / "line" / color.relative_to(root / "color")
    if not line.is_file():
        raise InputError(f"{color} has no line-art {line}.")
    return line


def _parse_weight(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        weight = float(value)
    except ValueError as error:
        raise InputError(f"The weight {text!r} is not of the form NAME=NUMBER.") from error
    return name, weight


def decode(entry: Entry, short: int) -> np.ndarray:
    """Return a picture whose short side is at least `short`, uint8 (H, W, 4).

    The fourth channel is the artist's line-art, or 255 where there is none.
    """
    color = np.asarray(load_image(entry.color))
    if entry.line:
        line = lines.to_gray(np.asarray(load_image(entry.line)))
        line = resize_u8(line, color.shape[1::-1])
    else:
        line = np.full(color.shape[:2], 255, np.uint8)
    both = np.dstack([color, line])
    scale = short / min(both.shape[:2])
    if scale <= 1:
        return both
    height, width = (max(short, round(side * scale)) for side in both.shape[:2])
    return resize_u8(both, (width, height))


class Drawings(Dataset):
    """Training samples of the draft and colorization stages.

    Sample i is a dict of float32 tensors, with C = `config.crop` and S = C / 4:
        color: (3, S, S) the picture at the draft's size; line: (1, S, S); hint: (4, S, S)
        and, if `large`: large_color (3, C, C), large_line (1, C, C).
    """

    def __init__(self, config: DataConfig, seed: int, length: int, large: bool = False):
        """Index the folders.

        Raises:
            InputError: see `list_entries`; also a crop that 64 does not divide.
        """
        if config.crop % (16 * STRIDE_RATIO):
            raise InputError(f"--crop is {config.crop}; wanted is a multiple of 64.")
        self.config, self.seed, self.length, self.large = config, seed, length, large
        self.entries = list_entries(config)
        weights = np.array([e.weight for e in self.entries])
        self.bounds = np.cumsum(weights / weights.sum())

    def __len__(self) -> int:
        """The number of samples of the whole training."""
        return self.length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Return sample `index`; the same (seed, index) gives the same sample."""
        rng = np.random.default_rng((self.seed, index))
        place = min(int(np.searchsorted(self.bounds, rng.random())), len(self.entries) - 1)
        color, line, drawn = self._crop(self.entries[place], rng)
        if not drawn or rng.random() >= self.config.real_share:
            line = self._extract(color, rng)
        count = hints.hint_count(rng, self.config.most_hints)
        color = jitter(color, line, self.config, free=count > 0, rng=rng)
        return self._assemble(color, line, count, rng)

    def _read(self, entry: Entry) -> np.ndarray:
        short = max(512, self.config.crop)
        if not self.config.cache:
            return decode(entry, short)
        changed = [p.stat().st_mtime_ns for p in (entry.color, entry.line) if p]
        key = hashlib.sha1(f"{entry.color.resolve()} {short} {changed}".encode()).hexdigest()
        path = Path(self.config.cache) / f"{key}.npy"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{id(self)}.part.npy")
            np.save(part, decode(entry, short))
            part.replace(path)
        return np.load(path, mmap_mode="r")

    def _crop(self, entry: Entry, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, bool]:
        picture, side = self._read(entry), self.config.crop
        y, x = (int(rng.integers(0, length - side + 1)) for length in picture.shape[:2])
        crop = picture[y : y + side, x : x + side]
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        color, line = np.ascontiguousarray(crop[:, :, :3]), np.ascontiguousarray(crop[:, :, 3])
        return color, line, entry.line is not None

    def _extract(self, color: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        kind, xdog, dilate = rng.random(), self.config.xdog_share, self.config.dilate_share
        method = "xdog" if kind < xdog else "dilate" if kind < xdog + dilate else "gray"
        return lines.extract_line(color, method, rng)

    def _assemble(
        self, color: np.ndarray, line: np.ndarray, count: int, rng: np.random.Generator
    ) -> dict[str, Tensor]:
        side = self.config.crop // STRIDE_RATIO
        small = resize_u8(color, (side, side))
        if self.config.hints == "points":
            hint = hints.point_hints(small, count, rng)
        else:
            layer = paint_hints(color, count, self.config, rng)
            hint = spread_hints(line, layer, (side, side), self.config.flood)
        if rng.random() < self.config.equalize:
            line = lines.equalize(line)
        line = lines.fade(line, rng.uniform(self.config.fade, 1))
        sample = {"color": small, "line": resize_u8(line, (side, side)), "hint": hint}
        if self.large:
            sample |= {"large_color": color, "large_line": line}
        return {name: _to_tensor(name, array) for name, array in sample.items()}


def _to_tensor(name: str, array: np.ndarray) -> Tensor:
    return hints.hint_tensor(array) if name == "hint" else to_tensor(array)

"""Color hints: points and strokes, and the hint image they become (Sections 3.2 and 4.5).

A hint image is RGBA, (H, W, 4) here and (4, H, W) in a tensor: colors where alpha is above 0,
mid gray with alpha 0 elsewhere. The paper's is 128x128 with alpha 1 at single pixels.
"""

import json
import math
import re
import reprlib
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from torch import Tensor

from ..images import InputError, to_tensor

GRAY = 128
"""RGB of a hint image where there is no hint: 0 on the scale of [-1, 1]."""
MAX_HINTS = 4096
"""Most hint points accepted for one picture."""
MAX_TEXT = 1_000_000
"""Longest hints file accepted, in bytes, and text, in characters; `MAX_HINTS` points need half."""


@dataclass(frozen=True)
class Hint:
    """A dab of color: center and radius in image pixels, color as "#rrggbb"."""

    x: float
    y: float
    r: float
    color: str

    def __post_init__(self):
        """Raise InputError for anything but numbers of pixels, r >= 0 and a hex color."""
        for name in "xyr":
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not abs(value) <= sys.float_info.max or (name == "r" and value < 0):
                raise InputError(
                    f"A hint's {name} is {reprlib.repr(value)}; wanted is a number of pixels."
                )
        if not isinstance(self.color, str) or not re.fullmatch("#[0-9a-fA-F]{6}", self.color):
            raise InputError(f"A hint's color is {self.color!r}; wanted is #rrggbb.")

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The color as three bytes."""
        return tuple(bytes.fromhex(self.color[1:]))


def hex_color(rgb_u8: np.ndarray) -> str:
    """Return three bytes as "#rrggbb"."""
    return "#" + bytes(int(v) for v in rgb_u8).hex()


def parse_hints(source: dict | str, size: tuple[int, int] | None = None) -> list[Hint]:
    """Return the hints of a JSON object or text, scaled to `size` = (width, height) if given.

    The object is `{"width": w, "height": h, "hints": [{"x":, "y":, "r":, "color": "#rrggbb"}]}`
    in pixels of a picture of w by h.

    Raises:
        InputError: no such object, a value out of range, more than `MAX_HINTS` points, or a text
            longer than `MAX_TEXT`.
    """
    if isinstance(source, str):
        if len(source) > MAX_TEXT:
            raise InputError(f"The hints are longer than {MAX_TEXT} characters.")
        try:
            source = json.loads(source)
        except (ValueError, RecursionError) as error:
            raise InputError(f"The hints are no JSON: {error}.") from error
    width, height, points = _hint_fields(source)
    hints = [_parse_point(point) for point in points]
    return scale_hints(hints, (width, height), size) if size else hints


def scale_hints(
    hints: list[Hint], size: tuple[float, float], other: tuple[float, float]
) -> list[Hint]:
    """Return the hints of a picture of `size` = (width, height) for one of an `other` size."""
    sx, sy = other[0] / size[0], other[1] / size[1]
    if sx == sy == 1:
        return hints
    return [Hint(h.x * sx, h.y * sy, h.r * math.sqrt(sx * sy), h.color) for h in hints]


def _hint_fields(source: object) -> tuple[float, float, list]:
    if not isinstance(source, dict) or not {"width", "height", "hints"} <= source.keys():
        raise InputError('The hints need the three keys "width", "height" and "hints".')
    width, height, points = source["width"], source["height"], source["hints"]
    for side in (width, height):
        number = isinstance(side, int | float) and not isinstance(side, bool)
        if not number or not 0 < side <= sys.float_info.max:
            raise InputError(
                f"The hints' picture has a side of {reprlib.repr(side)}; wanted is above 0 pixels."
            )
    if not isinstance(points, list):
        raise InputError(f'"hints" is a {type(points).__name__}; wanted is a list of points.')
    if len(points) > MAX_HINTS:
        raise InputError(f"There are {len(points)} hints; the limit is {MAX_HINTS}.")
    return width, height, points


def _parse_point(point: object) -> Hint:
    if not isinstance(point, dict) or not {"x", "y", "color"} <= point.keys():
        raise InputError(f"The hint {point!r} needs x, y and color, and may have r.")
    return Hint(point["x"], point["y"], point.get("r", 0), point["color"])


def read_hints(path: Path, size: tuple[int, int] | None = None) -> list[Hint]:
    """Return the hints of a JSON file; see `parse_hints`."""
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_TEXT + 1)
        return parse_hints(content.decode(), size)
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no JSON text: {error}.") from error
    except OSError as error:
        raise InputError(f"Cannot open {path}: {error.strerror}.") from error


def hints_to_json(hints: list[Hint], size: tuple[int, int]) -> dict:
    """Return hints of a picture of `size` = (width, height) as `parse_hints` reads them."""
    points = [{"x": h.x, "y": h.y, "r": h.r, "color": h.color.lower()} for h in hints]
    return {"width": size[0], "height": size[1], "hints": points}


def draw_hints(hints: list[Hint], size: tuple[int, int]) -> np.ndarray:
    """Return the hints as dabs on a transparent layer, uint8 RGBA (H, W, 4), later ones on top.

    A hint off the picture is clamped to its edge. `size` is (width, height).
    """
    width, height = size
    layer = np.zeros((height, width, 4), np.uint8)
    for hint in hints:
        center = (
            int(np.clip(hint.x, 0, width - 1)),
            int(np.clip(hint.y, 0, height - 1)),
        )
        radius = min(round(hint.r), width + height)
        cv2.circle(layer, center, radius, (*hint.rgb, 255), -1)
    return layer


def reduce_strokes(layer_u8: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a layer of brush strokes as hint image of `size` = (width, height), uint8 RGBA.

    Colors are averaged with alpha as weight and alpha becomes 255 wherever a pixel holds any
    paint, so a thin stroke is never averaged away; elsewhere `GRAY` with alpha 0. A layer smaller
    than `size` is enlarged by nearest neighbor.
    """
    height, width = layer_u8.shape[:2]
    if width < size[0] or height < size[1]:
        grown = (max(width, size[0]), max(height, size[1]))
        return reduce_strokes(cv2.resize(layer_u8, grown, interpolation=cv2.INTER_NEAREST), size)
    hint = _blank(size)
    ys, xs = np.nonzero(cv2.extractChannel(layer_u8, 3))
    cells = ys * size[1] // height * size[0] + xs * size[0] // width
    held, cell = np.unique(cells, return_inverse=True)
    alpha = layer_u8[ys, xs, 3].astype(np.float64)
    weight = np.bincount(cell, alpha)
    for channel in range(3):
        total = np.bincount(cell, alpha * layer_u8[ys, xs, channel])
        hint.reshape(-1, 4)[held, channel] = (total / weight).round()
    hint.reshape(-1, 4)[held, 3] = 255
    return hint


def _blank(size: tuple[int, int]) -> np.ndarray:
    """Return a hint image of `size` = (width, height) without hints."""
    hint = np.full((size[1], size[0], 4), GRAY, np.uint8)
    hint[:, :, 3] = 0
    return hint


def point_hints(color_u8: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return the paper's hint image: `count` random pixels of the picture (Section 3.2).

    Args:
        color_u8: uint8 (H, W, 3), already of the hint image's size.
        count: number of different pixels, at most H x W.
        rng: where the points are drawn from.

    Returns: uint8 RGBA (H, W, 4).
    """
    height, width = color_u8.shape[:2]
    hint = _blank((width, height))
    pixels = rng.choice(height * width, count, replace=False)
    ys, xs = np.divmod(pixels, width)
    hint[ys, xs, :3] = color_u8[ys, xs]
    hint[ys, xs, 3] = 255
    return hint


def hint_tensor(hint_u8: np.ndarray) -> Tensor:
    """Return a hint image as the models take it: uint8 (H, W, 4) to float32 (4, H, W).

    RGB is in [-1, 1] and exactly 0 where alpha is 0; alpha is in [0, 1].
    """
    hint = to_tensor(hint_u8)
    hint[3] = (hint[3] + 1) / 2
    hint[:3] *= hint[3] > 0
    return hint


def hint_count(rng: np.random.Generator, most: int = 128) -> int:
    """Return how many hints a training sample gets, 0 to `most`.

    The paper says only "0 to 128". Its authors draw none in 24 % of samples and 1 to 5 in 16 %;
    we take both shares and draw the rest evenly from 5 to `most`.
    """
    kind = rng.random()
    if kind < 0.24 or most == 0:
        return 0
    if kind < 0.40:
        return int(rng.integers(1, min(5, most) + 1))
    return int(rng.integers(min(5, most), most + 1))

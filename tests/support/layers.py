"""Results painted without a network, whose layers the tests look at."""

import numpy as np
from PIL import Image

from colorizer.preprocessing.hints import Hint, draw_hints
from colorizer.regions import FullSize, colors_of, find_regions, multiply, settle, walk_hints
from colorizer.result import Colorization

NAMES = ["Flats", "Colors", "Hints", "Line-art"]
HINTS = [Hint(20, 30, 5, "#ff0000"), Hint(60, 30, 4, "#0000ff")]
SIZES = [(96, 64), (97, 65), (1, 1), (1, 300), (300, 1), (2, 3)]


def colored(line_u8, color_u8, hints=()):
    """A result whose color is multiplied by its line-art, as painted without a network."""
    regions, full = find_regions(line_u8, None), FullSize(line_u8, line_u8.shape)
    flow = walk_hints(regions, draw_hints(list(hints), line_u8.shape[::-1]))
    settled = settle(regions, flow, multiply(color_u8, line_u8), moved=bool(hints))
    image = Image.fromarray(multiply(colors_of(settled, full), line_u8))
    return Colorization(image, image, Image.fromarray(line_u8), 0.0, full, settled)


def random_result(size, rng):
    width, height = size
    line = rng.integers(0, 256, (height, width), dtype=np.uint8)
    return colored(line, rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def difference(a, b):
    a, b = (np.asarray(i.convert("RGB")).astype(int) for i in (a, b))
    return np.abs(a - b).max(2)

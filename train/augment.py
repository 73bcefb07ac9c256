"""Random changes to a picture and to a line-art, and the hints that a simulated user paints.

Colors are uint8 (H, W, 3), line-arts uint8 (H, W), hint layers uint8 RGBA (H, W, 4).
"""

import cv2
import numpy as np

from colorizer.preprocessing.lines import fade

from .options import DataConfig

WHITE = 250
"""A corner this bright, on blank paper, starts a background."""
STROKE_LENGTH = (8, 48)
"""Range of a stroke's length in pixels of a 512 crop."""
SAME_COLOR = 40
"""A stroke ends before a pixel that differs this much from its start in any channel."""


def jitter(
    color: np.ndarray, line: np.ndarray, config: DataConfig, hinted: bool, rng: np.random.Generator
) -> np.ndarray:
    """Return the picture with its background, hue, saturation and contrast changed at random.

    Without hints to say so (`hinted` is false) hue and background stay, so that a network left
    alone learns the palettes that artists chose.
    """
    if hinted and rng.random() < config.flat_background:
        color = paint_background(color, line, rng.integers(0, 256, 3))
    hue = rng.uniform(-config.hue, config.hue) if hinted else 0.0
    saturation, contrast = rng.uniform(1 - config.contrast, 1 + config.contrast, 2)
    if hue or config.contrast:  # 8-bit HSV is not quite reversible
        color = shift_hue(color, hue, saturation)
    mean = sum(cv2.mean(color)) / 3  # ten times as fast as NumPy's
    table = mean + contrast * (np.arange(256) - mean)
    return cv2.LUT(color, table.round().clip(0, 255).astype(np.uint8))


def shift_hue(color: np.ndarray, hue: float, saturation: float) -> np.ndarray:
    """Return colors turned by `hue` (share of the color circle) and saturated by a factor."""
    hsv = cv2.cvtColor(color, cv2.COLOR_RGB2HSV_FULL)
    levels = np.arange(256)
    turned, stretched = (levels + round(hue * 256)) % 256, np.clip(levels * saturation, 0, 255)
    table = np.stack([turned, stretched, levels], 1).astype(np.uint8)[None]
    return cv2.cvtColor(cv2.LUT(hsv, table), cv2.COLOR_HSV2RGB_FULL)


def paint_background(color: np.ndarray, line: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """Return the picture with the white that touches its corners painted `rgb`."""
    height, width = line.shape
    blank = (np.minimum(color.min(2), line) >= WHITE).astype(np.uint8)
    mask = np.zeros((height + 2, width + 2), np.uint8)
    for corner in ((0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)):
        if blank[corner[1], corner[0]] == 1:
            cv2.floodFill(blank, mask, corner, 2)
    painted = color.copy()
    painted[blank == 2] = rgb
    return painted


def paint_hints(
    color: np.ndarray, count: int, config: DataConfig, rng: np.random.Generator
) -> np.ndarray:
    """Return a layer of `count` dabs and strokes in the picture's own colors, uint8 RGBA.

    Each takes the color at a random pixel; a share of `config.strokes` follow a straight line
    as long as the picture keeps that color. The radius is drawn from 0 to `config.dab`.
    """
    height, width = color.shape[:2]
    layer = np.zeros((height, width, 4), np.uint8)
    for _ in range(count):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        radius = int(rng.integers(0, config.dab + 1))
        rgb = color[y, x].astype(int)
        end = _stroke_end(color, x, y, rng) if rng.random() < config.strokes else (x, y)
        paint = (*rgb.tolist(), 255)
        if end == (x, y):
            cv2.circle(layer, (x, y), radius, paint, -1)
        else:
            cv2.line(layer, (x, y), end, paint, 2 * radius + 1)
    return layer


def _stroke_end(color: np.ndarray, x: int, y: int, rng: np.random.Generator) -> tuple[int, int]:
    angle, length = rng.uniform(0, 2 * np.pi), rng.integers(*STROKE_LENGTH)
    steps = np.arange(1, length)
    xs = np.rint(x + steps * np.cos(angle)).astype(int).clip(0, color.shape[1] - 1)
    ys = np.rint(y + steps * np.sin(angle)).astype(int).clip(0, color.shape[0] - 1)
    differs = np.abs(color[ys, xs].astype(int) - color[y, x]).max(1) > SAME_COLOR
    last = int(differs.argmax()) if differs.any() else len(steps)
    return (x, y) if last == 0 else (int(xs[last - 1]), int(ys[last - 1]))


def wear(line: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a line-art (C, C) with lines thinner or thicker, broken, grayed or like pencil."""
    two, kind = np.ones((2, 2), np.uint8), rng.random()
    if kind < 0.25:
        line = cv2.erode(line, two)
    elif kind < 0.4:
        line = cv2.dilate(line, two)
    line = line.copy()
    if rng.random() < 0.75:
        ys, xs = np.nonzero(line < 128)
        for _ in range(int(rng.integers(1, 16)) if len(ys) else 0):
            spot, radius = rng.integers(len(ys)), int(rng.integers(2, 18) * rng.random() + 1)
            cv2.circle(line, (int(xs[spot]), int(ys[spot])), radius, 255, -1)
    if rng.random() < 0.1:  # soft and grainy strokes
        grain = rng.random((line.shape[0] // 2, line.shape[1] // 2), np.float32)
        soft = 255 - cv2.GaussianBlur(line, (3, 3), 0.8).astype(np.float32)
        soft *= 0.4 + 0.6 * cv2.resize(grain, line.shape[::-1])
        line = (255 - soft).astype(np.uint8)
    return fade(line, rng.uniform(0.4, 1)) if rng.random() < 0.25 else line

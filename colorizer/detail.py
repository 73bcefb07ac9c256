"""Sharp lines at any size: the working-size result carried over to the full-size line-art.

Ours, not the paper's, which knows only 512x512.
"""

import cv2
import numpy as np

from .images import resize_u8
from .regions import FullSize, Settled, colors_of, multiply

RADIUS = 2
"""Radius of the windows of the guided filter, working-size pixels."""
EPSILON = 1e-4
"""Variance of the line-art, on a scale of 0 to 1, below which a window counts as flat."""


def at_full_size(areas: Settled, full: FullSize, line_u8: np.ndarray, lines: str) -> np.ndarray:
    """Return a result at the size of its line-art, uint8 (H, W, 3), with lines and shadows.

    Args:
        areas: the result at working size.
        full: the line-art.
        line_u8: uint8 (h, w), the same at working size.
        lines: "kept" or "painted".
    """
    if lines == "kept":
        image = multiply(colors_of(areas, full), full.line)
    else:
        image = enlarge(areas.painted, line_u8, full.line)
    if areas.shadows is None:
        return image
    return multiply(image, resize_u8(areas.shadows, full.line.shape[::-1]))


def enlarge(color_u8: np.ndarray, line_u8: np.ndarray, full_line_u8: np.ndarray) -> np.ndarray:
    """Return a small colored picture at the size of its line-art, with the line-art's own detail.

    A fast guided filter (He & Sun 2015): in each window of the small picture a channel is about
    a x line + b; a and b are smooth and enlarged, the line is taken at full size, and what the
    linear model left over is enlarged and added back, so that nothing of the color is lost.

    Args:
        color_u8: uint8 (h, w, 3), the result at working size.
        line_u8: uint8 (h, w), the line-art that it was painted from.
        full_line_u8: uint8 (H, W), the same line-art at full size.

    Returns: uint8 (H, W, 3).
    """
    size = full_line_u8.shape[1::-1]
    color = color_u8.astype(np.float32) / 255
    line = (line_u8.astype(np.float32) / 255)[:, :, None]
    slope = _slope(color, line)
    rest = 255 * (color - slope * line)  # b, and what the model left over
    full = np.empty((*full_line_u8.shape, 3), np.uint8)
    for channel in range(3):  # one by one: all at once would take gigabytes for A4 at 600 dpi
        plane = _upscale(slope[:, :, channel], size)
        plane *= full_line_u8
        plane += _upscale(rest[:, :, channel], size)
        full[:, :, channel] = np.round(plane.clip(0, 255, out=plane), out=plane)
    return full


def _slope(color: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Return the slope, (h, w, 3), of color on line around every pixel."""
    mean_line = _mean(line)
    covariance = _mean(color * line) - mean_line * _mean(color)
    variance = _mean(line * line) - mean_line**2
    # a line can darken color or leave it; a negative slope would paint halos
    return _mean(np.maximum(covariance / (variance + EPSILON), 0))


def _mean(planes: np.ndarray) -> np.ndarray:
    side = 2 * RADIUS + 1
    blurred = cv2.blur(planes, (side, side), borderType=cv2.BORDER_REFLECT)
    return blurred.reshape(planes.shape)


def _upscale(planes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(planes, size, interpolation=cv2.INTER_LINEAR)

"""A clean line-art from a scan or a photo of a drawing, or of a colored picture.

Ours, not the paper's, which cleans no scans. All is OpenCV on bytes, so that six megapixels take
a fraction of a second: a closing and a blur at small size for the light on the paper, a division,
a blur against grain, and connected components that tell faint lines from specks.
"""

import math

import cv2
import numpy as np

from ..images import load_image
from .lines import XDOG_SIGMAS, to_gray, xdog

LIGHT_SIDE = 256
"""The light on the paper is measured at the area of a square of this side, pixels."""
LINE_SIDE = 15
"""Strokes up to so many pixels wide, at that size, are no shadow: side of the closing."""
LIGHT_SIGMA = 6.0
"""Sigma of the blur that smooths the light, pixels at that size."""
SOLID = 0.66
"""Wider areas darker than this share of the lightest paper around are solid ink, no shadow."""
REACH = 2
"""Around means a square of this fraction of the picture's longer side."""
GRAIN_SIGMA = 0.3
"""Sigma of the blur against grain, pixels at 512x512; from 0.6 to 2 pixels of the picture."""
GRAIN = 3.5
"""A line is darker than the paper by at least this many standard deviations of the grain."""
FAINT, SURE = 0.12, 0.4
"""A line holds a pixel of `SURE` and goes on down to `FAINT`, shares of the ink's own depth."""
INK_PERCENTILE = 70
"""The ink's own depth is at this percentile of what stands out from the paper."""
MIN_INK = 10
"""Ink is at least this many levels darker than paper."""
LEVELS = 200
"""Paper is at this level after the light is divided out, which leaves room for its grain."""
SPECK = 6.0
"""Smaller specks are dust: area in pixels at 512x512."""


def clean_scan(picture_u8: np.ndarray) -> np.ndarray:
    """Return the line-art of a scan, a photo or a pencil drawing, uint8 (H, W), paper exactly 255.

    The light on the paper is divided out, grain and dust are removed, and the lines are darkened
    until their own usual darkness is black, with their soft edges.

    Args:
        picture_u8: uint8 of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), any size.

    Raises:
        InputError: an array of another shape or type.
    """
    gray = to_gray(np.asarray(load_image(picture_u8)))
    scale = math.sqrt(gray.size) / 512
    depth, grain = ink_depth(gray, min(max(GRAIN_SIGMA * scale, 0.6), 2.0))
    noise = max(GRAIN * grain, MIN_INK)
    ink = _percentile(np.bincount(depth.ravel(), minlength=256), INK_PERCENTILE, int(noise))
    if ink < MIN_INK:
        return np.full(gray.shape, 255, np.uint8)
    sure = max(1.5 * noise, SURE * ink)
    lines = find_lines(depth, max(noise, FAINT * ink), min(sure, 0.9 * ink), SPECK * scale**2)
    table = 255 - (np.arange(256) * (255 / ink)).clip(0, 255)
    return np.where(lines, cv2.LUT(depth, table.round().astype(np.uint8)), 255).astype(np.uint8)


def extract_lines(picture_u8: np.ndarray) -> np.ndarray:
    """Return the lines of a colored picture, uint8 (H, W), paper 255 and ink 0.

    XDoG (Section 3.2) with its sigma scaled to the picture, and its mid-gray ink made black.

    Args:
        picture_u8: uint8 of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), any size.

    Raises:
        InputError: an array of another shape or type.
    """
    color = np.asarray(load_image(picture_u8))
    scale = max(1.0, math.sqrt(color[:, :, 0].size) / 512)
    line = xdog(color, XDOG_SIGMAS[1] * scale)
    return cv2.LUT(line, (2 * np.arange(256) - 255).clip(0, 255).astype(np.uint8))


def ink_depth(gray_u8: np.ndarray, sigma: float) -> tuple[np.ndarray, float]:
    """Return how much darker than its paper each pixel is, and the paper's grain.

    Args:
        gray_u8: uint8 (H, W).
        sigma: of a blur against grain, pixels.

    Returns: depth, uint8 (H, W), 0 paper and `LEVELS` black; the standard deviation of the paper
    in such levels, from the half that is lighter than the median, where no ink is.
    """
    flat = cv2.divide(gray_u8, paper_light(gray_u8), scale=LEVELS)
    side = 2 * math.ceil(2 * sigma) + 1
    flat = cv2.GaussianBlur(flat, (side, side), sigma).reshape(gray_u8.shape)
    histogram = np.bincount(flat.ravel(), minlength=256)
    paper = _percentile(histogram, 50)
    lighter = np.arange(256 - paper)
    grain = np.sqrt((lighter**2 @ histogram[paper:]) / histogram[paper:].sum())
    return cv2.subtract(np.full_like(flat, paper), flat), float(grain)


def find_lines(depth_u8: np.ndarray, faint: float, sure: float, speck: float) -> np.ndarray:
    """Return where the lines are, with one pixel of soft edge around, bool (H, W).

    Hysteresis: what is deeper than `faint`, joined, of at least `speck` pixels, and somewhere
    deeper than `sure`.
    """
    mask = (depth_u8 > faint).astype(np.uint8)
    count, parts, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    keep = np.zeros(count, bool)
    keep[parts[depth_u8 > sure]] = True
    keep &= boxes[:, cv2.CC_STAT_AREA] >= speck
    keep[0] = False
    lines = cv2.dilate(keep[parts].astype(np.uint8), np.ones((3, 3), np.uint8))
    return lines.reshape(depth_u8.shape) > 0


def paper_light(gray_u8: np.ndarray) -> np.ndarray:
    """Return how light blank paper is at each pixel, uint8 (H, W), at least 1.

    A closing takes the lines away; areas that are much darker than the lightest paper around are
    solid ink, and take the light of the paper around.
    """
    height, width = gray_u8.shape
    scale = min(1, LIGHT_SIDE / math.sqrt(gray_u8.size))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(gray_u8, size, interpolation=cv2.INTER_AREA).reshape(size[::-1])
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (LINE_SIDE, LINE_SIDE))
    closed = cv2.medianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), 5)
    reach = np.ones((max(size) // REACH + 1,) * 2, np.uint8)
    paper = (closed >= SOLID * cv2.dilate(closed, reach)).astype(np.float32)
    light = closed * paper
    near, far = (
        cv2.GaussianBlur(np.dstack([light, paper]), (0, 0), sigma)
        for sigma in (LIGHT_SIGMA, max(size) / 4)
    )
    mixed = (near + 0.01 * far).reshape(*size[::-1], 2)
    light = mixed[:, :, 0] / np.maximum(mixed[:, :, 1], 1e-6)
    return cv2.resize(light.clip(1, 255).astype(np.uint8), (width, height)).reshape(gray_u8.shape)


def _percentile(histogram: np.ndarray, percent: float, start: int = 0) -> int:
    """Return the level below which `percent` of the pixels from level `start` on lie."""
    sums = histogram[start:].cumsum()
    return start + int(np.searchsorted(sums, sums[-1] * percent / 100)) if sums[-1] else 0

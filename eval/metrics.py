"""How far a colored picture is from what was wanted: pure functions of bytes, uint8 (H, W, 3).

Color differences are CIE76 in CIELAB (D65), where 2.3 is just noticeable.
"""

import cv2
import numpy as np
import torch
from torch import Tensor

from colorizer.preprocessing.hints import Hint

try:
    from torchmetrics.functional.image import (
        peak_signal_noise_ratio,
        structural_similarity_index_measure,
    )
except ImportError as error:
    raise SystemExit(f"error: {error}; run pip install -r eval/requirements.txt first.") from error

SSIM_BORDER = 5
"""SSIM leaves out a border of this width, pixels."""
BLUR_SIDE = 5
"""Pictures are blurred with a box of this side, pixels, before their mean color difference."""
BEST_PSNR = 99.0
"""PSNR of equal pictures, dB, so that a mean over pictures stays a number."""
INK_BELOW = 200
"""A pixel of a line-art darker than this is ink, else paper."""
REGION_MARGIN = 3
"""A closed region is dilated by this many pixels, for color may reach under its outline."""
MOVED = 10.0
"""A pixel moves if its color changes by more than this CIE76 difference."""
AROUND = 10
"""Pixels "around a hint" are in its closed region and at most this far away."""


def _linear_light() -> np.ndarray:
    """Return the linear light, 0 to 1, of each sRGB byte (IEC 61966-2-1)."""
    share = np.arange(256) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


_LINEAR = _linear_light()


def _unit(picture_u8: np.ndarray) -> Tensor:
    return torch.from_numpy(picture_u8.transpose(2, 0, 1)[None].astype(np.float32) / 255)


def psnr(result_u8: np.ndarray, truth_u8: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio in dB over all channels, at most `BEST_PSNR`."""
    ratio = peak_signal_noise_ratio(_unit(result_u8), _unit(truth_u8), data_range=1.0)
    return min(float(ratio), BEST_PSNR)


def ssim(result_u8: np.ndarray, truth_u8: np.ndarray) -> float:
    """Return structural similarity, at most 1 (Wang et al. 2004, over the channels of RGB).

    The window is Gaussian, 11 pixels with sigma 1.5, and is never centered less than 5 pixels from
    the border. Sides are at least 11 pixels.
    """
    pair = _unit(result_u8), _unit(truth_u8)
    _, full = structural_similarity_index_measure(*pair, data_range=1.0, return_full_image=True)
    return float(full[:, :, SSIM_BORDER:-SSIM_BORDER, SSIM_BORDER:-SSIM_BORDER].mean())


def to_lab(picture_u8: np.ndarray) -> np.ndarray:
    """Return the picture in CIELAB, float32 (H, W, 3): L 0-100, a and b about -128 to 127."""
    # OpenCV's own way from sRGB interpolates in a coarse table and errs by up to 0.5
    return cv2.cvtColor(cv2.LUT(picture_u8, _LINEAR), cv2.COLOR_LRGB2LAB)


def delta_e(one_u8: np.ndarray, other_u8: np.ndarray) -> np.ndarray:
    """Return the CIE76 difference at each pixel, float32 (H, W)."""
    return np.linalg.norm(to_lab(one_u8) - to_lab(other_u8), axis=2)


def mean_delta_e(result_u8: np.ndarray, truth_u8: np.ndarray) -> float:
    """Return the mean CIE76 difference of the two pictures, each blurred with a 5x5 box."""
    side = (BLUR_SIDE, BLUR_SIDE)
    return float(delta_e(cv2.blur(result_u8, side), cv2.blur(truth_u8, side)).mean())


def delta_e_to(result_u8: np.ndarray, rgb: tuple[int, int, int]) -> np.ndarray:
    """Return the CIE76 difference of each pixel to one color, float32 (H, W)."""
    wanted = np.array(rgb, np.uint8).reshape(1, 1, 3)
    return np.linalg.norm(to_lab(result_u8) - to_lab(wanted), axis=2)


def delta_e_at_hints(result_u8: np.ndarray, hints: list[Hint]) -> float:
    """Return the mean CIE76 difference to the hints' colors at their centers; nan without hints."""
    if not hints:
        return float("nan")
    pixels = np.stack([result_u8[int(h.y), int(h.x)] for h in hints])[None]
    wanted = np.array([h.rgb for h in hints], np.uint8)[None]
    return float(delta_e(pixels, wanted).mean())


def mean_chroma(picture_u8: np.ndarray) -> float:
    """Return the mean chroma, the distance from gray in CIELAB."""
    return float(np.linalg.norm(to_lab(picture_u8)[:, :, 1:], axis=2).mean())


def closed_region(line_u8: np.ndarray, x: int, y: int) -> np.ndarray:
    """Return the part of the paper that is connected to a pixel, bool (H, W); empty on ink.

    Paper touches paper to the left, right, above and below only, so a thin diagonal line closes.

    Args:
        line_u8: uint8 (H, W), paper 255.
        x: column of the pixel.
        y: row of the pixel.
    """
    paper = (line_u8 >= INK_BELOW).astype(np.uint8)
    if not paper[y, x]:
        return np.zeros(line_u8.shape, bool)
    _, parts = cv2.connectedComponents(paper, connectivity=4)
    return parts == parts[y, x]


def bleeding(before_u8: np.ndarray, after_u8: np.ndarray, region: np.ndarray) -> float:
    """Return the share of the pixels outside a hint's region that its new color moved.

    Args:
        before_u8: the picture with the hint's first color.
        after_u8: the picture with its second color.
        region: bool (H, W) from `closed_region`; dilated here by `REGION_MARGIN`.

    Returns: 0 to 1, or nan where the region leaves nothing outside.
    """
    return moved_outside(before_u8, after_u8, region, MOVED)


def moved_outside(
    before_u8: np.ndarray, after_u8: np.ndarray, region: np.ndarray, beyond: float
) -> float:
    """Return the share of the pixels outside a dilated region that changed by more than `beyond`.

    The change is CIE76; nan where nothing is outside.
    """
    side = 2 * REGION_MARGIN + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    outside = cv2.dilate(region.astype(np.uint8), kernel) == 0
    return mean((delta_e(before_u8, after_u8) > beyond)[outside])


def mean(values: np.ndarray) -> float:
    """Return the mean of some values; nan without any."""
    return float(values.mean()) if values.size else float("nan")


def around(region: np.ndarray, x: int, y: int) -> np.ndarray:
    """Return the pixels of a region at most `AROUND` pixels from a place, bool (H, W)."""
    rows, columns = np.ogrid[: region.shape[0], : region.shape[1]]
    return region & ((columns - x) ** 2 + (rows - y) ** 2 <= AROUND**2)

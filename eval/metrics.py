"""How far a colored picture is from what was wanted: pure functions of bytes, uint8 (H, W, 3).

Color differences are CIE76 in CIELAB (D65), where 2.3 is just noticeable.
"""

import cv2
import numpy as np
import torch

from colorizer.preprocessing.hints import Hint
from train.areas import INK_BELOW, to_lab

try:
    from torchmetrics.functional.image import structural_similarity_index_measure
except ImportError as error:
    raise SystemExit(f"error: {error}; run pip install -r eval/requirements.txt first.") from error

SSIM_BORDER = 5
"""SSIM leaves out a border of this width, pixels."""
BLUR_SIDE = 5
"""Pictures are blurred with a box of this side, pixels, before their mean color difference."""
LEAST_ERROR = 255**2 / 10**9.9
"""Equal pictures have 99 dB of PSNR, so that a mean over pictures stays a number; squared bytes."""
ERROR_FLOOR = 20.0
"""Least error of the floored PSNR, squared bytes, 35.1 dB: so a perfect flat fill of a drawing with
a little shade does not count as 60 dB."""
REGION_MARGIN = 3
"""A closed region is dilated by this many pixels, for color may reach under its outline."""
AROUND = 10
"""What is at most so far from a hint in its closed region is around it, pixels."""
BLED = 10.0
"""A hint's new color bleeds into what changes by more than this, CIE76."""


def squared_error(result_u8: np.ndarray, truth_u8: np.ndarray) -> np.ndarray:
    """Return each pixel's squared error, mean of the channels, float64 (H, W)."""
    return ((result_u8.astype(np.float64) - truth_u8) ** 2).mean(axis=2)


def psnr(result_u8: np.ndarray, truth_u8: np.ndarray, floor: float = LEAST_ERROR) -> float:
    """Return the peak signal-to-noise ratio in dB; the mean squared error is at least `floor`."""
    error = float(squared_error(result_u8, truth_u8).mean())
    return 10 * float(np.log10(255**2 / max(error, floor)))


def ssim(result_u8: np.ndarray, truth_u8: np.ndarray) -> float:
    """Return structural similarity, at most 1 (Wang et al. 2004, over the channels of RGB).

    The window is Gaussian, 11 pixels with sigma 1.5, and is never centered less than 5 pixels from
    the border. Sides are at least 11 pixels.
    """
    shapes = (p.transpose(2, 0, 1)[None].astype(np.float32) / 255 for p in (result_u8, truth_u8))
    pair = map(torch.from_numpy, shapes)
    _, full = structural_similarity_index_measure(*pair, data_range=1.0, return_full_image=True)
    return float(full[:, :, SSIM_BORDER:-SSIM_BORDER, SSIM_BORDER:-SSIM_BORDER].mean())


def delta_e(one_u8: np.ndarray, other_u8: np.ndarray) -> np.ndarray:
    """Return the CIE76 difference at each pixel, float32 (H, W); one may be a color (1, 1, 3)."""
    return np.linalg.norm(to_lab(one_u8) - to_lab(other_u8), axis=2)


def mean_delta_e(result_u8: np.ndarray, truth_u8: np.ndarray) -> float:
    """Return the mean CIE76 difference of the two pictures, each blurred with a 5x5 box."""
    side = (BLUR_SIDE, BLUR_SIDE)
    return float(delta_e(cv2.blur(result_u8, side), cv2.blur(truth_u8, side)).mean())


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
    """Return the part of a line-art's paper that is connected to a pixel, bool (H, W).

    Paper touches paper to the left, right, above and below only, so a thin diagonal line closes.
    On ink it is empty.
    """
    paper = (line_u8 >= INK_BELOW).astype(np.uint8)
    _, parts = cv2.connectedComponents(paper, connectivity=4)
    return (parts == parts[y, x]) & (parts > 0)


def moved_outside(
    before_u8: np.ndarray, after_u8: np.ndarray, region: np.ndarray, beyond: float
) -> float:
    """Return the share of the pixels outside a region, bool (H, W), that a hint in it moved.

    Moved is what differs by more than `beyond`, CIE76, before and after the hint came or changed
    its color. The region is dilated by `REGION_MARGIN`; nan where it leaves nothing outside.
    """
    side = 2 * REGION_MARGIN + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    outside = cv2.dilate(region.astype(np.uint8), kernel) == 0
    return mean((delta_e(before_u8, after_u8) > beyond)[outside])


def mean(values: np.ndarray) -> float:
    """Return the mean of some values; nan without any."""
    return float(values.mean()) if values.size else float("nan")


def on_paper(hints: list[Hint], line_u8: np.ndarray) -> list[Hint]:
    """Return the hints whose center is on the paper of a line-art, uint8 (H, W)."""
    return [h for h in hints if line_u8[int(h.y), int(h.x)] >= INK_BELOW]


def around(region: np.ndarray, hint: Hint) -> np.ndarray:
    """Return the pixels of a region, bool (H, W), at most `AROUND` pixels from a hint."""
    rows, columns = np.ogrid[: region.shape[0], : region.shape[1]]
    return region & ((columns - int(hint.x)) ** 2 + (rows - int(hint.y)) ** 2 <= AROUND**2)

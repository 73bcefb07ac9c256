"""Line-arts from color pictures, and their style (Sections 3.1 and 3.2).

Everything here works on bytes: color is (H, W, 3), a line-art (H, W) with paper at 255.
"""

import cv2
import numpy as np

XDOG_SIGMAS = (0.3, 0.4, 0.5)
"""Standard deviations of XDoG's narrow Gaussian, in pixels of a 512x512 crop (Section 3.2)."""
XDOG_K = 4.5
XDOG_P = 0.95
XDOG_EPSILON = -0.1
XDOG_PHI = 200.0
DILATE_KERNELS = (4, 5)
"""Sides of the dilation kernel in pixels (Section 3.2)."""
LIGHT_INK = 192
"""Visible parts this bright on average are light lines, drawn for a dark ground."""
MOSTLY_CLEAR = 0.5
"""Only pictures of which at most this share is visible are lines on transparency."""
GAUSSIAN_TRUNCATE = 4.0
"""Gaussian kernels end after this many standard deviations."""


def _blur(channels: np.ndarray, sigma: float) -> np.ndarray:
    # OpenCV picks too short a kernel for small sigma, so the size is given.
    side = 2 * int(GAUSSIAN_TRUNCATE * sigma + 0.5) + 1
    return cv2.GaussianBlur(channels, (side, side), sigma, borderType=cv2.BORDER_REFLECT)


def to_gray(color_u8: np.ndarray) -> np.ndarray:
    """Return the luma of a color picture, uint8 (H, W)."""
    return cv2.cvtColor(color_u8, cv2.COLOR_RGB2GRAY)


def line_of(picture_u8: np.ndarray) -> np.ndarray:
    """Return the line-art that an RGBA picture shows, uint8 (H, W), paper 255.

    Transparency is paper. Light lines on transparency would vanish on white paper; where what is
    visible is lighter than `LIGHT_INK` on average, lines are as dark as they are opaque instead.

    Args:
        picture_u8: uint8 (H, W, 4).
    """
    alpha, gray = cv2.extractChannel(picture_u8, 3), cv2.cvtColor(picture_u8, cv2.COLOR_RGBA2GRAY)
    if alpha.min(initial=255) == 255:
        return gray
    visible = alpha.mean(dtype=np.float64)
    if 0 < visible <= 255 * MOSTLY_CLEAR and np.average(gray, weights=alpha) > LIGHT_INK:
        return 255 - alpha
    share = alpha.astype(np.float32) / 255
    return (255 + (gray - np.float32(255)) * share).round().astype(np.uint8)


def xdog(color_u8: np.ndarray, sigma: float) -> np.ndarray:
    """Return the extended difference-of-Gaussians line-art, uint8 (H, W), paper 255.

    Section 3.2 and Winnemoeller et al. 2012: DoG = G(sigma) - p G(k sigma) on the 0-255 scale;
    t = 1 where DoG < epsilon, else 1 + tanh(phi DoG); the line-art is 127.5 t. The dark branch is
    1, so ink comes out near 127 as in Figure 3. The paper does not say how color is treated: each
    channel is filtered, then the result is turned to gray.

    Args:
        color_u8: uint8 (H, W, 3).
        sigma: standard deviation of the narrow Gaussian in pixels; the paper's are `XDOG_SIGMAS`.
    """
    channels = color_u8.astype(np.float32)
    dog, wide = _blur(channels, sigma), _blur(channels, XDOG_K * sigma)
    wide *= XDOG_P  # in place from here on: copies would take a third of the time
    dog -= wide
    bright = dog >= XDOG_EPSILON
    dog *= XDOG_PHI
    t = np.tanh(dog, out=dog)
    t *= bright
    t += 1
    t *= 127.5
    return to_gray(t.astype(np.uint8))


def dilate_abs_sub(color_u8: np.ndarray, kernel: int) -> np.ndarray:
    """Return the line-art of Algorithm 1 ("Dilate abs sub"), uint8 (H, W), paper 255.

    Args:
        color_u8: uint8 (H, W, 3).
        kernel: side of the square dilation kernel in pixels; the paper's are `DILATE_KERNELS`.
    """
    dilated = cv2.dilate(color_u8, np.ones((kernel, kernel), np.uint8))
    return to_gray(255 - cv2.absdiff(dilated, color_u8))


def equalize(line_u8: np.ndarray) -> np.ndarray:
    """Return a line-art with its global histogram equalized (Section 3.1), uint8 (H, W)."""
    return cv2.equalizeHist(line_u8)


def fade(line_u8: np.ndarray, strength: float) -> np.ndarray:
    """Return a line-art whose ink keeps `strength` (0-1) of its darkness, uint8 (H, W).

    The paper does not say; its authors draw the strength from [0.7, 1].
    """
    table = 255 - strength * (255 - np.arange(256))
    return cv2.LUT(line_u8, table.round().astype(np.uint8))

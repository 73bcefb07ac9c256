"""Line-arts from what a user has: a scan on uneven paper, or a colored picture."""

import math

import numpy as np

SIGMA = 0.4
"""XDoG's narrow Gaussian in pixels of a 512x512 picture: the middle one of the paper's."""


def prepared_line(picture_u8: np.ndarray, kind: str) -> np.ndarray:
    """Return a line-art of a picture, uint8 (H, W), paper 255 and ink dark.

    Args:
        picture_u8: uint8 (H, W, 3).
        kind: "scan" cleans pencil, ink or a photo of it; "colors" takes the lines of a painting.

    Raises:
        ValueError: another kind.
    """
    if kind == "scan":
        from ..preprocessing.scan import clean_scan

        return clean_scan(picture_u8)
    if kind == "colors":
        return _lines_of_colors(picture_u8)
    raise ValueError(f"the kind of line-art is {kind!r}; wanted is 'scan' or 'colors'")


def _lines_of_colors(picture_u8: np.ndarray) -> np.ndarray:
    from ..preprocessing.lines import xdog

    height, width = picture_u8.shape[:2]
    line = xdog(picture_u8, SIGMA * max(1.0, math.sqrt(width * height) / 512))
    # XDoG leaves ink near 127 (Figure 3); a drawing has it black
    return np.clip(2 * line.astype(np.int16) - 255, 0, 255).astype(np.uint8)

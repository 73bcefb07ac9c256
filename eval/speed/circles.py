"""The line-art on which most is timed."""

import cv2
import numpy as np

from colorizer.working import WORKING_SIDE

MIDDLES = range(64, WORKING_SIDE, 128)
"""Columns and rows of its circles' middles."""


def circles() -> np.ndarray:
    """Return a line-art, uint8 (512, 512): a grid of circles with room for a stroke in each."""
    line = np.full((WORKING_SIDE, WORKING_SIDE), 255, np.uint8)
    for y in MIDDLES:
        for x in MIDDLES:
            cv2.circle(line, (x, y), 48, 0, 3, cv2.LINE_AA)
    return line

"""A small drawing whose areas are known."""

import numpy as np
import pytest


@pytest.fixture
def boxes():
    """A picture of two colored boxes on white and its closed line-art, 64x64."""
    color = np.full((64, 64, 3), 255, np.uint8)
    line = np.full((64, 64), 255, np.uint8)
    for left, rgb in ((4, (220, 40, 40)), (34, (40, 90, 220))):
        line[10:54, left : left + 26] = 0
        line[12:52, left + 2 : left + 24] = 255
        color[10:54, left : left + 26] = 0
        color[12:52, left + 2 : left + 24] = rgb
    return color, line

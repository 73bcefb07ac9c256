"""Shadows: where they fall for a light, what has none, and what stops them."""

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from colorizer.models.regions import PARTS
from colorizer.models.relief import ReliefModel, lit
from colorizer.regions import find_regions, find_shadows
from colorizer.regions.shadow import LIGHTS, SHADE

SIDE = 128
LEFT, RIGHT = np.s_[30:98, 26:56], np.s_[30:98, 72:102]
DARK, BRIGHT = (255 * np.float32(SHADE)).round().tolist(), [255] * 3


class Known(nn.Module):
    """A relief that is given: (4, SIDE / 4, SIDE / 4)."""

    def __init__(self, relief):
        super().__init__()
        self.relief = nn.Parameter(torch.as_tensor(relief, dtype=torch.float32))

    def forward(self, line):
        assert line.shape == (1, 1, SIDE, SIDE)
        return self.relief[None]


def facing(x, y, offset=0.0):
    """A relief whose every place faces (x, y)."""
    return Known(np.ones((4, SIDE // 4, SIDE // 4)) * np.reshape([x, y, 0, offset], (4, 1, 1)))


@pytest.fixture
def regions():
    """Two boxes of one part each, with paper around them."""
    line = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.rectangle(line, (20, 20), (108, 108), 0, 3)
    cv2.line(line, (64, 20), (64, 108), 0, 3)
    return find_regions(line, None)


@pytest.mark.parametrize(
    ("light", "x", "y", "wanted"),
    [
        ("left", -20, 0, BRIGHT),
        ("left", 20, 0, DARK),
        ("right", -20, 0, DARK),
        ("right", 20, 0, BRIGHT),
        ("above", 0, 20, BRIGHT),
        ("above", 0, -20, DARK),
    ],
)
def test_what_faces_the_light_has_its_color_and_what_faces_away_is_dark(
    regions, light, x, y, wanted
):
    shadows = find_shadows(regions, facing(x, y), light)
    assert shadows.dtype == np.uint8
    assert shadows.shape == (SIDE, SIDE, 3)
    for box in (LEFT, RIGHT):
        assert np.abs(shadows[box].astype(int) - wanted).max() <= 1


def test_no_shadow_falls_on_background_and_eyes(regions):
    cell = regions.cells[64, 40]
    regions.parts[cell] = np.eye(len(PARTS))[PARTS.index("iris")]
    shadows = find_shadows(regions, facing(0, 0, -20), "left")
    assert (shadows[:12] == 255).all()
    assert (shadows[LEFT] == 255).all()
    assert np.abs(shadows[RIGHT].astype(int) - DARK).max() <= 1


def test_a_shadow_is_soft_but_ends_at_ink(regions):
    relief = np.zeros((4, SIDE // 4, SIDE // 4))
    relief[3] = np.where(np.arange(SIDE // 4) < 16, -20, 20)  # all left of the middle line is dark
    relief[3, :16, :16] = 20  # but its upper half
    shadows = find_shadows(regions, Known(relief), "left")[:, :, 0].astype(int)
    assert (shadows[RIGHT] >= 254).all()
    down = shadows[24:104, 40]
    assert (np.diff(down) <= 0).all()
    assert down[0] > 240
    assert down[-1] < DARK[0] + 15
    assert np.diff(down).min() > -12


@pytest.mark.parametrize("size", [(64, 64), (100, 132)])
def test_a_relief_has_a_quarter_of_the_size(size):
    relief = ReliefModel(4).eval()(torch.ones(2, 1, *size))
    assert relief.shape == (2, 4, size[0] // 4, size[1] // 4)


def test_lights_have_the_length_of_one():
    lengths = np.linalg.norm(list(LIGHTS.values()), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=0.01)


def test_each_light_is_its_own_within_a_batch():
    relief = torch.zeros(2, 4, 1, 1)
    relief[:, :3, 0, 0] = torch.tensor([1.0, 2.0, 3.0])
    relief[:, 3] = 0.5
    found = lit(relief, torch.tensor([[1.0, 0, 0], [0, 0, -1.0]]))
    assert found[:, 0, 0].tolist() == [1.5, -2.5]

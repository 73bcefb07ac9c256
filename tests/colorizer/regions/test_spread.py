"""Spread hints on drawings whose regions are known, by ink alone."""

import cv2
import numpy as np
import pytest
import torch

from colorizer.models import RegionModel
from colorizer.preprocessing.hints import Hint, draw_hints
from colorizer.regions import find_regions, hint_image, spread_hints, walk_hints
from colorizer.regions.ink import LEAST_FULL, ink_share
from colorizer.regions.spread import FLOWING, GUESSED

SIDE, SMALL = 256, 64
RED, BLUE, GREEN = (255, 0, 0), (0, 0, 255), (0, 160, 0)
LEFT, RIGHT = np.s_[13:47, 8:25], np.s_[13:47, 38:56]
OUTSIDE = np.s_[0:8, 0:SMALL]


def boxes(ink=0, thickness=3):
    """Two closed squares side by side on paper; their insides are `LEFT` and `RIGHT`."""
    line = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.rectangle(line, (20, 40), (110, 200), ink, thickness)
    cv2.rectangle(line, (140, 40), (235, 200), ink, thickness)
    return line


def spread(line, *dabs):
    hints = [Hint(x, y, 3, "#" + bytes(color).hex()) for x, y, color in dabs]
    return spread_hints(line, draw_hints(hints, (SIDE, SIDE)), (SMALL, SMALL))


def test_a_closed_region_takes_its_hint_s_color_and_paint_is_marked():
    hint = spread(boxes(), (60, 120, RED))
    assert (hint[LEFT][:, :, :3] == RED).all()
    assert set(np.unique(hint[LEFT][:, :, 3])) == {FLOWING, 255}
    assert hint[30, 15].tolist() == [*RED, 255]


def test_other_regions_take_its_color_as_a_guess():
    hint = spread(boxes(), (60, 120, RED))[RIGHT]
    assert (hint[:, :, :3] == RED).all()
    assert (hint[:, :, 3] == GUESSED).all()


def test_each_region_takes_the_color_of_its_own_hint():
    hint = spread(boxes(), (60, 120, RED), (190, 100, BLUE), (128, 10, GREEN))
    for region, color in ((LEFT, RED), (RIGHT, BLUE), (OUTSIDE, GREEN)):
        assert (hint[region][:, :, :3] == color).all()


def test_nothing_is_spread_without_paint():
    assert not spread(boxes())[:, :, 3].any()


@pytest.mark.parametrize("gap", [2, 4])
def test_through_a_small_gap_colors_run_little_when_both_sides_hold_a_hint(gap):
    line = boxes()
    line[100 : 100 + gap, 105:115] = 255
    hint = spread(line, (60, 120, RED), (128, 20, GREEN)).astype(int)
    for region, color in ((LEFT, RED), (OUTSIDE, GREEN)):
        assert abs(hint[region][:, :, :3] - color).max() <= 6 * gap
        assert abs(hint[region][:, :, :3] - color).mean() < 2


@pytest.mark.parametrize("ink", [0, 100, 200, 215])
@pytest.mark.parametrize("thickness", [1, 3])
def test_black_and_faint_pencil_lines_stop_a_color(ink, thickness):
    hint = spread(boxes(ink, thickness), (60, 120, RED), (128, 10, GREEN))
    assert (hint[LEFT][:, :, :3] == RED).all()
    assert (hint[OUTSIDE][:, :, :3] == GREEN).all()


def test_a_color_ends_at_the_ink_of_a_noisy_scan(rng):
    noisy = boxes(90).astype(int) - rng.integers(0, 10, (SIDE, SIDE))
    hint = spread(noisy.clip(0, 255).astype(np.uint8), (60, 120, RED), (128, 10, GREEN))
    assert (hint[LEFT][:, :, :3] == RED).all()
    assert (hint[OUTSIDE][:, :, :3] == GREEN).all()


def test_a_hint_image_may_be_of_any_shape():
    line, paint = np.full((96, 160), 255, np.uint8), np.zeros((96, 160, 4), np.uint8)
    paint[5, 5] = (*RED, 255)
    hint = spread_hints(line, paint, (40, 24))
    assert hint.shape == (24, 40, 4)
    assert hint.dtype == np.uint8


def test_a_region_network_spreads_hints_as_in_the_product():
    torch.manual_seed(0)
    model, line = RegionModel(8, 4).eval(), boxes()
    size, layer = (SMALL, SMALL), np.zeros((SIDE, SIDE, 4), np.uint8)
    layer[120, 60], layer[10, 128] = (*RED, 255), (*GREEN, 255)
    regions = find_regions(line, model)
    wanted = hint_image(regions, walk_hints(regions, layer), layer, size)
    assert (spread_hints(line, layer, size, model) == wanted).all()
    assert (spread_hints(line, layer, size) != wanted).any()


def test_another_size_of_the_hints_is_refused():
    with pytest.raises(ValueError, match=r"\(256, 256\).*\(100, 80\)"):
        spread_hints(boxes(), np.zeros((100, 80, 4), np.uint8), (SMALL, SMALL))


def test_ink_is_a_share_of_the_drawings_own_darkest_and_noise_is_none():
    line = np.full((50, 50), 255, np.uint8)
    line[20:25] = 155
    assert ink_share(line)[22, 0] == 1
    assert ink_share(line)[0, 0] == 0
    noise = np.full((50, 50), 255 - LEAST_FULL // 3, np.uint8)
    assert ink_share(noise).max() == pytest.approx(1 / 3)

"""Spread hints on drawings whose regions are known."""

import cv2
import numpy as np
import pytest

from colorizer.preprocessing.hints import Hint, draw_hints
from colorizer.preprocessing.spread import flood, ink_barrier, spread_hints

SIDE, SMALL = 256, 64
RED, BLUE, GREEN, BLACK = (255, 0, 0), (0, 0, 255), (0, 160, 0), (20, 20, 20)


def boxes(ink=0, thickness=3):
    """Two closed squares side by side on paper; their insides are `LEFT` and `RIGHT`."""
    line = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.rectangle(line, (20, 40), (110, 200), ink, thickness)
    cv2.rectangle(line, (140, 40), (235, 200), ink, thickness)
    return line


LEFT, RIGHT = (slice(13, 47), slice(8, 25)), (slice(13, 47), slice(38, 56))
OUTSIDE = (slice(0, 8), slice(0, SMALL))


def layer(*dabs):
    hints = [Hint(x, y, 3, "#" + bytes(color).hex()) for x, y, color in dabs]
    return draw_hints(hints, (SIDE, SIDE))


def spread(line, *dabs):
    return spread_hints(line, layer(*dabs), (SMALL, SMALL))


def test_a_closed_region_takes_its_hint_s_color_at_alpha_0_6():
    hint = spread(boxes(), (60, 120, RED))[LEFT]
    assert (hint[:, :, :3] == RED).all()
    alpha = hint[:, :, 3] / 255
    assert np.median(alpha) == pytest.approx(0.6, abs=0.01)
    assert set(np.unique(hint[:, :, 3])) == {153, 255}


def test_other_regions_take_the_color_at_alpha_0_25():
    hint = spread(boxes(), (60, 120, RED))
    for region in (RIGHT, OUTSIDE):
        assert (hint[region][:, :, :3] == RED).all()
        assert hint[region][:, :, 3] / 255 == pytest.approx(0.25, abs=0.01)


def test_alpha_is_1_where_there_is_paint():
    hint = spread(boxes(), (60, 120, RED))
    assert hint[30, 15].tolist() == [*RED, 255]


def test_each_region_takes_the_color_of_its_own_hint():
    hint = spread(boxes(), (60, 120, RED), (190, 100, BLUE), (128, 10, GREEN))
    for region, color in ((LEFT, RED), (RIGHT, BLUE), (OUTSIDE, GREEN)):
        assert (hint[region][:, :, :3] == color).all()


def test_two_hints_in_one_region_share_it_by_distance():
    hint = spread(boxes(), (60, 60, RED), (60, 180, BLUE))[LEFT]
    assert (hint[:10, :, :3] == RED).all()
    assert (hint[-10:, :, :3] == BLUE).all()


def test_without_hints_the_hint_image_is_empty():
    assert (spread(boxes()) == (128, 128, 128, 0)).all()


def blotted():
    """The boxes with a solid spot of ink in the left one."""
    line = boxes()
    cv2.rectangle(line, (60, 100), (80, 120), 0, -1)
    return line


def test_a_dark_hint_on_ink_marks_its_place_and_does_not_flood():
    hint = spread(blotted(), (70, 110, BLACK))
    assert (hint[27:29, 17:19] == (*BLACK, 255)).all()
    # the dab of radius 3 touches 2x2 or 3x3 pixels of the small image
    assert (hint[:, :, 3] > 0).sum() <= 9


def test_a_dark_hint_on_ink_leaves_the_region_to_another_hint():
    hint = spread(blotted(), (70, 110, BLACK), (40, 170, BLUE))
    assert (hint[45, 10:24, :3] == BLUE).all()


def test_a_region_without_a_hint_takes_none_from_the_background():
    hint = spread(boxes(), (60, 120, RED), (128, 10, GREEN))
    assert (hint[RIGHT][:, :, :3] == RED).all()
    assert hint[RIGHT][:, :, 3] / 255 == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(("height", "color"), [(160, RED), (30, BLUE)])
def test_a_region_without_a_hint_takes_the_color_of_one_like_it(height, color):
    line = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.rectangle(line, (20, 40), (110, 200), 0, 3)
    cv2.rectangle(line, (130, 20), (250, 220), 0, 3)  # a frame around the other box
    cv2.rectangle(line, (145, 120 - height // 2), (235, 120 + height // 2), 0, 3)
    hint = spread(line, (60, 120, RED), (190, 210, BLUE), (128, 10, GREEN))
    assert (hint[28:32, 40:55, :3] == color).all()


@pytest.mark.parametrize("gap", [2, 4])
def test_a_small_gap_does_not_leak_when_both_sides_hold_a_hint(gap):
    line = boxes()
    line[100 : 100 + gap, 105:115] = 255
    hint = spread(line, (60, 120, RED), (128, 20, GREEN))
    assert (hint[LEFT][:, :, :3] == RED).all()
    assert (hint[OUTSIDE][:, :, :3] == GREEN).all()


@pytest.mark.parametrize("ink", [0, 100, 200, 215])
@pytest.mark.parametrize("thickness", [1, 3])
def test_black_and_faint_pencil_lines_stop_a_flood(ink, thickness):
    hint = spread(boxes(ink, thickness), (60, 120, RED), (128, 10, GREEN))
    assert (hint[LEFT][:, :, :3] == RED).all()
    assert (hint[OUTSIDE][:, :, :3] == GREEN).all()


def test_a_flood_ends_at_the_ink_of_a_noisy_scan(rng):
    noisy = boxes(90).astype(int) - rng.integers(0, 10, (SIDE, SIDE))
    hint = spread(noisy.clip(0, 255).astype(np.uint8), (60, 120, RED), (128, 10, GREEN))
    assert (hint[LEFT][:, :, :3] == RED).all()
    assert (hint[OUTSIDE][:, :, :3] == GREEN).all()


def test_blank_paper_takes_the_color_of_its_hint_everywhere():
    hint = spread(np.full((SIDE, SIDE), 255, np.uint8), (60, 120, RED))
    assert (hint[:, :, :3] == RED).all()


def test_a_hint_image_may_be_of_any_shape():
    line, paint = np.full((96, 160), 255, np.uint8), np.zeros((96, 160, 4), np.uint8)
    paint[5, 5] = (*RED, 255)
    hint = spread_hints(line, paint, (40, 24))
    assert hint.shape == (24, 40, 4)
    assert hint.dtype == np.uint8


def test_another_size_of_the_hints_is_refused():
    with pytest.raises(ValueError, match=r"\(256, 256\).*\(100, 80\)"):
        spread_hints(boxes(), np.zeros((100, 80, 4), np.uint8), (SMALL, SMALL))


def test_the_barrier_is_0_on_paper_and_255_on_ink():
    line = np.full((50, 50), 255, np.uint8)
    line[20:25] = 40
    barrier = ink_barrier(line)
    assert set(barrier[line == 255]) == {0}
    assert set(barrier[line == 40]) == {255}


def test_a_flood_on_level_ground_reaches_the_nearest_source():
    markers = np.zeros((40, 60), np.int32)
    markers[20, 10], markers[20, 50] = 1, 2
    labels = flood(np.zeros((40, 60), np.uint8), markers)
    assert (labels[:, :28] == 1).all()
    assert (labels[:, 33:] == 2).all()

"""The areas of a picture, and dabs in the largest of them."""

import numpy as np
import pytest

from colorizer.preprocessing.hints import draw_hints
from tests.support.pictures import BLUE, RED, WHITE, framed_boxes
from train.areas import find_areas, place_dabs


@pytest.fixture
def boxes():
    """Two framed boxes, see `framed_boxes`."""
    return framed_boxes()


def test_areas_are_numbered_from_the_largest_and_ink_has_none(boxes):
    color, line = boxes
    areas = find_areas(color, line)
    assert (areas == 0)[line == 0].all()
    for number, rgb in enumerate((WHITE, RED, BLUE), 1):
        assert ((areas == number) == (color == rgb).all(2)).all()


def test_soft_shading_makes_no_area_a_dark_shadow_does_and_ink_parts_one_color():
    line = np.full((40, 120), 255, np.uint8)
    line[:, 58:62] = 0
    color = np.full((40, 120, 3), (200, 120, 80), np.uint8)
    assert find_areas(color, line).max() == 2  # one color on both sides of the ink
    shaded = (color * np.linspace(1, 0.9, 40)[:, None, None]).round().astype(np.uint8)
    assert find_areas(shaded, line).max() == 2
    color[20:] //= 2
    areas = find_areas(color, line)
    assert areas.max() == 4
    assert areas[5, 5] != areas[35, 5]


def test_a_dab_lies_deepest_in_each_of_the_largest_areas_in_its_median_color(boxes):
    color, line = boxes
    color = color.copy()
    color[20:40, 60:63] += 4  # less than half of the blue area
    areas = find_areas(color, line)
    white, red, blue = place_dabs(40, color, areas)
    assert (white.color, red.color, blue.color) == ("#ffffff", "#dc2828", "#285adc")
    assert 17 <= red.x <= 38  # every place there is 10 pixels from the rim, which is the most
    assert red.y in (29, 30)
    assert (blue.x, blue.y) in {(x, y) for x in (69, 70) for y in (29, 30)}
    assert place_dabs(2, color, areas) == [white, red]


def test_dabs_grow_with_the_picture_up_to_6_pixels_at_512_and_never_over_a_rim():
    areas = np.zeros((512, 512), np.int32)
    for number, (top, height) in enumerate(((10, 300), (320, 9), (340, 5), (360, 4)), 1):
        areas[top : top + height, 20:500] = number
    color = np.zeros((512, 512, 3), np.uint8)
    dabs = place_dabs(40, color, areas)
    assert [d.r for d in dabs] == [6, 4, 2]  # the depth is 5 and 3 pixels; one of 2 has no room
    for number, dab in enumerate(dabs, 1):
        painted = draw_hints([dab], (512, 512))[:, :, 3] > 0
        assert (areas[painted] == number).all()
    half = place_dabs(1, color[:256, :256], areas[:256, :256])
    assert [d.r for d in half] == [3]

"""The colors of a reference picture."""

import cv2
import numpy as np
import pytest
from skimage.color import deltaE_cie76, rgb2lab

from colorizer.preprocessing.palette import SAME, reference_palette

SKIN, BLUE, RED = (250, 210, 180), (90, 120, 200), (220, 60, 80)


def hexes(*colors):
    return ["#" + bytes(color).hex() for color in colors]


def lab(palette):
    return rgb2lab(np.array([list(bytes.fromhex(c[1:])) for c in palette]) / 255)


@pytest.fixture
def picture():
    """Skin, a larger blue and a smaller red area with black outlines on white paper."""
    image = np.full((400, 600, 3), 255, np.uint8)
    cv2.circle(image, (150, 200), 110, SKIN, -1, cv2.LINE_AA)
    cv2.rectangle(image, (300, 50), (580, 350), BLUE, -1)
    cv2.circle(image, (440, 200), 50, RED, -1, cv2.LINE_AA)
    cv2.circle(image, (150, 200), 110, (0, 0, 0), 6, cv2.LINE_AA)
    return image


def test_flat_colors_come_back_exactly_by_area_ink_and_paper_last(picture):
    found = reference_palette(picture)
    assert found[:3] == hexes(BLUE, SKIN, RED)
    assert set(found[3:]) <= {"#ffffff", "#000000"}


def test_noise_and_gray_edges_add_no_colors(picture, rng):
    noisy = picture + rng.normal(0, 6, picture.shape)
    found = reference_palette(noisy.clip(0, 255).astype(np.uint8))
    gaps = deltaE_cie76(lab(found)[:3], lab(hexes(BLUE, SKIN, RED)))
    assert gaps.max() < 4
    assert len(found) <= 6


def test_near_duplicates_are_one(rng):
    gradient = np.linspace((40, 60, 200), (230, 200, 60), 300).round().astype(np.uint8)
    found = lab(reference_palette(np.tile(gradient, (200, 1, 1)), 20))
    gaps = deltaE_cie76(found[:, None], found[None])
    assert gaps[np.triu_indices(len(found), 1)].min() > SAME - 3  # medians beside means
    assert len(found) >= 5


def test_the_same_picture_gives_the_same_palette_whatever_the_random_state(picture):
    first = reference_palette(picture)
    cv2.setRNGSeed(7)
    assert reference_palette(picture.copy()) == first


def test_count_is_the_most_and_small_counts_keep_the_first(picture):
    assert reference_palette(picture, 2) == reference_palette(picture)[:2]


def test_transparent_parts_do_not_count(picture):
    cut = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    cut[:, 290:, 3] = 0
    assert reference_palette(cut)[0] == hexes(SKIN)[0]
    assert reference_palette(np.zeros((9, 9, 4), np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1, 3), (2, 2, 4), (30, 40, 1)])
def test_a_picture_of_one_color_has_that_color(shape):
    assert reference_palette(np.full(shape, 255, np.uint8)) == ["#ffffff"]


def test_a_count_below_one_is_refused(picture):
    with pytest.raises(ValueError, match="0"):
        reference_palette(picture, 0)

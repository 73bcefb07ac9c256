"""The enlargement keeps flat color as it is and lines as sharp as the line-art has them."""

import cv2
import numpy as np
import pytest
from scipy.ndimage import sobel
from skimage.metrics import peak_signal_noise_ratio

from colorizer.detail import enlarge
from colorizer.images import resize_u8

TINT = np.array([230, 140, 60])


def tinted(line):
    """A picture whose color is the tint times the line-art: what a perfect colorizer paints."""
    return (line[:, :, None] / 255 * TINT).round().astype(np.uint8)


def gradient(gray):
    return np.hypot(sobel(gray.astype(float), 0), sobel(gray.astype(float), 1))


def correlation(a, b):
    return np.corrcoef(gradient(a).ravel(), gradient(b).ravel())[0, 1]


@pytest.fixture
def drawn(make_line):
    """A line-art of 2000x1400 and the same at working size."""
    full = make_line(2000, 1400, 3)
    return full, resize_u8(full, (612, 428))


def test_the_result_has_the_size_of_the_full_line_art(drawn):
    full, line = drawn
    image = enlarge(tinted(line), line, full)
    assert image.shape == (1400, 2000, 3)
    assert image.dtype == np.uint8


def test_a_flat_color_stays_as_it_is(drawn):
    full, line = drawn
    flat = np.full((428, 612, 3), TINT, np.uint8)
    assert (enlarge(flat, line, full) == TINT).all()


def test_lines_are_as_sharp_as_in_the_line_art(drawn):
    full, line = drawn
    image = enlarge(tinted(line), line, full)
    blurred = cv2.resize(tinted(line), (2000, 1400), interpolation=cv2.INTER_CUBIC)
    assert correlation(image[:, :, 0], full) > 0.95
    assert correlation(image[:, :, 0], full) > correlation(blurred[:, :, 0], full) + 0.1


def test_a_perfect_small_picture_becomes_the_perfect_large_one(drawn):
    full, line = drawn
    image = enlarge(tinted(line), line, full)
    assert peak_signal_noise_ratio(tinted(full), image) > 30


def test_color_without_lines_survives(rng):
    coarse = rng.integers(0, 256, (10, 14, 3), dtype=np.uint8)
    small = cv2.resize(coarse, (140, 100), interpolation=cv2.INTER_CUBIC)
    paper = np.full((100, 140), 255, np.uint8)
    image = enlarge(small, paper, np.full((200, 280), 255, np.uint8))
    wanted = cv2.resize(small, (280, 200), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(image.astype(int), wanted, atol=2)


def test_no_halo_is_brighter_than_the_color(drawn):
    full, line = drawn
    image = enlarge(tinted(line), line, full).astype(int)
    assert (image <= TINT + 2).all()


def test_a_small_line_art_is_reached_by_shrinking(make_line):
    full = make_line(100, 60)
    line = resize_u8(full, (661, 397))
    assert enlarge(tinted(line), line, full).shape == (60, 100, 3)

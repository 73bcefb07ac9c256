"""Line extraction against SciPy and the published formulas."""

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter, grey_dilation

from colorizer.images import flatten
from colorizer.preprocessing import lines


@pytest.fixture
def color(rng):
    return rng.integers(0, 256, (61, 47, 3), dtype=np.uint8)


def luma(color):
    """Rec. 601 luma in float."""
    return color @ np.array([0.299, 0.587, 0.114])


def scipy_xdog(channel, sigma):
    """The formula on one channel: dark branch 1, as in the facts of Figure 3."""
    narrow = gaussian_filter(channel, sigma, mode="reflect", truncate=4)
    wide = gaussian_filter(channel, 4.5 * sigma, mode="reflect", truncate=4)
    dog = narrow - 0.95 * wide
    return 127.5 * np.where(dog < -0.1, 1, 1 + np.tanh(200 * dog))


def test_gray_is_the_luma(color):
    np.testing.assert_allclose(lines.to_gray(color), luma(color), atol=0.51)


@pytest.mark.parametrize(("kernel", "origin"), [(4, -1), (5, 0)])
def test_dilate_abs_sub_is_algorithm_1_with_scipys_dilation(color, kernel, origin):
    # SciPy's window of 4 reaches one pixel back and two ahead, OpenCV's the other way round
    size, shift = (kernel, kernel, 1), (origin, origin, 0)
    dilated = grey_dilation(color, size, mode="constant", cval=0, origin=shift)
    wanted = luma(255 - (dilated - color))
    np.testing.assert_allclose(lines.dilate_abs_sub(color, kernel), wanted, atol=0.51)


@pytest.mark.parametrize("kernel", lines.DILATE_KERNELS)
def test_dilate_abs_sub_draws_ink_on_white_paper(make_picture, kernel):
    line = lines.dilate_abs_sub(make_picture(128, 128), kernel)
    assert np.median(line) == 255
    assert line.min() < 60


@pytest.mark.parametrize("sigma", [*lines.XDOG_SIGMAS, *(4.5 * s for s in lines.XDOG_SIGMAS)])
def test_the_gaussian_is_scipys(color, sigma):
    channels = color.astype(np.float32)
    wanted = gaussian_filter(channels, (sigma, sigma, 0), mode="reflect", truncate=4)
    np.testing.assert_allclose(lines._blur(channels, sigma), wanted, atol=1e-3)


@pytest.mark.parametrize("sigma", lines.XDOG_SIGMAS)
def test_xdog_is_its_formula_with_scipys_gaussian(color, sigma):
    planes = [scipy_xdog(color[:, :, c].astype(float), sigma) for c in range(3)]
    wanted = luma(np.stack(planes, 2).astype(np.uint8))
    apart = np.abs(lines.xdog(color, sigma) - wanted)
    # where DoG is at the threshold, single and double precision may fall to different sides
    assert (apart < 1.6).mean() > 0.999


@pytest.mark.parametrize("sigma", lines.XDOG_SIGMAS)
def test_xdog_ink_is_near_127_and_paper_255(sigma):
    color = np.full((64, 64, 3), 255, np.uint8)
    color[30:33] = 0
    line = lines.xdog(color, sigma)
    assert set(line[31]) <= set(range(125, 130))
    assert set(line[:20].ravel()) == {255}


def test_the_paper_s_sigmas_and_kernels_are_the_choices():
    assert lines.XDOG_SIGMAS == (0.3, 0.4, 0.5)
    assert lines.DILATE_KERNELS == (4, 5)


def test_equalize_is_the_table_formula(make_picture):
    line = lines.xdog(make_picture(128, 96), 0.4)
    counts = np.bincount(line.ravel(), minlength=256)
    first = int(np.flatnonzero(counts)[0])
    cumulative = counts.cumsum() - counts[first]
    table = np.round(255 * cumulative / (line.size - counts[first]))
    np.testing.assert_allclose(lines.equalize(line), table[line], atol=1)


def test_equalize_drives_the_darkest_ink_to_0_and_paper_to_255(make_picture):
    line = lines.equalize(lines.xdog(make_picture(128, 128), 0.5))
    assert line.min() == 0
    assert line.max() == 255


def test_fade_keeps_that_share_of_the_darkness():
    line = np.array([[255, 155, 55, 0]], np.uint8)
    # darkness 0, 100, 200, 255 times 0.7 is 0, 70, 140, 178.5
    assert lines.fade(line, 0.7).tolist() == [[255, 185, 115, 76]]
    assert (lines.fade(line, 1) == line).all()


def rgba(ink: int, alpha: np.ndarray) -> np.ndarray:
    return np.dstack([np.full((*alpha.shape, 3), ink, np.uint8), alpha])


@pytest.fixture
def strokes():
    alpha = np.zeros((40, 40), np.uint8)
    cv2.circle(alpha, (20, 20), 12, 255, 2, cv2.LINE_AA)
    return alpha


@pytest.mark.parametrize("ink", [0, 255])
def test_black_and_white_lines_on_transparency_are_one_line_art(strokes, ink):
    assert np.array_equal(lines.line_of(rgba(ink, strokes)), 255 - strokes)


def test_opaque_light_picture_is_not_inverted():
    paper = rgba(250, np.full((8, 8), 255, np.uint8))
    assert np.array_equal(lines.line_of(paper), np.full((8, 8), 250))


def test_line_of_flattens_on_white_like_pillow(strokes):
    picture = rgba(90, strokes)
    flat = np.asarray(flatten(Image.fromarray(picture)).convert("L")).astype(int)
    assert np.abs(lines.line_of(picture) - flat).max() <= 1


def test_nothing_visible_is_white_paper():
    assert (lines.line_of(np.zeros((4, 4, 4), np.uint8)) == 255).all()

"""Clean line-arts from synthetic scans whose true lines are known."""

import cv2
import numpy as np
import pytest

from colorizer.images import InputError
from colorizer.preprocessing.lines import to_gray
from colorizer.preprocessing.scan import clean_scan, extract_lines, paper_light

SCANS = {
    "ink": {"ink": 40, "shade": 0.35, "noise": 6},
    "pencil": {"ink": 150, "shade": 0.35, "noise": 4},
    "faint pencil": {"ink": 185, "shade": 0.35, "noise": 3},
    "photo": {"ink": 60, "shade": 0.6, "noise": 10},
}


def scan_of(line_u8, rng, ink, shade, noise, texture=4.0, blur=0.9):
    """A line-art on yellow, textured paper in uneven light, as a slightly blurred noisy scan."""
    height, width = line_u8.shape
    grain = cv2.GaussianBlur(rng.normal(size=line_u8.shape), (0, 0), 1.5)
    soft = cv2.GaussianBlur(line_u8.astype(np.float64) / 255, (0, 0), blur)
    y, x = np.mgrid[0:height, 0:width]
    light = 1 - shade * (0.6 * x / width + 0.4 * (y / height) ** 2)
    gray = (ink + (240 - ink) * soft + texture * grain / grain.std()) * light
    color = gray[:, :, None] * [1.0, 0.95, 0.82] + rng.normal(0, noise, (height, width, 3))
    return color.clip(0, 255).round().astype(np.uint8)


@pytest.fixture
def line(make_line):
    drawing = make_line(600, 500, 3)
    cv2.line(drawing, (300, 30), (580, 60), 90, 1, cv2.LINE_AA)  # a thin weak line
    return drawing


def f_score(found, true):
    """F-score of two masks of ink, a pixel's slip allowed."""
    grow = np.ones((3, 3), np.uint8)
    near_true, near_found = (cv2.dilate(m.astype(np.uint8), grow) > 0 for m in (true, found))
    precision = (found & near_true).sum() / max(1, found.sum())
    recall = (true & near_found).sum() / true.sum()
    return 2 * precision * recall / max(1e-9, precision + recall)


def psnr(a, b):
    return cv2.PSNR(a, b)


@pytest.mark.parametrize("kind", SCANS)
def test_the_lines_of_a_scan_come_back_on_white_paper(line, rng, kind):
    if kind != "faint pencil":  # a large area so faint is a shadow on the paper
        cv2.circle(line, (90, 400), 45, 0, -1)
    scan = scan_of(line, rng, **SCANS[kind])
    clean = clean_scan(scan)
    paper = cv2.erode((line == 255).astype(np.uint8), np.ones((7, 7))) > 0
    assert (clean[paper] == 255).mean() >= 0.98
    assert f_score(clean < 128, line < 128) >= 0.98
    assert psnr(clean, line) >= psnr(to_gray(scan), line) + 6


def test_a_thin_weak_line_stays_whole(line, rng):
    clean = clean_scan(scan_of(line, rng, **SCANS["pencil"]))
    parts, labels = cv2.connectedComponents((clean[20:70, 310:570] < 240).astype(np.uint8))
    widest = max(np.ptp(np.nonzero(labels == n)[1]) for n in range(1, parts))
    assert widest >= 255


def test_a_clean_line_art_stays_as_it_is(line):
    clean = clean_scan(line)
    assert psnr(clean, line) >= 25
    assert f_score(clean < 128, line < 128) >= 0.99


def test_dust_and_grain_go_and_the_dot_of_an_eye_stays(rng):
    page = np.full((512, 512), 255, np.uint8)
    cv2.circle(page, (256, 256), 150, 0, 3)
    cv2.circle(page, (256, 200), 4, 0, -1)
    dusty = page.copy()
    dusty[rng.integers(0, 512, 300), rng.integers(0, 512, 300)] = 60
    clean = clean_scan(dusty)
    assert clean[200, 256] < 30
    outside = cv2.circle(np.ones(page.shape, np.uint8), (256, 256), 160, 0, -1) > 0
    assert (clean[outside] == 255).mean() >= 0.998


def test_light_is_the_papers_own_below_lines_and_solid_ink():
    y, x = np.mgrid[0:300, 0:400]
    light = 230 - 0.15 * x - 0.1 * y
    page = light.astype(np.uint8)
    cv2.circle(page, (200, 150), 90, 40, 3)
    cv2.rectangle(page, (40, 40), (110, 110), 30, -1)
    assert np.abs(paper_light(page) - light).max() <= 20


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (90, 1), (2, 3, 1), (64, 48, 3), (64, 48, 4)])
@pytest.mark.parametrize("value", [0, 200, 255])
def test_a_page_of_one_color_is_white(shape, value):
    clean = clean_scan(np.full(shape, value, np.uint8))
    assert clean.shape == shape[:2]
    assert clean.dtype == np.uint8
    assert (clean == 255).all()


def test_an_array_of_floats_is_refused():
    with pytest.raises(InputError, match="float64"):
        clean_scan(np.zeros((8, 8)))


def test_lines_of_a_colored_picture_are_black_where_its_outlines_are(make_picture, make_line):
    lines = extract_lines(make_picture(600, 500, 3))
    assert f_score(lines < 128, make_line(600, 500, 3) < 128) >= 0.9
    assert (lines == 255).mean() >= 0.8
    assert lines.min() == 0


def test_a_larger_picture_has_the_same_lines_thicker(make_picture):
    small = make_picture(512, 512, 1)
    large = cv2.resize(small, (1024, 1024), interpolation=cv2.INTER_CUBIC)
    share = [(extract_lines(p) < 128).mean() for p in (small, large)]
    assert share[1] == pytest.approx(share[0], rel=0.25)

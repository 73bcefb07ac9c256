"""Redrawn line-arts have the widths, gaps and colors that they are named after."""

import cv2
import numpy as np
import pytest
from PIL import Image

from eval import robustness
from eval.metrics import INK_BELOW


@pytest.fixture
def circle():
    line = np.full((robustness.LARGE_SIDE, robustness.LARGE_SIDE), 255, np.uint8)
    cv2.circle(line, (500, 500), 300, 0, 7, cv2.LINE_AA)
    return line


@pytest.mark.parametrize("width", robustness.WIDTHS)
def test_lines_get_the_width(circle, width, rng):
    drawn = robustness.of_width(circle, rng, width)
    area = (1 - drawn / 255).sum()
    assert area / (2 * np.pi * 300) == pytest.approx(width, abs=1)


def test_black_areas_stay_when_lines_get_a_width(circle, rng):
    drawing = circle.copy()
    cv2.circle(drawing, (500, 500), 60, 0, -1)
    drawn = robustness.of_width(drawing, rng, 2)
    assert not drawn[450:550, 500].any()
    assert np.array_equal(drawn[:400], robustness.of_width(circle, rng, 2)[:400])


def test_five_percent_of_the_ink_is_missing(circle, rng):
    ink = circle < INK_BELOW
    missing = (robustness.broken(circle, rng)[ink] == 255).mean()
    assert 0.05 <= missing < 0.09


def test_pencil_is_gray_and_broken(circle, rng):
    drawn = robustness.pencil(circle, rng)
    core = drawn[circle == 0]
    assert (core == 255).mean() > 0.08
    assert core[core < 255].min() >= robustness.PENCIL[0] - 1


def test_white_lines_composed_on_black_are_the_negative(circle, rng):
    picture = Image.fromarray(robustness.white_on_transparent(circle, rng))
    black = Image.alpha_composite(Image.new("RGBA", picture.size, "black"), picture)
    assert np.array_equal(np.asarray(black.convert("L")), 255 - circle)


def test_summary_compares_with_the_first_manner():
    one = {"psnr": 20.0, "delta_e": 5.0, "delta_e_hints": 2.0}
    text = robustness.markdown({"ours": {"as it is": [one], "pencil": [one | {"psnr": 17.5}]}})
    assert "| ours | pencil | 1 | 17.5 | -2.5 | 5.0 | 2.0 |" in text

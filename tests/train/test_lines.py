"""Line-arts extracted for training: which, how often, and how a new way is added."""

import numpy as np
import pytest

from colorizer.images import InputError
from colorizer.preprocessing import lines
from train.line_arts import EXTRACTORS, Extraction


@pytest.fixture
def color(rng):
    return rng.integers(0, 256, (40, 60, 3), np.uint8)


@pytest.mark.parametrize("name", ["xdog", "dilate", "gray"])
def test_extraction_draws_among_the_paper_s_parameters(color, name, rng):
    choices = {
        "xdog": [lines.xdog(color, s) for s in lines.XDOG_SIGMAS],
        "dilate": [lines.dilate_abs_sub(color, k) for k in lines.DILATE_KERNELS],
        "gray": [lines.to_gray(color)],
    }[name]
    draw, seen = Extraction((f"{name}=1",)), set()
    for _ in range(30):
        line = draw(color, rng)
        seen.add([bool((line == c).all()) for c in choices].index(True))
    assert seen == set(range(len(choices)))


def test_each_way_is_drawn_as_often_as_its_share(rng, monkeypatch):
    for value, name in enumerate(EXTRACTORS):
        monkeypatch.setitem(EXTRACTORS, name, lambda color, rng, value=value: value)
    draw = Extraction(("gray=1", "xdog=3", "dilate=0"))
    seen = np.bincount([draw(None, rng) for _ in range(1000)], minlength=3)
    assert seen[1] == 0
    assert 700 < seen[0] < 800


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        (("canny=1",), "'canny'; there are xdog, dilate, gray"),
        (("xdog",), "'xdog' is not of the form NAME=NUMBER"),
        (("xdog=-1",), "from 0 on"),
        (("xdog=0",), "no share above 0"),
    ],
)
def test_what_is_no_share_is_named(shares, sentence):
    with pytest.raises(InputError, match=sentence):
        Extraction(shares)

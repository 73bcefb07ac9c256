"""The measures, rules and near-duplicates that a picture is judged by."""

import dataclasses

import cv2
import numpy as np
import pytest
import skimage.data

from tests.support.pictures import draw_shapes, write
from train.screening import (
    Measures,
    Thresholds,
    judge,
    measure,
    measure_colors,
    perceptual_hash,
    repeats,
)


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_real_photographs_are_mostly_found(tmp_path, name):
    path = write(tmp_path / "photo.png", getattr(skimage.data, name)())
    drawn = measure(path).drawn
    art = write(tmp_path / "art.png", draw_shapes(2))
    assert drawn < measure(art).drawn / 2


@pytest.mark.parametrize("white", [True, False])
def test_a_small_drawing_on_much_paper_is_neither_high_key_nor_gray(tmp_path, white):
    picture = np.full((600, 600, 3), 255 if white else 247, np.uint8)
    picture[250:350, 250:350] = draw_shapes(1, 100)
    assert judge(measure(write(tmp_path / "a.png", picture)), Thresholds()) is None


def test_light_yellow_is_no_paper(tmp_path):
    picture = np.full((600, 600, 3), 255, np.uint8)
    cv2.circle(picture, (300, 300), 200, (255, 255, 60), -1)
    cv2.circle(picture, (300, 300), 200, (0, 0, 0), 4)
    assert judge(measure(write(tmp_path / "a.png", picture)), Thresholds()) is None


def test_a_blank_sheet_is_high_key(tmp_path):
    path = write(tmp_path / "a.png", np.full((600, 600, 3), 254, np.uint8))
    assert judge(measure(path), Thresholds()).rule == "high key"


def test_colors_are_measured_in_cielab(rng):
    picture = rng.integers(0, 256, (40, 40, 3)).astype(np.uint8)
    lab = skimage.color.rgb2lab(picture).reshape(-1, 3)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    colored, light, dark, agreement, neutral = measure_colors(picture)
    assert colored == pytest.approx((chroma > 8).mean(), abs=0.002)
    assert light == pytest.approx(np.percentile(lab[:, 0], 95), abs=0.4)
    assert dark == pytest.approx(np.percentile(lab[:, 0], 5), abs=0.4)
    mean = np.hypot(*lab[:, 1:].mean(axis=0))
    assert agreement == pytest.approx(mean / chroma.mean(), abs=0.002)
    assert neutral == pytest.approx(((chroma < 6) & (lab[:, 0] > 25)).mean(), abs=0.002)


def test_the_limits_are_sharp(tmp_path):
    good = measure(write(tmp_path / "a.png", draw_shapes(0)))
    fine = dataclasses.replace(good, width=512, height=900)
    assert judge(fine, Thresholds()) is None
    for rule, changed in {
        "small": {"width": 511},
        "low key": {"light": 29.9},
        "high key": {"dark": 80.1},
        "black and white": {"colored": 0.0099},
        "skewed color": {"agreement": 0.951, "neutral": 0.0049},
        "photograph": {"drawn": 0.0},
        "unreadable": {"error": "half a file"},
    }.items():
        assert judge(dataclasses.replace(fine, **changed), Thresholds()).rule == rule


def test_repeats_are_those_that_comparing_all_finds(rng, monkeypatch):
    monkeypatch.setattr("train.screening.AT_ONCE", 5000)  # in parts
    hashes = rng.random((300, 64)) < 0.5
    for place in range(0, 300, 2):  # neighbors that differ in 1 to 14 bits
        hashes[place + 1] = hashes[place]
        flips = rng.choice(64, place // 2 % 14 + 1, replace=False)
        hashes[place + 1, flips] ^= True
    found = [Measures(hash=one, thumbnail=np.zeros(3)) for one in hashes]
    apart = np.count_nonzero(hashes[:, None] != hashes, axis=2)
    for bits in (0, 3, 10):
        wanted = {}
        for j in range(300):
            kept = [i for i in range(j) if i not in wanted and apart[i, j] <= bits]
            wanted |= {j: kept[0]} if kept else {}
        assert repeats(found, Thresholds(bits=bits)) == wanted
        assert bool(wanted) == (bits > 0)


def test_repeats_keep_the_first_and_spare_recolored_copies():
    near = np.zeros(64, bool)
    near[5] = True
    hashes = [np.zeros(64, bool), np.zeros(64, bool), near, np.zeros(64, bool)]
    thumbnails = [[10, 10], [12, 12], [11, 11], [200, 10]]
    found = [Measures(hash=h, thumbnail=np.array(t)) for h, t in zip(hashes, thumbnails)]
    assert repeats(found, Thresholds(bits=1)) == {1: 0, 2: 0}
    assert repeats(found, Thresholds(bits=0)) == {1: 0}
    assert repeats([], Thresholds()) == {}


def test_the_hash_survives_what_duplicates_go_through():
    gray = cv2.cvtColor(draw_shapes(4, 400), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (200, 200), interpolation=cv2.INTER_AREA)
    other = cv2.cvtColor(draw_shapes(6, 400), cv2.COLOR_RGB2GRAY)
    distance = [(perceptual_hash(gray) != perceptual_hash(g)).sum() for g in (small, other)]
    assert distance[0] <= 4 < 16 < distance[1]

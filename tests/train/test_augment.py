"""Random changes to training pictures, and painted hints."""

import dataclasses

import numpy as np
import pytest

from train.augment import jitter, paint_background, paint_hints, shift_hue
from train.options import DataConfig


@pytest.mark.parametrize("hinted", [True, False])
def test_no_jitter_changes_nothing(make_picture, make_line, rng, hinted):
    picture, options = make_picture(64, 64), DataConfig(hue=0, contrast=0)
    assert (jitter(picture, make_line(64, 64), options, hinted, rng) == picture).all()


def test_jitter_stays_near_the_picture(make_picture, make_line, rng):
    picture = make_picture(64, 64)
    changed = jitter(picture, make_line(64, 64), DataConfig(), True, rng)
    assert 0 < np.abs(changed.astype(int) - picture).mean() < 25


def test_without_hints_hue_and_background_stay(make_line, rng):
    red, options = np.full((64, 64, 3), 255, np.uint8), DataConfig(hue=0.5, flat_background=1.0)
    red[:, 32:] = (200, 20, 20)
    changed = jitter(red, make_line(64, 64), options, False, rng)
    assert (changed[:, 40, 0].astype(int) - changed[:, 40, 1]).min() > 120
    assert changed[0, 0].min() > 240


def test_hue_turns_the_color_circle():
    red = np.full((2, 2, 3), (200, 0, 0), np.uint8)
    np.testing.assert_allclose(shift_hue(red, 1 / 3, 1)[0, 0], (0, 200, 0), atol=6)
    np.testing.assert_allclose(shift_hue(red, -1 / 3, 1)[0, 0], (0, 0, 200), atol=6)
    np.testing.assert_allclose(shift_hue(red, 0, 0.5)[0, 0], (200, 100, 100), atol=2)


def test_only_white_that_touches_a_corner_is_background():
    picture, line = np.full((40, 40, 3), 255, np.uint8), np.full((40, 40), 255, np.uint8)
    picture[10:30, 10:30] = 0
    picture[15:25, 15:25] = 255
    painted = paint_background(picture, line, np.array([1, 2, 3]))
    assert (painted[0, 0] == (1, 2, 3)).all()
    assert (painted[20, 20] == 255).all()
    assert (painted[12, 12] == 0).all()
    assert (picture[0, 0] == 255).all()


def test_painted_hints_have_colors_of_the_picture(make_picture, rng):
    picture = make_picture(256, 256)
    layer = paint_hints(picture, 40, DataConfig(dab=4, strokes=0.5), rng)
    held = layer[:, :, 3] > 0
    known = {tuple(c) for c in picture.reshape(-1, 3).tolist()}
    assert {tuple(c) for c in layer[held][:, :3].tolist()} <= known
    assert held.sum() > 40


def test_a_stroke_stays_on_its_color(make_picture, rng):
    picture = make_picture(256, 256)
    options = dataclasses.replace(DataConfig(), dab=0, strokes=1.0)
    for _ in range(40):
        layer = paint_hints(picture, 1, options, rng)
        held = layer[:, :, 3] > 0
        apart = np.abs(picture[held].astype(int) - layer[held][:, :3]).max(1)
        assert np.median(apart) <= 40

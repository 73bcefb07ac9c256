"""The hint plan of C-FID over many draws (Section 4.5, Figure 13)."""

import numpy as np
import pytest
from PIL import Image
from scipy.stats import chisquare

from colorizer.preprocessing.hints import draw_hints, reduce_strokes
from eval.drawings import DrawingConfig, list_drawings
from eval.fid.evaluation import SCALE, TINTS, Squares, plan_picture, points_at
from eval.plans import seven_segment_plan

DRAWS = 10_000
SIDE = 16
LEAST_P = 1e-4
"""A fair plan fails one of the few fixed-seed tests below with less than this probability."""


@pytest.fixture(scope="module")
def plans():
    rng = np.random.default_rng(0)
    return np.stack([seven_segment_plan((SIDE, SIDE), rng) for _ in range(DRAWS)])


def segment(xs, ys, width, height):
    """0 to 3: corners; 4, 5: wings; 6: body, as the text of Section 4.5 has them."""
    left, right = xs < width // 4, xs >= width - width // 4
    top, bottom = ys < height // 4, ys >= height - height // 4
    cases = [left & top, right & top, left & bottom, right & bottom, left, right]
    return np.select(cases, range(6), 6)


def test_every_one_of_10000_plans_has_28_points_dealt_1_2_and_20(plans):
    assert plans.shape == (DRAWS, 28, 2)
    segments = segment(plans[:, :, 0], plans[:, :, 1], SIDE, SIDE)
    counts = np.stack([(segments == number).sum(1) for number in range(7)], 1)
    assert (counts == [1, 1, 1, 1, 2, 2, 20]).all()


def test_points_are_uniform_within_each_segment(plans):
    xs, ys = plans[:, :, 0].ravel(), plans[:, :, 1].ravel()
    hits = np.bincount(ys * SIDE + xs, minlength=SIDE * SIDE)
    columns, rows = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    place = segment(columns.ravel(), rows.ravel(), SIDE, SIDE)
    for number in range(6):
        assert chisquare(hits[place == number]).pvalue > LEAST_P, number
    # 20 of the body's 128 pixels are drawn without putting back, which shrinks the variance
    body = hits[place == 6]
    shrunk = ((body - body.mean()) ** 2).sum() / (body.mean() * (1 - 20 / 128) * 128 / 127)
    assert 60 < shrunk < 220  # chi-square with 127 degrees of freedom: 127 +- 6 deviations of 16


@pytest.mark.parametrize("size", [(40, 16), (16, 40), (21, 13)])
def test_other_shapes_quarter_each_side_by_itself(size):
    rng = np.random.default_rng(1)
    for _ in range(200):
        xs, ys = seven_segment_plan(size, rng).T
        counts = np.bincount(segment(xs, ys, *size), minlength=7)
        assert counts.tolist() == [1, 1, 1, 1, 2, 2, 20]


def test_a_plan_has_the_colors_of_the_reduced_picture(rng):
    picture = np.repeat(np.repeat(rng.integers(0, 256, (32, 32, 3), np.uint8), 4, 0), 4, 1)
    points = points_at(picture, seven_segment_plan((32, 32), rng))
    hint = reduce_strokes(draw_hints(points, (128, 128)), (32, 32))
    held = hint[:, :, 3] == 255
    assert held.sum() == len(points) == 28
    assert (hint[held, :3] == picture[::4, ::4][held]).all()


@pytest.fixture
def drawings(tmp_path, make_picture):
    for number in range(3):
        Image.fromarray(make_picture(512, 512, number)).save(tmp_path / f"{number}.png")
    return list_drawings(DrawingConfig(data=(str(tmp_path),)))


def test_every_system_gets_the_same_hints_for_a_seed_and_other_draws_others(drawings):
    first, second = (Squares(drawings, 64, 2, seed=5) for _ in range(2))
    backward = [second.case(i, 1) for i in reversed(range(6))][::-1]
    for index in range(6):
        case = first.case(index, 1)
        assert (case.line == backward[index].line).all()
        assert case.hints == backward[index].hints
        other = second.case(index, 2)
        assert (case.line == other.line).all()
        assert case.hints != other.hints
        assert first.case(index, None).hints == []


def test_the_picture_of_the_plan_shows_its_segments_and_points():
    picture = np.asarray(plan_picture(3))
    places = seven_segment_plan((128, 128), np.random.default_rng(3))
    middles = places * SCALE + SCALE // 2
    assert {tuple(picture[y, x].tolist()) for x, y in middles} == {(0xC0, 0x30, 0x20)}
    tints = [TINTS[n] for n in ("corner", "wing", "body")]
    assert [tuple(picture[y, 12]) for y in (60, 300)] == tints[:2]
    assert tuple(picture[632, 630]) == tints[0]
    assert (picture.reshape(-1, 3) == tints[2]).all(1).sum() > 0.45 * picture[:, :, 0].size

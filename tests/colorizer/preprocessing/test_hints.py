"""Hint images, plans and strokes, by counting."""

import numpy as np
import pytest
from skimage.measure import block_reduce

from colorizer.preprocessing.hints import (
    Hint,
    draw_hints,
    hex_color,
    hint_count,
    hint_tensor,
    point_hints,
    reduce_strokes,
)
from eval.plans import seven_segment_plan


@pytest.mark.parametrize("count", [0, 1, 28, 128, 30 * 20])
def test_point_hints_are_that_many_pixels_of_the_picture(rng, count):
    picture = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    hint = point_hints(picture, count, rng)
    held = hint[:, :, 3] == 255
    assert held.sum() == count
    assert (hint[held, :3] == picture[held]).all()
    assert (hint[~held] == (128, 128, 128, 0)).all()


def test_point_hints_reach_every_pixel_alike(rng):
    picture = np.zeros((8, 8, 3), np.uint8)
    hits = sum((point_hints(picture, 16, rng)[:, :, 3] > 0).astype(int) for _ in range(2000))
    # each pixel is drawn in a quarter of 2000: 500 +- 5 standard deviations of 19.4
    assert np.abs(hits - 500).max() < 97


def test_hint_counts_have_the_shares_of_the_facts(rng):
    counts = np.array([hint_count(rng) for _ in range(20_000)])
    assert np.mean(counts == 0) == pytest.approx(0.24, abs=0.015)
    assert np.mean((counts >= 1) & (counts <= 5)) == pytest.approx(0.16, abs=0.02)
    assert counts.min() == 0
    assert counts.max() == 128
    many = counts[counts > 5]
    assert many.mean() == pytest.approx((6 + 128) / 2, abs=1.5)


@pytest.mark.parametrize("most", [0, 1, 3, 5, 6])
def test_hint_counts_stay_at_or_below_the_most(rng, most):
    counts = {hint_count(rng, most) for _ in range(500)}
    assert counts == set(range(most + 1))


@pytest.mark.parametrize("size", [(128, 128), (512, 512), (640, 384), (64, 200), (4, 4), (37, 91)])
def test_the_plan_has_28_points_within_the_picture(rng, size):
    for _ in range(50):
        plan = seven_segment_plan(size, rng)
        assert plan.shape == (28, 2)
        assert (plan >= 0).all()
        assert (plan < size).all()


@pytest.mark.parametrize("size", [(128, 128), (640, 384)])
def test_each_segment_of_figure_13_holds_its_number_of_points(rng, size):
    width, height = size
    for _ in range(100):
        x, y = seven_segment_plan(size, rng).T
        left, right = x < width / 4, x >= width * 3 / 4
        top, bottom = y < height / 4, y >= height * 3 / 4
        corners = [np.sum(h & v) for h in (left, right) for v in (top, bottom)]
        assert corners == [1, 1, 1, 1]
        assert [np.sum(h & ~top & ~bottom) for h in (left, right)] == [2, 2]
        assert np.sum(~left & ~right) == 20


def test_the_points_of_a_plan_are_28_different_pixels(rng):
    plans = [seven_segment_plan((128, 128), rng) for _ in range(300)]
    assert {len(np.unique(plan, axis=0)) for plan in plans} == {28}


def test_the_body_is_covered_from_top_to_bottom(rng):
    body = np.concatenate([seven_segment_plan((128, 128), rng)[8:] for _ in range(400)])
    assert set(body[:, 0]) == set(range(32, 96))
    assert set(body[:, 1]) == set(range(128))


def test_a_dab_is_a_disk_of_its_radius_and_color():
    layer = draw_hints([Hint(20, 12, 6, "#010203")], (40, 30))
    ys, xs = np.mgrid[:30, :40]
    distance = np.hypot(xs - 20, ys - 12)
    assert (layer[distance <= 5.5] == (1, 2, 3, 255)).all()
    assert (layer[distance >= 6.75] == 0).all()


def test_a_dab_of_radius_0_is_the_pixel_that_holds_it():
    layer = draw_hints([Hint(2.7, 1.2, 0, "#ffffff")], (5, 4))
    assert np.argwhere(layer[:, :, 3]).tolist() == [[1, 2]]


def test_later_dabs_lie_on_top():
    layer = draw_hints([Hint(2, 2, 2, "#ff0000"), Hint(2, 2, 0, "#0000ff")], (5, 5))
    assert layer[2, 2].tolist() == [0, 0, 255, 255]
    assert layer[2, 3].tolist() == [255, 0, 0, 255]


def test_a_dab_off_the_picture_is_moved_to_its_edge():
    layer = draw_hints([Hint(1e30, -1e30, 0, "#ffffff")], (5, 4))
    assert np.argwhere(layer[:, :, 3]).tolist() == [[0, 4]]


@pytest.mark.parametrize("radius", [1e5, 1e12, 1e300])
def test_a_dab_larger_than_the_picture_covers_it(radius):
    assert (draw_hints([Hint(2, 2, radius, "#ffffff")], (5, 4)) == 255).all()


def test_a_hex_color_is_its_bytes():
    assert hex_color(np.array([1, 171, 255], np.uint8)) == "#01abff"
    assert Hint(0, 0, 0, "#01abff").rgb == (1, 171, 255)


def overlapped(places, old, new):
    """First and last-but-one new pixel that each old pixel overlaps, along one axis."""
    return places * new // old, -(-(places + 1) * new // old)


@pytest.mark.parametrize("seed", range(40))
def test_no_pixel_of_a_thin_stroke_is_lost_at_any_size(seed):
    rng = np.random.default_rng(seed)
    (width, height), size = rng.integers(1, 700, 2), tuple(int(v) for v in rng.integers(1, 200, 2))
    layer = np.zeros((height, width, 4), np.uint8)
    steps = rng.integers(-1, 2, (400, 2)).cumsum(0) + rng.integers(0, (width, height))
    xs, ys = np.clip(steps, 0, (width - 1, height - 1)).T
    layer[ys, xs] = (200, 10, 30, rng.integers(1, 256))
    hint = reduce_strokes(layer, size)
    columns, rows = overlapped(xs, width, size[0]), overlapped(ys, height, size[1])
    for left, right, top, bottom in zip(*columns, *rows):
        assert hint[top:bottom, left:right, 3].any()
    assert (hint[hint[:, :, 3] > 0] == (200, 10, 30, 255)).all()


def test_strokes_are_averaged_with_alpha_as_weight(rng):
    layer = rng.integers(0, 256, (48, 64, 4), dtype=np.uint8)
    layer[rng.random((48, 64)) < 0.8] = 0
    alpha = layer[:, :, 3:].astype(float)
    weight = block_reduce(alpha, (4, 4, 1), np.sum)
    total = block_reduce(layer[:, :, :3] * alpha, (4, 4, 1), np.sum)
    hint, held = reduce_strokes(layer, (16, 12)), weight[:, :, 0] > 0
    assert (held == (hint[:, :, 3] == 255)).all()
    np.testing.assert_allclose(hint[held, :3], total[held] / weight[held], atol=0.51)
    assert (hint[~held] == (128, 128, 128, 0)).all()


def test_a_small_layer_is_enlarged_pixel_by_pixel():
    layer = np.zeros((2, 2, 4), np.uint8)
    layer[0, 1] = (9, 8, 7, 255)
    hint = reduce_strokes(layer, (8, 6))
    assert (hint[:3, 4:] == (9, 8, 7, 255)).all()
    assert (hint[:, :, 3] > 0).sum() == 12


def test_a_hint_tensor_is_zero_where_there_is_no_hint():
    hint = np.zeros((1, 3, 4), np.uint8)
    hint[0, 0] = 255, 0, 51, 255
    hint[0, 1] = 200, 100, 50, 0
    hint[0, 2] = 255, 255, 255, 153
    tensor = hint_tensor(hint)
    assert tensor.shape == (4, 1, 3)
    np.testing.assert_allclose(tensor[:, 0, 0], [1, -1, -0.6, 1], atol=1e-6)
    assert tensor[:, 0, 1].tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(tensor[:, 0, 2], [1, 1, 1, 0.6], atol=1e-6)

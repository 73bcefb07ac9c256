"""Settled colors: right in the mean where a hint is, shaded as the network shaded them."""

import tracemalloc

import numpy as np
import pytest
from scipy import ndimage

from colorizer.preprocessing.hints import Hint, draw_hints
from colorizer.preprocessing.spread import Flood, flood_hints
from colorizer.settle import KEEP_FREE, KEEP_HINTED, _choose, color_ink, settle

SIDE = 64
RED = np.array([200, 60, 40])


@pytest.fixture
def line():
    """Two closed boxes side by side, drawn with ink 2 pixels wide."""
    line = np.full((SIDE, SIDE), 255, np.uint8)
    line[[0, 1, -2, -1]] = 0
    line[:, [0, 1, 31, 32, -2, -1]] = 0
    return line


@pytest.fixture
def flooded(line):
    return flood_hints(line, draw_hints([Hint(15, 30, 1, "#c83c28")], (SIDE, SIDE)), (SIDE, SIDE))


@pytest.fixture
def painted(line):
    """A picture too blue everywhere, brighter from top to bottom."""
    ramp = np.linspace(-30, 30, SIDE)[:, None, None]
    color = np.array([90, 90, 160]) + ramp + np.zeros((SIDE, SIDE, 3))
    return (color * (line[:, :, None] / 255)).round().astype(np.uint8)


LEFT, RIGHT = np.s_[2:-2, 2:31], np.s_[2:-2, 33:-2]


def test_mean_of_hinted_region_is_the_hints_color(painted, line, flooded):
    settled = settle(painted, line, flooded)
    assert np.abs(settled[LEFT].mean((0, 1)) - RED).max() < 1


def test_mean_of_region_without_hint_stays_where_there_is_no_choice(painted, line, flooded):
    settled = settle(painted, line, flooded)
    assert np.abs(settled[RIGHT].mean((0, 1)) - painted[RIGHT].mean((0, 1))).max() < 1


def test_of_several_colors_it_moves_to_the_most_like(painted, line):
    hints = [Hint(10, 30, 1, "#c83c28"), Hint(20, 30, 1, "#3c3cdc")]
    flooded = flood_hints(line, draw_hints(hints, (SIDE, SIDE)), (SIDE, SIDE))
    before, blue = painted[RIGHT].mean((0, 1)), np.array([60, 60, 220])
    after = settle(painted, line, flooded)[RIGHT].mean((0, 1))
    assert np.linalg.norm(after - blue) < 0.9 * np.linalg.norm(before - blue)
    assert np.linalg.norm(after - RED) > np.linalg.norm(before - RED)


def test_a_layer_of_very_many_colors_needs_little_memory(monkeypatch):
    rng = np.random.default_rng(0)
    painted, palette = (rng.uniform(0, 255, (n, 3)).astype(np.float32) for n in (2000, 20000))
    tracemalloc.start()
    chosen = _choose(painted, palette)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 << 20
    monkeypatch.setattr("colorizer.settle.CHOICES", len(palette))
    assert np.abs(chosen[:50] - _choose(painted[:50], palette)).mean() < 5


def test_a_choice_of_many_colors_counts_more(painted, line):
    moved = []
    for count in (2, 8, 20):
        hints = [Hint(4 + i, 30, 0, f"#c83c{28 + i}") for i in range(count)]
        flooded = flood_hints(line, draw_hints(hints, (SIDE, SIDE)), (SIDE, SIDE))
        settled = settle(painted, line, flooded)
        moved.append(np.abs(settled[RIGHT].mean((0, 1)) - painted[RIGHT].mean((0, 1))).max())
    assert moved[0] + 5 < moved[1] < moved[2] - 5


def without_hints(line):
    return flood_hints(line, np.zeros((SIDE, SIDE, 4), np.uint8), (SIDE, SIDE))


def test_without_hints_means_stay_and_blotches_go(painted, line):
    settled = settle(painted, line, without_hints(line))
    for region in (LEFT, RIGHT):
        assert np.abs(settled[region].mean((0, 1)) - painted[region].mean((0, 1))).max() < 1
        assert np.allclose(
            settled[region].std((0, 1)) / painted[region].std((0, 1)), KEEP_FREE, atol=0.03
        )


@pytest.mark.parametrize(("difference", "share"), [(30, KEEP_FREE), (120, 1)])
def test_background_and_the_figure_that_it_ran_into_keep_a_color_each(difference, share):
    side = 4 * SIDE
    paper = np.full((side, side), 255, np.uint8)
    paper[80, 80:120] = 0  # ink that closes nothing
    painted = np.full((side, side, 3), 240, np.uint8)
    painted[64:192, 64:192] -= np.uint8(difference)
    blotch = np.s_[120:128, 120:128]
    painted[blotch] -= np.uint8(20)
    painted[paper == 0] = 0
    nothing = flood_hints(paper, np.zeros((side, side, 4), np.uint8), (side, side))
    settled = settle(painted, paper, nothing).astype(float)
    background, figure = settled[8:40, 8:40].mean(), settled[140:170, 140:170].mean()
    assert background - figure == pytest.approx(share * difference, abs=0.15 * difference)
    assert figure - settled[blotch].mean() == pytest.approx(20 * KEEP_FREE, abs=3)


def test_a_strip_of_background_one_pixel_wide_is_settled():
    regions = np.zeros((SIDE, SIDE), np.int32)
    regions[:, 0] = 1
    ink = (255 * (regions == 0)).astype(np.uint8)
    nothing = Flood(np.zeros((0, 3), np.uint8), np.zeros_like(regions), regions, regions < 0, ink)
    painted = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    settled = settle(painted, np.full((SIDE, SIDE), 255, np.uint8), nothing)
    before, after = (picture[:, 0].std(0) for picture in (painted, settled))
    assert np.allclose(after / before, KEEP_FREE, atol=0.03)


@pytest.mark.parametrize(("region", "keep"), [(LEFT, KEEP_HINTED), (RIGHT, KEEP_FREE)])
def test_share_of_shading_stays(painted, line, flooded, region, keep):
    settled = settle(painted, line, flooded)
    before, after = painted[region].std((0, 1)), settled[region].std((0, 1))
    assert np.allclose(after / before, keep, atol=0.03)


def test_black_ink_stays_black(painted, line, flooded):
    assert settle(painted, line, flooded)[line == 0].max() == 0


def test_gray_ink_moves_with_the_nearest_paper(line):
    line = line.copy()
    line[20:24, 10:20] = 110  # gray ink inside the hinted box
    flooded = flood_hints(
        line, draw_hints([Hint(15, 40, 1, "#c83c28")], (SIDE, SIDE)), (SIDE, SIDE)
    )
    painted = np.full((SIDE, SIDE, 3), 100, np.uint8)
    moved = settle(painted, line, flooded).astype(float) - painted
    rows, columns = ndimage.distance_transform_edt(
        flooded.regions == 0, return_distances=False, return_indices=True
    )
    ink = (line == 110) & (flooded.regions == 0)
    assert ink.any()
    expected = moved[rows, columns][ink] * 110 / 255
    assert np.abs(moved[ink] - expected).max() <= 1.5


def test_all_ink_changes_nothing(line):
    black = np.zeros_like(line)
    layer = draw_hints([Hint(15, 30, 3, "#c83c28")], (SIDE, SIDE))
    flooded = flood_hints(black, layer, (SIDE, SIDE))
    painted = np.full((SIDE, SIDE, 3), 9, np.uint8)
    assert np.array_equal(settle(painted, black, flooded), painted)


GREEN = np.array([60, 160, 80])
ON_LINE, OFF_LINE = (31, 20), (15, 30)


def inked(painted, line, at, r=0.5):
    """Return the picture after `color_ink` with a green dab and a red point in the left box."""
    hints = [Hint(*OFF_LINE, 0, "#c83c28"), Hint(*at, r, "#3ca050")]
    layer = draw_hints(hints, (SIDE, SIDE))
    return color_ink(painted, line, flood_hints(line, layer, (SIDE, SIDE)), layer)


def test_ink_takes_the_color_of_a_hint_on_it(painted, line):
    x, y = ON_LINE
    distance = np.abs(inked(painted, line, ON_LINE)[y, x].astype(float) - GREEN).max()
    assert distance <= 0.15 * np.abs(painted[y, x].astype(float) - GREEN).max()


def test_hint_on_ink_fades_along_the_line(painted, line):
    x, y = ON_LINE
    moved = inked(painted, line, ON_LINE).astype(int) - painted
    near, middle, far = (moved[row, x, 1] for row in (y, y + 10, y + 38))
    assert near > middle > far == 0


def test_hint_on_ink_leaves_the_paper(painted, line):
    paper = line == 255
    assert np.array_equal(inked(painted, line, ON_LINE)[paper], painted[paper])


def test_dab_that_touches_paper_leaves_the_ink(painted, line):
    assert np.array_equal(inked(painted, line, ON_LINE, r=5), painted)


def test_hint_in_a_narrow_gap_leaves_dark_lines(painted):
    line = np.full((SIDE, SIDE), 255, np.uint8)
    line[:, [40, 42]] = 0  # a pixel of paper between two lines
    layer = draw_hints([Hint(*OFF_LINE, 0, "#c83c28"), Hint(41, 20, 0, "#3ca050")], (SIDE, SIDE))
    flooded = flood_hints(line, layer, (SIDE, SIDE))
    assert flooded.regions[20, 41] == 0
    colored = color_ink(painted, line, flooded, layer)
    assert np.array_equal(colored[line == 0], painted[line == 0])
    distance = np.abs(colored[20, 41].astype(float) - GREEN).max()
    assert distance <= 0.15 * np.abs(painted[20, 41].astype(float) - GREEN).max()

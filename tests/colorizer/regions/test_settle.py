"""Settled colors: the hint's where it flows, elsewhere the network's mean, and flat."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from colorizer.models.regions import PARTS
from colorizer.preprocessing.hints import Hint, draw_hints
from colorizer.regions import (
    FullSize,
    colors_of,
    find_regions,
    multiply,
    settle,
    tint_ink,
    walk_hints,
)

SIDE = 64
RED = np.array([200, 60, 40])
LEFT, RIGHT = np.s_[6:-6, 6:27], np.s_[6:-6, 37:-6]
HINT = Hint(15, 30, 1, "#c83c28")
HINT_ON_PAPER = Hint(58, 30, 1, "#c83c28")


@pytest.fixture
def line():
    """Two closed boxes side by side, drawn with ink 2 pixels wide."""
    line = np.full((SIDE, SIDE), 255, np.uint8)
    line[[0, 1, -2, -1]] = 0
    line[:, [0, 1, 31, 32, -2, -1]] = 0
    return line


@pytest.fixture
def painted(line):
    """A picture too blue everywhere, brighter from top to bottom."""
    ramp = np.linspace(-30, 30, SIDE)[:, None, None]
    color = np.array([90, 90, 160]) + ramp + np.zeros((SIDE, SIDE, 3))
    return (color * (line[:, :, None] / 255)).round().astype(np.uint8)


def settled(painted, line, *hints, moved=True):
    regions = find_regions(line, None)
    return settle(regions, walk_hints(regions, draw_hints(hints, line.shape[::-1])), painted, moved)


def mean(picture, region):
    return picture[region].astype(float).mean((0, 1))


def test_mean_of_a_hinted_region_is_the_hints_color(painted, line):
    found = settled(painted, line, HINT)
    assert np.abs(mean(found.colors, LEFT) - RED).max() < 2
    assert found.flats[found.areas[30, 15]].tolist() == RED.tolist()


def test_mean_of_a_region_without_hint_stays(painted, line):
    other = Hint(48, 30, 1, "#c83c28")
    for hint, region in ((HINT, RIGHT), (other, LEFT)):
        found = settled(painted, line, hint)
        assert np.abs(mean(found.colors, region) - mean(painted, region)).max() < 2


@pytest.mark.parametrize(("likeness", "share"), [(5.0, 0.75), (-5.0, 0.0)])
def test_a_place_that_is_nearly_certainly_of_a_hints_color_has_most_of_it(
    painted, line, likeness, share
):
    regions = replace(find_regions(line, None), likeness=(likeness, -1.0))  # all embeddings are one
    flow = walk_hints(regions, draw_hints([HINT], line.shape[::-1]))
    found = settle(regions, flow, painted)
    network = mean(painted, RIGHT)
    assert np.abs(mean(found.colors, RIGHT) - (network + share * (RED - network))).max() < 3


@pytest.mark.parametrize("region", [LEFT, RIGHT])
def test_settled_regions_are_flat(painted, line, region):
    assert painted[region].std((0, 1)).min() > 10
    assert settled(painted, line, HINT).colors[region].std((0, 1)).max() == 0


@pytest.mark.parametrize(("color", "stays"), [((120, 160, 220), True), ((235, 240, 230), False)])
def test_background_without_a_hint_is_white_unless_it_is_painted(color, stays):
    line = np.full((SIDE, SIDE), 255, np.uint8)
    line[16:48, 16:48] = 0
    line[18:46, 18:46] = 255
    found = settled(np.full((SIDE, SIDE, 3), color, np.uint8), line, Hint(30, 30, 1, "#c83c28"))
    assert (found.colors[30, 30] == RED).all()
    assert (found.colors[:8] == (color if stays else 255)).all()
    assert (found.flats[found.areas[4, 4]] == (color if stays else 255)).all()


@pytest.mark.parametrize(("color", "white"), [(235, True), (120, False)])
def test_an_area_that_is_mostly_background_is_white_as_a_whole(color, white):
    line = np.full((SIDE, 3 * SIDE), 255, np.uint8)
    line[[0, -1]] = line[:, [0, -1]] = 0
    line[:20, 63:66] = line[44:, 63:66] = 0
    regions = find_regions(line, None)
    small, large = regions.cells[32, 30], regions.cells[32, 128]
    assert small != large
    parts = np.zeros_like(regions.parts)
    parts[:, 0] = 1
    parts[small] = np.eye(len(PARTS))[PARTS.index("rest")]
    flow = walk_hints(regions, np.zeros((*line.shape, 4), np.uint8))
    regions = replace(regions, parts=parts, background=parts[:, 0] == 1)
    found = settle(regions, flow, np.full((*line.shape, 3), color, np.uint8))
    assert (found.colors == (255 if white else color)).all()
    assert found.bare[found.areas].all()


def test_not_moved_colors_are_the_networks_off_the_lines(painted, line):
    found = settled(painted, line, HINT, moved=False)
    for region in (LEFT, RIGHT):
        assert np.abs(found.colors[region].astype(int) - painted[region]).max() <= 1
    assert found.painted is painted
    assert found.colors[line == 0].min() > 30  # nothing of the ink is left


def test_painted_lines_stay_black(painted, line):
    assert settled(painted, line, HINT).painted[line == 0].max() == 0


def test_what_was_told_to_be_white_is_bare_and_what_was_not_is_not(painted, line):
    found = settled(painted, line, Hint(15, 30, 1, "#ffffff"), Hint(48, 30, 1, "#c83c28"))
    assert found.bare[found.areas[LEFT]].all()
    assert not found.bare[found.areas[RIGHT]].any()


@pytest.fixture
def toned():
    """Paper with a gray tone, a line of two gray pixels and a black bar with gray rims."""
    line = np.full((SIDE, SIDE), 255, np.uint8)
    line[8:56, 8:24] = 110
    line[8:56, 30:32] = 110
    line[8:56, 40:50] = 110
    line[8:56, 41:49] = 0
    return line


def test_broad_gray_ink_is_as_dark_as_the_network_paints_it(toned):
    painted = np.full((SIDE, SIDE, 3), (40, 60, 20), np.uint8)
    found, plain = settled(painted, toned, HINT_ON_PAPER), np.multiply(RED, 110 / 255)
    image = multiply(colors_of(found, FullSize(toned, toned.shape)), toned).astype(int)
    wanted = np.minimum(found.painted[30, 15], plain)
    assert (wanted < plain - 9).any()
    assert np.abs(image[20:40, 12:20] - wanted).max() <= 1
    for column in (30, 31, 40, 49):
        assert np.abs(image[20:40, column] - plain).max() <= 1
    assert image[20:40, 41:49].max() == 0


def test_gray_ink_never_becomes_lighter_than_the_color_beside_it_under_it(toned):
    painted = np.full((SIDE, SIDE, 3), 255, np.uint8)
    found = settled(painted, toned, HINT_ON_PAPER)
    assert (colors_of(found, FullSize(toned, toned.shape)) == RED).all()


def test_what_lies_under_gray_ink_does_not_reach_the_paper_beside_it(toned):
    painted = np.full((SIDE, SIDE, 3), (40, 60, 20), np.uint8)
    large = cv2.resize(toned, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
    colors = colors_of(settled(painted, toned, HINT_ON_PAPER), FullSize(large, toned.shape))
    assert (colors[large == 255] == RED).all()
    assert (colors[100:140, 40:88] < RED).any(2).all()


@pytest.mark.parametrize("value", [0, 255])
def test_a_page_of_ink_or_of_paper_settles(value):
    painted = np.full((SIDE, SIDE, 3), 9, np.uint8)
    found = settled(painted, np.full((SIDE, SIDE), value, np.uint8), HINT)
    assert found.colors.shape == painted.shape
    assert (found.colors == (RED if value else 9)).all()


GREEN = np.array([60, 160, 80])
ON_LINE = (31, 20)


def inked(painted, line, at, r=0.5):
    """Return the picture tinted by a green dab and a red point in the left box."""
    tinted = painted.copy()
    tint_ink(tinted, line, draw_hints([HINT, Hint(*at, r, "#3ca050")], (SIDE, SIDE)))
    return tinted


def test_ink_takes_the_color_of_a_hint_on_it(painted, line):
    x, y = ON_LINE
    distance = np.abs(inked(painted, line, ON_LINE)[y, x].astype(float) - GREEN).max()
    assert distance <= 0.15 * np.abs(painted[y, x].astype(float) - GREEN).max()


def test_a_hint_on_ink_fades_along_the_line(painted, line):
    x, y = ON_LINE
    moved = inked(painted, line, ON_LINE).astype(int) - painted
    near, middle, far = (moved[row, x, 1] for row in (y, y + 10, y + 38))
    assert near > middle > far == 0


def test_a_hint_on_ink_leaves_the_paper(painted, line):
    paper = line == 255
    assert np.array_equal(inked(painted, line, ON_LINE)[paper], painted[paper])


def test_a_dab_that_touches_paper_leaves_the_ink(painted, line):
    assert np.array_equal(inked(painted, line, ON_LINE, r=5), painted)


def test_a_white_dab_on_black_is_a_dot_and_a_colored_one_tints_what_is_around():
    seen = {}
    for color in ("#ffffff", "#c83c28"):
        picture = np.zeros((SIDE, SIDE, 3), np.uint8)
        dab = draw_hints([Hint(30, 30, 2, color)], (SIDE, SIDE))
        tint_ink(picture, picture[:, :, 0].copy(), dab)
        assert (picture[30, 30] == dab[30, 30, :3]).all()
        seen[color] = picture[30, 35:40, 0]
    assert seen["#ffffff"].max() == 0
    assert seen["#c83c28"].min() > 40


def test_a_tint_is_the_same_at_twice_the_size(painted, line):
    layer = draw_hints([Hint(*ON_LINE, 0.5, "#3ca050")], (SIDE, SIDE))
    small, large = painted.copy(), painted.repeat(2, 0).repeat(2, 1)
    tint_ink(small, line, layer)
    tint_ink(large, line.repeat(2, 0).repeat(2, 1), layer)
    ink = line == 0
    assert np.abs(large[::2, ::2][ink].astype(int) - small[ink]).mean() < 3

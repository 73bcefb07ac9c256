"""What is measured with dabs, each measure on a case that is worked out by hand."""

import math

import numpy as np
import pytest
from skimage.color import deltaE_cie76, rgb2lab

from colorizer.images import InputError
from colorizer.preprocessing.hints import Hint
from eval import metrics, plans
from eval.drawings import Case
from eval.fidelity import measure as dabs
from tests.support.pictures import BLACK, BLUE, RED, WHITE, framed_boxes
from train.areas import find_areas, place_dabs


@pytest.fixture
def boxes():
    """Two framed boxes, see `framed_boxes`."""
    return framed_boxes()


@pytest.fixture
def places(boxes):
    """Areas and places of the boxes, the blue one with a dab."""
    areas = find_areas(*boxes)
    return areas, dabs.find_places(trial(*boxes, areas, [Hint(70, 30, 2, "#285adc")]))


def trial(truth, line, areas, hints=()):
    """Return a trial of dabs with this truth, line-art and areas."""
    return plans.Trial(None, "", Case(line, list(hints)), truth, None, areas)


def measured(result, boxes, places):
    """Return the measures of a result, the blue box with a dab."""
    hints = [Hint(70, 30, 2, "#285adc")]
    return dabs.measure_dabs(result, trial(*boxes, places[0], hints))


def test_a_plan_of_dabs_has_a_count_and_perhaps_a_limit(boxes):
    assert plans.split_limit("dabs:15") == ("dabs:15", "")
    assert plans.split_limit("dabs:15:30") == ("dabs:15", "30")
    areas = find_areas(*boxes)
    hints = plans.place_hints("dabs:2", *boxes, np.random.default_rng(0))
    assert hints == place_dabs(2, boxes[0], areas)
    for wrong in ("dabs:", "dabs:0", "dabs:many"):
        with pytest.raises(InputError, match="wanted is strokes, dabs:N or a number"):
            plans.split_limit(wrong)


def test_floored_psnr_counts_at_least_20_squared_bytes(boxes):
    truth = boxes[0] // 2
    assert metrics.psnr(truth, truth, metrics.ERROR_FLOOR) == pytest.approx(
        10 * math.log10(255**2 / 20)
    )
    assert metrics.psnr(truth + 4, truth, metrics.ERROR_FLOOR) == metrics.psnr(
        truth, truth, metrics.ERROR_FLOOR
    )
    assert metrics.psnr(truth + 10, truth, metrics.ERROR_FLOOR) == pytest.approx(
        20 * math.log10(25.5)
    )


def test_every_pixel_has_one_place(boxes, places):
    color, _ = boxes
    found = places[1]
    assert list(found) == ["ink", "white", "hinted", "rest"]
    assert (sum(at.astype(int) for at in found.values()) == 1).all()
    for name, rgb in zip(found, (BLACK, WHITE, BLUE, RED)):
        assert (found[name] == (color == rgb).all(2)).all()


def test_white_inside_a_figure_and_color_at_the_frame_are_no_background(boxes):
    color, line = boxes
    color = color.copy()
    color[20:40, 60:80] = 255
    color[:, 90:] = 200, 160, 0
    found = dabs.find_places(trial(color, line, find_areas(color, line)))
    assert found["white"][5, 5]
    assert not found["white"][30, 70]
    assert not found["white"][5, 93]
    assert found["rest"][30, 70]


def test_a_dab_on_white_background_leaves_it_background(boxes):
    found = dabs.find_places(trial(*boxes, find_areas(*boxes), [Hint(2, 2, 2, "#ffffff")]))
    assert found["white"][2, 2]
    assert not found["hinted"].any()


def test_errors_by_place_add_up_to_the_mean_squared_error(boxes, places):
    truth = boxes[0]
    result = truth.copy()
    result[0, :10] = 255 - 30  # background
    result[20, 60:65] = np.array(BLUE) + 20  # hinted
    result[20, 8, 0] -= 60  # rest, one channel
    found = measured(result, boxes, places)
    errors = [found[f"error_{name}"] for name in ("ink", "white", "hinted", "rest")]
    by_hand = [0, 10 * 900, 5 * 400, 3600 / 3]
    assert errors == pytest.approx([error / (64 * 96) for error in by_hand])
    assert sum(errors) == pytest.approx(np.square(result - truth.astype(float)).mean())


def test_spill_is_the_painted_share_of_the_bare_background(boxes, places):
    truth, line = boxes
    white = places[1]["white"]
    result, rims = truth.copy(), line.copy()
    result[:8] = 255, 200, 200
    result[8:16] = 250  # differs by 2, which is not seen
    spill = measured(result, (truth, line), places)["spill"]
    assert spill == pytest.approx(8 * 96 / white.sum())
    rims[:4] = 239  # half of what is painted is the rim of a line
    bare = white.sum() - 4 * 96
    spill = measured(result, (truth, rims), places)["spill"]
    assert spill == pytest.approx(4 * 96 / bare)


def test_a_shadow_of_the_background_may_be_there_or_left_out(boxes, places):
    truth, line = boxes[0].copy(), boxes[1]
    truth[:8] = 200
    for result in (truth, np.full_like(truth, 255)):
        assert measured(result, (truth, line), places)["spill"] == 0


def test_blotch_is_the_difference_to_the_areas_own_color_where_the_truth_is_flat(boxes, places):
    truth, line = boxes
    areas, found = places
    other = truth.copy()
    other[areas == 2], other[areas == 3], other[:8] = (9, 200, 9), WHITE, RED
    assert dabs.blotch(other, trial(truth, line, areas), found["white"]) == pytest.approx(
        0, abs=1e-3
    )
    other[20:40, 60:65] = 0  # a quarter of the blue area: white to black is 100
    by_hand = 100 * 100 / (20 * 40 + 20 * 20)
    assert dabs.blotch(other, trial(truth, line, areas), found["white"]) == pytest.approx(
        by_hand, rel=1e-4
    )
    uneven = truth.copy()
    uneven[20:30, 60:80] = 40, 60, 120  # the truth of the blue area is not flat
    assert dabs.blotch(other, trial(uneven, line, areas), found["white"]) == pytest.approx(
        0, abs=1e-3
    )
    assert math.isnan(dabs.blotch(other, trial(truth, line, 0 * areas), found["white"]))


def test_ink_is_the_brightness_of_black_lines(boxes, places):
    result, line = boxes[0].copy(), boxes[1].copy()
    assert measured(result, boxes, places)["ink"] == 0
    result[line == 0] = 30, 60, 90
    line[:2], result[:2] = 32, 200  # gray ink does not count
    assert measured(result, (boxes[0], line), places)["ink"] == 60


def test_stray_is_the_share_outside_the_new_area_that_moves(boxes, places):
    before, area = boxes[0], places[0] == 3
    after = before.copy()
    after[17:43, 60:80] = after[20:40, 57:83] = 0  # the area, and 3 pixels to each side
    assert metrics.moved_outside(before, after, area, dabs.STRAYED) == 0
    after[:5] = 255, 200, 200
    after[5:10] = 250  # not seen
    outside = 64 * 96 - (26 * 26 - 4 * 3)  # an ellipse's corners are less than a square's
    share = metrics.moved_outside(before, after, area, dabs.STRAYED)
    assert share == pytest.approx(5 * 96 / outside, rel=0.01)
    assert math.isnan(metrics.moved_outside(before, after, np.ones_like(area), dabs.STRAYED))


def test_all_measures_of_one_picture(boxes, places):
    truth, line = boxes
    areas = places[0]
    result = truth.copy()
    result[places[1]["hinted"]] = WHITE
    hints = [Hint(70, 30, 2, "#285adc")]
    found = dabs.measure_dabs(result, trial(truth, line, areas, hints))
    apart = deltaE_cie76(*rgb2lab(np.array([BLUE, WHITE], np.uint8)[:, None]))[0]
    assert list(found) == ["psnr_floored", "delta_e_hinted", "blotch", "spill", "ink"] + [
        f"error_{place}" for place in dabs.PLACES
    ]
    assert found["delta_e_hinted"] == pytest.approx(apart, abs=0.05)
    assert (found["spill"], found["ink"]) == (0, 0)
    assert found["blotch"] == pytest.approx(0, abs=1e-3)
    gray = np.full_like(line, 127)
    found = dabs.measure_dabs(result, trial(truth, gray, 0 * areas))
    assert all(math.isnan(found[name]) for name in ("spill", "blotch", "delta_e_hinted", "ink"))

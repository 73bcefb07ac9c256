"""The regions of a line-art, and who gets which color."""

import dataclasses
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from scipy import sparse

from colorizer.models.regions import FINE, MULTIPLE, OWN, PARTS, RegionModel
from colorizer.preprocessing.hints import Hint, draw_hints
from colorizer.regions import find_regions, walk_hints
from colorizer.regions.walk import find_dabs, walk

SIDE = 128
SKIN = PARTS.index("skin")
RED, BLUE, GREEN = (200, 60, 40), (40, 60, 200), (40, 160, 60)
HEX = {RED: "#c83c28", BLUE: "#283cc8", GREEN: "#28a03c"}
LEFT, RIGHT = np.s_[24:104, 24:60], np.s_[24:104, 68:104]


def boxes(gap=0):
    """Two closed boxes beside each other; a gap of so many pixels opens the wall between them."""
    line = np.full((SIDE, SIDE), 255, np.uint8)
    line[20:108, 20:108] = 0
    line[23:105, 23:62] = line[23:105, 66:105] = 255
    line[64 - gap // 2 : 64 + gap - gap // 2, 62:66] = 255
    return line


def paint(line, *dabs, model=None):
    """Return the colors (SIDE, SIDE, 3) and the flow of dabs (x, y, radius, color)."""
    layer = draw_hints([Hint(x, y, r, HEX[color]) for x, y, r, color in dabs], (SIDE, SIDE))
    regions = find_regions(line, model)
    flow = walk_hints(regions, layer)
    return flow.palette[flow.labels], flow


def see(monkeypatch, border):
    """Let the network see a border (SIDE, SIDE), one part everywhere, and nothing unlike."""
    parts = np.zeros((len(PARTS), SIDE // 2, SIDE // 2), np.float32)
    parts[-1] = 1
    seen = border, parts, parts, np.ones_like(parts[:1]), (1.0, 0.0)
    monkeypatch.setattr("colorizer.regions.cells.look", lambda *_: seen)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return RegionModel(4, 4).eval()


def test_each_closed_box_takes_the_color_of_its_dab_up_to_its_line():
    color, flow = paint(boxes(), (42, 64, 4, RED), (85, 64, 4, BLUE))
    assert (color[23:105, 23:62] == RED).all()
    assert (color[23:105, 66:105] == BLUE).all()
    assert flow.sure[LEFT].all()
    assert flow.sure[RIGHT].all()


def test_a_small_place_away_from_the_edge_is_no_background(monkeypatch):
    line = boxes()
    line[23:105, 66:105] = line[:8, 20:28] = 0
    line[60:66, 80:86] = line[:6, 22:26] = 255
    parts = np.zeros((len(PARTS), SIDE // 2, SIDE // 2), np.float32)
    parts[0], parts[SKIN] = 0.9, 0.1
    seen = (line < 128).astype(np.float32), parts, parts, np.ones_like(parts[:1]), (0.0, 4.0)
    monkeypatch.setattr("colorizer.regions.cells.look", lambda *_: seen)
    regions = find_regions(line, None)
    small = np.s_[60:66, 80:86]
    assert not regions.ground[small].any()
    assert (regions.parts[regions.cells[small]][..., SKIN] == 1).all()
    assert regions.ground[:6, 22:26].all()
    assert regions.ground[23:105, 23:62].all()


def three_boxes(likeness, gray):
    """Return what flows from a red dab above and a blue one below to a box between them.

    Its place is as like the red one's as `gray`, an inner product, and not at all like the other's.
    """
    line = np.full((SIDE, SIDE), 255, np.uint8)
    line[20:108, 20:108] = 0
    line[23:50, 23:105] = line[53:75, 23:105] = line[78:105, 23:105] = 255
    regions = find_regions(line, None)
    cell = regions.cells[[36, 64, 90], 64]
    places = np.zeros((len(regions.areas), 3))
    places[:, 2] = 1
    places[cell] = [1, 0, 0], [gray, 0, np.sqrt(1 - gray**2)], [0, 1, 0]
    regions = dataclasses.replace(regions, embeddings=places, likeness=likeness)
    dabs = [Hint(64, 36, 4, HEX[RED]), Hint(64, 90, 4, HEX[BLUE])]
    return walk_hints(regions, draw_hints(dabs, line.shape[::-1])), np.s_[60:68, 60:68]


def test_a_place_that_no_dab_reaches_is_shown_as_a_mix_by_the_odds_that_it_shares_their_colors():
    flow, middle = three_boxes((2.0, -1.0), 0.5)
    assert not flow.sure[middle].any()
    red, blue = np.exp(1.5 * (2 * 0.5 - 1)), np.exp(1.5 * (2 * 0 - 1))  # odds to the power 1.5
    wanted = (red * np.array(RED) + blue * np.array(BLUE)) / (red + blue)
    assert np.abs(flow.colors[middle] - wanted).max() < 3


@pytest.mark.parametrize(
    ("likeness", "low", "high"), [((8.0, -1.0), 0.9, 1), ((2.0, -1.0), 0, 0.05)]
)
def test_only_nearly_certain_likeness_to_a_dab_is_likely(likeness, low, high):
    flow, middle = three_boxes(likeness, 1.0)
    assert low <= flow.likely[middle].mean() <= high


def test_dabs_on_both_sides_of_a_gap_meet_in_it():
    color, _ = paint(boxes(gap=6), (42, 64, 4, RED), (85, 64, 4, BLUE))
    assert (color[LEFT] == RED).mean() > 0.99
    assert (color[RIGHT] == BLUE).mean() > 0.99


def test_cells_between_two_dabs_that_no_border_parts_have_a_mix_of_their_colors():
    line = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.rectangle(line, (10, 40), (118, 90), 0, 2)
    line[40:58, [45, 83]] = line[72:90, [45, 83]] = 0  # three rooms with doors
    _, flow = paint(line, (28, 65, 3, RED), (100, 65, 3, BLUE))
    red = flow.colors[65, [28, 64, 100], 0]
    np.testing.assert_allclose(red[[0, 2]], [RED[0], BLUE[0]], atol=6)
    assert red[2] + 20 < red[1] < red[0] - 20


def test_where_no_border_is_colors_change_without_steps_and_paint_has_its_own():
    line = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.rectangle(line, (10, 40), (118, 90), 0, 2)
    _, flow = paint(line, (28, 65, 5, RED), (64, 60, 5, GREEN), (100, 65, 5, BLUE))
    steps = [np.abs(np.diff(flow.colors[43:88, 13:116], axis=axis)).max() for axis in (0, 1)]
    assert max(steps) < 20  # of 120
    for x, y, color in ((28, 65, RED), (64, 60, GREEN), (100, 65, BLUE)):
        np.testing.assert_allclose(flow.colors[y, x], color, atol=1)


def test_no_color_runs_from_a_figure_into_white_background_where_the_line_is_open():
    regions = find_regions(boxes(gap=20), None)
    parts = np.eye(len(PARTS))[np.full(len(regions.areas), PARTS.index("rest"))]
    right = np.unique(regions.cells[RIGHT])
    parts[right] = np.eye(len(PARTS))[PARTS.index("background")]
    hints = [Hint(42, 64, 4, HEX[RED]), Hint(85, 64, 4, "#ffffff")]
    layer = draw_hints(hints, (SIDE, SIDE))
    seen = []
    for these in (regions, dataclasses.replace(regions, parts=parts, background=parts[:, 0] == 1)):
        seen.append(255 - walk_hints(these, layer).colors[RIGHT].min())
    assert seen[0] > 20
    assert seen[1] == pytest.approx(0, abs=0.1)


def test_closed_boxes_have_their_dabs_colors_where_the_network_sees_no_border(monkeypatch):
    see(monkeypatch, np.zeros((SIDE, SIDE), np.float32))
    _, flow = paint(boxes(), (42, 64, 4, RED), (85, 64, 4, BLUE), model="any")
    assert np.abs(flow.colors[LEFT] - RED).max() < 1
    assert np.abs(flow.colors[RIGHT] - BLUE).max() < 1


def test_a_dab_belongs_to_the_box_under_its_center_whatever_its_rim_covers():
    color, _ = paint(boxes(), (58, 64, 12, RED), (85, 90, 4, BLUE))
    assert (color[RIGHT] == BLUE).all()
    assert (color[LEFT] == RED).all()


def test_a_dab_wider_than_a_place_that_is_all_border_does_not_run_out_of_it(monkeypatch):
    line = np.full((SIDE, SIDE), 255, np.uint8)
    line[60:69, 60:69] = 0
    line[63:66, 63:66] = 255
    border = np.zeros(line.shape, np.float32)
    border[57:72, 57:72] = 0.6
    see(monkeypatch, border)
    _, flow = paint(line, (64, 64, 6, RED), (20, 20, 6, BLUE), model="any")
    assert np.abs(flow.colors[63:66, 63:66] - RED).max() < 3
    around = np.ones(line.shape, bool)
    around[59:70, 59:70] = False
    assert np.abs(flow.colors[around] - BLUE).max() < 20


def test_dabs_of_one_box_share_it_by_distance_and_take_none_of_another_box():
    line, alike = boxes(), 5
    color, _ = paint(line, (42, 34, alike, RED), (42, 94, alike, GREEN), (85, 64, alike, BLUE))
    assert (color[24:50, 24:60] == RED).all()
    assert (color[78:104, 24:60] == GREEN).all()
    assert (color[RIGHT] == BLUE).all()


def test_between_dabs_of_one_cell_colors_run_into_each_other():
    _, flow = paint(boxes(), (42, 34, 5, RED), (42, 94, 5, GREEN))
    red = flow.colors[34:95, 42, 0]
    np.testing.assert_allclose(red[[0, -1]], [RED[0], GREEN[0]], atol=0.5)
    assert (np.diff(red[5:-5]) < 0).all()


def test_a_dab_close_to_a_line_still_colors_the_background():
    line = np.full((512, 512), 255, np.uint8)
    line[100:400, 200:203] = line[100:400, 400:403] = line[100:103, 200:400] = 0
    regions = find_regions(line, None)
    flow = walk_hints(regions, draw_hints([Hint(197, 250, 1, HEX[RED])], (512, 512)))
    assert flow.sure[250, 190:198].all()
    assert flow.sure[:, :190].mean() > 0.9


@pytest.mark.parametrize(("room", "own"), [(1, False), (20, True)])
def test_a_dab_with_little_room_leaves_its_cell_to_one_that_flows_there(room, own):
    graph = sparse.csr_matrix([[0, 15.0], [15, 0]])
    regions = SimpleNamespace(areas=np.array([400, 400]), graph=graph)
    chance = walk(regions, np.eye(2), np.array([room, 20.0]))
    assert (chance[0, 0] > chance[0, 1]) == own
    assert chance[1, 1] > chance[1, 0]
    assert (chance.sum(1) > 0.9).all()


def test_a_small_dab_beside_a_large_one_stays_local():
    color, _ = paint(boxes(), (42, 44, 6, RED), (42, 84, 2, GREEN))
    green = (color == GREEN).all(2)
    assert green[84, 42]
    ys, xs = np.nonzero(green)
    assert np.hypot(ys - 84, xs - 42).max() <= 2.5


def test_a_small_dab_colors_its_place_where_no_walk_reaches_the_large_one():
    regions = find_regions(boxes(gap=6), None)
    regions = dataclasses.replace(regions, flow=0 * regions.flow)
    hints = Hint(42, 64, 6, HEX[RED]), Hint(85, 64, 2, HEX[GREEN])
    flow = walk_hints(regions, draw_hints(hints, (SIDE, SIDE)))
    assert flow.sure[63:66, 84:87].all()
    assert (flow.colors[63:66, 84:87] == GREEN).all()
    assert not flow.sure[30, 85]


def test_paint_on_ink_alone_floods_nothing():
    line = boxes()
    line[30:50, 30:50] = 0
    color, flow = paint(line, (40, 40, 3, BLUE), (85, 64, 4, RED), (30, 90, 4, RED))
    assert (color[RIGHT] == RED).all()
    assert not (color == BLUE).all(2).any()
    np.testing.assert_allclose(flow.colors[LEFT], np.broadcast_to(RED, (80, 36, 3)), atol=0.5)


def test_a_white_dab_on_the_background_keeps_others_there_local():
    regions = find_regions(boxes(), None)
    background = np.eye(len(PARTS))[[0] * len(regions.areas)]
    regions = dataclasses.replace(regions, parts=background, background=background[:, 0] == 1)
    gray, white = Hint(10, 64, 3, "#808080"), Hint(64, 10, 3, "#ffffff")
    shares = []
    for hints in ([gray], [gray, white]):
        flow = walk_hints(regions, draw_hints(hints, (SIDE, SIDE)))
        shares.append((flow.palette[flow.labels] == 128).all(2)[:18].mean())
    assert shares == [1, 0]
    near = flow.colors[64, [10, 14, 17], 0]  # it runs into the white around it
    assert near[0] == pytest.approx(128, abs=3)
    assert near[0] + 10 < near[1] < near[2] - 10 < 245
    assert flow.colors[2, 64].min() > 250


def test_marks_of_one_color_are_apart_where_they_do_not_touch():
    layer = draw_hints([Hint(20, 20, 3, HEX[RED]), Hint(90, 90, 5, HEX[RED])], (SIDE, SIDE))
    dabs = find_dabs(layer)
    assert dabs.colors.tolist() == [list(RED)] * 2
    assert sorted(dabs.sizes) == sorted(np.bincount(dabs.numbers[dabs.numbers > 0])[1:])


@pytest.mark.parametrize("value", [0, 255])
def test_a_page_of_ink_or_of_paper_has_regions(value, model):
    line = np.full((70, 90), value, np.uint8)
    regions = find_regions(line, model)
    assert regions.cells.shape == line.shape
    assert regions.cells.min() == 0
    assert regions.areas.sum() == line.size
    assert regions.paper.all() == (value == 255)


def test_regions_of_any_size_are_those_of_the_padded_line_art(model):
    line = boxes()[:100, :90]
    regions = find_regions(line, model)
    assert regions.cells.shape == line.shape
    np.testing.assert_allclose(np.linalg.norm(regions.embeddings, axis=1), 1, rtol=1e-4)
    np.testing.assert_allclose(regions.parts.sum(1), 1, rtol=1e-3)
    assert ((regions.flow >= 0) & np.isfinite(regions.flow)).all()
    assert set(np.unique(regions.part)) <= set(range(len(PARTS)))


def test_the_network_gives_borders_at_full_size_and_the_rest_at_half(model):
    border, part, embeddings, people = model(torch.zeros(2, 1, MULTIPLE, 2 * MULTIPLE))
    assert people is None
    assert border.shape == (2, 1, MULTIPLE, 2 * MULTIPLE)
    assert part.shape == (2, len(PARTS), MULTIPLE // 2, MULTIPLE)
    assert embeddings.shape == (2, 4, MULTIPLE // 2, MULTIPLE)
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(2, MULTIPLE // 2, MULTIPLE))
    with pytest.raises(ValueError, match="width is 6"):
        RegionModel(6)


@pytest.fixture
def social():
    """Return a network with `People` that calls every place of a figure skin."""
    torch.manual_seed(0)
    network = RegionModel(4, 4, people=True).eval()
    network.part.bias.data[0] = 1  # likelier than any part of a figure, not than all of them
    network.people.part.bias.data[SKIN] = 20
    return network


def test_where_people_are_shown_places_are_what_the_network_for_people_says(social):
    line = boxes()
    plain = RegionModel(4, 4).eval()
    plain.load_state_dict({k: v for k, v in social.state_dict().items() if "people" not in k})
    before, found = find_regions(line, plain), {}
    for shown in (-30.0, 30.0):
        social.people.shown.bias.data[:] = shown
        found[shown] = find_regions(line, social)
        np.testing.assert_allclose(found[shown].parts.sum(1), 1, rtol=1e-3)
        np.testing.assert_allclose(found[shown].parts[:, 0], before.parts[:, 0], atol=1e-6)
        assert np.array_equal(found[shown].flow, before.flow)
        assert np.array_equal(found[shown].background, before.background)
    assert (before.background & (found[30.0].parts.argmax(1) == SKIN)).any()
    fine, large = before.parts[:, 1 + OWN : 1 + OWN + FINE], before.parts[:, 1 + OWN + FINE :]
    left = 1 - before.parts[:, 0] - fine.sum(1)
    np.testing.assert_allclose(found[30.0].parts[:, SKIN], left, atol=1e-4)
    assert found[-30.0].parts[:, 1 : 1 + OWN].max() < 1e-6
    np.testing.assert_allclose(found[-30.0].parts[:, 1 + OWN : 1 + OWN + FINE], fine, atol=1e-6)
    wanted = left[:, None] * large / large.sum(1, keepdims=True)
    np.testing.assert_allclose(
        found[-30.0].parts[:, 1 + OWN + FINE :], wanted, atol=0.02
    )  # means of quotients
    assert before.parts[:, 1 : 1 + OWN].max() > 0.05


def test_people_are_told_of_line_arts_of_any_size(social):
    border, part, _, (theirs, shown) = social(torch.zeros(2, 1, MULTIPLE, 3 * MULTIPLE))
    assert border.shape == (2, 1, MULTIPLE, 3 * MULTIPLE)
    assert theirs.shape == part.shape
    assert shown.shape == (2,)

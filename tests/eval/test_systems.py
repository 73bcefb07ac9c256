"""The fidelity report's hints, and the peers that color after them."""

import sys

import numpy as np
import pytest
from PIL import Image

from colorizer.images import InputError
from colorizer.preprocessing.hints import Hint, draw_hints
from eval import metrics, plans, systems
from eval.fidelity import measure
from eval.systems import PEERS, Case, Folder, SystemConfig, load_systems


@pytest.mark.parametrize("plan", ["0", "1", "5", "28", "128", "strokes"])
def test_hints_have_the_truths_colors_and_depend_on_the_seed_alone(boxes, plan):
    color, line = boxes
    hints = plans.place_hints(plan, color, line, np.random.default_rng(1))
    assert hints == plans.place_hints(plan, color, line, np.random.default_rng(1))
    assert all(h.rgb == tuple(color[h.y, h.x]) for h in hints)
    if plan != "strokes":
        assert len(hints) == int(plan)
        assert all(h.r == 0 for h in hints)


def test_five_strokes_take_five_colors_off_the_lines(boxes):
    color, line = boxes
    hints = plans.simulate_strokes(color, line, np.random.default_rng(0))
    assert {h.rgb for h in hints} == {(255, 255, 255), (220, 40, 40), (40, 90, 220)}
    for hint in hints:
        dab = draw_hints([hint], (64, 64))[:, :, 3] > 0
        assert (line[dab] == 255).all()


def test_other_color_is_clearly_different():
    for color in ("#000000", "#ffffff", "#e02020", "#808080", "#123456"):
        swatch = np.array([[list(bytes.fromhex(color[1:]))]], np.uint8)
        other = Hint(0, 0, 0, plans.other_color(color))
        assert metrics.delta_e(swatch, np.uint8([[other.rgb]]))[0, 0] > 60


def test_unknown_plans_and_peers_are_refused():
    with pytest.raises(InputError, match="many"):
        plans.split_limit("many")
    with pytest.raises(InputError, match="photoshop"):
        load_systems(SystemConfig(("photoshop",), "none"))


def test_another_checkpoint_is_compared_by_a_name_of_its_own(boxes, spread_checkpoint):
    config = SystemConfig(("line", f"before={spread_checkpoint}"), str(spread_checkpoint))
    loaded = load_systems(config)
    assert list(loaded) == ["line", "before", "ours"]
    with pytest.raises(InputError, match=r"has line; .* NAME=CHECKPOINT with another name"):
        load_systems(SystemConfig((f"line={spread_checkpoint}",), "none"))
    case = Case(boxes[1], [Hint(15, 30, 2, "#dc2828")])
    np.testing.assert_array_equal(loaded["before"](case), loaded["ours"](case))


def test_nearest_takes_the_color_of_the_nearest_hint():
    line = np.full((20, 41), 255, np.uint8)
    line[10] = 51
    result = systems.nearest(Case(line, [Hint(0, 10, 0, "#ff0000"), Hint(40, 10, 2, "#0000ff")]))
    np.testing.assert_array_equal(
        result[0, [0, 18, 20, 40]] / 255, [[1, 0, 0]] * 2 + [[0, 0, 1]] * 2
    )
    np.testing.assert_array_equal(result[10, 5], [51, 0, 0])


@pytest.mark.parametrize("name", ["line", "nearest", "spread"])
def test_peers_return_the_line_art_without_hints(boxes, name):
    _, line = boxes
    np.testing.assert_array_equal(PEERS[name](Case(line, [])), np.dstack([line] * 3))


def test_spread_fills_closed_boxes(boxes):
    color, line = (array.repeat(4, 0).repeat(4, 1) for array in boxes)
    hints = [Hint(60, 120, 0, "#dc2828"), Hint(180, 120, 0, "#285adc"), Hint(4, 4, 0, "#ffffff")]
    assert metrics.psnr(systems.spread(Case(line, hints)), color) > 30


def test_gmic_fills_closed_boxes(boxes):
    pytest.importorskip("gmic")
    color, line = (array.repeat(4, 0).repeat(4, 1) for array in boxes)
    hints = [Hint(60, 120, 1, "#dc2828"), Hint(180, 120, 1, "#285adc"), Hint(4, 4, 1, "#ffffff")]
    assert metrics.psnr(systems.gmic(Case(line, hints)), color) > 30


def test_gmic_is_asked_for_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "gmic", None)
    systems.find_gmic.cache_clear()
    with pytest.raises(InputError, match=r"pip install -r eval/requirements\.txt"):
        load_systems(SystemConfig(("gmic",), "none"))


def test_a_changed_hint_changes_its_whole_stroke_and_no_other(boxes):
    _, line = boxes
    stroke = [Hint(x, 30, 2, "#dc2828") for x in (12, 15, 18)]
    far = Hint(45, 30, 2, "#dc2828")
    changed, new, region = measure.change_one([*stroke, far], line, np.random.default_rng(3))
    assert new in changed
    moved = [h.color != "#dc2828" for h in changed]
    assert moved in ([True] * 3 + [False], [False] * 3 + [True])
    assert region[30, 15] != region[30, 45]
    assert measure.change_one([Hint(5, 30, 0, "#000000")], line, np.random.default_rng(0)) is None


def test_a_picture_of_another_tool_may_have_any_ending_and_size(tmp_path):
    (tmp_path / "tool/two").mkdir(parents=True)
    Image.new("RGB", (40, 40), "red").save(tmp_path / "tool/two/2.webp", lossless=True)
    tool = Folder(tmp_path / "tool")
    case = Case(np.zeros((30, 50), np.uint8), [], "dabs-5/xdog/two/2")
    picture = tool(case)
    assert picture.shape == (30, 50, 3)
    assert (picture == (255, 0, 0)).all()
    (tmp_path / "tool/dabs-5/xdog/two").mkdir(parents=True)
    Image.new("RGB", (50, 30), "blue").save(tmp_path / "tool/dabs-5/xdog/two/2.png")
    assert (tool(case) == (0, 0, 255)).all()
    with pytest.raises(InputError, match=r"no picture .*none/28/xdog/two/2\.\*"):
        Folder(tmp_path / "none").find("28/xdog/two/2")
    with pytest.raises(InputError, match="--against has a second 'tool'"):
        load_systems(SystemConfig(checkpoint="none", against=(str(tmp_path / "tool"),) * 2))

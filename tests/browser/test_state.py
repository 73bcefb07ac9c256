"""The pure part of the canvas, function by function, in an empty page."""

import pytest
from playwright.sync_api import Page

from colorizer.ui.static import read_static


@pytest.fixture(scope="module")
def state(browser) -> Page:
    """An empty page in which canvas/state.js has run."""
    page = browser.new_page()
    page.add_script_tag(content=read_static("canvas/state.js"))
    yield page
    page.close()


def test_strokes_become_points_at_least_two_and_a_half_radii_apart(state) -> None:
    xs = state.evaluate(
        """() => {
          let points = [];
          for (let x = 0; x <= 100; x++) points = extendStroke(points, { x, y: 5 }, 8, "#ff0000");
          return points.map((p) => p.x);
        }"""
    )
    assert xs == [0, 20, 40, 60, 80, 100]


def test_new_paint_replaces_the_dots_it_covers(state) -> None:
    colors = state.evaluate(
        """() => paintOver(
          [{ x: 10, y: 10, r: 4, color: "old" }, { x: 40, y: 10, r: 4, color: "far" }],
          [{ x: 12, y: 10, r: 4, color: "new" }]).map((p) => p.color)"""
    )
    assert colors == ["far", "new"]


def test_the_topmost_dot_is_hit(state) -> None:
    dots = "[{ x: 0, y: 0, r: 5 }, { x: 3, y: 0, r: 5 }, { x: 50, y: 0, r: 5 }]"
    assert state.evaluate(f"hintAt({dots}, {{ x: 2, y: 0 }}, 0)") == 1
    assert state.evaluate(f"hintAt({dots}, {{ x: 20, y: 0 }}, 0)") == -1
    assert state.evaluate(f"hintAt({dots}, {{ x: 44, y: 0 }}, 2)") == 2


def test_erasing_removes_dots_and_pen_lines_that_are_touched_and_nothing_else(state) -> None:
    doc = """{ base: {}, hints: [{ x: 5, y: 5, r: 2 }, { x: 90, y: 90, r: 2 }],
      ink: [{ width: 4, points: [{ x: 0, y: 8 }, { x: 60, y: 8 }] }] }"""
    left = state.evaluate(f"eraseAt({doc}, {{ x: 30, y: 11 }}, 2)")
    assert (len(left["hints"]), len(left["ink"])) == (2, 0)
    left = state.evaluate(f"eraseAt({doc}, {{ x: 6, y: 4 }}, 1)")
    assert (len(left["hints"]), len(left["ink"])) == (1, 1)
    assert state.evaluate(f"[{doc}].every((d) => eraseAt(d, {{ x: 30, y: 50 }}, 2) === d)")


def test_history_returns_to_each_state_and_forgets_the_future_after_a_change(state) -> None:
    seen = state.evaluate(
        """() => {
          const history = createHistory(0);
          [1, 2, 3].forEach(history.commit);
          const seen = [];
          history.undo(); seen.push(history.doc);
          history.undo(); seen.push(history.doc);
          history.redo(); seen.push(history.doc);
          history.commit(9); seen.push(history.canRedo);
          while (history.undo()) seen.push(history.doc);
          return seen;
        }"""
    )
    assert seen == [2, 1, 2, False, 2, 1, 0]


@pytest.mark.parametrize(("size", "radius"), [((512, 512), 8), ((2000, 3000), 31), ((90, 60), 4)])
def test_the_brush_starts_at_a_64th_of_the_shorter_side(state, size, radius) -> None:
    assert state.evaluate("([w, h]) => defaultRadius(w, h)", list(size)) == radius

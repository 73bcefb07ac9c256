"""On a low screen, such as a notebook's cell, everything needed is in sight without scrolling."""

import pytest
from playwright.sync_api import Page, expect

from .studio import open_example, open_file, wait_for_result

SIZES = [(830, 500), (748, 460), (1280, 600), (844, 390), (640, 640)]
NEEDED = (
    '.surface, .frame, [data-act="colorize"], [data-act="stop"], [data-act="vary"], '
    '[data-act="live"], .studio .bar:first-child [data-act], .tool, .chip, .hex, '
    '.studio > .colors .swatch.none, [data-act="reference"], .size input, [data-act="fit"], '
    "[data-show], .shadows select, [data-save]"
)
COVERED = """(parts) => parts.filter((part) => {
  const box = part.getBoundingClientRect();
  if (box.width < 12 || box.top < 0 || box.left < 0) return true;
  if (box.bottom > innerHeight || box.right > innerWidth) return true;
  const seen = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return !seen || !(part.contains(seen) || seen.contains(part));
}).map((part) => part.outerHTML.slice(0, 90))"""


def out_of_sight(page: Page) -> list[str]:
    """Return the parts that are needed and cannot be reached where they stand."""
    return page.locator(NEEDED).evaluate_all(COVERED)


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def low(request, open_page) -> Page:
    """The page on a low screen."""
    width, height = request.param
    return open_page(viewport={"width": width, "height": height})


def test_drawing_and_result_share_the_height(low: Page, drawing) -> None:
    open_file(low, drawing)
    wait_for_result(low)
    assert low.locator(NEEDED).count() > 30
    assert out_of_sight(low) == []
    canvas, result = (low.locator(f"{part} .stage").bounding_box() for part in (".studio", ".view"))
    assert canvas["y"] == pytest.approx(result["y"], abs=1)  # a border
    assert canvas["height"] == pytest.approx(result["height"], abs=2)
    assert canvas["x"] + canvas["width"] <= result["x"] + 1
    assert canvas["height"] > 0.4 * low.viewport_size["height"]
    assert canvas["width"] > 0.38 * low.viewport_size["width"]


def test_a_reference_and_variations_leave_everything_in_sight(low: Page, drawing) -> None:
    open_file(low, drawing)
    wait_for_result(low)
    low.locator("[data-file=reference]").set_input_files(drawing)
    expect(low.locator(".reference")).to_be_visible()
    low.locator("[data-act=vary]").click()
    expect(low.locator(".thumb")).to_have_count(4)
    assert out_of_sight(low) == []


def test_examples_stand_beside_the_empty_canvas(low: Page) -> None:
    expect(low.locator("[data-example]").last).to_be_visible()
    box = low.locator("#lc-examples").bounding_box()
    stage = low.locator(".view .stage").bounding_box()
    assert stage["y"] <= box["y"]
    assert box["y"] + box["height"] <= stage["y"] + stage["height"]
    open_example(low, "Potion")
    wait_for_result(low)
    assert low.locator("#lc-examples").bounding_box()["y"] >= low.viewport_size["height"]

"""The page in a real browser: the main path, every tool, key and error a user can meet."""

import io
import json
import math

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from .studio import (
    by,
    expect_hints,
    hint_count,
    open_example,
    open_file,
    picture_size,
    place,
    saved_hints,
    set_live,
    stroke,
    to_screen,
    tool,
    wait_for_result,
)


def test_example_stroke_result_and_download(page: Page, served) -> None:
    open_example(page, "Girl with a bow")
    before = hint_count(page)
    page.get_by_role("button", name="Turquoise").click()
    stroke(page, (60, 1000), (90, 1040))
    page.wait_for_function(
        "n => document.querySelector('.view .facts').textContent.includes(n)",
        arg=f"{hint_count(page)} hints",
    )
    assert hint_count(page) > before
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PNG").click()
    assert download.value.suggested_filename == "1_girl_with_a_bow-colored.png"
    with Image.open(download.value.path()) as picture:
        assert picture.format == "PNG"
        assert picture.size == picture_size(page) == (1000, 1120)
        assert picture.convert("RGB").getpixel((75, 1020)) == (0x62, 0xC6, 0xC4)


def test_no_hints_means_automatic_colors(page: Page, drawing, served) -> None:
    open_file(page, drawing)
    wait_for_result(page, by(640, 480) + " · automatic colors")
    assert served.colorizer.calls[-1] == ((640, 480), [])


def test_the_browser_keeps_no_runs(page: Page, drawing) -> None:
    open_file(page, drawing)
    wait_for_result(page)
    stroke(page, (300, 200), (330, 240))
    wait_for_result(page, " hints")
    assert page.evaluate("Object.keys(localStorage).filter(k => k.includes('history'))") == []


def test_drawing_from_nothing(page: Page, served) -> None:
    page.get_by_role("button", name="Draw your own").click()
    page.locator("[data-act=colorize]").click()
    expect(page.locator(".notice")).to_contain_text("Open or draw a line-art first.")
    assert tool(page) == "pen"
    stroke(page, (300, 300), (700, 300), (700, 700))
    wait_for_result(page, by(1024, 1024))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PNG").click()
    with Image.open(download.value.path()) as picture:
        gray = np.asarray(picture.convert("L"))
    assert gray[300, 500] < 60
    assert gray[320, 500] > 180


def test_hints_survive_saving_loading_and_a_change_of_size(page: Page, drawing, tmp_path) -> None:
    set_live(page, False)
    open_file(page, drawing)
    stroke(page, (320, 240))
    stroke(page, (200, 100))
    saved = saved_hints(page)
    path = tmp_path / "hints.json"
    path.write_text(json.dumps(saved))
    page.locator("[data-act=clear]").click()
    open_file(page, path)
    expect_hints(page, 2)
    assert saved_hints(page) == saved
    doubled = {**saved, "width": 320, "height": 240}
    path.write_text(json.dumps(doubled))
    page.locator("[data-act=clear]").click()
    open_file(page, path)
    expect_hints(page, 2)
    again = saved_hints(page)["hints"][0]
    assert (again["x"], again["r"]) == (
        pytest.approx(2 * saved["hints"][0]["x"], abs=0.02),
        2 * saved["hints"][0]["r"],
    )


def test_pasting_a_picture_opens_it(page: Page) -> None:
    page.evaluate(
        """async () => {
          const sheet = new OffscreenCanvas(90, 60);
          sheet.getContext("2d").fillRect(10, 10, 20, 20);
          const blob = await sheet.convertToBlob({ type: "image/png" });
          const data = new DataTransfer();
          data.items.add(new File([blob], "pasted.png", { type: "image/png" }));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
        }"""
    )
    wait_for_result(page, by(90, 60))


def test_the_slider_uncovers_the_original(page: Page, drawing) -> None:
    open_file(page, drawing)
    wait_for_result(page)
    box = page.locator(".frame").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 40)
    cut = page.locator(".frame").evaluate("f => parseFloat(f.style.getPropertyValue('--cut'))")
    assert cut == pytest.approx(50, abs=2)
    page.get_by_role("button", name="Draft").click()
    page.wait_for_function("document.querySelector('.view .after').naturalWidth === 64")


def test_quick_strokes_end_in_the_last_state_without_computing_each(
    page: Page, drawing, served
) -> None:
    open_file(page, drawing)
    wait_for_result(page)
    served.colorizer.calls.clear()
    served.colorizer.gate.clear()
    for i in range(10):
        page.mouse.click(*to_screen(page, 60 + 50 * i, 60))
    served.colorizer.gate.set()
    wait_for_result(page, "10 hints")
    assert len(served.colorizer.calls) <= 3
    assert len(served.colorizer.calls[-1][1]) == 10


def test_a_slow_run_switches_live_recoloring_off_for_its_drawing_only(
    page: Page, drawing, served
) -> None:
    live = page.locator("[data-act=live]")
    served.colorizer.delay = 2.2
    open_file(page, drawing)
    wait_for_result(page)
    expect(live).not_to_be_checked()
    expect(page.locator(".notice")).to_contain_text("recoloring on every stroke is off for this")
    served.colorizer.delay = 0.0
    page.locator(".shelf [data-example]").nth(1).click()
    wait_for_result(page, " hints")
    expect(live).to_be_checked()
    page.keyboard.press("Control+z")
    expect(live).not_to_be_checked()
    set_live(page, True)
    served.colorizer.delay = 2.2
    page.locator("[data-act=colorize]").click()
    expect(page.locator(".view .working")).to_be_visible()
    expect(page.locator(".view .working")).to_be_hidden()
    expect(live).to_be_checked()  # the user knows it is slow


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
        {"device_scale_factor": 4, "viewport": {"width": 1000, "height": 700}},
        {"color_scheme": "dark"},
    ],
    ids=["mobile", "4x", "dark"],
)
def test_other_screens(open_page, drawing, options) -> None:
    page = open_page(**options)
    open_file(page, drawing)
    wait_for_result(page, "automatic colors")
    x, y = to_screen(page, 320, 200)
    (page.touchscreen.tap if options.get("has_touch") else page.mouse.click)(x, y)
    wait_for_result(page, "1 hint")
    assert math.dist(place(saved_hints(page)["hints"][0]), (320, 200)) < 1
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow <= 0
    corner = Image.open(io.BytesIO(page.screenshot())).convert("L").getpixel((3, 3))
    assert (corner < 60) == (options.get("color_scheme") == "dark")

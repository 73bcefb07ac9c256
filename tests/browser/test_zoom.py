"""Result and canvas are seen together: zoom, the pan tool."""

import pytest
from playwright.sync_api import Page, expect

from .studio import open_file, to_screen, tool, wait_for_result


def frame_scale(page: Page) -> float:
    """Return the width of the result on the screen."""
    return page.locator(".frame").bounding_box()["width"]


def test_result_and_canvas_zoom_together(page: Page, drawing) -> None:
    open_file(page, drawing)
    wait_for_result(page)
    fitted = frame_scale(page)
    zoom = page.locator(".zoom output")
    before = int(zoom.text_content().rstrip("%"))
    page.mouse.move(*to_screen(page, 320, 240))
    page.mouse.wheel(0, -700)
    expect(zoom).not_to_have_text(f"{before}%")
    larger = int(zoom.text_content().rstrip("%")) / before
    page.wait_for_function(
        "w => document.querySelector('.frame').getBoundingClientRect().width > w", arg=fitted * 1.5
    )
    assert frame_scale(page) / fitted == pytest.approx(larger, rel=0.03)
    room = page.locator(".view .stage").bounding_box()
    page.mouse.move(room["x"] + room["width"] / 2, room["y"] + room["height"] / 2)
    page.mouse.wheel(0, 700)
    page.wait_for_function(
        "w => Math.abs(document.querySelector('.frame').getBoundingClientRect().width - w) < 4",
        arg=fitted,
    )
    assert int(zoom.text_content().rstrip("%")) == pytest.approx(before, abs=2)
    page.keyboard.press("0")
    expect(zoom).to_have_text(f"{before}%")


def test_the_pan_tool_moves_both(page: Page, drawing) -> None:
    open_file(page, drawing)
    wait_for_result(page)
    page.mouse.move(*to_screen(page, 320, 240))
    page.mouse.wheel(0, -700)
    room = page.locator(".view .stage").bounding_box()
    x, y = room["x"] + room["width"] / 2, room["y"] + room["height"] / 2
    page.locator("[data-tool=pan]").click()
    page.wait_for_timeout(200)
    before = page.locator(".frame").bounding_box()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 40, steps=4)
    page.mouse.up()
    page.wait_for_timeout(200)
    after = page.locator(".frame").bounding_box()
    assert after["x"] - before["x"] == pytest.approx(60, abs=2)
    assert after["y"] - before["y"] == pytest.approx(-40, abs=2)
    assert tool(page) == "pan"

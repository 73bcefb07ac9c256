"""The canvas in a real browser: tools, keys, undo, errors."""

import math

import pytest
from playwright.sync_api import Page, expect

from .studio import (
    by,
    expect_hints,
    open_file,
    picture_size,
    pixel,
    place,
    saved_hints,
    set_live,
    stroke,
    surface_corner,
    to_screen,
    tool,
    wait_for_result,
)


def test_undo_and_redo_cover_painting_moving_erasing_clearing_lines_and_opening(
    page: Page, drawing
) -> None:
    set_live(page, False)
    open_file(page, drawing)
    stroke(page, (320, 240))
    expect_hints(page, 1)
    stroke(page, (320, 240), (380, 260))
    moved = saved_hints(page)["hints"][0]
    assert math.dist((moved["x"], moved["y"]), (380, 260)) < 3
    stroke(page, (250, 240))
    page.keyboard.press("e")
    stroke(page, (250, 240))
    expect_hints(page, 1)
    page.locator("[data-act=clear]").click()
    expect_hints(page, 0)
    page.keyboard.press("p")
    stroke(page, (20, 20), (600, 460))
    for count in (0, 1, 2, 1):
        page.keyboard.press("Control+z")
        expect_hints(page, count)
    assert math.dist(place(saved_hints(page)["hints"][0]), (380, 260)) < 3
    page.keyboard.press("Control+z")
    assert math.dist(place(saved_hints(page)["hints"][0]), (320, 240)) < 3
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.locator(".stage .empty").first).to_be_visible()
    for _ in range(7):
        page.keyboard.press("Control+Shift+Z")
    expect(page.locator("[data-act=redo]")).to_be_disabled()
    expect_hints(page, 0)


def test_a_click_on_a_dot_gives_it_the_brush_color(page: Page, drawing) -> None:
    set_live(page, False)
    open_file(page, drawing)
    stroke(page, (320, 240))
    page.get_by_role("button", name="Red", exact=True).click()
    stroke(page, (320, 240))
    assert [h["color"] for h in saved_hints(page)["hints"]] == ["#e4574c"]


def test_picking_takes_colors_from_dots_and_from_the_result(page: Page, drawing) -> None:
    open_file(page, drawing)
    page.get_by_role("button", name="Violet").click()
    stroke(page, (320, 240))
    wait_for_result(page, "1 hint")
    page.get_by_role("button", name="No color").click()
    page.keyboard.press("i")
    page.mouse.click(*to_screen(page, 320, 240))
    expect(page.locator(".chip input")).to_have_value("#7a5cc7")
    assert tool(page) == "brush"
    page.get_by_role("button", name="No color").click()
    page.keyboard.press("i")
    box = page.locator(".frame").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    expect(page.locator(".chip input")).to_have_value("#7a5cc7")


def test_keys(page: Page, drawing) -> None:
    set_live(page, False)
    open_file(page, drawing)
    for key, name in {"e": "erase", "i": "pick", "p": "pen", "b": "brush"}.items():
        page.keyboard.press(key)
        assert tool(page) == name
    size = page.locator(".size output")
    first = int(size.text_content().split(" ")[0])
    page.keyboard.press("]")
    page.keyboard.press("]")
    assert int(size.text_content().split(" ")[0]) > first
    for _ in range(3):
        page.keyboard.press("[")
    assert int(size.text_content().split(" ")[0]) < first
    page.keyboard.down("Space")
    assert tool(page) == "pan"
    page.keyboard.up("Space")
    assert tool(page) == "brush"
    page.keyboard.press("Control+Enter")
    wait_for_result(page, by(640, 480))


def test_holding_tab_shows_the_original_and_a_tap_moves_on(page: Page, drawing) -> None:
    open_file(page, drawing)
    wait_for_result(page)
    page.locator(".surface").focus()
    page.keyboard.down("Tab")
    expect(page.locator(".view.peek")).to_be_attached()
    page.wait_for_timeout(400)
    page.keyboard.up("Tab")
    expect(page.locator(".view.peek")).not_to_be_attached()
    expect(page.locator(".surface")).to_be_focused()
    # Both events in one go: on a busy machine two calls would make a long press.
    page.locator(".surface").evaluate(
        """surface => ["keydown", "keyup"].forEach((name) => surface.dispatchEvent(
          new KeyboardEvent(name, { key: "Tab", bubbles: true, cancelable: true })))"""
    )
    expect(page.locator(".surface")).not_to_be_focused()


def test_a_hint_can_be_placed_with_the_keyboard_alone(page: Page, drawing) -> None:
    set_live(page, False)
    open_file(page, drawing)
    page.locator(".surface").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect_hints(page, 1)
    hint = saved_hints(page)["hints"][0]
    assert hint["x"] > 320
    assert hint["y"] == 240
    expect(page.locator(".studio p.sr")).to_contain_text("1 hint")
    page.locator(".surface").focus()
    page.keyboard.press("Delete")
    expect_hints(page, 0)


def test_painting_hits_the_right_pixel_when_zoomed(page: Page, drawing) -> None:
    set_live(page, False)
    open_file(page, drawing)
    x, y = to_screen(page, 400, 100)
    page.mouse.move(x, y)
    for _ in range(5):
        page.mouse.wheel(0, -240)
    expect(page.locator(".zoom output")).not_to_have_text("100%")
    page.mouse.click(x, y)
    hint = saved_hints(page)["hints"][0]
    assert math.dist(place(hint), (400, 100)) < 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("notes.png", b"no picture", "Cannot read notes.png: use PNG, JPEG or WebP."),
        ("a.png", bytes(20_500_000), "a.png has 20.5 MB; the limit is 20 MB."),
        ("a.json", b"[1]", 'Cannot use a.json: The hints need the three keys "width"'),
    ],
)
def test_a_bad_file_is_named_and_nothing_is_lost(
    page: Page, drawing, tmp_path, name, content, message
) -> None:
    set_live(page, False)
    open_file(page, drawing)
    stroke(page, (320, 240))
    (tmp_path / name).write_bytes(content)
    open_file(page, tmp_path / name)
    expect(page.locator(".notice")).to_contain_text(message)
    expect_hints(page, 1)
    assert picture_size(page) == (640, 480)


def test_painting_over_the_colors(page: Page, drawing) -> None:
    open_file(page, drawing)
    wait_for_result(page, "automatic colors")
    at = [a - b for a, b in zip(to_screen(page, 30, 30), surface_corner(page), strict=True)]
    assert pixel(page, *at) == [255, 255, 255]
    page.keyboard.press("v")
    page.wait_for_timeout(100)
    assert pixel(page, *at) == [0xC9, 0xD8, 0xEF]

"""Colors and dabs as artists expect them, and files dropped anywhere on the page."""

import io
import math
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from .studio import (
    by,
    expect_hints,
    open_file,
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

VIOLET, RED = "#7a5cc7", "#e4574c"


def choose(page: Page, name: str) -> None:
    """Take a color of the palette."""
    page.get_by_role("button", name=name, exact=True).click()


def colors(page: Page) -> list[str]:
    """Return the colors of all hints, in order."""
    return [hint["color"] for hint in saved_hints(page)["hints"]]


def test_no_color_leaves_a_region_white_and_clear_in_colors_only(page: Page, tmp_path) -> None:
    rings = Image.new("L", (640, 480), 255)
    draw = ImageDraw.Draw(rings)
    draw.ellipse((60, 120, 260, 320), outline=0, width=5)
    draw.ellipse((360, 120, 560, 320), outline=0, width=5)
    rings.save(tmp_path / "rings.png")
    open_file(page, tmp_path / "rings.png")
    choose(page, "No color: stays white")
    stroke(page, (160, 220))
    choose(page, "White")
    stroke(page, (460, 220))
    choose(page, "Red")
    for x in (20, 310, 620):
        stroke(page, (x, 30))
        stroke(page, (x, 440))
    wait_for_result(page, "8 hints")
    with page.expect_download() as download:
        page.locator("[data-save=colors]").click()
    picture = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert picture.getpixel((160, 260))[3] == 0
    assert picture.getpixel((460, 260))[3] == 255
    paper = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    assert paper.getpixel((310, 10)) == (0xE4, 0x57, 0x4C, 255)


@pytest.mark.parametrize(
    ("typed", "color"),
    [("3cb371", "#3cb371"), ("#F80", "#ff8800"), (" #FFD84D ", "#ffd84d"), ("blue", VIOLET)],
)
def test_the_hex_field_takes_a_color_and_refuses_others(quiet: Page, typed, color) -> None:
    choose(quiet, "Violet")
    quiet.locator(".hex").fill(typed)
    quiet.locator(".hex").press("Enter")
    expect(quiet.locator(".hex")).to_have_value(color)
    stroke(quiet, (320, 240))
    assert colors(quiet) == [color]


def test_letters_typed_into_the_hex_field_change_no_tool(quiet: Page) -> None:
    quiet.locator(".hex").click()
    quiet.keyboard.type("be")
    assert tool(quiet) == "brush"


def test_the_right_button_erases_and_the_tool_stays(quiet: Page) -> None:
    stroke(quiet, (100, 100))
    stroke(quiet, (300, 200))
    expect_hints(quiet, 2)
    quiet.mouse.click(*to_screen(quiet, 100, 100), button="right")
    expect_hints(quiet, 1)
    assert math.dist(place(saved_hints(quiet)["hints"][0]), (300, 200)) < 2
    assert tool(quiet) == "brush"


def test_sizes_are_diameters_and_shown_on_the_picture(quiet: Page) -> None:
    choose(quiet, "Red")
    for _ in range(6):
        quiet.keyboard.press("]")
    size = int(quiet.locator(".size output").text_content().split(" ")[0])
    stroke(quiet, (320, 240))
    assert 2 * saved_hints(quiet)["hints"][0]["r"] == size
    quiet.mouse.move(5, 5)
    quiet.keyboard.press("[")  # away from the picture the ring is in its middle
    size = int(quiet.locator(".size output").text_content().split(" ")[0])
    box = quiet.locator(".surface").bounding_box()
    scale = (to_screen(quiet, 100, 0)[0] - to_screen(quiet, 0, 0)[0]) / 100
    edge = [box["width"] / 2 + size / 2 * scale, box["height"] / 2]
    quiet.wait_for_function(
        """([x, y]) => {
          const pixels = document.querySelector(".surface").getContext("2d")
            .getImageData(x - 2, y, 5, 1).data;
          return [0, 1, 2, 3, 4].some((i) => Math.abs(pixels[4 * i] - 228) < 12);
        }""",
        arg=edge,
    )


@pytest.mark.parametrize("width", [1400, 1000, 390])
def test_a_wrapping_palette_moves_no_button(open_page, drawing, width) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    set_live(page, False)
    open_file(page, drawing)
    watched = ["[data-act=reference]", "[data-act=colorize]", ".hex", ".surface"]

    def places() -> list[dict]:
        return [page.locator(name).evaluate(
            "e => { const b = e.getBoundingClientRect(); return [b.x, b.y + scrollY]; }"
        ) for name in watched]  # fmt: skip

    before = places()
    for i in range(9):
        page.locator(".hex").fill(f"1234{i}0")
        page.locator(".hex").press("Enter")
        stroke(page, (40 + 60 * i, 40))
    expect(page.locator(".recent .swatch")).to_have_count(8)
    assert places() == before


def test_dragging_a_dab_moves_it_and_keeps_its_color(quiet: Page) -> None:
    choose(quiet, "Violet")
    stroke(quiet, (320, 240))
    choose(quiet, "Red")
    stroke(quiet, (320, 240), (200, 180))
    expect_hints(quiet, 1)
    assert colors(quiet) == [VIOLET]
    assert math.dist(place(saved_hints(quiet)["hints"][0]), (200, 180)) < 2


def test_a_double_click_selects_a_dab_for_the_next_color(quiet: Page) -> None:
    choose(quiet, "Violet")
    stroke(quiet, (320, 240))
    stroke(quiet, (100, 100))
    choose(quiet, "Red")
    quiet.mouse.dblclick(*to_screen(quiet, 320, 240))
    expect(quiet.locator(".studio p.sr")).to_contain_text("Dot chosen")
    expect(quiet.locator(".chip input")).to_have_value(VIOLET)
    assert colors(quiet) == [VIOLET, VIOLET]
    choose(quiet, "Red")
    assert colors(quiet) == [RED, VIOLET]
    choose(quiet, "Green")
    assert colors(quiet) == ["#7cc36a", VIOLET]
    quiet.mouse.click(*to_screen(quiet, 500, 400))  # elsewhere: not selected any more
    choose(quiet, "Red")
    assert colors(quiet) == ["#7cc36a", VIOLET, "#7cc36a"]


def test_every_bare_icon_has_a_tooltip_and_a_name(page: Page) -> None:
    bare = page.evaluate(
        """() => [...document.querySelectorAll(".studio button, .view button, .view a")]
          .filter((b) => !b.innerText.replace(b.querySelector("kbd")?.innerText ?? "", "").trim())
          .filter((b) => b.offsetParent && !(b.title && b.getAttribute("aria-label")))
          .map((b) => b.outerHTML.slice(0, 80))"""
    )
    assert bare == []


def drop(page: Page, path: Path, target: str) -> None:
    """Drop a file on an element, as the system does."""
    box = page.locator(target).first.bounding_box()
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "data": data}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **at})


@pytest.mark.parametrize("target", ["h1", ".view .stage", ".lc-badge", ".studio .actions"])
def test_a_file_dropped_anywhere_opens(page: Page, drawing, target) -> None:
    set_live(page, False)
    address = page.url
    drop(page, drawing, target)
    expect(page.locator(".studio .facts")).to_contain_text(by(640, 480))
    assert page.url == address
    expect(page.locator(".reference")).to_be_hidden()


def test_a_picture_dropped_on_the_colors_is_a_reference(quiet: Page, tmp_path) -> None:
    Image.new("RGB", (90, 60), RED).save(tmp_path / "red.png")
    drop(quiet, tmp_path / "red.png", ".studio .colors")
    expect(quiet.locator(".reference")).to_be_visible()
    expect(quiet.locator(".studio .facts")).to_contain_text(by(640, 480))
    quiet.keyboard.press("i")
    quiet.locator(".look").click()
    expect(quiet.locator(".hex")).to_have_value(RED)
    left, top = surface_corner(quiet)
    quiet.keyboard.press("b")
    stroke(quiet, (320, 240))
    quiet.mouse.move(5, 5)
    x, y = to_screen(quiet, 320, 240)
    assert pixel(quiet, x - left, y - top) == [0xE4, 0x57, 0x4C]

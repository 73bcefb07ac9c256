"""Work beyond the brush: stop, variations, reference, other kinds of line-art, downloads."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect
from psd_tools import PSDImage

from .studio import (
    expect_hints,
    open_file,
    pixel,
    saved_hints,
    set_live,
    stroke,
    surface_corner,
    to_screen,
    wait_for_result,
)

RED, BLUE = "#c83232", "#3250c8"


@pytest.fixture
def painting(tmp_path):
    """A picture in flat colors: left red, right blue, with a black line between."""
    picture = Image.new("RGB", (400, 300), RED)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((200, 0, 400, 300), fill=BLUE)
    draw.line((200, 0, 200, 300), fill="black", width=6)
    picture.save(tmp_path / "painting.png")
    return tmp_path / "painting.png"


def shown(page: Page, x: float, y: float) -> list[int]:
    """Return RGB of the drawing surface at an image pixel."""
    left, top = surface_corner(page)
    at = to_screen(page, x, y)
    return pixel(page, at[0] - left, at[1] - top)


def test_stop_gives_the_button_back_at_once_and_drops_what_runs_and_waits(
    page: Page, drawing, served
) -> None:
    stop = page.locator("[data-act=stop]")
    expect(stop).to_be_disabled()
    served.colorizer.gate.clear()
    open_file(page, drawing)
    expect(page.locator(".view .working")).to_be_visible()
    stroke(page, (320, 240))
    expect_hints(page, 1)
    stop.click()
    expect(stop).to_be_disabled()
    expect(page.locator(".view .working")).to_be_hidden()
    served.colorizer.gate.set()
    page.locator("[data-act=colorize]").click()
    wait_for_result(page, "1 hint")
    assert [len(hints) for _, hints in served.colorizer.calls] in ([0, 1], [1])


def test_escape_stops(page: Page, drawing, served) -> None:
    served.colorizer.gate.clear()
    open_file(page, drawing)
    expect(page.locator("[data-act=stop]")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(page.locator("[data-act=stop]")).to_be_disabled()
    served.colorizer.gate.set()
    page.wait_for_timeout(500)
    expect(page.locator(".view .after")).to_be_hidden()


def test_a_variation_keeps_the_users_hints_and_its_own_can_be_undone(page: Page, drawing) -> None:
    set_live(page, False)
    open_file(page, drawing)
    page.get_by_role("button", name="Violet").click()
    stroke(page, (320, 240))  # inside the circle; the paper around it is left open
    page.locator("[data-act=vary]").click()
    expect(page.locator(".thumb")).to_have_count(4)
    page.locator(".thumb").nth(2).click()
    wait_for_result(page, "2 hints")
    expect_hints(page, 2)
    colors = [hint["color"] for hint in saved_hints(page)["hints"]]
    assert colors[0] == "#7a5cc7"
    assert colors[1] != "#7a5cc7"
    page.keyboard.press("Control+z")
    expect_hints(page, 1)


def test_the_four_variations_differ(page: Page, drawing) -> None:
    set_live(page, False)
    expect(page.locator("[data-act=vary]")).to_be_disabled()
    open_file(page, drawing)
    page.locator("[data-act=vary]").click()
    expect(page.locator(".thumb")).to_have_count(4)
    seen = set()
    for i in range(4):
        page.locator(".thumb").nth(i).click()
        expect(page.locator(".thumb").nth(i)).to_have_attribute("aria-pressed", "true")
        expect_hints(page, 2)
        seen.add(tuple(hint["color"] for hint in saved_hints(page)["hints"]))
    assert len(seen) == 4


def test_a_reference_gives_swatches_a_picked_color_and_hints(page: Page, drawing, painting) -> None:
    set_live(page, False)
    open_file(page, drawing)
    page.locator("[data-file=reference]").set_input_files(painting)
    swatches = page.locator(".reference .swatch")
    expect(swatches.first).to_be_visible()
    found = [Image.new("RGB", (1, 1), s.get_attribute("data-color")) for s in swatches.all()]
    for wanted in (RED, BLUE):
        rgb = np.array(Image.new("RGB", (1, 1), wanted).getpixel((0, 0)))
        assert min(np.abs(rgb - np.array(f.getpixel((0, 0)))).max() for f in found) < 12
    box = page.locator(".look").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    expect(page.locator(".chip input")).to_have_value(BLUE)
    page.locator("[data-act=deal]").click()
    expect_hints(page, 2)
    page.locator("[data-act=drop-reference]").click()
    expect(page.locator(".reference")).to_be_hidden()
    page.keyboard.press("Control+z")
    expect(page.locator(".reference")).to_be_visible()


def test_lines_of_a_colored_picture_and_back(page: Page, painting, served) -> None:
    set_live(page, False)
    open_file(page, painting)
    expect(page.locator(".notice")).to_contain_text("This picture has colors already.")
    page.get_by_label("From colors").check()
    expect(page.locator(".studio p.sr")).to_contain_text("Lines taken from the colors")
    assert min(shown(page, 80, 150)) > 240
    assert max(shown(page, 200, 150)) < 90
    page.keyboard.press("Control+z")
    assert np.abs(np.array(shown(page, 80, 150)) - (200, 50, 50)).max() < 8
    expect(page.get_by_label("As it is")).to_be_checked()
    page.keyboard.press("Control+Shift+Z")
    page.get_by_label("As it is").check()
    assert np.abs(np.array(shown(page, 80, 150)) - (200, 50, 50)).max() < 8


def test_a_scan_is_cleaned_and_colored_clean(page: Page, tmp_path, served) -> None:
    paper = np.linspace(150, 235, 640)[None, :].repeat(480, 0)
    picture = Image.fromarray(paper.astype(np.uint8))
    ImageDraw.Draw(picture).ellipse((170, 90, 470, 390), outline=40, width=6)
    picture.save(tmp_path / "scan.png")
    set_live(page, False)
    open_file(page, tmp_path / "scan.png")
    page.get_by_label("Clean scan").check()
    expect(page.locator(".studio p.sr")).to_contain_text("Scan cleaned")
    assert shown(page, 20, 240) == [255, 255, 255]
    assert max(shown(page, 172, 240)) < 130
    page.locator("[data-act=colorize]").click()
    wait_for_result(page)
    assert served.colorizer.last_line.getpixel((20, 240)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["colors", "ora", "psd"])
def test_downloads_light_up_with_the_result_and_open_elsewhere(page: Page, drawing, kind) -> None:
    button = page.locator(f"[data-save={kind}]")
    expect(button).to_be_disabled()
    open_file(page, drawing)
    wait_for_result(page)
    with page.expect_download() as download:
        button.click()
    ending = {"colors": "-colors.png"}.get(kind, f".{kind}")
    assert download.value.suggested_filename == f"circle{ending}"
    content = io.BytesIO(Path(download.value.path()).read_bytes())
    if kind == "colors":
        picture = Image.open(content)
        assert (picture.mode, picture.size) == ("RGBA", (640, 480))
    elif kind == "ora":
        stack = zipfile.ZipFile(content).read("stack.xml").decode()
        assert re.findall('name="([^"]+)"', stack) == ["Line-art", "Hints", "Colors", "Flats"]
    else:
        layers = list(PSDImage.open(content))
        assert [layer.name for layer in layers] == ["Flats", "Colors", "Hints", "Line-art"]
        assert layers[-1].blend_mode.name == "MULTIPLY"
    expect(button).to_be_enabled()

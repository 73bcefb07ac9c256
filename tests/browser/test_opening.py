"""What can be opened and how it is offered, and the way out: drags, layers, dpi."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from colorizer.layers import Layer, write_ora, write_psd

from .studio import (
    by,
    example_colors,
    expect_hints,
    open_file,
    picture_size,
    pixel,
    saved_hints,
    set_live,
    stroke,
    surface_corner,
    to_screen,
    wait_for_result,
)

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def circle(mode: str = "RGB") -> Image.Image:
    """A line-art of 300x200 with a circle."""
    picture = Image.new(mode, (300, 200), "white")
    ImageDraw.Draw(picture).ellipse((60, 20, 220, 180), outline="black", width=4)
    return picture


def downloaded(page: Page, kind: str) -> io.BytesIO:
    """Return the content of a download of the result."""
    with page.expect_download() as download:
        page.locator(f"[data-save={kind}]").click()
    return io.BytesIO(Path(download.value.path()).read_bytes())


@pytest.mark.parametrize("ending", ["gif", "bmp", "psd", "ora", "kra"])
def test_other_formats_open_and_are_colored(page: Page, served, tmp_path, ending) -> None:
    path = tmp_path / f"circle.{ending}"
    if ending in ("gif", "bmp"):
        circle().save(path)
    elif ending == "kra":
        circle().save(tmp_path / "merged.png")
        with zipfile.ZipFile(path, "w") as file:
            file.write(tmp_path / "merged.png", "mergedimage.png")
    else:
        write = write_ora if ending == "ora" else write_psd
        write(path, [Layer("Ground", circle("RGBA"))])
    open_file(page, path)
    wait_for_result(page, by(300, 200))
    gray = np.asarray(served.colorizer.last_line.convert("L"))
    assert (gray == np.asarray(circle("L"))).mean() > 0.99
    assert page.locator("a[data-save=png]").get_attribute("download") == "circle-colored.png"


def test_a_damaged_file_with_layers_is_named(page: Page, tmp_path) -> None:
    (tmp_path / "a.kra").write_bytes(b"PK\x03\x04 no zip")
    open_file(page, tmp_path / "a.kra")
    expect(page.locator(".notice")).to_contain_text("Cannot read a.kra")


def test_a_picture_over_the_limit_is_offered_smaller(page: Page, tmp_path) -> None:
    set_live(page, False)
    Image.new("1", (8000, 5000), 1).save(tmp_path / "big.png")
    open_file(page, tmp_path / "big.png")
    expect(page.locator(".notice")).to_contain_text(
        "big.png has 8000x5000 = 40.0 megapixels; the limit is 36 megapixels."
    )
    page.get_by_role("button", name="Leave it").click()
    expect(page.locator(".stage .empty").first).to_be_visible()
    open_file(page, tmp_path / "big.png")
    page.get_by_role("button", name="Open it smaller").click()
    expect(page.locator(".studio .facts")).to_contain_text("0 hints", timeout=120_000)
    width, height = picture_size(page)
    assert 35e6 < width * height <= 36e6
    assert width / height == pytest.approx(1.6, abs=0.01)


def test_a_file_of_too_many_bytes_is_offered_smaller(page: Page, tmp_path) -> None:
    set_live(page, False)
    noise = np.random.default_rng(0).integers(0, 256, (2700, 2700, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png", compress_level=0)
    open_file(page, tmp_path / "noise.png")
    expect(page.locator(".notice")).to_contain_text("the limit is 20 MB", timeout=60_000)
    page.get_by_role("button", name="Open it smaller").click()
    expect(page.locator(".studio .facts")).to_contain_text("0 hints", timeout=120_000)
    assert max(picture_size(page)) < 2700


def test_a4_at_600_dpi_opens(page: Page, tmp_path) -> None:
    set_live(page, False)
    Image.new("1", (4961, 7016), 1).save(tmp_path / "a4.png", dpi=(600, 600))
    open_file(page, tmp_path / "a4.png")
    expect(page.locator(".studio .facts")).to_contain_text(by(4961, 7016), timeout=120_000)
    expect(page.locator(".notice")).to_be_hidden()


def test_the_result_can_be_dragged_out(page: Page, drawing) -> None:
    open_file(page, drawing)
    wait_for_result(page)
    page.evaluate(
        """() => document.addEventListener("dragstart", ({ dataTransfer: data }) => {
          window.dragged = Object.fromEntries(data.types.map((type) => [type, data.getData(type)]));
        })"""
    )
    box = page.locator("a[data-save=png]").bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 15)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] - 60, steps=5)
    items = page.wait_for_function("window.dragged").json_value()
    page.mouse.up()
    kind, name, address = items["downloadurl"].split(":", 2)
    assert (kind, name) == ("image/png", "circle-colored.png")
    size = page.evaluate(
        "async (url) => (await createImageBitmap(await (await fetch(url)).blob())).width", address
    )
    assert size == 640
    shared = page.evaluate("async (url) => (await fetch(url)).status", items["text/uri-list"])
    assert shared == 200


def test_layers_by_color_ink_on_nothing_and_the_dpi(page: Page, tmp_path) -> None:
    circle().save(tmp_path / "circle.png", dpi=(350, 350))
    open_file(page, tmp_path / "circle.png")
    page.get_by_role("button", name="Red", exact=True).click()
    stroke(page, (140, 100))
    page.get_by_role("button", name="Green", exact=True).click()
    for x in (20, 140, 280):
        stroke(page, (x, 8))
        stroke(page, (x, 192))
    for x in (30, 280):
        stroke(page, (x, 100))
    wait_for_result(page, "9 hints")
    page.get_by_label("by color").check()
    with zipfile.ZipFile(downloaded(page, "ora")) as file:
        stack = file.read("stack.xml").decode()
        line = Image.open(file.open("data/layer5.png"))
    for name in ("Flats", "Red #e4574c", "Light green #7cc36a", "Line-art"):
        assert f'name="{name}' in stack
    assert 'xres="350"' in stack
    assert line.getpixel((140, 100))[3] == 0
    assert line.getpixel((62, 100)) == (0, 0, 0, 255)
    for kind in ("png", "colors"):
        assert Image.open(downloaded(page, kind)).info["dpi"] == pytest.approx((350, 350), abs=0.1)
    page.get_by_label("by color").uncheck()
    with zipfile.ZipFile(downloaded(page, "ora")) as file:
        assert "Red" not in file.read("stack.xml").decode()


@pytest.mark.parametrize("kind", ["scan", "line-art", "photo of a pencil drawing"])
def test_a_gray_scan_is_offered_cleaning(page: Page, tmp_path, kind) -> None:
    set_live(page, False)
    rng = np.random.default_rng(1)
    gray = np.full((480, 640), 255.0)
    if kind != "line-art":
        gray = np.linspace(170, 238, 640)[None].repeat(480, 0) + rng.normal(0, 4, (480, 640))
    picture = Image.fromarray(gray.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for i in range(20):
        draw.line((30 * i, 40, 600 - 20 * i, 450), fill=120 if kind.startswith("photo") else 30)
    picture.save(tmp_path / "page.png")
    open_file(page, tmp_path / "page.png")
    expect_hints(page, 0)
    if kind == "line-art":
        page.wait_for_timeout(300)
        expect(page.locator(".notice")).to_be_hidden()
        return
    expect(page.locator(".notice")).to_contain_text("This looks like a scan")
    page.locator(".notice").get_by_role("button", name="Clean scan").click()
    expect(page.get_by_label("Clean scan")).to_be_checked()
    expect(page.locator(".notice")).to_be_hidden()


def test_on_a_phone_the_result_is_seen_while_dabbing(open_page, drawing) -> None:
    page = open_page(**PHONE)
    open_file(page, drawing)
    wait_for_result(page)
    left, top = surface_corner(page)
    x, y = to_screen(page, 30, 30)
    page.wait_for_timeout(300)
    assert pixel(page, round(x - left), round(y - top)) == [0xC9, 0xD8, 0xEF]
    expect(page.locator("[data-act=over]")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("size", [(1400, 900), (1000, 700), (768, 1024), (390, 844), (830, 500)])
def test_examples_stand_in_the_empty_state_and_not_beside_a_drawing(
    open_page, drawing, size
) -> None:
    page = open_page(viewport={"width": size[0], "height": size[1]})
    cards = page.locator("[data-example]:visible")
    expect(cards).to_have_count(7)
    box = cards.first.bounding_box()
    assert box["y"] + box["height"] < size[1]  # in sight without scrolling
    cards.first.click()
    expect(page.locator(".stage .empty").first).to_be_hidden()
    expect(page.locator(".empty [data-example]:visible")).to_have_count(0)


def test_an_example_shows_how_few_dabs_are_enough(page: Page) -> None:
    page.get_by_role("button", name="Girl in a dozen dabs").click()
    wait_for_result(page, "12 hints")
    colors = [hint["color"] for hint in saved_hints(page)["hints"]]
    assert colors == example_colors("7_girl_in_a_dozen_dabs")

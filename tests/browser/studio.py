"""What a user does on the page, as functions, for the browser tests."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from colorizer.published import BUNDLED


def by(width: int, height: int) -> str:
    """Return how the page writes a size."""
    return f"{width} \u00d7 {height}"


def open_example(page: Page, name: str) -> None:
    """Click an example and wait for its colors."""
    page.get_by_role("button", name=name).click()
    expect(page.locator(".empty").first).to_be_hidden()
    wait_for_result(page)


def example_colors(name: str) -> list[str]:
    """Return the colors of an example's hints, of the file `name`.json."""
    file = BUNDLED.parent / "ui/examples" / f"{name}.json"
    return [hint["color"] for hint in json.loads(file.read_text())["hints"]]


def open_file(page: Page, path: Path) -> None:
    """Choose a picture or a hints file in the file dialog's place."""
    kind = "hints" if path.suffix == ".json" else "picture"
    page.locator(f"[data-file={kind}]").set_input_files(path)


def wait_for_result(page: Page, facts: str = "") -> None:
    """Wait until a result is shown whose line of facts holds `facts`."""
    expect(page.locator(".view .facts")).to_contain_text(facts or " · ")
    expect(page.locator(".view .after")).to_be_visible()


def set_live(page: Page, on: bool) -> None:
    """Switch recoloring on every stroke on or off."""
    page.locator("[data-act=live]").set_checked(on)


def stroke(page: Page, *points: tuple[float, float], steps: int = 6) -> None:
    """Drag over the picture; points are image pixels."""
    places = [to_screen(page, x, y) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=steps)
    page.mouse.up()


def to_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Return where an image pixel is, with the picture fitted into the surface."""
    box = page.locator(".surface").bounding_box()
    width, height = picture_size(page)
    scale = min((box["width"] - 32) / width, (box["height"] - 32) / height, 8)
    left = box["x"] + (box["width"] - width * scale) / 2
    top = box["y"] + (box["height"] - height * scale) / 2
    return left + x * scale, top + y * scale


def picture_size(page: Page) -> tuple[int, int]:
    """Return width and height of the open picture, as the page says."""
    words = page.locator(".studio .facts").text_content().split(" ")
    return int(words[0]), int(words[2])


def hint_count(page: Page) -> int:
    """Return the number of hints on the canvas, as the page says."""
    words = page.locator(".studio .facts").text_content().split(" · ")
    return int(words[1].split(" ")[0])


def expect_hints(page: Page, count: int) -> None:
    """Wait until the canvas has `count` hints."""
    noun = "hint" if count == 1 else "hints"
    expect(page.locator(".studio .facts")).to_contain_text(f"· {count} {noun}")


def saved_hints(page: Page) -> dict:
    """Save the hints through the page's button and return the JSON object."""
    with page.expect_download() as download:
        page.locator("[data-act=save-hints]").click()
    return json.loads(Path(download.value.path()).read_text())


def tool(page: Page) -> str:
    """Return the tool that is switched on."""
    return page.locator("[data-tool][aria-pressed=true]").get_attribute("data-tool")


def place(hint: dict) -> tuple[float, float]:
    """Return the center of a hint."""
    return hint["x"], hint["y"]


def surface_corner(page: Page) -> tuple[float, float]:
    """Return where the drawing surface begins on the screen."""
    box = page.locator(".surface").bounding_box()
    return box["x"], box["y"]


def pixel(page: Page, x: float, y: float) -> list[int]:
    """Return RGB of the drawing surface at CSS pixels from its corner."""
    return page.locator(".surface").evaluate(
        "(c, [x, y]) => [...c.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3)", [x, y]
    )


def dab(page: Page, *xs: int) -> None:
    """Dab at these columns of the picture, in one row."""
    for x in xs:
        page.mouse.click(*to_screen(page, x, 240))


def kept(page: Page) -> None:
    """Wait until the browser's database holds what the canvas shows."""
    page.wait_for_function(
        """async () => {
          const opening = indexedDB.open("lineart");
          await new Promise((done) => { opening.onsuccess = done; });
          const store = opening.result.transaction("documents").objectStore("documents");
          const id = sessionStorage.getItem("lineart-document");
          const asked = store.get(id);
          await new Promise((done) => { asked.onsuccess = done; });
          opening.result.close();
          const shown = document.querySelector(".studio .facts").textContent;
          const result = document.querySelector(".view .facts").textContent;
          const count = asked.result?.hints.length;
          const { value } = document.querySelector(".shadows select");
          return shown.includes(` ${count} hint`) && (!result || Boolean(asked.result.result))
            && asked.result.settings.shadows === value;
        }"""
    )


def copied(page: Page) -> Page:
    """Return a second tab that goes on with a copy of the page's document."""
    with page.context.expect_page() as opened:
        page.evaluate("window.open(location.href)")
    opened.value.locator(".studio .swatch").first.wait_for()
    return opened.value

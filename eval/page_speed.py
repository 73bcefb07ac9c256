"""From a stroke on the real page to its new picture, with the bundled weights.

`python -m eval.speed page` prints it; it needs playwright and Chromium (tests/requirements.txt).
"""

import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import cv2
import numpy as np
from tqdm import tqdm

from colorizer.images import InputError

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIDE = 512
"""Side of the line-art, pixels."""
WARM_UP = 2
"""First strokes that do not count."""
PATIENCE = 120_000
"""Milliseconds to wait for one picture."""

WATCH = """(patience) => {
  window.nextPicture = new Promise((done, fail) => {
    window.addEventListener("lineart:result", () => requestAnimationFrame(done), { once: true });
    setTimeout(() => fail(new Error(`no picture after ${patience} ms`)), patience);
  });
  return null;
}"""
"""Makes window.nextPicture, fulfilled when the next picture is decoded and on the page."""


def draw_line_art(path: Path) -> None:
    """Write a line-art of 512x512: a grid of circles with room for a stroke in each."""
    line = np.full((SIDE, SIDE), 255, np.uint8)
    for y in range(64, SIDE, 128):
        for x in range(64, SIDE, 128):
            cv2.circle(line, (x, y), 48, 0, 3, cv2.LINE_AA)
    cv2.imwrite(str(path), line)


def time_page(strokes: int, checkpoint: str | None = None) -> list[dict[str, object]]:
    """Return median and 95th percentile of the seconds from a stroke's end to its picture.

    Raises:
        InputError: playwright is not installed.
    """
    if find_spec("playwright") is None:
        raise InputError(
            "Timing the page needs playwright: pip install -r tests/requirements.txt, and Chromium "
            "as /usr/bin/chromium or $CHROMIUM."
        )
    import app

    page = app.build_app(app.lazy_engine(checkpoint))
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True)
    try:
        seconds = _strokes_on(url, strokes)
    finally:
        page.close()
    return [
        {
            "line-art": f"{SIDE}x{SIDE}",
            "strokes": len(seconds),
            "median, s": f"{median(seconds):.2f}",
            "95 %, s": f"{np.percentile(seconds, 95):.2f}",
        }
    ]


def _strokes_on(url: str, strokes: int) -> list[float]:
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        line_art = Path(folder) / "circles.png"
        draw_line_art(line_art)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        page.locator("[data-act=colorize]:not([disabled])").wait_for()
        first = _until_shown(
            page, lambda: page.locator("[data-file=picture]").set_input_files(line_art)
        )
        print(f"first picture: {first:.2f} s")
        seconds = [_stroke(page, i) for i in tqdm(range(WARM_UP + strokes), "strokes")]
        browser.close()
    return seconds[WARM_UP:]


def _stroke(page: "Page", index: int) -> float:
    """Paint a short stroke in the circle of this index with its own color; return the seconds."""
    swatches = page.locator(".studio .colors .swatch")
    swatches.nth(index % swatches.count()).click()
    # a slow run switches this off and says so over the picture
    page.locator("[data-act=live]").set_checked(True)
    page.locator(".notice button").evaluate("button => button.click()")
    box = page.locator(".surface").bounding_box()
    scale = min((box["width"] - 32) / SIDE, (box["height"] - 32) / SIDE)
    column, row = index % 4, index // 4 % 4
    x = box["x"] + box["width"] / 2 + (column * 128 + 64 - SIDE / 2) * scale
    y = box["y"] + box["height"] / 2 + (row * 128 + 64 - SIDE / 2) * scale
    # a little beside the earlier stroke in that circle, so that it paints and drags no dot
    shift = (index // 16 * 22 - 22) * scale
    page.mouse.move(x - 20 * scale, y + shift)
    page.mouse.down()
    page.mouse.move(x + 20 * scale, y + shift, steps=4)
    return _until_shown(page, page.mouse.up)


def _until_shown(page: "Page", act: Callable[[], object]) -> float:
    page.evaluate(WATCH, PATIENCE)
    began = time.perf_counter()
    act()
    page.evaluate("window.nextPicture.then(() => null)")
    return time.perf_counter() - began

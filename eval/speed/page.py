"""From a stroke on the real page to its new picture.

It needs playwright and Chromium (tests/requirements.txt).
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from tqdm import tqdm

from colorizer.images import InputError

from .circles import MIDDLES, SIDE, circles
from .start import open_page, resident

WARM_UP = 2
"""First strokes that do not count."""
MEMORY = 10
"""Strokes after which the memory of the page's process is read."""
PATIENCE = 120_000
"""Milliseconds to wait for one picture."""

WATCH = """(patience) => {
  window.nextPicture = new Promise((done, fail) => {
    window.addEventListener("lineart:shown", () => requestAnimationFrame(done), { once: true });
    setTimeout(() => fail(new Error(`no picture after ${patience} ms`)), patience);
  });
  return null;
}"""
"""Makes window.nextPicture, fulfilled when the next picture is decoded and on the page."""


def time_page(strokes: int, checkpoint: str | None = None) -> list[dict[str, object]]:
    """Return median and 95th percentile of the seconds from a stroke's end to its picture.

    Beside them is the memory of the page's process after `MEMORY` strokes.

    Raises:
        InputError: playwright is not installed.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise InputError(
            "Timing the page needs playwright: pip install -r tests/requirements.txt, and Chromium "
            "as /usr/bin/chromium or $CHROMIUM."
        ) from error
    with (
        open_page(checkpoint) as (url, process),
        sync_playwright() as playwright,
        TemporaryDirectory() as folder,
    ):
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page, seconds = _opened(browser, url, Path(folder) / "circles.png"), []
        for index in tqdm(range(max(MEMORY, WARM_UP + strokes)), "strokes"):
            seconds.append(_stroke(page, index))
            if index + 1 == MEMORY:
                memory = resident(process)
        browser.close()
    seconds = seconds[WARM_UP:]
    shares = {"median, s": f"{median(seconds):.2f}", "95 %, s": f"{np.percentile(seconds, 95):.2f}"}
    return [{"line-art": f"{SIDE}x{SIDE}", "strokes": len(seconds)} | shares | memory]


def _opened(browser, url: str, line_art: Path):
    """Return a browser's page that shows the colored line-art."""
    cv2.imwrite(str(line_art), circles())
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.locator("[data-act=colorize]:not([disabled])").wait_for()
    opener = page.locator("[data-file=picture]")
    first = _until_shown(page, lambda: opener.set_input_files(line_art))
    print(f"first picture: {first:.2f} s")
    return page


def _stroke(page, index: int) -> float:
    """Paint a short stroke in the circle of this index with its own color; return the seconds."""
    swatches = page.locator(".studio .colors .swatch")
    swatches.nth(index % swatches.count()).click()
    # a slow run switches this off and says so over the picture
    page.locator("[data-act=live]").set_checked(True)
    page.locator(".notice button").evaluate("button => button.click()")
    box = page.locator(".surface").bounding_box()
    scale = min((box["width"] - 32) / SIDE, (box["height"] - 32) / SIDE)
    x = box["x"] + box["width"] / 2 + (MIDDLES[index % 4] - SIDE / 2) * scale
    y = box["y"] + box["height"] / 2 + (MIDDLES[index // 4 % 4] - SIDE / 2) * scale
    # a little beside the earlier stroke in that circle, so that it paints and drags no dot
    shift = (index // 16 * 22 - 22) * scale
    page.mouse.move(x - 20 * scale, y + shift)
    page.mouse.down()
    page.mouse.move(x + 20 * scale, y + shift, steps=4)
    return _until_shown(page, page.mouse.up)


def _until_shown(page, act: Callable[[], object]) -> float:
    page.evaluate(WATCH, PATIENCE)
    began = time.perf_counter()
    act()
    page.evaluate("window.nextPicture.then(() => null)")
    return time.perf_counter() - began

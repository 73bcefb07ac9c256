"""How long a picture takes: from a stroke on the real page, and of line-arts as they grow.

The page needs playwright and Chromium (tests/requirements.txt). Of the others each has a process of
its own, in which what is imported here counts as memory, too.
"""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from unittest import mock

import cv2
import numpy as np
from tqdm import tqdm

from colorizer import Colorizer, Hint, images
from colorizer.images import InputError
from colorizer.memory import keep_freed_memory

SIDE = 512
"""Side of the line-art, pixels."""
MIDDLES = range(64, SIDE, 128)
"""Columns and rows of its circles' middles."""
WARM_UP = 2
"""First strokes that do not count."""
PATIENCE = 120_000
"""Milliseconds to wait for one picture."""
SIDES = (1024, 2048, 4096, 8192)
"""Sides of the line-arts; the last has more pixels than the limit, which is lifted for it."""

WATCH = """(patience) => {
  window.nextPicture = new Promise((done, fail) => {
    window.addEventListener("lineart:shown", () => requestAnimationFrame(done), { once: true });
    setTimeout(() => fail(new Error(`no picture after ${patience} ms`)), patience);
  });
  return null;
}"""
"""Makes window.nextPicture, fulfilled when the next picture is decoded and on the page."""


def circles() -> np.ndarray:
    """Return a line-art, uint8 (512, 512): a grid of circles with room for a stroke in each."""
    line = np.full((SIDE, SIDE), 255, np.uint8)
    for y in MIDDLES:
        for x in MIDDLES:
            cv2.circle(line, (x, y), 48, 0, 3, cv2.LINE_AA)
    return line


def time_page(strokes: int, checkpoint: str | None) -> list[dict[str, object]]:
    """Return median and 95 % of seconds from stroke to picture; InputError without playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise InputError(
            "Timing the page needs playwright: pip install -r tests/requirements.txt, and Chromium "
            "as /usr/bin/chromium or $CHROMIUM."
        ) from error
    import app

    page = app.build_app(app.lazy_engine(checkpoint))
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True)
    try:
        with sync_playwright() as playwright, TemporaryDirectory() as folder:
            path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            seconds = _strokes_on(browser, url, Path(folder) / "circles.png", strokes)
            browser.close()
    finally:
        page.close()
    shares = {"median, s": f"{median(seconds):.2f}", "95 %, s": f"{np.percentile(seconds, 95):.2f}"}
    return [{"line-art": f"{SIDE}x{SIDE}", "strokes": len(seconds)} | shares]


def _strokes_on(browser, url: str, line_art: Path, strokes: int) -> list[float]:
    cv2.imwrite(str(line_art), circles())
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.locator("[data-act=colorize]:not([disabled])").wait_for()
    opener = page.locator("[data-file=picture]")
    first = _until_shown(page, lambda: opener.set_input_files(line_art))
    print(f"first picture: {first:.2f} s")
    return [_stroke(page, i) for i in tqdm(range(WARM_UP + strokes), "strokes")][WARM_UP:]


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


def time_sizes(sides: tuple[int, ...] = SIDES) -> list[dict[str, object]]:
    """Return exponent of time in pixels from the side before, processor seconds and peak memory.

    Each line-art has a process of its own, which has loaded the model and colored a small one.
    """
    rows, before = [], None
    for side in tqdm(sides, "sizes"):
        command = [sys.executable, "-m", __name__, str(side)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
        seconds, peak = json.loads(done.stdout)
        row = {"line-art": f"{side}x{side}", "exponent": ""}
        if before:
            pixels = 2 * math.log(side / before[0])
            row["exponent"] = f"{math.log(seconds / before[1]) / pixels:.2f}"
        rows.append(row | {"processor seconds": f"{seconds:.2f}", "peak, MB": f"{peak:.0f}"})
        before = side, seconds
    return rows


def color_large(side: int) -> tuple[float, float]:
    """Return the processor seconds of a line-art of this side, and this process's peak in MB."""
    keep_freed_memory()
    colorizer = Colorizer.from_pretrained(device="cpu")
    colorizer(circles())
    larger = side / SIDE
    line = cv2.resize(circles(), (side, side), interpolation=cv2.INTER_CUBIC)
    hints = [Hint(x * larger, y * larger, 6 * larger, "#e07040") for x in MIDDLES for y in MIDDLES]
    with mock.patch.object(images, "MAX_PIXELS", max(images.MAX_PIXELS, side * side)):
        began = time.process_time()
        colorizer(line, hints)
        seconds = time.process_time() - began
    # not getrusage's, which may be that of the process that started this one; Linux alone has it
    status = Path("/proc/self/status").read_text()
    return seconds, int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(color_large(int(sys.argv[1]))))

"""The page: from its start to the first picture, from a stroke to its picture, and its memory.

Strokes need playwright and Chromium (tests/requirements.txt).
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from gradio_client import Client, handle_file
from tqdm import tqdm

import app
from colorizer.images import InputError
from colorizer.working import WORKING_SIDE

from .circles import MIDDLES, circles

DAB = {"x": MIDDLES[0], "y": MIDDLES[0], "r": 8, "color": "#e07040"}
PATIENCE = 120
"""Seconds to wait until the page listens, or for one picture."""
WARM_UP = 2
"""First strokes that do not count."""
MEMORY = 10
"""Strokes after which the memory of the page's process is read."""
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(app.__file__).parent)}


WATCH = """(patience) => {
  window.nextPicture = new Promise((done, fail) => {
    window.addEventListener("lineart:shown", () => requestAnimationFrame(done), { once: true });
    setTimeout(() => fail(new Error(`no picture after ${patience} ms`)), patience);
  });
  return null;
}"""
"""Makes window.nextPicture, fulfilled when the next picture is decoded and on the page."""


@contextmanager
def open_page(checkpoint: str | None = None) -> Iterator[tuple[str, int]]:
    """Yield address and process id of a page in a process of its own, once it listens there.

    Raises:
        TimeoutError: it does not.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, app.__file__, "--port", str(port)]
    command += ["--checkpoint", checkpoint] if checkpoint else []
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/", process.pid
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    raise TimeoutError("The page did not start.")


def time_start(repeats: int, checkpoint: str | None = None) -> list[dict[str, object]]:
    """Return the median seconds from the start of the page to a picture from its API.

    They are compared with those of importing torch and gradio in a fresh process, in turns.
    """
    taken = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "circles.png"
        cv2.imwrite(str(path), circles())
        for repeat in tqdm(range(repeats + 1), "starts"):
            began = time.perf_counter()
            with open_page(checkpoint) as (url, _):
                client = Client(url, verbose=False, analytics_enabled=False)
                client.predict({"image": handle_file(path), "hints": [DAB]}, api_name="/colorize")
                first = time.perf_counter() - began
                client.close()
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", "import torch, gradio"], check=True)
            if repeat:  # the first fills the system's cache
                taken.append((first, time.perf_counter() - began))
    first, imports = (f"{median(column):.2f}" for column in zip(*taken))
    ratio = f"{median(f / i for f, i in taken):.2f}"
    return [{"times imports": ratio, "first picture, s": first, "import torch, gradio, s": imports}]


def resident(process: int) -> dict[str, str]:
    """Return the resident memory of a process and its own part of it, in MB; Linux alone has it."""
    status = Path(f"/proc/{process}/status").read_text()
    kilobytes = (int(status.partition(name)[2].split()[0]) for name in ("VmRSS:", "RssAnon:"))
    whole, own = (f"{1024 * size / 1e6:.0f}" for size in kilobytes)
    return {"resident, MB": whole, "its own, MB": own}


def time_page(strokes: int, checkpoint: str | None = None) -> list[dict[str, object]]:
    """Return median and 95 % of seconds from stroke to picture; InputError without playwright.

    Beside them is the memory of the page's process after `MEMORY` strokes.
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
    return [
        {"line-art": f"{WORKING_SIDE}x{WORKING_SIDE}", "strokes": len(seconds)} | shares | memory
    ]


def _opened(browser, url: str, line_art: Path):
    """Return a browser's page that shows the colored line-art."""
    cv2.imwrite(str(line_art), circles())
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(1000 * PATIENCE)
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
    scale = min((box["width"] - 32) / WORKING_SIDE, (box["height"] - 32) / WORKING_SIDE)
    x = box["x"] + box["width"] / 2 + (MIDDLES[index % 4] - WORKING_SIDE / 2) * scale
    y = box["y"] + box["height"] / 2 + (MIDDLES[index // 4 % 4] - WORKING_SIDE / 2) * scale
    # a little beside the earlier stroke in that circle, so that it paints and drags no dot
    shift = (index // 16 * 22 - 22) * scale
    page.mouse.move(x - 20 * scale, y + shift)
    page.mouse.down()
    page.mouse.move(x + 20 * scale, y + shift, steps=4)
    return _until_shown(page, page.mouse.up)


def _until_shown(page, act: Callable[[], object]) -> float:
    page.evaluate(WATCH, 1000 * PATIENCE)
    began = time.perf_counter()
    act()
    page.evaluate("window.nextPicture.then(() => null)")
    return time.perf_counter() - began

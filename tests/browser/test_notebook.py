"""The page in a cell of a real JupyterLab: what the next cell reads of it, and the proxy's way."""

import base64
import importlib.util
import inspect
import io
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

import app

from .fake import FakeColorizer
from .studio import by, expect_hints, kept, stroke, wait_for_result

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jupyterlab") is None, reason="jupyterlab is not installed"
)
ROOT = Path(__file__).parents[2]
PATIENCE = 240_000
"""Milliseconds: a kernel on a busy machine takes minutes to read what the page needs."""
SETTINGS = {
    "notebook-extension/tracker": {"autoStartDefaultKernel": True},
    "apputils-extension/notification": {"fetchNews": "false"},
}
"""What JupyterLab would ask about otherwise."""
CELLS = {
    "import": """
        import numpy, app
        from PIL import Image
        from colorizer import Hint
        from tests.browser.fake import FakeColorizer""",
    "show": """page = app.show(FakeColorizer(), "circle.png")""",
    "hints": "print(page.hints)",
    "color": "print(page.result.image.getpixel((320, 240)))",
    "result": "page.result",
    "proxied": """
        array = numpy.asarray(Image.open("circle.png"))
        dab = Hint(x=320, y=240, r=8, color="#ff0000")
        other = app.show(FakeColorizer(), array, [dab], root_path="/proxy/{port}")""",
    "other": "print(other.hints, other.result.image.size, other.result.image.getpixel((320, 240)))",
}


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook with these cells of code."""
    code = [
        {"cell_type": "code", "id": f"cell{i}", "source": inspect.cleandoc(cell), "metadata": {},
         "outputs": [], "execution_count": None}
        for i, cell in enumerate(cells)
    ]  # fmt: skip
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": code, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook))


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory) -> Iterator[str]:
    """The address of a running JupyterLab, whose folder holds circle.png and work.ipynb."""
    folder, port = tmp_path_factory.mktemp("notebooks"), free_port()
    picture = Image.new("L", (640, 480), 255)
    ImageDraw.Draw(picture).ellipse((170, 90, 470, 390), outline=0, width=5)
    picture.save(folder / "circle.png")
    write_notebook(folder / "work.ipynb", *CELLS.values())
    for name, values in SETTINGS.items():
        path = folder / f"CONFIG/lab/user-settings/@jupyterlab/{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(values))
    options = {
        "token": "", "password": "", "root_dir": folder, "port": port, "open_browser": False,
        "allow_root": True,
    }  # fmt: skip
    places = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *(f"--ServerApp.{k}={v}" for k, v in options.items())],
        cwd=folder,
        env={**os.environ, **places, "PYTHONPATH": str(ROOT)},
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{url}/api", timeout=1).close()
            break
        except OSError:
            time.sleep(0.2)
    yield url
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="module")
def lab(browser: Browser, jupyter: str) -> Iterator[Page]:
    """The notebook, whose kernel has what the other cells need."""
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{jupyter}/lab/tree/work.ipynb?reset")
    page.locator(".jp-NotebookPanel [data-status=idle]").first.wait_for()
    run_cell(page, "import")
    yield page
    context.close()


def run_cell(lab: Page, name: str) -> Locator:
    """Run a cell, wait for its end and return its outputs."""
    cell = lab.locator(".jp-Notebook .jp-CodeCell").nth(list(CELLS).index(name))
    number = cell.locator(".jp-InputPrompt")
    before = number.text_content()
    while number.text_content() == before:  # the kernel may not be there yet
        cell.locator(".jp-InputArea-editor").click()
        lab.keyboard.press("Control+Enter")
        lab.wait_for_timeout(1000)
    expect(number).to_have_text(re.compile(r"\[\d+\]"), timeout=PATIENCE)
    return cell.locator(".jp-OutputArea-output")


def wait_for_text(lab: Page, name: str, wanted: str) -> re.Match:
    """Run a cell until it prints a text of the form `wanted`: the page tells what it shows soon."""
    for _ in range(10):
        text = run_cell(lab, name).inner_text().strip()
        if match := re.fullmatch(wanted, text):
            return match
    raise AssertionError(f"{text!r} is not {wanted!r}")


def page_in(outputs: Locator) -> FrameLocator:
    """Return the page in a cell, with its drawing colored."""
    frame = outputs.locator("iframe").content_frame
    expect(frame.locator(".view .after")).to_be_visible(timeout=PATIENCE)
    return frame


def dab(lab: Page, frame: FrameLocator) -> None:
    """Dab in the middle of the drawing."""
    box = frame.locator(".surface").bounding_box()
    lab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_the_next_cell_goes_on_with_hints_and_result(lab: Page) -> None:
    frame = page_in(run_cell(lab, "show"))
    expect(frame.locator(".studio .facts")).to_contain_text("640 \u00d7 480 \u00b7 0 hints")
    frame.get_by_role("button", name="Turquoise").click()
    dab(lab, frame)
    expect(frame.locator(".view .facts")).to_contain_text("1 hint")
    hint = r"\[Hint\(x=(.*), y=(.*), r=8.0, color='#62c6c4'\)\]"
    x, y = wait_for_text(lab, "hints", hint).groups()
    assert (float(x), float(y)) == (pytest.approx(320, abs=2), pytest.approx(240, abs=2))
    wait_for_text(lab, "color", r"\(98, 198, 196\)")
    shown = run_cell(lab, "result").locator("img").get_attribute("src").partition(",")[2]
    with Image.open(io.BytesIO(base64.b64decode(shown))) as picture:
        assert picture.size == (640, 480)
        assert picture.getpixel((320, 240)) == (0x62, 0xC6, 0xC4)
    frame.locator("[data-act=live]").uncheck()
    frame.locator("[data-act=clear]").click()
    wait_for_text(lab, "hints", r"\[\]")


def test_the_page_fits_its_cell(lab: Page) -> None:
    outputs = run_cell(lab, "show")
    frame = page_in(outputs)
    cell = outputs.locator("iframe").bounding_box()
    assert 460 <= cell["height"] <= 640
    for part in (".surface", ".frame", "[data-act=colorize]", ".swatch.none", "[data-save=psd]"):
        box = frame.locator(part).first.bounding_box()
        assert cell["x"] <= box["x"]
        assert cell["y"] <= box["y"]
        assert box["x"] + box["width"] <= cell["x"] + cell["width"]
        assert box["y"] + box["height"] <= cell["y"] + cell["height"]
    scrolls = "({scrollHeight: a, clientHeight: b}) => a > b"
    assert not frame.locator("html").evaluate(scrolls)


def test_behind_a_proxy_nothing_needs_a_second_port(lab: Page, jupyter: str) -> None:
    pytest.importorskip("jupyter_server_proxy")
    asked = []
    lab.on("request", lambda request: asked.append(request.url))
    frame = page_in(run_cell(lab, "proxied"))
    expect(frame.locator(".view .facts")).to_contain_text("1 hint")
    hint = "[Hint(x=320.0, y=240.0, r=8.0, color='#ff0000')]"
    wait_for_text(lab, "other", re.escape(f"{hint} (640, 480) (255, 0, 0)"))
    assert any("/proxy/" in url for url in asked)
    assert [url for url in asked if not url.startswith((jupyter, "data:", "blob:"))] == []


def test_a_frame_loaded_anew_has_its_work_and_another_cell_its_own(
    open_page, drawing, monkeypatch
) -> None:
    shown = app.show(FakeColorizer(), drawing)
    page = open_page(shown.url)
    wait_for_result(page)
    stroke(page, (320, 240))
    wait_for_result(page, "1 hint")
    kept(page)
    page.reload()
    expect_hints(page, 1)
    wait_for_result(page, "1 hint")
    assert [hint.r for hint in shown.hints] == [8]
    shown.close()
    monkeypatch.setenv("GRADIO_SERVER_PORT", shown.url.strip("/").rpartition(":")[2])
    other = app.show(FakeColorizer(), Image.new("L", (300, 200), 255))
    assert other.url == shown.url
    page.goto(other.url)
    expect(page.locator(".studio .facts")).to_contain_text(f"{by(300, 200)} \u00b7 0 hints")
    other.close()

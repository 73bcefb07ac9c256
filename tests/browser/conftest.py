"""A page around the fake colorizer and a headless Chromium to look at it."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image, ImageDraw

pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

from playwright.sync_api import Browser, Page, expect, sync_playwright

import app

from .fake import FakeColorizer
from .studio import expect_hints, open_file, set_live

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30_000
"""Milliseconds to wait for anything: the machine may be busy with other work."""
expect.set_options(timeout=PATIENCE)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker that `-m "not browser"` leaves these tests out with."""
    config.addinivalue_line("markers", "browser: needs Chromium and playwright")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder `browser`; each may lose a race with the page twice."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def served() -> Iterator[SimpleNamespace]:
    """A running page: .url and .colorizer, which records its calls."""
    colorizer = FakeColorizer()
    page = app.build_app(colorizer)
    # without gradio's check of itself, which gives up after three seconds
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, _frontend=False)
    yield SimpleNamespace(url=url, colorizer=colorizer)
    page.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or the one that $CHROMIUM names."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, served: SimpleNamespace) -> Iterator:
    """A function that opens the page, taking the options of a browser context.

    Whatever the test does, no request may leave the machine and no script may fail.
    """
    contexts, outside, errors = [], [], []

    def open_with(url: str = served.url, **options) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        local = (url, "data:", "blob:")
        page.on("request", lambda r: outside.append(r.url) if not r.url.startswith(local) else 0)
        page.on("pageerror", lambda error: errors.append(str(error)))
        served.colorizer.calls.clear()
        served.colorizer.delay = 0.0
        served.colorizer.gate.set()
        page.goto(url)
        page.locator(".studio .swatch").first.wait_for()
        return page

    yield open_with
    for context in contexts:
        context.close()
    assert not outside, f"requests that left the machine: {outside}"
    assert not errors, errors


@pytest.fixture
def page(open_page) -> Page:
    """The page at desktop size."""
    return open_page()


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    """A line-art of 640x480 with a circle and a transparent background."""
    picture = Image.new("RGBA", (640, 480), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((170, 90, 470, 390), outline=(0, 0, 0, 255), width=5)
    picture.save(tmp_path / "circle.png")
    return tmp_path / "circle.png"


@pytest.fixture
def quiet(page: Page, drawing) -> Page:
    """The page with a circle open, colored only when asked."""
    set_live(page, False)
    open_file(page, drawing)
    expect_hints(page, 0)
    return page

"""The page while the model loads, and when there is none."""

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

import app
from colorizer.ui.engine import Engine

from .fake import FakeColorizer
from .studio import by, open_file, wait_for_result


@pytest.fixture
def serve() -> Iterator:
    """A function that serves a page for an engine and returns its URL."""
    pages = []

    def launch(engine: Engine) -> str:
        page = app.build_app(engine)
        pages.append(page)
        return page.launch(prevent_thread_lock=True, quiet=True)[1]

    yield launch
    for page in pages:
        page.close()


def test_the_page_paints_while_the_model_loads(open_page, serve, drawing) -> None:
    loaded = threading.Event()

    def load() -> FakeColorizer:
        loaded.wait(60)
        return FakeColorizer()

    page = open_page(serve(Engine(load)))
    expect(page.locator(".lc-badge")).to_contain_text("Loading the model")
    expect(page.locator("[data-act=colorize]")).to_be_disabled()
    open_file(page, drawing)
    expect(page.locator(".studio .facts")).to_contain_text(by(640, 480))
    loaded.set()
    expect(page.locator(".lc-badge")).to_contain_text("fake@abc1234 · cpu")
    wait_for_result(page, "automatic colors")


def test_without_a_model_the_page_says_why_and_keeps_the_button_off(open_page, serve) -> None:
    def load() -> FakeColorizer:
        raise ValueError("There is no checkpoint nowhere/at-all.")

    page = open_page(serve(Engine(load)))
    expect(page.locator(".lc-badge")).to_contain_text("No model")
    expect(page.locator(".notice")).to_contain_text("There is no checkpoint nowhere/at-all.")
    expect(page.locator("[data-act=colorize]")).to_be_disabled()
    page.get_by_role("button", name="Draw your own").click()
    expect(page.locator(".notice")).to_contain_text("nowhere/at-all")

"""Nothing is lost when the connection, the server or a result's picture goes."""

import multiprocessing
import os
import random
import socket
import time
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from .server import serve
from .studio import copied, dab, expect_hints, kept, open_file, wait_for_result

OFFLINE_SECONDS = float(os.environ.get("OFFLINE_SECONDS", "0.3"))
"""How long the connection is gone; 30 in a thorough run."""


class Server:
    """A page in a process of its own that can be killed and started again at the same address."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.process = None
        # imports once: a killed server is back in a moment
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["tests.browser.server"])

    def start(self) -> None:
        self.process = self.context.Process(target=serve, args=(self.port,), daemon=True)
        self.process.start()
        for _ in range(6000):
            try:
                urllib.request.urlopen(self.url, timeout=9).close()
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("the page did not start within ten minutes")

    def kill(self) -> None:
        self.process.kill()  # SIGKILL
        self.process.join()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server()
    running.start()
    yield running
    running.kill()


def stay(page: Page) -> None:
    """Mark this load of the page, to see that it is not loaded anew."""
    page.evaluate("window.stayed = true")


def test_painting_goes_on_without_a_connection(page: Page, drawing) -> None:
    open_file(page, drawing)
    wait_for_result(page)
    stay(page)
    page.context.set_offline(True)
    dab(page, 60, 120)
    expect(page.locator(".offline")).to_be_visible()
    dab(page, 180)
    expect_hints(page, 3)
    page.context.set_offline(False)
    wait_for_result(page, "3 hints")
    expect(page.locator(".offline")).to_be_hidden()
    assert page.evaluate("window.stayed")


def test_a_killed_server_costs_nothing(open_page, server, drawing) -> None:
    page = open_page(server.url)
    open_file(page, drawing)
    wait_for_result(page)
    stay(page)
    server.kill()
    dab(page, 60, 120)
    expect(page.locator(".offline")).to_be_visible()
    server.start()
    wait_for_result(page, "2 hints")
    expect(page.locator(".offline")).to_be_hidden()
    assert page.evaluate("window.stayed")


def test_a_result_whose_picture_did_not_arrive_is_made_again(page: Page, drawing) -> None:
    open_file(page, drawing)
    wait_for_result(page)
    page.route("**/*-colored.png", lambda route: route.abort("internetdisconnected"), times=1)
    dab(page, 60)
    wait_for_result(page, "1 hint")


def disturb(kind: str, page: Page, server: Server) -> Page:
    """Do to the page what happens on a bad day; returns the tab that goes on."""
    if kind == "kill":
        server.kill()
        server.start()
    elif kind == "offline":
        page.context.set_offline(True)
        page.wait_for_timeout(1000 * OFFLINE_SECONDS)
        page.context.set_offline(False)
    elif kind == "reload":
        page.reload()
        page.locator(".studio .swatch").first.wait_for()
    else:  # a second tab with a copy; the first is closed while the other goes on
        copy = copied(page)
        expect(copy.locator(".stage .empty").first).to_be_hidden()
        page.close()
        page = copy
    expect(page.locator(".stage .empty").first).to_be_hidden()
    return page


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_while_dabbing_nothing_is_lost(open_page, server, drawing, seed) -> None:
    """Four moments each, twenty in all."""
    rng = random.Random(seed)
    page = open_page(server.url)
    open_file(page, drawing)
    expect_hints(page, 0)
    for i, kind in enumerate(rng.sample(["kill", "offline", "reload", "two tabs"], 4)):
        dab(page, 60 + 120 * i, 120 + 120 * i)
        expect_hints(page, 2 * i + 2)
        kept(page)
        page.wait_for_timeout(rng.randrange(150))
        page = disturb(kind, page, server)
    expect_hints(page, 8)
    wait_for_result(page, "8 hints")

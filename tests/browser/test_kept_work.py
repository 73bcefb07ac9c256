"""Nothing is lost: reloads, tabs, a lost connection, a killed server, files of whole drawings."""

import multiprocessing
import os
import random
import socket
import time
import urllib.request
import zipfile
from collections.abc import Iterator

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Page, expect

from .server import serve
from .studio import (
    by,
    expect_hints,
    open_file,
    saved_hints,
    set_live,
    stroke,
    to_screen,
    wait_for_result,
)

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
          return shown.includes(` ${count} hint`) && (!result || Boolean(asked.result.result));
        }"""
    )


def stay(page: Page) -> None:
    """Mark this load of the page, to see that it is not loaded anew."""
    page.evaluate("window.stayed = true")


def test_a_reload_brings_back_drawing_hints_settings_and_result(page: Page, drawing) -> None:
    open_file(page, drawing)
    page.get_by_role("button", name="Violet").click()
    dab(page, 100, 300)
    page.keyboard.press("]")
    wait_for_result(page, "2 hints")
    hints = saved_hints(page)
    size = page.locator(".size output").text_content()
    kept(page)
    page.reload()
    expect(page.locator(".notice")).to_contain_text("circle.png is back, as you left it")
    expect_hints(page, 2)
    wait_for_result(page, "2 hints")
    assert saved_hints(page) == hints
    expect(page.locator(".chip input")).to_have_value("#7a5cc7")
    expect(page.locator(".size output")).to_have_text(size)
    dab(page, 400)
    wait_for_result(page, "3 hints")
    expect(page.locator(".notice")).to_be_hidden()


def test_each_tab_keeps_a_drawing_of_its_own(page: Page, drawing, tmp_path) -> None:
    set_live(page, False)
    open_file(page, drawing)
    dab(page, 100)
    kept(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".stage .empty").first).to_be_visible()
    Image.new("L", (300, 200), 255).save(tmp_path / "other.png")
    open_file(other, tmp_path / "other.png")
    expect(other.locator(".studio .facts")).to_contain_text(by(300, 200))
    with page.context.expect_page() as opened:
        page.evaluate("window.open(location.href)")
    copy = opened.value  # a tab that takes over what this tab remembers, as "Duplicate" does
    expect_hints(copy, 1)
    dab(copy, 200, 300)
    expect_hints(copy, 3)
    for tab, facts in ((page, "1 hint"), (other, by(300, 200)), (copy, "3 hints")):
        kept(tab)
        tab.reload()
        expect(tab.locator(".studio .facts")).to_contain_text(facts)


def test_a_closed_tab_comes_back_in_the_next_one(page: Page, drawing) -> None:
    set_live(page, False)
    open_file(page, drawing)
    dab(page, 100)
    kept(page)
    again = page.context.new_page()
    page.close()
    again.goto("about:blank")
    again.goto(page.url)
    expect_hints(again, 1)


def test_pen_lines_a_cleaned_scan_and_a_reference_survive_a_reload(page: Page, drawing) -> None:
    set_live(page, False)
    open_file(page, drawing)
    page.get_by_label("Clean scan").check()
    expect(page.get_by_label("Clean scan")).to_be_checked()
    expect(page.get_by_label("As it is")).to_be_enabled()
    page.locator("[data-file=reference]").set_input_files(drawing)
    expect(page.locator(".reference")).to_be_visible()
    page.keyboard.press("p")
    stroke(page, (50, 50), (90, 300))
    page.keyboard.press("b")
    dab(page, 100)
    kept(page)
    page.reload()
    expect_hints(page, 1)
    expect(page.get_by_label("Clean scan")).to_be_checked()
    expect(page.locator(".reference")).to_be_visible()
    page.keyboard.press("e")
    stroke(page, (50, 50))  # the pen line is a line still
    expect(page.locator(".studio p.sr")).to_contain_text("Erased")


def test_new_asks_only_when_something_would_be_lost(page: Page, drawing) -> None:
    set_live(page, False)
    new = page.locator(".bar [data-act=new]")
    open_file(page, drawing)
    expect_hints(page, 0)
    new.click()
    expect(page.locator(".studio .facts")).to_contain_text(by(1024, 1024))
    page.locator(".shelf [data-example]").nth(0).click()
    expect(page.locator(".studio .facts")).to_contain_text("37 hints")
    new.click()  # an example's hints are in a file
    expect_hints(page, 0)
    stroke(page, (300, 300), (700, 300))
    new.click()
    expect(page.locator(".notice")).to_contain_text("not saved as a file")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("[data-act=save-document]")).to_be_enabled()
    new.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save it first").click()
    assert download.value.suggested_filename == "drawing.lineart"
    expect(page.locator("[data-act=save-document]")).to_be_disabled()  # an empty canvas again


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


def copied(page: Page) -> Page:
    """Return a second tab that goes on with a copy of the page's document."""
    with page.context.expect_page() as opened:
        page.evaluate("window.open(location.href)")
    opened.value.locator(".studio .swatch").first.wait_for()
    return opened.value


def test_a_tab_copied_while_its_result_comes_in_has_it_too(open_page, drawing, served) -> None:
    page = open_page()
    served.colorizer.gate.clear()
    open_file(page, drawing)
    dab(page, 60, 120)
    expect_hints(page, 2)
    kept(page)
    # the copy waits three seconds for the document that the first tab holds
    page.context.add_init_script(
        "const wait = AbortSignal.timeout; AbortSignal.timeout = () => wait.call(AbortSignal, 3000)"
    )
    copy = copied(page)
    served.colorizer.gate.set()
    wait_for_result(page, "2 hints")
    kept(page)
    wait_for_result(copy, "2 hints")


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


def test_a_saved_drawing_opens_elsewhere_and_on_the_command_line(
    open_page, drawing, tmp_path
) -> None:
    page = open_page()
    open_file(page, drawing)
    page.get_by_role("button", name="Violet").click()
    dab(page, 100, 300)
    wait_for_result(page, "2 hints")
    hints = saved_hints(page)
    with page.expect_download() as download:
        page.locator("[data-act=save-document]").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "circle.lineart"
    assert set(zipfile.ZipFile(path).namelist()) == {
        "line-art.png", "hints.json", "settings.json",
    }  # fmt: skip
    elsewhere = open_page()
    open_file(elsewhere, path)
    wait_for_result(elsewhere, "2 hints")
    assert saved_hints(elsewhere) == hints
    expect(elsewhere.locator(".chip input")).to_have_value("#7a5cc7")


def test_another_drawing_takes_the_old_result_away(page: Page, drawing, served) -> None:
    link = page.locator("a[data-save=png]")
    open_file(page, drawing)
    wait_for_result(page)
    served.colorizer.gate.clear()
    page.locator(".shelf [data-example]").nth(0).click()
    expect(page.locator(".studio .facts")).to_contain_text("37 hints")
    expect(page.locator(".view .after")).to_be_hidden()
    expect(link).to_have_attribute("aria-disabled", "true")
    assert link.get_attribute("href") is None
    expect(page.locator("[data-save=ora]")).to_be_disabled()
    served.colorizer.gate.set()
    wait_for_result(page, "37 hints")
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "1_girl_with_a_bow-colored.png"
    set_live(page, False)
    page.keyboard.press("Control+z")
    wait_for_result(page, by(640, 480))
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "circle-colored.png"


def test_an_error_of_the_server_reaches_the_eye(page: Page, drawing, tmp_path) -> None:
    open_file(page, drawing)
    wait_for_result(page)
    chunks = PngInfo()
    chunks.add_text("Comment", "a comment")
    Image.new("L", (400, 300), 255).save(tmp_path / "damaged.png", pnginfo=chunks)
    content = (tmp_path / "damaged.png").read_bytes()
    # its checksum is wrong now: a browser does not mind, Python does
    (tmp_path / "damaged.png").write_bytes(content.replace(b"a comment", b"A comment"))
    open_file(page, tmp_path / "damaged.png")
    expect(page.locator(".studio .facts")).to_contain_text(by(400, 300))
    expect(page.locator(".notice")).to_contain_text("Cannot read damaged.png")
    expect(page.locator(".view .after")).to_be_hidden()

"""The opinion study's page in a browser: keys, undo, coming back, lost connections, phones."""

import threading
import time

import pytest
import uvicorn
from PIL import Image
from playwright.sync_api import expect

from eval.mos import study as store
from eval.mos.page import build_app

from ..mos_raters import free_port
from .conftest import PATIENCE


@pytest.fixture
def study(tmp_path):
    """A running study of two drawings by two systems: its folder and its address."""
    for system in ("one", "two"):
        (tmp_path / system).mkdir()
        for drawing in ("a", "b"):
            Image.new("RGB", (64, 48), "teal").save(tmp_path / system / f"{drawing}.png")
    systems = store.list_systems([f"{s}={tmp_path / s}" for s in ("one", "two")])
    store.create(tmp_path / "study", systems, 30)
    port = free_port()
    options = uvicorn.Config(build_app(tmp_path / "study"), port=port, log_level="warning")
    server = uvicorn.Server(options)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield tmp_path / "study", f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def rating_page(browser, study):
    """The page at a phone's width, started; no request may leave the machine."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page, outside, errors = context.new_page(), [], []
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: errors.append(str(error)))
    known = (study[1], "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(known) else outside.append(r.url))
    page.goto(study[1])
    page.get_by_role("button", name="Start").click()
    progress(page, "1 of 4")  # keys are deaf until the picture is there
    yield page
    context.close()
    assert not outside
    assert not errors


def progress(page, text) -> None:
    """Wait until the page says so and takes the next rating."""
    expect(page.locator("[data-progress]")).to_have_text(text)
    expect(page.locator("[data-score='1']")).to_be_enabled()


def scores(study) -> list[int]:
    return [row["score"] for row in store.ratings(study[0])]


def test_keys_buttons_undo_and_coming_back(rating_page, study) -> None:
    page = rating_page
    page.keyboard.press("3")
    progress(page, "2 of 4")
    page.get_by_role("button", name="5 Excellent").click()
    progress(page, "3 of 4")
    page.keyboard.press("Backspace")
    progress(page, "2 of 4")
    assert scores(study) == [3]
    page.keyboard.press("4")
    progress(page, "3 of 4")
    page.reload()
    page.get_by_role("button", name="Go on with picture 3").click()
    progress(page, "3 of 4")
    page.keyboard.press("1")
    progress(page, "4 of 4")
    page.keyboard.press("2")
    done = page.get_by_role("heading", name="All done, thank you!")
    expect(done).to_be_visible()
    page.reload()
    expect(done).to_be_visible()
    assert scores(study) == [3, 4, 1, 2]


def test_a_rating_is_repeated_until_it_arrives(rating_page, study) -> None:
    note = rating_page.locator("[data-note]")
    rating_page.context.set_offline(True)
    rating_page.keyboard.press("5")
    expect(note).to_contain_text("this page keeps trying")
    assert scores(study) == []
    rating_page.context.set_offline(False)
    progress(rating_page, "2 of 4")
    expect(note).to_be_empty()
    assert scores(study) == [5]


def test_all_of_it_fits_on_a_phone(rating_page) -> None:
    buttons = rating_page.locator(".mos-scores button")
    assert buttons.locator("span").all_inner_texts() == ["Bad", "Poor", "Fair", "Good", "Excellent"]
    boxes = [button.bounding_box() for button in [*buttons.all(), rating_page.locator("img")]]
    assert all(b["x"] >= 0 and b["x"] + b["width"] <= 390 for b in boxes)
    assert all(b["y"] >= 0 and b["y"] + b["height"] <= 844 for b in boxes)
    assert all(b["width"] >= 44 and b["height"] >= 44 for b in boxes)
    assert boxes[-1]["height"] > 0.7 * 844  # the picture gets the room that is left

"""The page with the bundled weights: from an example to a downloaded picture, nothing faked."""

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

import app
from colorizer.preprocessing.hints import Hint

from .studio import hint_count, open_example, picture_size, stroke

TURQUOISE = np.array(Hint(0, 0, 0, "#62c6c4").rgb)


@pytest.fixture(scope="module")
def bundled_url() -> Iterator[str]:
    page = app.build_app(app.lazy_engine())
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True)
    yield url
    page.close()


@pytest.fixture
def bundled_page(open_page, bundled_url) -> Page:
    page = open_page(bundled_url)
    page.locator("[data-act=colorize]:not([disabled])").wait_for()
    return page


def test_a_stroke_colors_the_downloaded_picture(bundled_page):
    page = bundled_page
    open_example(page, "Fox with a scarf")
    page.get_by_role("button", name="Turquoise").click()
    before = hint_count(page)
    stroke(page, (60, 480), (90, 520))  # paper at the left of the fox
    assert hint_count(page) > before
    page.locator("[data-act=colorize]").click()
    page.wait_for_function(
        "n => document.querySelector('.view .facts').textContent.includes(n)",
        arg=f"{hint_count(page)} hints",
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PNG").click()
    with Image.open(download.value.path()) as picture:
        assert picture.size == picture_size(page)
        painted = np.asarray(picture.convert("RGB"))[490:510, 68:82].mean((0, 1))
    assert np.abs(painted - TURQUOISE).max() < 40


def test_the_speed_table_has_strokes_and_memory():
    run = [sys.executable, "-m", "eval.speed", "page", "--repeats", "1"]
    out = subprocess.run(run, stdout=subprocess.PIPE, text=True, check=True).stdout
    *_, header, _, row = out.strip().splitlines()
    assert header == "| line-art | strokes | median, s | 95 %, s | resident, MB | its own, MB |"
    size, strokes, *numbers = row.strip("| ").split(" | ")
    median, slowest, resident, own = map(float, numbers)
    assert (size, strokes) == ("512x512", "8")
    assert 0 < median <= slowest
    assert 200 < own < resident < 2000

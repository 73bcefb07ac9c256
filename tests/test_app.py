"""The page without a browser: what importing does, handlers, endpoints, examples."""

import json
import subprocess
import sys
import time
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

import app
from colorizer import images
from colorizer.preprocessing.hints import parse_hints
from colorizer.ui.canvas import CanvasData, HintCanvas
from colorizer.ui.engine import Engine, ModelUnavailableError
from colorizer.ui.examples import FOLDER, list_examples
from colorizer.ui.handlers import Handlers, read_hints


def paint_it(line_art, hints=None) -> SimpleNamespace:
    """Return a flat picture of the line-art's size: the first hint's color, or gray."""
    if isinstance(hints, Image.Image):
        color = hints.getpixel((0, 0))[:3]
    else:
        color = hints[0].color if isinstance(hints, list) else "#808080"
    picture = Image.new("RGB", line_art.size, color)
    return SimpleNamespace(image=picture, draft=picture.resize((32, 32)))


class FlatColorizer:
    """A colorizer for tests, without a network."""

    name, revision, device = "flat", "1234567", "cpu"

    def __call__(self, line_art, hints=None) -> SimpleNamespace:
        """Return what `paint_it` does."""
        return paint_it(line_art, hints)


@pytest.fixture
def handlers() -> Handlers:
    return Handlers(Engine.holding(FlatColorizer()), list_examples())


@pytest.fixture
def line_art(tmp_path):
    Image.new("RGB", (60, 40), "white").save(tmp_path / "line.png")
    return tmp_path / "line.png"


@pytest.fixture(scope="module")
def client():
    page = app.build_app(FlatColorizer())
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True)
    yield Client(url, verbose=False)
    page.close()


def canvas_of(path, *hints, **more) -> CanvasData:
    """Return what the page sends for a picture file and hints as dicts."""
    return CanvasData(image={"path": str(path)}, hints=list(hints), **more)


def test_importing_the_app_starts_nothing_and_loads_no_weights() -> None:
    code = (
        "import app, threading;"
        "assert app.build_app and 'demo' not in vars(app);"
        "assert not [t for t in threading.enumerate() if t.name == 'load-colorizer']"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_the_demo_for_spaces_is_built_once_and_loads_nothing_yet() -> None:
    assert isinstance(app.demo, gr.Blocks)
    assert app.demo is app.demo
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        app.other  # noqa: B018


def test_command_line() -> None:
    options = app.parse_arguments(
        ["--host", "0.0.0.0", "--port", "80", "--checkpoint", "a/b@main", "--share"]
    )
    assert vars(options) == {
        "host": "0.0.0.0",
        "port": 80,
        "checkpoint": "a/b@main",
        "share": True,
    }


def test_engine_loads_in_the_background() -> None:
    def slow() -> FlatColorizer:
        time.sleep(0.2)
        return FlatColorizer()

    engine = Engine(slow)
    start = time.perf_counter()
    engine.start()
    assert time.perf_counter() - start < 0.1
    assert engine.state()["state"] == "loading"
    assert isinstance(engine.colorizer(), FlatColorizer)
    assert engine.state() == {"state": "ready", "label": "flat@1234567 · cpu", "reason": ""}


def test_a_missing_checkpoint_is_told_on_the_page(handlers, line_art) -> None:
    def missing() -> FlatColorizer:
        raise images.InputError("There is no checkpoint nowhere/at-all.")

    handlers.engine = Engine(missing)
    first, *_, last = list(handlers.watch_model())
    assert "Loading" in first[0]
    assert last[1]["model"]["state"] == "missing"
    assert "nowhere/at-all" in last[1]["model"]["reason"]
    with pytest.raises(ModelUnavailableError, match="nowhere/at-all"):
        handlers.engine.colorizer()
    with pytest.raises(gr.Error, match="nowhere/at-all"):
        handlers.colorize(canvas_of(line_art))


def test_colorize_scales_hints_to_the_picture(handlers, line_art) -> None:
    seen = []
    handlers.engine = Engine.holding(
        lambda art, hints: (seen.extend(hints), paint_it(art, hints))[1]
    )
    dot = {"x": 10, "y": 10, "r": 4, "color": "#ff0000"}
    colored = handlers.colorize(canvas_of(line_art, dot, width=30, height=20))
    assert (seen[0].x, seen[0].y) == (20, 20)
    assert colored.image.size == (60, 40)
    assert colored.image.getpixel((3, 3)) == (255, 0, 0)
    assert (colored.hints, colored.name) == (1, "line")


@pytest.mark.parametrize(
    ("hint", "message"),
    [
        ({"x": float("nan"), "y": 0, "r": 1, "color": "#ffffff"}, "hint's x is nan"),
        ({"x": 0, "y": 0, "r": 1, "color": "red"}, "color is 'red'; wanted is #rrggbb"),
    ],
)
def test_hints_are_checked_again(handlers, line_art, hint, message) -> None:
    with pytest.raises(gr.Error, match=message) as caught:
        handlers.colorize(canvas_of(line_art, hint))
    assert caught.value.print_exception is False


def test_errors_are_sentences_for_the_user(handlers, tmp_path) -> None:
    with pytest.raises(gr.Error, match=r"Open or draw a line-art first\."):
        handlers.colorize(CanvasData())
    (tmp_path / "x.png").write_text("no picture")
    with pytest.raises(gr.Error, match=r"Cannot read x\.png: use PNG, JPEG or WebP\."):
        handlers.colorize(canvas_of(tmp_path / "x.png"))


def test_page_and_package_have_the_same_limits() -> None:
    html = HintCanvas(render=False).html_template
    assert f'data-max-pixels="{images.MAX_PIXELS}"' in html
    assert f'data-max-bytes="{images.MAX_BYTES}"' in html


def test_hint_files_are_read_as_on_the_command_line() -> None:
    hints = {"width": 10, "height": 10, "hints": [{"x": 1, "y": 2, "r": 3, "color": "#ABCDEF"}]}
    request = {"text": json.dumps(hints), "name": "h.json", "width": 20, "height": 20}
    assert read_hints(request)["hints"] == [{"x": 2, "y": 4, "r": 6, "color": "#abcdef"}]
    assert "h.json" in read_hints({**request, "text": "{"})["error"]


@pytest.mark.parametrize("example", list_examples(), ids=lambda example: example.name)
def test_example_hints_lie_on_paper_not_on_ink(example) -> None:
    with Image.open(example.picture) as picture:
        gray = np.asarray(picture.convert("L"))
    hints = parse_hints(example.hints, gray.shape[::-1])
    assert len(hints) >= 10
    assert [gray[round(h.y), round(h.x)] > 250 for h in hints] == [True] * len(hints)
    assert (FOLDER / f"{example.picture.stem}.svg").is_file()


def test_colorize_endpoint(client, line_art) -> None:
    dot = {"x": 5, "y": 5, "r": 2, "color": "#00ff00"}
    result = client.predict({"image": handle_file(line_art), "hints": [dot]}, api_name="/colorize")
    with Image.open(result["image"]) as picture:
        assert picture.size == (60, 40)
        assert picture.getpixel((1, 1)) == (0, 255, 0)
    assert (result["width"], result["height"], result["hints"]) == (60, 40, 1)


def test_colorize_image_endpoint(client, line_art, tmp_path) -> None:
    Image.new("RGBA", (60, 40), (0, 0, 255, 255)).save(tmp_path / "hints.png")
    path = client.predict(
        handle_file(line_art), handle_file(tmp_path / "hints.png"), api_name="/colorize_image"
    )
    with Image.open(path) as picture:
        assert picture.size == (60, 40)
        assert picture.convert("RGB").getpixel((1, 1)) == (0, 0, 255)


def test_info_endpoint(client) -> None:
    assert client.predict(api_name="/info") == {
        "name": "flat",
        "revision": "1234567",
        "device": "cpu",
    }


def test_endpoint_errors_carry_the_sentence(client) -> None:
    with pytest.raises(Exception, match="Open or draw a line-art first"):
        client.predict({"hints": []}, api_name="/colorize")

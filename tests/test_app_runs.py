"""Runs of the page without a browser: its handlers and its endpoints."""

import io
import json
import re
import urllib.request
from pathlib import Path

import gradio as gr
import pytest
import torch
from gradio_client import Client, handle_file
from PIL import Image

import app
from colorizer import images
from colorizer.ui.canvas.component import CanvasData
from colorizer.ui.engine import Engine, ModelUnavailableError
from colorizer.ui.handlers import Handlers
from eval.speed.page import open_page
from tests.support.flat import FlatColorizer, canvas_of, paint_it


@pytest.fixture
def handlers(tmp_path) -> Handlers:
    return Handlers(Engine.holding(FlatColorizer()), tmp_path)


@pytest.fixture(scope="module")
def client():
    page = app.build_app(FlatColorizer())
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True)
    yield Client(url, verbose=False)
    page.close()


def test_stop_leaves_the_network_between_two_layers(handlers, line_art) -> None:
    layers = []

    class Layer(torch.nn.Module):
        def forward(self, x):
            layers.append(1)
            if len(layers) == 2:
                handlers.stop({"tab": "me", "turn": 7})
            return x

    network = torch.nn.Sequential(*[Layer() for _ in range(5)])
    colorizer = FlatColorizer()
    colorizer.models = {"draft": network}
    colorizer.prepare = lambda: network(0)
    handlers.engine = Engine.holding(colorizer)
    assert handlers.colorize(canvas_of(line_art, turn=7, tab="me")) is None
    assert len(layers) == 2
    assert handlers.colorize(canvas_of(line_art, turn=8, tab="me")).image.size == (60, 40)
    assert handlers.colorize(canvas_of(line_art, turn=7, tab="you")).image.size == (60, 40)
    assert handlers.colorize(canvas_of(line_art)).image.size == (60, 40)


def test_a_missing_checkpoint_is_told_on_the_page(handlers, line_art) -> None:
    def missing() -> FlatColorizer:
        raise images.InputError("There is no checkpoint nowhere/at-all.")

    handlers.engine = Engine(missing)
    first, last = handlers.model()
    assert first["state"] == "loading"
    assert last["state"] == "missing"
    assert "nowhere/at-all" in last["reason"]
    with pytest.raises(ModelUnavailableError, match="nowhere/at-all"):
        handlers.engine.colorizer()
    with pytest.raises(gr.Error, match="nowhere/at-all"):
        handlers.colorize(canvas_of(line_art))


def test_colorize_scales_hints_to_the_picture(handlers, line_art) -> None:
    seen = []
    handlers.engine = Engine.holding(
        lambda art, hints, **_: (seen.extend(hints), paint_it(art, hints))[1]
    )
    dot = {"x": 10, "y": 10, "r": 4, "color": "#ff0000"}
    colored = handlers.colorize(canvas_of(line_art, dot, width=30, height=20))
    assert (seen[0].x, seen[0].y) == (20, 20)
    assert colored.image.size == (60, 40)
    assert colored.image.getpixel((3, 3)) == (255, 0, 0)
    assert (len(colored.hints), colored.name) == (1, "line")


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
        "networks": ["draft", "regions"],
    }


def test_endpoints_over_plain_http(client, line_art) -> None:
    boundary = "0123456789"
    form = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="line.png"\r\n'
            "Content-Type: image/png\r\n\r\n"
        ).encode()
        + line_art.read_bytes()
        + f"\r\n--{boundary}--\r\n".encode()
    )
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    [uploaded] = json.loads(fetch(f"{client.src}gradio_api/upload", form, kind))
    dot = {"x": 5, "y": 5, "r": 2, "color": "#00ff00"}
    picture = {"path": uploaded, "meta": {"_type": "gradio.FileData"}}
    [result] = call(client.src, "colorize", [{"image": picture, "hints": [dot]}])
    with Image.open(io.BytesIO(fetch(result["image"]["url"]))) as colored:
        assert colored.size == (60, 40)
        assert colored.getpixel((1, 1)) == (0, 255, 0)
    assert call(client.src, "info", [])[0]["name"] == "flat"


def fetch(url: str, data: bytes | None = None, headers: dict | None = None) -> bytes:
    """Return what a URL answers."""
    request = urllib.request.Request(url, data, headers or {})
    with urllib.request.urlopen(request, timeout=60) as reply:
        return reply.read()


def call(url: str, endpoint: str, arguments: list) -> list:
    """Call an endpoint as README does with curl: POST the arguments, GET the events."""
    where = f"{url}gradio_api/call/{endpoint}"
    body = json.dumps({"data": arguments}).encode()
    event = json.loads(fetch(where, body, {"Content-Type": "application/json"}))["event_id"]
    events = fetch(f"{where}/{event}").decode()
    return json.loads(re.search(r"event: complete\ndata: (.*)", events)[1])


def test_endpoint_errors_carry_the_sentence(client) -> None:
    with pytest.raises(Exception, match="Open or draw a line-art first"):
        client.predict({"hints": []}, api_name="/colorize")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/maps").is_file(), reason="only Linux tells what is loaded")
def test_an_event_of_the_page_s_process_imports_no_pyplot(line_art):
    with open_page() as (url, process):
        client = Client(url, verbose=False, analytics_enabled=False)
        client.predict({"image": handle_file(line_art)}, api_name="/colorize")
        client.close()
        maps = Path(f"/proc/{process}/maps").read_text()
    assert "libtorch_cpu" in maps
    assert "matplotlib/_image." not in maps  # pyplot's

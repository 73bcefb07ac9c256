"""The page without a browser: what importing does, handlers, endpoints, examples."""

import io
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from PIL import Image

import app
from colorizer import images
from colorizer.preprocessing.hints import MAX_HINTS, parse_hints
from colorizer.ui.alternatives import read_palette
from colorizer.ui.canvas.component import MOST_HINTS, CanvasData, HintCanvas
from colorizer.ui.engine import Engine, ModelUnavailableError
from colorizer.ui.files import read_hints, save_result
from colorizer.ui.handlers import Handlers
from colorizer.ui.page.shelf import FOLDER, list_examples
from colorizer.ui.result.component import ResultData, store_picture
from colorizer.ui.static import HERE, read_static
from eval.speed.page import open_page
from tests.browser.fake import FakeColorizer


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
    models = {"regions": torch.nn.Identity(), "draft": torch.nn.Identity()}

    def prepare(self) -> None:
        """Do nothing; a test may put a network here."""

    def __call__(self, line_art, hints=None) -> SimpleNamespace:
        """Return what `paint_it` does."""
        self.prepare()
        return paint_it(line_art, hints)


@pytest.fixture
def handlers(tmp_path) -> Handlers:
    return Handlers(Engine.holding(FlatColorizer()), tmp_path)


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
        "assert not [t for t in threading.enumerate() if t.name.startswith('colorizer')]"
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
        "mcp": False,
        "engine": "torch",
    }


def test_mcp_without_its_package_says_what_to_install(monkeypatch, capsys) -> None:
    monkeypatch.setattr(app, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        app.parse_arguments(["--mcp"])
    assert "pip install 'gradio[mcp]'" in capsys.readouterr().err


def test_on_spaces_runs_borrow_the_gpu_and_live_recoloring_is_off_on_zero_gpu(
    monkeypatch, line_art, tmp_path
) -> None:
    borrowed = []

    def gpu(function):
        return lambda *arguments: (borrowed.append(1), function(*arguments))[1]

    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=gpu))
    handlers = Handlers(Engine.holding(FlatColorizer()), tmp_path)
    assert handlers.colorize(canvas_of(line_art)).image.size == (60, 40)
    assert borrowed == [1]
    assert canvas_html(app.build_app(FlatColorizer())).count('data-live="true"') == 1
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    assert canvas_html(app.build_app(FlatColorizer())).count('data-live="false"') == 1


def canvas_html(page: gr.Blocks) -> str:
    """Return the template of the page's canvas."""
    return next(b for b in page.blocks.values() if isinstance(b, HintCanvas)).html_template


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


@pytest.mark.parametrize(
    "picture",
    ["https://example.org/a.png", "data:image/png;base64,AAAA", "data:image/png;base64,\u00e9"],
)
def test_references_that_are_no_small_picture_are_refused(picture) -> None:
    with pytest.raises(gr.Error, match=r"Cannot use a\.png"):
        read_palette({"picture": picture, "name": "a.png"}, Engine.holding(FakeColorizer()))


def test_a_saved_file_stays_in_the_cache_whatever_its_name(tmp_path, line_art) -> None:
    picture = {"path": str(line_art)}
    result = ResultData(
        image=picture, draft=picture, line_art=picture, name="../../up", width=60, height=40,
        hints=0, seconds=0, kind="ora",
    )  # fmt: skip
    path = Path(save_result(result, tmp_path / "cache", FakeColorizer())["path"])
    assert path.is_relative_to(tmp_path / "cache")
    assert ".." not in path.parts
    assert path.name == "up.ora"


def test_every_sentence_of_the_scripts_is_in_the_dictionary() -> None:
    words = json.loads(read_static("page/words.json"))["ja"]
    scripts = "".join(path.read_text("utf-8") for path in HERE.rglob("*.js"))
    joined = re.sub(r'"\s*\+\s*"', "", scripts)
    said = re.findall(r'(?:\bsay|\bcount)\([^"()]*"([^"]+)"(?:, "([^"]+)")?', joined)
    sentences = {one for pair in said for one in pair if one}
    assert len(sentences) > 25
    assert sentences <= words.keys()


def test_words_have_the_same_values_in_both_languages() -> None:
    words = json.loads(read_static("page/words.json"))["ja"]
    for english, japanese in words.items():
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", japanese))


def test_the_notebooks_three_lines_open_the_page(monkeypatch) -> None:
    readme = (Path(app.__file__).parent / "README.md").read_text("utf-8")
    lines = re.search(r"\*\*A notebook\.\*\*\s+```python\n(.*?)```", readme, re.DOTALL)[1]
    launched = []
    monkeypatch.setattr(gr.Blocks, "launch", lambda page, **options: launched.append(options))
    exec(lines, {})
    assert len([line for line in lines.splitlines() if line]) == 3
    assert [options["inline"] for options in launched] == [True]


def test_engine_loads_in_the_background() -> None:
    def slow() -> FlatColorizer:
        time.sleep(2)
        return FlatColorizer()

    engine = Engine(slow)
    start = time.perf_counter()
    engine.start()
    assert time.perf_counter() - start < 1
    assert engine.state()["state"] == "loading"
    assert isinstance(engine.colorizer(), FlatColorizer)
    assert engine.state() == {"state": "ready", "label": "flat@1234567 · cpu", "reason": ""}


def test_the_engine_of_the_command_line_runs_the_networks_or_is_told_on_the_page() -> None:
    asked = app.parse_arguments(["--engine", "steam"])
    engine = app.lazy_engine(asked.checkpoint, asked.engine)
    engine.wait()
    assert engine.state()["state"] == "missing"
    assert "colorizer/requirements-openvino.txt" in engine.state()["reason"]


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
        lambda art, hints: (seen.extend(hints), paint_it(art, hints))[1]
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


def test_page_and_package_have_the_same_limits() -> None:
    html = HintCanvas(render=False).html_template
    assert f'data-max-pixels="{images.MAX_PIXELS}"' in html
    assert f'data-max-bytes="{images.MAX_BYTES}"' in html
    assert MOST_HINTS == MAX_HINTS


def test_hint_files_are_read_as_on_the_command_line() -> None:
    hints = {"width": 10, "height": 10, "hints": [{"x": 1, "y": 2, "r": 3, "color": "#ABCDEF"}]}
    request = {"text": json.dumps(hints), "name": "h.json", "width": 20, "height": 20}
    assert read_hints(request)["hints"] == [{"x": 2, "y": 4, "r": 6, "color": "#abcdef"}]
    with pytest.raises(gr.Error, match=r"Cannot use h\.json: The hints are no JSON"):
        read_hints({**request, "text": "{"})


@pytest.mark.parametrize("example", list_examples(), ids=lambda example: example.name)
def test_example_hints_lie_on_paper_not_on_ink(example) -> None:
    with Image.open(example.picture) as picture:
        gray = np.asarray(picture.convert("L"))
    hints = parse_hints(example.hints, gray.shape[::-1])
    assert len(hints) >= 8
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


def test_a_stored_picture_is_written_once_and_kept_from_the_sweep(tmp_path):
    picture = Image.new("RGB", (8, 8), "teal")
    path = Path(store_picture(picture, tmp_path, "a").path)
    os.utime(path, (1, 1))
    before = path.stat()
    assert store_picture(picture, tmp_path, "a").path == str(path)
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_mtime > before.st_mtime
    assert [p.name for p in path.parent.iterdir()] == ["a.png"]
    with Image.open(path) as stored:
        assert stored.getpixel((3, 3)) == picture.getpixel((3, 3))


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

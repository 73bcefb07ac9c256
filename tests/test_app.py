"""The page without a browser: what importing does, its options, engine, words and examples."""

import json
import os
import re
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

import app
from colorizer import Colorizer, images
from colorizer.preprocessing.hints import MAX_HINTS, parse_hints
from colorizer.ui.alternatives import read_palette
from colorizer.ui.canvas.component import MOST_HINTS, HintCanvas
from colorizer.ui.engine import Engine, paint
from colorizer.ui.files import read_hints, save_result
from colorizer.ui.handlers import Handlers
from colorizer.ui.page.shelf import FOLDER, list_examples
from colorizer.ui.result.component import ResultData, store_picture
from colorizer.ui.static import HERE, read_static
from tests.browser.fake import FakeColorizer
from tests.support.flat import FlatColorizer, canvas_of


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
    color = partial(paint, FakeColorizer())
    path = Path(save_result(result, tmp_path / "cache", color)["path"])
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


@pytest.mark.parametrize(("ask", "runs"), [(Engine.wait, 1), (Engine.colorizer, 0)])
def test_networks_are_warmed_up_unless_somebody_waits_for_them(monkeypatch, ask, runs) -> None:
    pictures = []
    monkeypatch.setattr(Colorizer, "from_pretrained", lambda *_, **__: pictures.append)
    ask(app.lazy_engine())
    assert len(pictures) == runs


def test_the_engine_of_the_command_line_runs_the_networks_or_is_told_on_the_page() -> None:
    asked = app.parse_arguments(["--engine", "steam"])
    engine = app.lazy_engine(asked.checkpoint, asked.engine)
    engine.wait()
    assert engine.state()["state"] == "missing"
    assert "colorizer/requirements-openvino.txt" in engine.state()["reason"]


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

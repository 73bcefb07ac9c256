"""Where the light comes from, on its way from the page to the colorizer and back."""

import gradio as gr
import pytest
from gradio.data_classes import FileData

from colorizer import Colorizer
from colorizer.ui.canvas.component import CanvasData
from colorizer.ui.engine import Engine
from colorizer.ui.handlers import Handlers
from colorizer.ui.notebook import ShownPage
from colorizer.ui.result.component import ResultData
from tests.browser.fake import FakeColorizer
from tests.support.flat import canvas_of
from tests.support.page_client import answer, png, uploaded


@pytest.mark.parametrize("word", ["none", "left", "above", "right"])
def test_a_result_is_saved_with_the_shadows_it_was_colored_with(url, colorizer, word):
    canvas = {"image": uploaded(url, png()), "hints": []}
    if word != "none":
        canvas["settings"] = {"shadows": word}
    event, [result] = answer(url, "colorize", canvas)
    assert (event, result["shadows"], colorizer.last_shadows) == ("complete", word, word)
    for kind in ("ora", "psd", "colors"):
        colorizer.last_shadows = ""
        event, _ = answer(url, "save_result", result | {"kind": kind})
        assert (event, colorizer.last_shadows) == ("complete", word)


def test_variations_have_them_too(url, colorizer):
    canvas = {"image": uploaded(url, png()), "hints": [], "settings": {"shadows": "left"}}
    assert answer(url, "vary", canvas)[0] == "complete"
    assert colorizer.last_shadows == "left"


def test_a_notebooks_layers_have_them_too(tmp_path):
    (tmp_path / "line.png").write_bytes(png())
    files = dict.fromkeys(("image", "draft", "line_art"), FileData(path=str(tmp_path / "line.png")))
    colorizer = FakeColorizer()
    page = ShownPage(CanvasData(), Engine.holding(colorizer))
    numbers = {"width": 60, "height": 40, "hints": 0, "seconds": 0.5}
    page.hear_result(ResultData(**files, name="line", **numbers, shadows="right"))
    assert len(page.layers()) > 1
    assert colorizer.last_shadows == "right"


@pytest.mark.parametrize("word", ["below", "", None, []])
def test_another_word_is_told_as_a_sentence(spread_checkpoint, tmp_path, word):
    (tmp_path / "line.png").write_bytes(png())
    colorizer = Colorizer.from_pretrained(spread_checkpoint, device="cpu")
    handlers = Handlers(Engine.holding(colorizer), tmp_path)
    with pytest.raises(gr.Error, match=r"shadows is .*; wanted is none or left"):
        handlers.colorize(canvas_of(tmp_path / "line.png", settings={"shadows": word}))

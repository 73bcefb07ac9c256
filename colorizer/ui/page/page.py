"""The page itself: which component stands where, and the endpoints that its scripts ask."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from ..alternatives import deal_colors, read_palette
from ..canvas.component import CanvasData, HintCanvas
from ..engine import ColorizerLike, Engine
from ..files import open_document, read_hints, save_document, save_result
from ..gpu import zero_gpu
from ..handlers import Handlers
from ..result.component import ResultView
from ..server import Page
from ..shown import ShownPage
from ..start import no_applications
from ..static import read_scripts, read_static
from .shelf import ExampleShelf, cards_of, list_examples, open_example

TITLE = "Line-art colorizer"
CACHE_SECONDS = 24 * 3600
"""Pictures older than this are removed from the page's cache, in a sweep every hour."""
MODEL = {"concurrency_limit": 1, "concurrency_id": "model"}
"""Runs of the model go one after the other."""


def build_page(colorizer: ColorizerLike | Engine, notebook: ShownPage | None = None) -> gr.Blocks:
    """Return the page; nothing is started.

    Args:
        colorizer: a colorizer, or an `Engine` that may still be loading one.
        notebook: what the page begins with, and who is told of each change.
    """
    engine = colorizer if isinstance(colorizer, Engine) else Engine.holding(colorizer)
    options = {"title": TITLE, "fill_width": True, "delete_cache": (3600, CACHE_SECONDS)}
    with no_applications(), Page(**options, analytics_enabled=False) as page:
        canvas, result = _lay_out(engine, notebook and notebook.opened)
        handlers = Handlers(engine, Path(result.GRADIO_CACHE))
        _add_answers(handlers, canvas, result)
        _add_endpoints(handlers, canvas, result)
        if notebook:
            _add_reports(notebook, canvas, result)
    return page


def _lay_out(engine: Engine, opened: CanvasData | None) -> tuple[HintCanvas, ResultView]:
    with gr.Row(elem_id="lc-head"):
        gr.HTML(
            html_template=read_static("page/head.html").replace(
                "%STYLE%", read_static("page/page.css") + read_static("page/low.css")
            ),
            # the style sheet is part of the page, so that it is there wherever the page is shown
            js_on_load=read_scripts("page/head.js"),
            elem_id="lc-title",
            apply_default_css=False,
        )
    with gr.Row(elem_id="lc-work"):
        live = not zero_gpu()
        cards = "" if opened and opened.image else cards_of(list_examples())
        canvas = HintCanvas(
            opened,
            elem_id="lc-canvas",
            model=engine.state(),
            live=live,
            examples=cards,
        )
        result = ResultView(elem_id="lc-result")
    if cards:
        ExampleShelf(cards, elem_id="lc-examples")
    return canvas, result


def _add_answers(handlers: Handlers, canvas: HintCanvas, result: ResultView) -> None:
    """Add what the scripts ask (see page/ask.js); inputs with pictures are checked by gradio."""
    data = gr.JSON(visible=False)

    def answer(name: str, function: Callable[..., Any], given: Any, **options: Any) -> None:
        gr.Button(visible=False).click(
            function, given, data, api_name=name, api_visibility="undocumented", **options
        )

    answer("vary", handlers.vary, canvas, **MODEL)
    answer("areas", handlers.areas, canvas, **MODEL)
    answer("prepare", handlers.prepare_line, canvas)
    answer("save_result", partial(save_result, cache=handlers.cache, color=handlers.color), result)
    answer("save_document", partial(save_document, cache=handlers.cache), canvas)
    answer("open_document", partial(open_document, cache=handlers.cache), canvas)
    answer("open_example", partial(open_example, cache=handlers.cache), data)
    answer("read_hints", read_hints, data)
    answer("read_palette", partial(read_palette, engine=handlers.engine), data)
    answer("deal_colors", partial(deal_colors, engine=handlers.engine), data)
    answer("stop", handlers.stop, data, concurrency_limit=None)
    answer("model", handlers.model, data, concurrency_limit=None)


def _add_endpoints(handlers: Handlers, canvas: HintCanvas, result: ResultView) -> None:
    """Add what programs call; the page itself calls `colorize` too."""
    line_art = gr.File(type="binary", visible=False)
    hint_layer = gr.File(type="binary", visible=False)
    colored = gr.Image(type="pil", format="png", visible=False)
    gr.Button(visible=False).click(handlers.colorize, canvas, result, api_name="colorize", **MODEL)
    gr.Button(visible=False).click(
        handlers.colorize_image,
        [line_art, hint_layer],
        colored,
        api_name="colorize_image",
        **MODEL,
    )
    gr.api(handlers.info, api_name="info")


def _add_reports(notebook: ShownPage, canvas: HintCanvas, result: ResultView) -> None:
    """Add what the scripts tell a notebook (see canvas/reports.js)."""
    for name, hear, given in (
        ("hear_hints", notebook.hear_hints, canvas),
        ("hear_result", notebook.hear_result, result),
    ):
        gr.Button(visible=False).click(hear, given, api_name=name, api_visibility="undocumented")

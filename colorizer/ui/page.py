"""The page itself: which component stands where and which function each event calls."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gradio as gr

from .alternatives import deal_colors, read_palette
from .canvas import HintCanvas, read_scripts, read_static, status_html
from .engine import ColorizerLike, Engine
from .examples import ExampleShelf, list_examples
from .gpu import zero_gpu
from .handlers import Handlers, read_hints
from .relays import FileRelay, LineRelay, VariationRelay
from .result import ResultView
from .saving import save_result

TITLE = "Line-art colorizer"
CACHE_SECONDS = 24 * 3600
"""Pictures older than this are removed from the page's cache, in a sweep every hour."""
MODEL = {"concurrency_limit": 1, "concurrency_id": "model"}
"""Runs of the model go one after the other."""
PRIVATE = {"show_progress": "hidden", "api_visibility": "private"}
ENDED = "() => window.dispatchEvent(new CustomEvent('lineart:ended', { detail: '%s' }))"
"""Tells the page's scripts that an event came back, with an answer, an error or nothing."""


@dataclass(frozen=True)
class Parts:
    """The components that events connect."""

    badge: gr.HTML
    canvas: HintCanvas
    result: ResultView
    shelf: ExampleShelf
    line: LineRelay
    variations: VariationRelay
    file: FileRelay


def build_page(colorizer: ColorizerLike | Engine) -> gr.Blocks:
    """Return the page; nothing is started.

    Args:
        colorizer: a colorizer, or an `Engine` that may still be loading one.
    """
    engine = colorizer if isinstance(colorizer, Engine) else Engine.holding(colorizer)
    handlers = Handlers(engine, list_examples())
    cache = (3600, CACHE_SECONDS)
    with gr.Blocks(
        title=TITLE, fill_width=True, delete_cache=cache, analytics_enabled=False
    ) as page:
        parts = _place(engine, handlers)
        handlers.cache = Path(parts.result.GRADIO_CACHE)
        _connect_runs(handlers, parts)
        _connect_rest(page, handlers, parts)
        _add_endpoints(handlers)
    return page


def _place(engine: Engine, handlers: Handlers) -> Parts:
    state = engine.state()
    with gr.Row(elem_id="lc-head"):
        gr.HTML(
            html_template=read_static("head.html").replace("%STYLE%", read_static("page.css")),
            # the style sheet is part of the page, so that it is there wherever the page is shown
            js_on_load=read_scripts("head.js"),
            elem_id="lc-title",
            apply_default_css=False,
        )
        badge = gr.HTML(
            status_html(state),
            js_on_load=read_scripts("badge.js"),
            elem_id="lc-badge",
            apply_default_css=False,
        )
    with gr.Row(elem_id="lc-work"):
        canvas = HintCanvas(
            elem_id="lc-canvas",
            model=state,
            live=not zero_gpu(),
            server_functions=[read_hints, read_palette, deal_colors],
        )
        result = ResultView(elem_id="lc-result")
    shelf = ExampleShelf(handlers.examples, elem_id="lc-examples")
    return Parts(badge, canvas, result, shelf, LineRelay(), VariationRelay(), FileRelay())


def _connect_runs(handlers: Handlers, parts: Parts) -> None:
    canvas = parts.canvas
    # One event for every kind of run: with "always_last" and one at a time, the newest state wins
    # and states that were overtaken are never computed.
    gr.on(
        [canvas.input, canvas.submit],
        handlers.colorize,
        canvas,
        parts.result,
        trigger_mode="always_last",
        show_progress="hidden",
        api_name="colorize",
        **MODEL,
    ).then(None, js=ENDED % "color", **PRIVATE)
    canvas.vary(handlers.vary, canvas, parts.variations, **MODEL, **PRIVATE).then(
        None, js=ENDED % "vary", **PRIVATE
    )
    canvas.stop(handlers.stop, canvas, None, queue=False, trigger_mode="multiple", **PRIVATE)


def _connect_rest(page: gr.Blocks, handlers: Handlers, parts: Parts) -> None:
    parts.canvas.prepare(
        handlers.prepare_line, parts.canvas, parts.line, trigger_mode="always_last", **PRIVATE
    ).then(None, js=ENDED % "line", **PRIVATE)
    parts.result.save(
        partial(save_result, cache=handlers.cache), parts.result, parts.file, **PRIVATE
    ).then(None, js=ENDED % "save", **PRIVATE)
    parts.shelf.select(handlers.open_example, None, parts.canvas, **PRIVATE)
    page.load(
        handlers.watch_model, None, [parts.badge, parts.canvas], concurrency_limit=None, **PRIVATE
    )
    page.unload(handlers.leave)


def _add_endpoints(handlers: Handlers) -> None:
    line_art = gr.File(type="filepath", visible=False)
    hint_layer = gr.Image(type="pil", image_mode="RGBA", visible=False)
    colored = gr.Image(type="pil", format="png", visible=False)
    gr.Button(visible=False).click(
        handlers.colorize_image,
        [line_art, hint_layer],
        colored,
        api_name="colorize_image",
        **MODEL,
    )
    gr.api(handlers.info, api_name="info")

"""The page itself: which component stands where and which function each event calls."""

import gradio as gr

from .canvas import HintCanvas, read_static, status_html
from .engine import ColorizerLike, Engine
from .examples import ExampleShelf, list_examples
from .handlers import Handlers, read_hints
from .result import ResultView

TITLE = "Line-art colorizer"
HOW_TO = "Dab a few colors on a line-art; the model paints the rest. No dabs: automatic colors."
CACHE_SECONDS = 24 * 3600
"""Pictures older than this are removed from the page's cache, in a sweep every hour."""


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
        with gr.Row(elem_id="lc-head"):
            gr.HTML(_heading(), elem_id="lc-title", apply_default_css=False)
            badge = gr.HTML(
                status_html(engine.state()), elem_id="lc-badge", apply_default_css=False
            )
        with gr.Row(elem_id="lc-work"):
            canvas = HintCanvas(
                elem_id="lc-canvas", model=engine.state(), server_functions=[read_hints]
            )
            result = ResultView(elem_id="lc-result")
        shelf = ExampleShelf(handlers.examples, elem_id="lc-examples")
        _connect(page, handlers, canvas, result, shelf, badge)
    return page


def _heading() -> str:
    # The style sheet is part of the page, so that it is there wherever the page is shown.
    style = f"<style>{read_static('page.css')}</style>"
    return f'{style}<header class="lc-head"><h1>{TITLE}</h1><p>{HOW_TO}</p></header>'


def _connect(
    page: gr.Blocks,
    handlers: Handlers,
    canvas: HintCanvas,
    result: ResultView,
    shelf: ExampleShelf,
    badge: gr.HTML,
) -> None:
    # One event for every kind of run: with "always_last" and one at a time, the newest state wins
    # and states that were overtaken are never computed.
    gr.on(
        [canvas.input, canvas.submit],
        handlers.colorize,
        canvas,
        result,
        trigger_mode="always_last",
        concurrency_limit=1,
        concurrency_id="model",
        show_progress="minimal",
        api_name="colorize",
    )
    shelf.select(
        handlers.open_example, None, canvas, show_progress="hidden", api_visibility="private"
    )
    page.load(
        handlers.watch_model,
        None,
        [badge, canvas],
        show_progress="hidden",
        concurrency_limit=None,
        api_visibility="private",
    )
    _add_endpoints(handlers)


def _add_endpoints(handlers: Handlers) -> None:
    line_art = gr.File(type="filepath", visible=False)
    hint_layer = gr.Image(type="pil", image_mode="RGBA", visible=False)
    colored = gr.Image(type="pil", format="png", visible=False)
    gr.Button(visible=False).click(
        handlers.colorize_image,
        [line_art, hint_layer],
        colored,
        concurrency_limit=1,
        concurrency_id="model",
        api_name="colorize_image",
    )
    gr.api(handlers.info, api_name="info")

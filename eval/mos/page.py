"""The rating page: 1 to 5, by buttons or keys; what it shows of a picture is its pixels alone.

Pictures reach the browser as data: addresses, so neither a name nor a path can tell the systems
apart. The page calls the functions below over HTTP and repeats a call until it is answered.
"""

import base64
import os
import time
from collections.abc import Callable
from pathlib import Path

# Read by gradio when it is imported: the page sends nothing to anybody.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
import uvicorn  # it and fastapi come with gradio
from fastapi import FastAPI

from colorizer.images import InputError

from . import store

TITLE = "Rating study"
RATERS_AT_ONCE = 30
"""Most raters that one address may bring in ten minutes: a class room, no program."""


def build_page(folder: Path) -> gr.Blocks:
    """Return the rating page of a study, and its endpoints; nothing is started."""
    with gr.Blocks(title=TITLE, fill_width=True, analytics_enabled=False) as page:
        gr.HTML(
            None,
            html_template=_read("page.html").replace("@study@", store.study_id(folder)),
            js_on_load=_read("page.js"),
            apply_default_css=False,
        )
        for name, endpoint in endpoints(folder).items():
            gr.api(endpoint, api_name=name, queue=False)
    return page


def endpoints(folder: Path) -> dict[str, Callable]:
    """Return what the page calls, by name; progress is as `store.rate` returns it."""

    def expect(token: str) -> dict:
        """Return the progress of a rater who may not have joined yet; changes nothing."""
        return _answer(store.expected, folder, token)

    joined: dict[str, dict[str, float]] = {}  # address -> token -> when

    def join(token: str, request: gr.Request) -> dict:
        """Return the progress of a rater, who is dealt pictures at the first call."""
        address, now = request.client.host, time.monotonic()
        recent = {t: at for t, at in joined.get(address, {}).items() if now - at < 600}
        if len({*recent, token}) > RATERS_AT_ONCE:
            raise gr.Error(
                "Too many have begun here; try again in ten minutes.", print_exception=False
            )
        joined[address] = recent | {token: now}
        return _answer(store.join, folder, token)

    def rate(token: str, position: int, score: int) -> dict:
        """Store a rating and return the rater's progress."""
        return _answer(store.rate, folder, token, int(position), score)

    def undo(token: str, position: int) -> dict:
        """Forget a rating and return the rater's progress."""
        return _answer(store.undo, folder, token, int(position))

    def picture(token: str, position: int) -> str:
        """Return a rater's picture as a data: address."""
        png = _answer(store.png_of, folder, token, int(position))
        return f"data:image/png;base64,{base64.b64encode(png).decode()}"

    return {f.__name__: f for f in (expect, join, rate, undo, picture)}


def _answer(function: Callable, *arguments: object) -> object:
    """Return the function's value; what a rater may see of an error goes to the page."""
    try:
        return function(*arguments)
    except InputError as error:
        raise gr.Error(str(error), print_exception=False) from error


def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")


def build_app(folder: Path) -> FastAPI:
    """Return the page of a study as a web application; nothing is started."""
    return gr.mount_gradio_app(
        FastAPI(),
        build_page(folder),
        "/",
        css=_read("page.css"),
        footer_links=[],
        show_error=False,  # what is not for the rater stays here, and the page repeats the call
        ssr_mode=False,
    )


def serve(folder: Path, host: str, port: int) -> None:
    """Serve the page until interrupted.

    Not by Gradio's own launch, which gives up when a busy machine is slow to answer itself.
    """
    app = build_app(folder)
    print(f"The study is at http://{host}:{port} until this is interrupted.", flush=True)
    uvicorn.run(app, host=host, port=port, log_level="warning")

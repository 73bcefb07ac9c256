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

from . import study

HERE = Path(__file__).parent
RATERS_AT_ONCE = 30
"""Most raters that one address may bring in ten minutes: a class room, no program."""


def endpoints(folder: Path) -> list[Callable]:
    """Return what the page calls; progress is as `study.rate` returns it."""
    joined: dict[str, dict[str, float]] = {}  # address -> token -> when

    def expect(token: str) -> dict:
        return _answer(study.join, folder, token, False)

    def join(token: str, request: gr.Request) -> dict:
        address, now = request.client.host, time.monotonic()
        recent = {t: at for t, at in joined.get(address, {}).items() if now - at < 600}
        if len({*recent, token}) > RATERS_AT_ONCE:
            raise gr.Error(
                "Too many have begun here; try again in ten minutes.", print_exception=False
            )
        joined[address] = recent | {token: now}
        return _answer(study.join, folder, token)

    def rate(token: str, position: int, score: int | None) -> dict:
        return _answer(study.rate, folder, token, int(position), score)

    def picture(token: str, position: int) -> str:
        png = _answer(study.picture, folder, token, int(position))
        return f"data:image/png;base64,{base64.b64encode(png).decode()}"

    return [expect, join, rate, picture]


def _answer(function: Callable, *arguments: object) -> object:
    """Return the function's value; what a rater may see of an error goes to the page."""
    try:
        return function(*arguments)
    except InputError as error:
        raise gr.Error(str(error), print_exception=False) from error


def build_app(folder: Path) -> FastAPI:
    """Return the page of a study and its endpoints as a web application; nothing is started."""
    template, script, style = (
        (HERE / f"page.{x}").read_text("utf-8") for x in ("html", "js", "css")
    )
    with gr.Blocks(title="Rating study", fill_width=True, analytics_enabled=False) as page:
        gr.HTML(None, html_template=template, js_on_load=script, apply_default_css=False)
        for endpoint in endpoints(folder):
            gr.api(endpoint, api_name=endpoint.__name__, queue=False)
    # no errors are shown: what is not for the rater stays here, and the page repeats the call
    options = {"css": style, "footer_links": [], "show_error": False, "ssr_mode": False}
    return gr.mount_gradio_app(FastAPI(), page, "/", **options)


def serve(folder: Path, host: str, port: int) -> None:
    """Serve the page until interrupted.

    Not by Gradio's own launch, which gives up when a busy machine is slow to answer itself.
    """
    app = build_app(folder)
    print(f"The study is at http://{host}:{port} until this is interrupted.", flush=True)
    uvicorn.run(app, host=host, port=port, log_level="warning")

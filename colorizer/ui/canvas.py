"""The hint canvas: a `gr.HTML` whose page side paints and whose Python side sees points."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, GradioModel
from gradio.events import EventListener, Events
from gradio.processing_utils import save_file_to_cache
from pydantic import Field

HERE = Path(__file__).parent
SCRIPTS = (
    "canvas_state.js",
    "canvas_view.js",
    "canvas_files.js",
    "canvas_palette.js",
    "canvas_reference.js",
    "canvas_gestures.js",
    "canvas_pointers.js",
    "canvas_keys.js",
    "canvas_editing.js",
    "canvas_lines.js",
    "canvas_sending.js",
    "canvas.js",
)
SHARED = ("words.js",)
"""Scripts that every component of the page begins with."""


class HintPoint(GradioModel):
    """A dab of color: center and radius in image pixels, color as "#rrggbb"."""

    x: float
    y: float
    r: float
    color: str


class CanvasData(GradioModel):
    """What travels between page and Python.

    Attributes:
        image: the line-art as it was opened, or as it was drawn.
        width: width in pixels of the picture that the hints were placed on; None: that of image.
        height: height in pixels of that picture; None: that of image.
        hints: the hint points, in pixels of that picture.
        run: the page is to color at once when Python sends this (an example was opened).
        turn: the page's own count of what it asked for; 0 for programs.
        stopped: turns up to this one are not wanted any more.
        kept: variations keep the first so many hints, the user's own; None: all.
        source: the picture that a line-art is to be made of.
        kind: the line-art to make: "scan" or "colors".
    """

    image: FileData | None = None
    width: int | None = None
    height: int | None = None
    hints: list[HintPoint] = Field(default_factory=list)
    run: bool = False
    turn: int = 0
    stopped: int = 0
    kept: int | None = None
    source: FileData | None = None
    kind: str = ""


def read_static(name: str) -> str:
    """Return the text of one of the page's own html, css or js files."""
    return (HERE / name).read_text(encoding="utf-8")


def read_scripts(*names: str) -> str:
    """Return scripts as one, with what all components share: events and the languages' words."""
    scripts = "\n".join(read_static(name) for name in (*SHARED, *names))
    words = json.dumps(json.loads(read_static("words.json")), ensure_ascii=False)
    return scripts.replace("%WORDS%", words)


class HintCanvas(gr.HTML):
    """The drawing surface with its tools; its value is a `CanvasData`.

    Events: `input` after a change while live recoloring is on, `submit` for the Colorize button,
    `stop` and `vary` for the buttons of that name, `prepare` for a line-art of another kind.

    Args:
        model: `Engine.state()`; the page switches its button off unless the state is "ready".
        live: whether recoloring on every stroke is on at first.
        max_pixels: largest picture that may be opened, in pixels.
        max_bytes: largest file that may be opened, in bytes.
        server_functions: Python functions that the page side calls by name.
        kwargs: as for `gr.HTML`.
    """

    EVENTS = [
        Events.input,
        Events.submit,
        Events.stop,
        EventListener("vary", doc="The button for variations was pressed."),
        EventListener("prepare", doc="Another kind of line-art was chosen."),
    ]
    data_model = CanvasData

    def __init__(
        self,
        value: CanvasData | dict[str, Any] | None = None,
        *,
        model: dict[str, str] | None = None,
        live: bool = True,
        max_pixels: int = 24_000_000,
        max_bytes: int = 20_000_000,
        server_functions: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        limits = f'data-max-pixels="{max_pixels}" data-max-bytes="{max_bytes}"'
        limits += f' data-live="{str(live).lower()}"'
        super().__init__(
            value,
            html_template=read_static("canvas.html").replace("data-limits", limits),
            css_template=read_static("canvas.css"),
            js_on_load=read_scripts(*SCRIPTS),
            apply_default_css=False,
            server_functions=list(server_functions or []),
            model=model or {"state": "ready", "label": "", "reason": ""},
            **kwargs,
        )

    def preprocess(self, payload: CanvasData | None) -> CanvasData:
        """Return what the page sent; an empty canvas if it sent nothing."""
        return payload or CanvasData()

    def postprocess(self, value: CanvasData | dict[str, Any] | None) -> CanvasData | None:
        """Return what the page is to show; its picture is copied to where the page may read it."""
        data = CanvasData(**value) if isinstance(value, dict) else value
        if data and data.image:
            data.image.path = save_file_to_cache(data.image.path, self.GRADIO_CACHE)
        return data

    def api_info(self) -> dict[str, Any]:
        """Return the JSON schema of the value."""
        return CanvasData.model_json_schema()

    def example_payload(self) -> Any:
        """Return a value that a program could send."""
        return {"image": None, "hints": [{"x": 96, "y": 128, "r": 8, "color": "#f4c9a8"}]}

    def example_value(self) -> Any:
        """Return a value that Python could send to the page."""
        return self.example_payload()


def status_html(model: dict[str, str]) -> str:
    """Return the badge that names the model, its device, or what is wrong with it."""
    title = f' title="{escape(model["reason"])}"' if model["reason"] else ""
    label = escape(model["label"])
    return (
        f'<span class="lc-badge lc-{model["state"]}" role="status"{title}>'
        f'<i></i><b data-say="{label}">{label}</b></span>'
    )

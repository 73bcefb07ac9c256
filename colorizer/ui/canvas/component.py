"""The hint canvas: a `gr.HTML` whose page side paints and whose Python side sees points."""

from typing import Any

import gradio as gr
from gradio.data_classes import FileData, GradioModel
from gradio.processing_utils import save_file_to_cache
from pydantic import Field

from ..static import read_scripts, read_static

SCRIPTS = tuple(
    f"canvas/{name}.js"
    for name in (
        "state",
        "view",
        "files",
        "palette",
        "reference",
        "gestures",
        "pointers",
        "keys",
        "messages",
        "editing",
        "tools",
        "lines",
        "areas",
        "connection",
        "runs",
        "results",
        "keeper",
        "reports",
        "opening",
        "canvas",
    )
)


MOST_HINTS = 4096
"""As `colorizer.preprocessing.hints.MAX_HINTS`, which is not imported before torch is needed."""


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
        tab: the page's own name, under which its runs are stopped; "" for programs.
        turn: the page's own count of what it asked for; 0 for programs.
        kept: variations keep the first so many hints, the user's own; None: all.
        kind: the line-art to make of image: "scan" or "colors".
        settings: what a document keeps beside line-art and hints; coloring reads "shadows".
        given: in a notebook, what sets this page apart from all others; "" elsewhere.
    """

    image: FileData | None = None
    width: int | None = None
    height: int | None = None
    hints: list[HintPoint] = Field(default_factory=list, max_length=MOST_HINTS)
    tab: str = Field("", max_length=64)
    turn: int = 0
    kept: int | None = None
    kind: str = ""
    settings: dict[str, Any] = Field(default_factory=dict)
    given: str = Field("", max_length=64)

    @property
    def shadows(self) -> Any:
        """Where the light comes from, as a colorizer takes it, which checks it."""
        return self.settings.get("shadows", "none")


class HintCanvas(gr.HTML):
    """The drawing surface with its tools; its value is a `CanvasData`.

    Its scripts ask Python through the page's endpoints, never through events of this component.

    Args:
        model: `Engine.state()`; the page switches its button off unless the state is "ready".
        live: whether recoloring on every stroke is on at first.
        max_pixels: largest picture that may be opened, in pixels.
        max_bytes: largest file that may be opened, in bytes.
        examples: buttons that stand on the empty canvas, HTML.
        kwargs: as for `gr.HTML`.
    """

    EVENTS = []
    data_model = CanvasData

    def __init__(
        self,
        value: CanvasData | dict[str, Any] | None = None,
        *,
        model: dict[str, str] | None = None,
        live: bool = True,
        max_pixels: int = 36_000_000,
        max_bytes: int = 20_000_000,
        examples: str = "",
        **kwargs: Any,
    ) -> None:
        limits = f'data-max-pixels="{max_pixels}" data-max-bytes="{max_bytes}"'
        limits += f' data-live="{str(live).lower()}"'
        super().__init__(
            value,
            html_template=read_static("canvas/canvas.html")
            .replace("data-limits", limits)
            .replace("%EXAMPLES%", examples),
            css_template=read_static("canvas/canvas.css"),
            js_on_load=read_scripts(*SCRIPTS),
            apply_default_css=False,
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

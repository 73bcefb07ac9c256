"""Python's answers that no component shows: each becomes an event of the page's scripts."""

from typing import Any

import gradio as gr
from gradio.data_classes import FileData, GradioModel
from pydantic import Field

from .canvas import HintPoint, read_static


class PreparedLine(GradioModel):
    """A line-art made from the picture that was opened; `turn` as in `CanvasData`."""

    image: FileData
    kind: str
    turn: int


class Variation(GradioModel):
    """One alternative: its picture at the working size, and its hints in line-art pixels."""

    image: FileData
    hints: list[HintPoint]


class Variations(GradioModel):
    """The alternatives so far, sizes in pixels of the line-art.

    `kept` is how many of each one's hints are the user's own, which come first; `turn` is as in
    `CanvasData`.
    """

    items: list[Variation] = Field(default_factory=list)
    width: int
    height: int
    kept: int
    turn: int


class SavedFile(GradioModel):
    """A file to download; `stamp` makes two equal answers different."""

    file: FileData
    stamp: float


class Relay(gr.HTML):
    """Hidden; a value from Python is told to the page as the event `lineart:NAME`."""

    EVENTS = []
    event = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            None,
            html_template="<i></i>",
            js_on_load=read_static("relay.js").replace("%EVENT%", self.event),
            apply_default_css=False,
            visible="hidden",
            **kwargs,
        )

    def preprocess(self, payload: Any) -> Any:
        """Return what the page holds."""
        return payload

    def postprocess(self, value: Any) -> Any:
        """Return the value, whose files are in the page's cache already."""
        return value

    def api_info(self) -> dict[str, Any]:
        """Return the JSON schema of the value."""
        return self.data_model.model_json_schema()

    def example_payload(self) -> Any:
        """Return None: programs send nothing to it."""
        return None

    def example_value(self) -> Any:
        """Return None: it starts empty."""
        return None


class LineRelay(Relay):
    """Takes a `PreparedLine` to the canvas."""

    data_model, event = PreparedLine, "line"


class VariationRelay(Relay):
    """Takes `Variations` to the result's strip."""

    data_model, event = Variations, "variations"


class FileRelay(Relay):
    """Takes a `SavedFile` to the browser's downloads."""

    data_model, event = SavedFile, "saved"

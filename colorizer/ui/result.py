"""The result view: before/after slider, draft, downloads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, GradioModel
from gradio.processing_utils import hash_bytes
from PIL import Image

from .canvas import read_static


@dataclass(frozen=True)
class Colored:
    """One run of the model, as a page handler returns it.

    Attributes:
        image: the colored drawing, RGB, the size of the line-art.
        draft: the draft model's picture, RGB, small.
        line_art: the file that was colored.
        name: the file name without its ending, for downloads.
        hints: number of hint points used.
        seconds: how long the model took.
    """

    image: Image.Image
    draft: Image.Image
    line_art: FileData
    name: str
    hints: int
    seconds: float


class ResultData(GradioModel):
    """What the page and API clients receive; sizes in pixels."""

    image: FileData
    draft: FileData
    line_art: FileData
    name: str
    width: int
    height: int
    hints: int
    seconds: float


class ResultView(gr.HTML):
    """Shows a `Colored` picture; Python gets back None, since nothing is edited here."""

    data_model = ResultData

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            None,
            html_template=read_static("result.html"),
            css_template=read_static("result.css"),
            js_on_load=read_static("result.js"),
            apply_default_css=False,
            **kwargs,
        )

    def preprocess(self, payload: ResultData | None) -> None:
        """Return None: the view only shows."""
        return None

    def postprocess(self, value: Colored | None) -> ResultData | None:
        """Store both pictures as PNG in the page's cache and return where they are."""
        if value is None:
            return None
        cache = Path(self.GRADIO_CACHE)
        return ResultData(
            image=_store(value.image, cache, f"{value.name}-colored"),
            draft=_store(value.draft, cache, f"{value.name}-draft"),
            line_art=value.line_art,
            name=value.name,
            width=value.image.width,
            height=value.image.height,
            hints=value.hints,
            seconds=round(value.seconds, 3),
        )

    def api_info(self) -> dict[str, Any]:
        """Return the JSON schema of the value."""
        return ResultData.model_json_schema()

    def example_payload(self) -> Any:
        """Return None: programs send nothing to the view."""
        return None

    def example_value(self) -> Any:
        """Return None: the view starts empty."""
        return None


def _store(picture: Image.Image, cache: Path, name: str) -> FileData:
    # Fast compression: live recoloring waits for this file, and it is read once from this machine.
    folder = cache / hash_bytes(picture.tobytes() + name.encode())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    picture.save(path, compress_level=1)
    return FileData(path=str(path), orig_name=path.name, mime_type="image/png")

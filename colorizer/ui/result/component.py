"""The result view: before/after slider, draft, downloads."""

from dataclasses import dataclass
from pathlib import Path
from threading import get_ident
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, GradioModel
from gradio.processing_utils import hash_bytes
from PIL import Image
from pydantic import Field

from ..canvas.component import MOST_HINTS, HintPoint
from ..static import read_scripts, read_static

SCRIPTS = tuple(f"result/{name}.js" for name in ("view", "zoom", "saving", "variations", "result"))


@dataclass(frozen=True)
class Colored:
    """One run of the model, as a page handler returns it.

    Attributes:
        image: the colored drawing, RGB, the size of the line-art.
        draft: the draft model's picture, RGB, small.
        line_art: the file that was colored.
        name: the file name without its ending, for downloads.
        hints: the hint points used, in pixels of the line-art.
        seconds: how long the model took.
        shadows: where the light comes from that they were painted with.
    """

    image: Image.Image
    draft: Image.Image
    line_art: FileData
    name: str
    hints: list
    seconds: float
    shadows: str = "none"


class ResultData(GradioModel):
    """What the page and API clients receive; sizes and points in pixels of the line-art.

    `kind` goes back to Python when the page asks for a file: "colors", "ora" or "psd"; `by_color`
    asks for a layer of each flat color.
    """

    image: FileData
    draft: FileData
    line_art: FileData
    name: str
    width: int
    height: int
    hints: int
    seconds: float
    points: list[HintPoint] = Field(default_factory=list, max_length=MOST_HINTS)
    shadows: str = "none"
    kind: str = ""
    by_color: bool = False


class ResultView(gr.HTML):
    """Shows a `Colored` picture."""

    EVENTS = []
    data_model = ResultData

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            None,
            html_template=read_static("result/result.html"),
            css_template=read_static("result/result.css"),
            js_on_load=read_scripts(*SCRIPTS),
            apply_default_css=False,
            **kwargs,
        )

    def preprocess(self, payload: ResultData | None) -> ResultData | None:
        """Return what the page shows."""
        return payload

    def postprocess(self, value: Colored | None) -> ResultData | None:
        """Store both pictures as PNG in the page's cache and return where they are."""
        if value is None:
            return None
        cache = Path(self.GRADIO_CACHE)
        return ResultData(
            image=store_picture(value.image, cache, f"{value.name}-colored"),
            draft=store_picture(value.draft, cache, f"{value.name}-draft"),
            line_art=value.line_art,
            name=value.name,
            width=value.image.width,
            height=value.image.height,
            hints=len(value.hints),
            seconds=round(value.seconds, 3),
            points=[HintPoint(x=h.x, y=h.y, r=h.r, color=h.color) for h in value.hints],
            shadows=value.shadows,
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


def store_picture(picture: Image.Image, cache: Path, name: str) -> FileData:
    """Write a picture with its dpi as NAME.png into the page's cache and return where it is.

    A browser may be reading the same picture of an earlier run, so a file never changes.
    """
    # Fast compression: live recoloring waits for this file, and it is read once from this machine.
    dpi = picture.info.get("dpi")
    folder = cache / hash_bytes(picture.tobytes() + f"{name} {dpi}".encode())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    if path.exists():
        path.touch()  # old files are swept out
    else:
        part = folder / f"{get_ident()}.part"
        picture.save(part, "PNG", compress_level=1, dpi=dpi)
        part.replace(path)
    return FileData(path=str(path), orig_name=path.name, mime_type="image/png")

"""The examples: line-arts drawn for this project, with the hints that go with them."""

import base64
import io
import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from ..result.component import store_picture
from ..static import HERE, read_scripts, read_static

FOLDER = HERE / "examples"
THUMBNAIL = 208
"""Longer side of a thumbnail in pixels: twice its size on the page, for sharp screens."""


@dataclass(frozen=True)
class Example:
    """A line-art of the package and its hints.

    Attributes:
        name: what the page calls it.
        picture: the PNG.
        hints: the JSON object beside it, as `parse_hints` reads it.
    """

    name: str
    picture: Path
    hints: dict[str, Any]


def list_examples(folder: Path = FOLDER) -> list[Example]:
    """Return the examples of a folder, sorted by file name; each has NAME.png and NAME.json."""
    return [
        Example(
            name=path.stem.split("_", 1)[-1].replace("_", " ").capitalize(),
            picture=path.with_suffix(".png"),
            hints=json.loads(path.read_text(encoding="utf-8")),
        )
        for path in sorted(folder.glob("*.json"))
    ]


def open_example(index: int, cache: Path) -> dict[str, Any]:
    """Return {"image", "width", "height", "hints"} of the example with this index."""
    example = list_examples()[index]
    with Image.open(example.picture) as picture:
        image = store_picture(picture, cache, example.picture.stem)
    return {"image": image.model_dump(), **example.hints}


class ExampleShelf(gr.HTML):
    """A row of thumbnails; a click opens the example on the canvas."""

    EVENTS = []

    def __init__(self, examples: list[Example], **kwargs: Any) -> None:
        cards = "".join(_card(index, example) for index, example in enumerate(examples))
        super().__init__(
            html_template=read_static("page/shelf.html").replace("%CARDS%", cards),
            css_template=read_static("page/shelf.css"),
            js_on_load=read_scripts("page/shelf.js"),
            apply_default_css=False,
            **kwargs,
        )


def _card(index: int, example: Example) -> str:
    # Inside the page as data, so that the shelf is there at the first paint.
    with Image.open(example.picture) as picture:
        picture = picture.convert("L")
        picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=70)
    source = base64.b64encode(buffer.getvalue()).decode()
    name = escape(example.name)
    return (
        f'<button type="button" data-index="{index}" data-example="{name}" '
        f'title="Open with its hints and color it">'
        f'<img src="data:image/webp;base64,{source}" alt=""><span>{name}</span></button>'
    )

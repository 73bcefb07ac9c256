"""The examples: line-arts drawn for this project, with the hints that go with them."""

import base64
import io
import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image, ImageDraw

from ..result.component import store_picture
from ..static import HERE, read_scripts, read_static

FOLDER = HERE / "examples"
THUMBNAIL = 208
"""Longer side of a thumbnail in pixels: twice its size on the page, for sharp screens."""
A_FEW = 12
"""A thumbnail shows its hints if they are not more than so many."""
DAB = 9
"""Radius of these hints, pixels."""


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
    """Return the examples of a folder, sorted by file name: each NAME.json, its hints.

    The picture is NAME.png, or the one that "picture" names.
    """
    examples = []
    for path in sorted(folder.glob("*.json")):
        hints = json.loads(path.read_text(encoding="utf-8"))
        picture = path.parent / hints.pop("picture", f"{path.stem}.png")
        name = path.stem.split("_", 1)[-1].replace("_", " ").capitalize()
        examples.append(Example(name, picture, hints))
    return examples


def open_example(index: int, cache: Path) -> dict[str, Any]:
    """Return {"image", "width", "height", "hints"} of the example with this index."""
    example = list_examples()[index]
    with Image.open(example.picture) as picture:
        image = store_picture(picture, cache, example.picture.stem)
    return {"image": image.model_dump(), **example.hints}


class ExampleShelf(gr.HTML):
    """A row of thumbnails; a click opens the example on the canvas."""

    EVENTS = []

    def __init__(self, cards: str, **kwargs: Any) -> None:
        """Take what `cards_of` returns."""
        super().__init__(
            html_template=read_static("page/shelf.html").replace("%CARDS%", cards),
            css_template=read_static("page/shelf.css"),
            js_on_load=read_scripts("page/shelf.js"),
            apply_default_css=False,
            **kwargs,
        )


def cards_of(examples: list[Example]) -> str:
    """Return a button with a thumbnail for each example."""
    return "".join(_card(index, example) for index, example in enumerate(examples))


def _card(index: int, example: Example) -> str:
    # Inside the page as data, so that the shelf is there at the first paint.
    with Image.open(example.picture) as picture:
        picture = picture.convert("RGB")
        picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    if len(example.hints["hints"]) <= A_FEW:
        _draw_dabs(picture, example.hints)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=70)
    source = base64.b64encode(buffer.getvalue()).decode()
    name = escape(example.name)
    return (
        f'<button type="button" data-index="{index}" data-example="{name}" '
        f'title="Open with its hints and color it">'
        f'<img src="data:image/webp;base64,{source}" alt=""><span>{name}</span></button>'
    )


def _draw_dabs(picture: Image.Image, hints: dict[str, Any]) -> None:
    draw = ImageDraw.Draw(picture)
    for hint in hints["hints"]:
        x, y = (
            hint["x"] * picture.width / hints["width"],
            hint["y"] * picture.height / hints["height"],
        )
        for radius, color in ((DAB + 2, "#55525f"), (DAB, hint["color"])):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)

"""What the page sends, read and checked; errors become sentences that the page shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.data_classes import FileData
from PIL import Image

from .canvas.component import CanvasData
from .engine import ModelUnavailableError

if TYPE_CHECKING:
    from ..preprocessing.hints import Hint

NO_LINE_ART = "Open or draw a line-art first."
LONGEST_NAME = 150
"""Most bytes of a file's name without its ending; file systems take 255 with what we add."""


@contextmanager
def told(prefix: str = "") -> Iterator[None]:
    """Turn errors that a user can correct into `gr.Error`, the page's and the API's error."""
    from ..images import InputError

    try:
        yield
    except (InputError, ModelUnavailableError) as error:
        raise shown(f"{prefix}{error}") from error


def shown(message: str) -> gr.Error:
    """Return the error that shows `message`, as one line, and prints nothing."""
    from ..images import InputError

    return gr.Error(str(InputError(message)), print_exception=False)


def file_name(text: str) -> str:
    """Return a name from the page as file systems take it: no folders, no odd signs, not long."""
    name = "".join(c if c.isprintable() else "_" for c in Path(text.replace("\\", "/")).name)
    path = Path(name.lstrip(".") or "drawing")
    return path.stem.encode()[:LONGEST_NAME].decode(errors="ignore") + path.suffix[:10]


def read_canvas(canvas: CanvasData) -> tuple[Image.Image, list["Hint"], str]:
    """Return the canvas's picture, RGB, its hints in pixels of that picture, and its bare name.

    Raises:
        gr.Error: no line-art, an unreadable or too large one, or bad hints.
    """
    from ..preprocessing.hints import parse_hints

    picture, name = read_picture(canvas.image)
    with told():
        hints = parse_hints(hints_object(canvas, picture.size), picture.size)
    return picture, hints, Path(name).stem


def read_picture(file: FileData | None) -> tuple[Image.Image, str]:
    """Return an uploaded picture, RGB, and the name that the user knows it by.

    Raises:
        gr.Error: no picture, or an unreadable or too large one.
    """
    from ..images import load_image

    if file is None:
        raise shown(NO_LINE_ART)
    path = Path(file.path)
    name = file_name(file.orig_name or path.name)
    with told():
        return load_image(path, name), name


def hints_object(canvas: CanvasData, size: tuple[int, int]) -> dict[str, Any]:
    """Return the canvas's hints as `parse_hints` reads them; `size` where the canvas names none."""
    return {
        "width": canvas.width or size[0],
        "height": canvas.height or size[1],
        "hints": [hint.model_dump() for hint in canvas.hints],
    }

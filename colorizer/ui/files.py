"""The result, the document and the hints as files, and back."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from gradio.data_classes import FileData
from PIL import Image

from .canvas.component import CanvasData
from .inputs import file_name, read_canvas, shown, told
from .result.component import ResultData, store_picture

if TYPE_CHECKING:
    from ..preprocessing.hints import Hint
    from ..result import Colorization

ENDINGS = {"colors": "-colors.png", "ora": ".ora", "psd": ".psd"}


def save_result(
    result: ResultData, cache: Path, color: Callable[[Image.Image, Any, str], "Colorization"]
) -> dict[str, Any]:
    """Write the result as the file that its `kind` names, into the page's cache.

    Args:
        result: its line-art is colored once more, which gives the same picture and its layers.
        cache: the page's folder for pictures.
        color: colors a line-art with hints and shadows.

    Raises:
        gr.Error: another kind, or the result's line-art has been swept from the cache.
    """
    from ..images import InputError, save_image
    from ..layers import color_only, picture_layers, write_ora, write_psd

    if result is None or result.kind not in ENDINGS:
        raise shown("There is no result to save yet.")
    try:
        colored, hints = color_again(result, color)
    except InputError as error:
        raise shown(f"{error} Colorize it again.") from error
    path = _path_of(cache, f"{file_name(result.name)}{ENDINGS[result.kind]}")
    if result.kind == "colors":
        save_image(color_only(colored), path)
    else:
        write = write_ora if result.kind == "ora" else write_psd
        write(path, picture_layers(colored, hints, result.by_color))
    return _file(path)


def color_again(
    result: ResultData, color: Callable[[Image.Image, Any, str], "Colorization"]
) -> tuple["Colorization", list["Hint"]]:
    """Return the result as it was colored, with what its layers are made of, and its hints.

    Raises:
        InputError: its line-art has been swept from the cache.
    """
    from ..images import load_image
    from ..preprocessing.hints import Hint

    line = load_image(Path(result.line_art.path))
    hints = [Hint(p.x, p.y, p.r, p.color) for p in result.points]
    return color(line, hints, result.shadows), hints


def read_result(result: ResultData) -> "Colorization":
    """Return what the page shows, read from its cache.

    Raises:
        InputError: the pictures have been swept from there.
    """
    from ..images import load_image
    from ..preprocessing.lines import to_gray
    from ..result import Colorization

    files = (result.image, result.draft, result.line_art)
    image, draft, line = (load_image(Path(file.path)) for file in files)
    return Colorization(image, draft, Image.fromarray(to_gray(np.asarray(line))), result.seconds)


def save_document(canvas: CanvasData, cache: Path) -> dict[str, Any]:
    """Write line-art, hints and settings as one file NAME.lineart into the page's cache.

    Raises:
        gr.Error: no line-art, an unreadable or too large one, or bad hints.
    """
    from ..document import SUFFIX, Document, write_document

    picture, hints, name = read_canvas(canvas)
    path = _path_of(cache, f"{name}{SUFFIX}")
    write_document(path, Document(picture, hints, canvas.settings))
    return _file(path)


def open_document(canvas: CanvasData, cache: Path) -> dict[str, Any]:
    """Return {"image", "width", "height", "hints", "settings"} of an uploaded document.

    Of a file with layers, which browsers cannot read, that is its picture alone.

    Raises:
        gr.Error: it is no document, or its line-art or hints cannot be used.
    """
    from ..document import SUFFIX, Document, read_document
    from ..images import load_image_rgba
    from ..preprocessing.hints import hints_to_json

    if canvas.image is None:
        raise shown("There is no document to open.")
    name = file_name(canvas.image.orig_name or canvas.image.path)
    path = Path(canvas.image.path)
    if path.suffix.lower() == SUFFIX:
        with told(f"Cannot open {name}: "):
            document = read_document(path)
    else:
        with told():
            document = Document(load_image_rgba(path, name))
    size = document.line_art.size
    image = store_picture(document.line_art, cache, Path(name).stem)
    return {
        "image": image.model_dump(),
        "settings": document.settings,
        **hints_to_json(document.hints, size),
    }


def read_hints(request: dict[str, Any]) -> dict[str, Any]:
    """Return {"width", "height", "hints"} of a hint file, scaled to the canvas.

    Args:
        request: "text" of the file, its "name", and "width" and "height" of the canvas in pixels.

    Raises:
        gr.Error: these are no hints.
    """
    from ..preprocessing.hints import hints_to_json, parse_hints

    size = (int(request["width"]), int(request["height"]))
    with told(f"Cannot use {request['name']}: "):
        return hints_to_json(parse_hints(request["text"], size), size)


def _path_of(cache: Path, name: str) -> Path:
    path = Path(cache) / uuid4().hex / name
    path.parent.mkdir(parents=True)
    return path


def _file(path: Path) -> dict[str, Any]:
    return FileData(path=str(path), orig_name=path.name).model_dump()

"""A drawing as one file, NAME.lineart: a zip of line-art.png, hints.json and settings.json.

The first two are what the command line takes; the settings are the page's own and may be missing.
"""

import io
import json
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from .heads import read_entry
from .images import MAX_BYTES, InputError, load_image
from .preprocessing.hints import Hint, hints_to_json, parse_hints

SUFFIX = ".lineart"
LINE_ART, HINTS, SETTINGS = "line-art.png", "hints.json", "settings.json"
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError)
"""What reading a damaged, encrypted or foreign zip raises."""


@dataclass(frozen=True)
class Document:
    """A line-art, RGB or "L"; its hints in pixels of it; settings that JSON can hold."""

    line_art: Image.Image
    hints: list[Hint] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)


def write_document(path: str | Path, document: Document) -> None:
    """Write a document; the line-art as PNG.

    Raises:
        OSError: the file cannot be written.
    """
    picture = io.BytesIO()
    document.line_art.save(picture, "PNG", dpi=document.line_art.info.get("dpi"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:  # PNG is compressed already
        file.writestr(LINE_ART, picture.getvalue())
        file.writestr(HINTS, json.dumps(hints_to_json(document.hints, document.line_art.size)))
        file.writestr(SETTINGS, json.dumps(document.settings))


def read_document(path: str | Path) -> Document:
    """Return the document of a file.

    Raises:
        InputError: no zip, a part that is missing, too large or damaged, or bad hints.
    """
    try:
        with zipfile.ZipFile(path) as file:
            held = {LINE_ART, HINTS, SETTINGS} & set(file.namelist())
            parts = {name: _part(file, name) for name in held}
        line_art = load_image(Image.open(io.BytesIO(parts[LINE_ART]), formats=["PNG"]), LINE_ART)
        settings = json.loads(parts.get(SETTINGS, b"{}"))
        hints = parse_hints(parts[HINTS].decode(), line_art.size)
    except KeyError as error:
        raise InputError(f"It holds no {error.args[0]}; wanted is a saved drawing.") from error
    except InputError:
        raise
    except (UnidentifiedImageError, *DAMAGE) as error:
        raise InputError(f"It is no saved drawing, or damaged: {error}.") from error
    if not isinstance(settings, dict):
        raise InputError(f"Its settings are {type(settings).__name__}; wanted is a JSON object.")
    return Document(line_art, hints, settings)


def _part(file: zipfile.ZipFile, name: str) -> bytes:
    size = file.getinfo(name).file_size
    if size > MAX_BYTES:
        limit = MAX_BYTES // 1_000_000
        raise InputError(f"Its {name} has {size / 1e6:.1f} MB; the limit is {limit} MB.")
    return read_entry(file, name)

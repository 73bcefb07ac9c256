"""Colors for the regions that a user left open: variations, and the colors of a reference."""

import base64
from functools import partial
from typing import Any

from PIL import Image

from .engine import Engine
from .inputs import told

VARIATIONS = 4
LONGEST_PICTURE = 2_000_000
"""Characters of a small picture that the page's script sends as a data URL."""


def read_palette(request: dict[str, Any], engine: Engine) -> dict[str, Any]:
    """Return {"colors": ["#rrggbb", ...], "parts": {"skin": "#rrggbb", ...}}, the colors by area.

    Args:
        request: "picture", a small copy of the reference as a data URL, and its "name".
        engine: tells skin from hair.

    Raises:
        gr.Error: the picture cannot be used, or no model.
    """
    with told(f"Cannot use {request['name']}: "):
        found = engine.run(engine.colorizer().reference, _decoded(request["picture"]))
    return {"colors": found["palette"], "parts": found["parts"]}


def deal_colors(request: dict[str, Any], engine: Engine) -> dict[str, Any]:
    """Return {"width", "height", "hints"} with colors dealt out to the open regions of a line-art.

    Args:
        request: "picture", a small copy of the line-art as a data URL; "canvas", the hints as
            JSON object; "colors" and "parts" to deal out; "seed".
        engine: knows the regions.

    Raises:
        gr.Error: the picture or the hints cannot be used, or no model.
    """
    from ..preprocessing.hints import hints_to_json, parse_hints

    with told():
        line = _decoded(request["picture"])
        hints = parse_hints(request["canvas"], line.size)
        deal = {"palette": request["colors"], "parts": request.get("parts")}
        deal = partial(engine.colorizer().deal, line, hints, seed=int(request["seed"]), **deal)
        dealt = engine.run(deal)
        return hints_to_json(dealt[len(hints) :], line.size)


def _decoded(url: str) -> Image.Image:
    from ..images import InputError, load_image

    kind, _, content = url.partition(",")
    if not kind.startswith("data:image/") or len(content) > LONGEST_PICTURE:
        raise InputError("The small picture is no data URL of at most 2 MB.")
    try:
        return load_image(base64.b64decode(content, validate=True), "the small picture")
    except InputError:
        raise
    except ValueError as error:
        raise InputError("The small picture is no data URL in base64.") from error

"""Colors for the regions that a user left open: variations, and the colors of a reference."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from .inputs import told

if TYPE_CHECKING:
    from ..preprocessing.hints import Hint

VARIATIONS = 4
LONGEST_PICTURE = 2_000_000
"""Characters of a small picture that the page's script sends as a data URL."""


def dealt_hints(
    line_u8: np.ndarray, hints: list["Hint"], palette: Sequence[str] | None = None, seed: int = 0
) -> list["Hint"]:
    """Return `hints`, and automatic ones for the closed regions that hold none of them.

    Args:
        line_u8: uint8 (H, W), paper 255.
        hints: in pixels of that line-art.
        palette: colors to deal out, "#rrggbb"; None: a palette of ours, by the seed.
        seed: another number gives another deal.
    """
    from ..images import resize_u8
    from ..preprocessing.automatic import automatic_hints
    from ..preprocessing.regions import closed_regions, measured_size

    dealt = automatic_hints(line_u8, palette, seed)
    if not hints:
        return dealt
    height, width = line_u8.shape
    regions = closed_regions(resize_u8(line_u8, measured_size(width, height)))[1]

    def region(hint: "Hint") -> int:
        rows, columns = regions.shape
        row = min(max(int(hint.y / height * rows), 0), rows - 1)
        return int(regions[row, min(max(int(hint.x / width * columns), 0), columns - 1)])

    taken = {region(hint) for hint in hints}
    return hints + [hint for hint in dealt if region(hint) not in taken]


def read_palette(request: dict[str, Any]) -> dict[str, Any]:
    """Return {"colors": ["#rrggbb", ...]} by area.

    Args:
        request: "picture", a small copy of the reference as a data URL, and its "name".

    Raises:
        gr.Error: the picture cannot be used.
    """
    from ..preprocessing.palette import reference_palette

    with told(f"Cannot use {request['name']}: "):
        return {"colors": reference_palette(np.asarray(_decoded(request["picture"])))}


def deal_colors(request: dict[str, Any]) -> dict[str, Any]:
    """Return {"width", "height", "hints"} with colors dealt out to the open regions of a line-art.

    Args:
        request: "picture", a small copy of the line-art as a data URL; "canvas", the hints as
            JSON object; "colors" to deal out; "seed".

    Raises:
        gr.Error: the picture or the hints cannot be used.
    """
    from ..preprocessing.hints import hints_to_json, parse_hints

    with told():
        line = np.asarray(_decoded(request["picture"]).convert("L"))
        size = (line.shape[1], line.shape[0])
        hints = parse_hints(request["canvas"], size)
        dealt = dealt_hints(line, hints, request["colors"], int(request["seed"]))
        return hints_to_json(dealt[len(hints) :], size)


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

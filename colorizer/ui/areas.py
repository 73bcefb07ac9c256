"""The regions of a line-art as the page needs them: an outline under the pointer, parts."""

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from ..regions import Regions


def areas_of(colorizer: Any, picture: Image.Image) -> dict[str, str] | None:
    """Return {"map"}: what color fills freely in a line-art; None without a region network.

    Args:
        colorizer: may have `regions_of(line_art) -> Regions | None`.
        picture: the line-art.

    The map is a PNG at the working size as data URL; red + 256 green is each pixel's area. Ink and
    borders belong to the nearest.
    """
    from ..preprocessing.regions import nearest_of

    regions = _regions(colorizer, picture)
    if regions is None:
        return None
    areas = regions.open.ravel()[nearest_of(regions.open > 0)]
    pixels = np.zeros((*areas.shape, 3), np.uint8)
    pixels[:, :, 1], pixels[:, :, 0] = np.divmod(areas, 256)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    content = base64.b64encode(buffer.getvalue()).decode()
    return {"map": f"data:image/png;base64,{content}"}


def parts_of(colorizer: Any, picture: Image.Image) -> np.ndarray | None:
    """Return what each pixel of a line-art is, int (h, w), at the working size, as `areas_of`."""
    regions = _regions(colorizer, picture)
    return None if regions is None else regions.part[regions.cells]


def _regions(colorizer: Any, picture: Image.Image) -> "Regions | None":
    find = getattr(colorizer, "regions_of", None)
    return find(picture) if find else None

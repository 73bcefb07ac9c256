"""The regions of a line-art as the page needs them: an outline under the pointer."""

import base64
import io
from typing import Any

import numpy as np
from PIL import Image


def areas_of(colorizer: Any, picture: Image.Image) -> dict[str, str]:
    """Return {"map"}: what color fills freely in a line-art.

    Args:
        colorizer: has `regions_of(line_art) -> Regions`.
        picture: the line-art.

    The map is a PNG at the working size as data URL; red + 256 green is each pixel's area. Ink and
    borders belong to the nearest.
    """
    from ..regions.ink import nearest_of

    regions = colorizer.regions_of(picture)
    areas = regions.open.ravel()[nearest_of(regions.open > 0)]
    pixels = np.zeros((*areas.shape, 3), np.uint8)
    pixels[:, :, 1], pixels[:, :, 0] = np.divmod(areas, 256)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    content = base64.b64encode(buffer.getvalue()).decode()
    return {"map": f"data:image/png;base64,{content}"}

"""Ways from line-art and hints to a picture that need no checkpoint."""

from functools import cache

import cv2
import numpy as np

from colorizer.images import InputError
from colorizer.pipeline import hint_layer
from colorizer.regions import find_regions, walk_hints

from ..metrics import INK_BELOW
from .case import Case, System

GMIC_COMMAND = (
    "to_rgb[-1] fx_colorize_lineart_smart 1,95,0,0,1,24,200,0,75,2,60,20,90,1,10,1 keep[-1]"
)
"""G'MIC's smart coloring with its defaults, fed with spots; its last output is the colors."""


def line_alone(case: Case) -> np.ndarray:
    """Return the line-art itself."""
    return cv2.cvtColor(case.decoded()[0], cv2.COLOR_GRAY2RGB)


def nearest(case: Case) -> np.ndarray:
    """Return the color of the nearest hint, darkened by the line-art; the line-art without any."""
    line, layer = case.decoded()
    free = layer[:, :, 3] == 0
    if free.all():
        return line_alone(case)
    _, labels = cv2.distanceTransformWithLabels(
        free.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE, labelType=cv2.DIST_LABEL_PIXEL
    )
    palette = np.zeros((labels.max() + 1, 3), np.uint8)
    palette[labels[~free]] = layer[~free, :3]
    return multiply(palette[labels], line)


def spread(case: Case) -> np.ndarray:
    """Return our hints, spread by ink alone and darkened by the line-art: no network."""
    line, layer = case.decoded()
    flow = walk_hints(find_regions(line, None), layer)
    return multiply(flow.palette[flow.labels], line) if len(flow.palette) else line_alone(case)


def gmic(case: Case) -> np.ndarray:
    """Return G'MIC's smart coloring, darkened by the line-art.

    Hints on ink are left out, which is better for it; without any the line-art comes back.

    Raises:
        InputError: the Python package gmic is not installed.
    """
    module, interpreter = find_gmic()
    line, layer = case.decoded()
    if isinstance(case.hints, list):
        on_paper = [h for h in case.hints if line[int(h.y), int(h.x)] >= INK_BELOW]
        layer = hint_layer(on_paper, line.shape[::-1], line.shape[::-1])
    layer[line < INK_BELOW] = 0
    if not layer[:, :, 3].any():
        return line_alone(case)
    # Image.from_yxc would do, but gmic's own order is x, y, z, channel
    planes = [layer.transpose(1, 0, 2)[:, :, None], line.T[:, :, None, None]]
    pictures = [module.Image(np.ascontiguousarray(plane, np.float32)) for plane in planes]
    spots = interpreter.run(GMIC_COMMAND, module.ImageList(pictures))
    color = spots[0].as_numpy()[:, :, 0, :3].transpose(1, 0, 2)
    return multiply(color.clip(0, 255).astype(np.uint8), line)


@cache
def find_gmic():
    """Return G'MIC's Python module and an interpreter; see `gmic`."""
    try:
        import gmic as module
    except ImportError as error:
        raise InputError(
            "To compare with gmic, run pip install -r eval/requirements.txt first."
        ) from error
    return module, module.Gmic()


def multiply(color_u8: np.ndarray, line_u8: np.ndarray) -> np.ndarray:
    """Return colors times the line-art, uint8 (H, W, 3)."""
    return (color_u8.astype(np.uint16) * line_u8[:, :, None] // 255).astype(np.uint8)


PEERS: dict[str, System] = {"line": line_alone, "nearest": nearest, "spread": spread, "gmic": gmic}
"""What needs no checkpoint."""

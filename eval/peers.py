"""What the colorizer is compared with: other ways from line-art and hints to a picture.

Each is a function of a line-art, uint8 (H, W) with paper 255, and hints in its pixels, and
returns RGB, uint8 (H, W, 3).
"""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from colorizer.images import InputError
from colorizer.preprocessing.hints import Hint, draw_hints
from colorizer.preprocessing.spread import FLOOD_RATIO, spread_hints

from .metrics import INK_BELOW

System = Callable[[np.ndarray, list[Hint]], np.ndarray]

GMIC_COMMAND = (
    "to_rgb[-1] fx_colorize_lineart_smart 1,95,0,0,1,24,200,0,75,2,60,20,90,1,10,1 keep[-1]"
)
"""G'MIC's smart coloring with its defaults, fed with spots; its last output is the colors."""


def line_alone(line_u8: np.ndarray, hints: list[Hint]) -> np.ndarray:
    """Return the line-art itself."""
    return cv2.cvtColor(line_u8, cv2.COLOR_GRAY2RGB)


def nearest(line_u8: np.ndarray, hints: list[Hint]) -> np.ndarray:
    """Return the color of the nearest hint, darkened by the line-art; the line-art without any."""
    layer = draw_hints(hints, line_u8.shape[::-1])
    free = layer[:, :, 3] == 0
    if free.all():
        return line_alone(line_u8, hints)
    _, labels = cv2.distanceTransformWithLabels(
        free.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE, labelType=cv2.DIST_LABEL_PIXEL
    )
    palette = np.zeros((labels.max() + 1, 3), np.uint8)
    palette[labels[~free]] = layer[~free, :3]
    return multiply(palette[labels], line_u8)


def spread(line_u8: np.ndarray, hints: list[Hint]) -> np.ndarray:
    """Return our spread hints, flooded at the line-art's size and darkened by it: no network."""
    size = line_u8.shape[::-1]
    reduced = (size[0] // FLOOD_RATIO, size[1] // FLOOD_RATIO)
    hint = spread_hints(line_u8, draw_hints(hints, size), reduced)
    color = np.where(hint[:, :, 3:] > 0, hint[:, :, :3], 255).astype(np.uint8)
    return multiply(cv2.resize(color, size, interpolation=cv2.INTER_NEAREST), line_u8)


def gmic(line_u8: np.ndarray, hints: list[Hint]) -> np.ndarray:
    """Return G'MIC's smart coloring, darkened by the line-art.

    Spots on ink are left out, which is better for it; without a spot the line-art comes back.

    Raises:
        InputError: the Python package gmic is not installed.
    """
    module, interpreter = _gmic()
    size = line_u8.shape[::-1]
    layer = draw_hints([h for h in hints if line_u8[int(h.y), int(h.x)] >= INK_BELOW], size)
    layer[line_u8 < INK_BELOW] = 0
    if not layer[:, :, 3].any():
        return line_alone(line_u8, hints)
    # Image.from_yxc would do, but gmic's own order is x, y, z, channel
    planes = [layer.transpose(1, 0, 2)[:, :, None], line_u8.T[:, :, None, None]]
    pictures = [module.Image(np.ascontiguousarray(plane, np.float32)) for plane in planes]
    spots = interpreter.run(GMIC_COMMAND, module.ImageList(pictures))
    color = spots[0].as_numpy()[:, :, 0, :3].transpose(1, 0, 2)
    return multiply(color.clip(0, 255).astype(np.uint8), line_u8)


@cache
def _gmic():
    try:
        import gmic as module
    except ImportError as error:
        raise InputError("To compare with gmic, run pip install gmic first.") from error
    return module, module.Gmic()


def multiply(color_u8: np.ndarray, line_u8: np.ndarray) -> np.ndarray:
    """Return colors times the line-art, uint8 (H, W, 3)."""
    return (color_u8.astype(np.uint16) * line_u8[:, :, None] // 255).astype(np.uint8)


PEERS: dict[str, System] = {"line": line_alone, "nearest": nearest, "spread": spread, "gmic": gmic}
"""What `--compare` knows."""


def peers_named(names: list[str]) -> dict[str, System]:
    """Return the named ways to color.

    Raises:
        InputError: an unknown name, or gmic without its package.
    """
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise InputError(f"--compare has {', '.join(unknown)}; wanted are some of {list(PEERS)}.")
    if "gmic" in names:
        _gmic()
    return {name: PEERS[name] for name in names}

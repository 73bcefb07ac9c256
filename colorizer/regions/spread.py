"""Spread hints: the hint image of hints that fill their regions.

Ours, not the paper's. It keeps the paper's four hint channels but fills them, so that a network
need not learn from millions of pictures how far a single pixel of color reaches.
"""

import cv2
import numpy as np

from ..models.regions import RegionModel
from ..preprocessing.hints import reduce_strokes
from .cells import Regions, find_regions
from .walk import Flow, walk_hints

FLOWING, GUESSED = 153, 64
"""Alpha where a hint flows, about 0.6, and where its color is a guess, about 0.25: the networks
were trained with these, set by hand, and with 1 where there is paint."""


def spread_hints(
    line_u8: np.ndarray,
    layer_u8: np.ndarray,
    size: tuple[int, int],
    model: RegionModel | None = None,
) -> np.ndarray:
    """Return the hint image of a layer of dabs and strokes; see `hint_image`.

    Args:
        line_u8: uint8 (H, W), paper 255; 512x512 or thereabouts.
        layer_u8: uint8 RGBA (H, W, 4), alpha above 0 where painted.
        size: (width, height) of the hint image; the paper's is (128, 128).
        model: tells the regions that hints fill; None: by ink alone.

    Raises:
        ValueError: line-art and layer differ in size.
    """
    if line_u8.shape != layer_u8.shape[:2]:
        raise ValueError(f"the line-art is {line_u8.shape}, the hints {layer_u8.shape[:2]}")
    if not layer_u8[:, :, 3].any():
        return reduce_strokes(layer_u8, size)
    regions = find_regions(line_u8, model)
    return hint_image(regions, walk_hints(regions, layer_u8), layer_u8, size)


def hint_image(
    regions: Regions, flow: Flow, layer_u8: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Return the hint image of a layer of dabs and strokes, uint8 RGBA of `size`.

    RGB is the color that flows there, the mean over each pixel. Alpha is 1 where there is paint,
    about 0.6 where a hint flows and on background, and about 0.25 elsewhere. Where nothing flows
    there is paint alone.

    Args:
        regions: of the line-art.
        flow: how the hints flow in it.
        layer_u8: uint8 RGBA (h, w, 4), the hints.
        size: (width, height).
    """
    painted = reduce_strokes(layer_u8, size)
    if not len(flow.palette):
        return painted
    known = flow.sure | regions.ground
    alpha = np.where(known, FLOWING, GUESSED).astype(np.uint8)
    color, alpha = (
        cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (flow.colors, alpha)
    )
    hint = np.dstack([color.round().astype(np.uint8), alpha])
    hint[painted[:, :, 3] > 0] = painted[painted[:, :, 3] > 0]
    return hint

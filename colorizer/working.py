"""At what size the networks paint: the area of 512x512 in a picture's own shape."""

import math

import numpy as np
from PIL import Image
from torch import Tensor

from .images import InputError, resize_u8, to_tensor
from .preprocessing.hints import Hint, draw_hints, hint_tensor, reduce_strokes, scale_hints

WORKING_SIDE = 512
"""A line-art is colored at the area of a square of this side, pixels; the paper's is 512."""
DRAFT_RATIO = 4
"""The working size is this many times the draft's: 512 to 128."""
WORKING_MULTIPLE = 64
"""Working sides are padded to a multiple of this, so that the draft's can be halved four times."""

Hints = Image.Image | list[Hint] | None


def working_size(width: int, height: int, working_side: int = WORKING_SIDE) -> tuple[int, int]:
    """Return the (width, height) of a picture's shape with the area of a square, 512 by default.

    The paper knows squares only. Sides are multiples of 4, the draft's ratio, from 64 to 4096;
    beyond that ratio a sliver is colored out of shape.
    """
    scale = working_side / math.sqrt(width * height)
    low, high = WORKING_MULTIPLE, working_side**2 // WORKING_MULTIPLE
    sides = (min(max(side * scale, low), high) for side in (width, height))
    return tuple(round(side / DRAFT_RATIO) * DRAFT_RATIO for side in sides)


def hint_layer(hints: Hints, size: tuple[int, int], working: tuple[int, int]) -> np.ndarray:
    """Return hints for a picture of `size` as a layer at the `working` size, uint8 RGBA.

    Both sizes are (width, height).

    Raises:
        InputError: an RGBA picture of another size than the line-art, or no hints at all.
    """
    if hints is None:
        return np.zeros((working[1], working[0], 4), np.uint8)
    if isinstance(hints, Image.Image):
        if hints.size != size:
            raise InputError(
                f"The hints are {hints.width}x{hints.height}, "
                f"but the line-art is {size[0]}x{size[1]}."
            )
        return reduce_strokes(np.asarray(hints.convert("RGBA")), working)
    if not isinstance(hints, list | tuple) or not all(isinstance(h, Hint) for h in hints):
        raise InputError(
            f"The hints are {type(hints).__name__}; wanted is an RGBA picture or a list of Hint."
        )
    return draw_hints(scale_hints(list(hints), size, working), working)


def as_batch(line_u8: np.ndarray, hint_u8: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
    """Return a line-art, the same at the draft's size and its hint image as the models take them.

    Args:
        line_u8: uint8 (h, w), paper 255.
        hint_u8: uint8 RGBA (h / 4, w / 4, 4).

    Returns: (1, 1, H, W), (1, 1, H/4, W/4) and (1, 4, H/4, W/4), padded to `WORKING_MULTIPLE`.
    """
    few = WORKING_MULTIPLE // DRAFT_RATIO
    small, hint = pad(resize_u8(line_u8, hint_u8.shape[1::-1]), few), pad(hint_u8, few)
    line = pad(line_u8, WORKING_MULTIPLE)
    return to_tensor(line)[None], to_tensor(small)[None], hint_tensor(hint)[None]


def pad(array_u8: np.ndarray, multiple: int) -> np.ndarray:
    """Return bytes (H, W[, C]) with right and bottom edges repeated up to a multiple."""
    height, width = array_u8.shape[:2]
    padding = [(0, -height % multiple), (0, -width % multiple), (0, 0)][: array_u8.ndim]
    return np.pad(array_u8, padding, mode="edge")

"""Pictures on their way in and out: files, bytes, tensors in [-1, 1] and resizing.

The only module that knows file formats. Arrays named `_u8` hold bytes, 0-255.
"""

import warnings
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

MAX_PIXELS = 24_000_000
"""Largest picture accepted, in pixels."""
MAX_BYTES = 20_000_000
"""Largest picture file accepted, in bytes."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
"""File names with these endings count as pictures when a folder is read."""

ImageSource = Image.Image | np.ndarray | str | Path


class InputError(ValueError):
    """Input that a user can correct; the message is one sentence made for the user."""


def load_image(source: ImageSource, name: str | None = None) -> Image.Image:
    """Return `source` as an RGB picture: EXIF rotation applied, transparency flattened on white.

    Args:
        source: PIL image, path, or uint8 array of (H, W), (H, W, 1), (H, W, 3) or (H, W, 4).
        name: what to call the picture in an error message.

    Raises:
        InputError: no picture, an array of another shape, or over `MAX_PIXELS` / `MAX_BYTES`.
    """
    return flatten(load_image_rgba(source, name))


def load_image_rgba(source: ImageSource, name: str | None = None) -> Image.Image:
    """Return `source` like `load_image` does, but with its transparency, as RGBA."""
    if isinstance(source, np.ndarray):
        image = _from_array(source)
    elif isinstance(source, Image.Image):
        image = source
    else:
        image = _open(Path(source), name)
    _check_pixels(image)
    try:
        if image.mode.startswith("I;16"):  # Pillow would clip 16 bits at 255 instead of scaling
            image = Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
        return ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, SyntaxError, ValueError) as error:
        raise _unreadable(name or str(getattr(image, "filename", "the picture"))) from error


def _unreadable(name: str) -> InputError:
    return InputError(f"Cannot read {name}: use PNG, JPEG or WebP.")


def _open(path: Path, name: str | None) -> Image.Image:
    name = name or path.name
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    size = path.stat().st_size
    if size > MAX_BYTES:
        limit = MAX_BYTES // 1_000_000
        raise InputError(f"{name} has {size / 1e6:.1f} MB; the limit is {limit} MB.")
    try:
        with warnings.catch_warnings():
            # Pillow warns of decompression bombs above its own limit; ours is checked below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path, formats=("PNG", "JPEG", "WEBP"))
            _check_pixels(image)
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(name) from error
    return image


def _from_array(array: np.ndarray) -> Image.Image:
    shape_ok = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if array.dtype != np.uint8 or not shape_ok or 0 in array.shape:
        raise InputError(
            f"The array is {array.dtype} of shape {array.shape}; "
            "wanted is uint8 of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)."
        )
    return Image.fromarray(array[:, :, 0] if array.shape[2:] == (1,) else array)


def _check_pixels(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise InputError(
            f"The picture has {width}x{height} = {width * height / 1e6:.1f} megapixels; "
            f"the limit is {MAX_PIXELS // 1_000_000} megapixels."
        )


def flatten(image: Image.Image) -> Image.Image:
    """Return an RGB copy of an RGBA `image` with transparent parts on white paper."""
    if image.getchannel("A").getextrema()[0] == 255:
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def list_images(folder: Path) -> list[Path]:
    """Return the picture files anywhere below `folder`, sorted by path."""
    return sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in SUFFIXES)


def to_tensor(array_u8: np.ndarray) -> Tensor:
    """Return bytes (H, W) or (H, W, C) as float32 (C, H, W) in [-1, 1]."""
    planes = array_u8[None] if array_u8.ndim == 2 else array_u8.transpose(2, 0, 1)
    return torch.from_numpy(np.ascontiguousarray(planes)).float().div_(127.5).sub_(1)


def to_u8(tensor: Tensor) -> np.ndarray:
    """Return a tensor (C, H, W) in [-1, 1] as bytes: (H, W, C), or (H, W) when C is 1."""
    scaled = (tensor.detach().float() * 127.5 + 127.5).clamp(0, 255).round()
    array = scaled.to(torch.uint8).cpu().permute(1, 2, 0).contiguous().numpy()
    return array[:, :, 0] if array.shape[2] == 1 else array


def resize_u8(array_u8: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return bytes (H, W[, C]) resized to `size` = (width, height).

    Area averaging when it gets smaller, so that thin lines fade instead of breaking, and bicubic
    when it gets larger.
    """
    height, width = array_u8.shape[:2]
    if (width, height) == size:
        return array_u8
    smaller = size[0] <= width and size[1] <= height
    return cv2.resize(array_u8, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)

"""Pictures on their way in and out: files, bytes, tensors in [-1, 1] and resizing.

The only module that knows file formats. Arrays named `_u8` hold bytes, 0-255.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

import cv2
import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from .heads import ZIP, has_too_many_parts, merged_picture

MAX_PIXELS = 36_000_000
"""Largest picture accepted, in pixels: A4 at 600 dpi has 34.8 million."""
MAX_SIDE = 65_500
"""Longest side accepted, in pixels; a JPEG cannot have more."""
MAX_BYTES = 20_000_000
"""Largest picture file accepted, in bytes."""
WEBP_SIDE = 16_383
"""Longest side of a WebP, in pixels."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
"""File names with these endings count as pictures when a folder is read."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "PSD")
"""What one file may be, beside OpenRaster and Krita files: of a GIF the first picture, of files
with layers what all show together."""
DPI = (1, 100_000)
"""Resolutions out of this range are a program's error, dots per inch."""
PSD_RESOLUTION = 1005
"""The number of a Photoshop file's resource that holds dots per inch."""
LONGEST_SENTENCE = 299
"""Most characters of an error's message; the middle of a longer one is left out."""

ImageSource = Image.Image | np.ndarray | bytes | str | Path


class InputError(ValueError):
    """Input that a user can correct; the message is one sentence made for the user.

    It may quote what was seen, but no line breaks, no unseen characters and nothing endless.
    """

    def __init__(self, message: str):
        line = "".join(c if c.isprintable() else "?" for c in " ".join(message.split()))
        if len(line) > LONGEST_SENTENCE:
            line = f"{line[: LONGEST_SENTENCE - 100]} … {line[-97:]}"
        super().__init__(line)


def load_image(source: ImageSource, name: str | None = None) -> Image.Image:
    """Return `source` as an RGB picture: EXIF rotation applied, transparency flattened on white.

    Args:
        source: PIL image, path, content of a file, or uint8 array of (H, W), (H, W, 1), (H, W, 3)
            or (H, W, 4).
        name: what to call the picture in an error message.

    Raises:
        InputError: no picture, a damaged one, an array of another shape, or over `MAX_PIXELS`,
            `MAX_SIDE` or `MAX_BYTES`.
    """
    return flatten(load_image_rgba(source, name))


def load_image_rgba(source: ImageSource, name: str | None = None) -> Image.Image:
    """Return `source` like `load_image` does, but with its transparency, as RGBA.

    Of all that a file says beside its pixels `info` has "dpi" alone, (x, y), if it is there.
    """
    if isinstance(source, str | Path):
        name = name or Path(source).name
        source = _read(Path(source), name)
    name = name or str(getattr(source, "filename", "the picture"))
    with _decoding(name):
        image = _opened(source, name)
        _check_size(image)
        dpi = dpi_of(image)
        if image.mode.startswith("I;16"):  # Pillow would clip 16 bits at 255 instead of scaling
            image = Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
        image = ImageOps.exif_transpose(image)  # a copy, so that RGBA needs no other
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        image.info = dpi
        return image


def dpi_of(image: Image.Image) -> dict[str, tuple[float, float]]:
    """Return {"dpi": (x, y)} if a picture says it, as `Image.info` and `Image.save` have it."""
    dpi = image.info.get("dpi", ())
    for number, _, data in getattr(image, "resources", ()):
        if number == PSD_RESOLUTION:  # two numbers of 16.16 bits
            dpi = tuple(int.from_bytes(data[i : i + 4], "big") / 65536 for i in (0, 8))
    dpi = tuple(float(value) for value in dpi)
    if len(dpi) != 2 or not all(DPI[0] <= value <= DPI[1] for value in dpi):
        return {}
    return {"dpi": dpi}


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    """Raise InputError for whatever a decoder raises over damaged content."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damage, and of sizes above Pillow's own limit
            yield
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        limit = MAX_PIXELS // 1_000_000
        raise InputError(f"{name} is far too large; the limit is {limit} megapixels.") from error
    except Exception as error:  # struct.error, zlib.error, IndexError, MemoryError: it may be any
        raise InputError(f"Cannot read {name}: use PNG, JPEG or WebP.") from error


def _read(path: Path, name: str) -> bytes:
    try:
        if not path.is_file():
            raise InputError(f"There is no file {path}.")
        _check_bytes(path.stat().st_size, name)
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"Cannot open {name}: {error.strerror}.") from error


def _opened(source: Image.Image | np.ndarray | bytes, name: str) -> Image.Image:
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, Image.Image):
        return source
    _check_bytes(len(source), name)
    if source.startswith(ZIP):
        source, size = merged_picture(source, MAX_BYTES)
        _check_bytes(size, f"The picture in {name}")
    if has_too_many_parts(source):
        raise InputError(f"{name} has more parts than any picture needs; save it anew.")
    return Image.open(io.BytesIO(source), formats=FORMATS)


def _check_bytes(size: int, name: str) -> None:
    if size > MAX_BYTES:
        limit = MAX_BYTES // 1_000_000
        raise InputError(f"{name} has {size / 1e6:.1f} MB; the limit is {limit} MB.")


def _from_array(array: np.ndarray) -> Image.Image:
    shape_ok = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if array.dtype != np.uint8 or not shape_ok or 0 in array.shape:
        raise InputError(
            f"The array is {array.dtype} of shape {array.shape}; "
            "wanted is uint8 of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)."
        )
    return Image.fromarray(array[:, :, 0] if array.shape[2:] == (1,) else array)


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise InputError(
            f"The picture has {width}x{height} = {width * height / 1e6:.1f} megapixels; "
            f"the limit is {MAX_PIXELS // 1_000_000} megapixels."
        )
    if max(width, height) > MAX_SIDE:
        raise InputError(f"The picture has {width}x{height}; the limit is {MAX_SIDE} a side.")


def flatten(image: Image.Image) -> Image.Image:
    """Return an RGB copy of an RGBA `image` with transparent parts on white paper."""
    if image.getchannel("A").getextrema()[0] == 255:
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    white.info = dict(image.info)
    return white.convert("RGB")


def check_target(path: Path, size: tuple[int, int]) -> None:
    """Raise InputError if a picture of `size` = (width, height) cannot be written to `path`."""
    if path.suffix.lower() == ".webp" and max(size) > WEBP_SIDE:
        raise InputError(
            f"{path.name} would be {size[0]}x{size[1]}, but a WebP has at most {WEBP_SIDE} "
            "pixels a side; name it .png."
        )


def save_image(image: Image.Image, path: str | Path) -> None:
    """Write a picture with its dpi, whole or not at all; the ending of `path` names the format.

    Raises:
        InputError: it cannot be written; says why.
    """
    check_target(Path(path), image.size)
    with whole_file(path) as part:
        image.save(part, **dpi_of(image))


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a name to write to, in the folder of `path`; at the end the file takes its place.

    Raises:
        InputError: writing failed, and nothing is left of it.
    """
    path = Path(path)
    part = path.with_name(f".{token_hex(8)}{path.suffix}")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):  # it has its new name, or was never written
            part.unlink()


def list_images(folder: Path) -> list[Path]:
    """Return the picture files anywhere below `folder`, sorted by path, without hidden ones."""
    found = Path(folder).rglob("*")
    return sorted(p for p in found if p.suffix.lower() in SUFFIXES and p.name[0] != ".")


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

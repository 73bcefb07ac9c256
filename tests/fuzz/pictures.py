"""Small pictures with every kind of head, and damage done to them where decoders look."""

import io
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

from colorizer.layers import Layer, write_ora, write_psd

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNKS = {  # well-formed contents of the chunks that Pillow itself does not write
    b"cHRM": struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000),
    b"gAMA": struct.pack(">I", 45455),
    b"sRGB": b"\0",
    b"bKGD": b"\0\1\0\2\0\3",
    b"tIME": struct.pack(">H5B", 2020, 1, 2, 3, 4, 5),
    b"vpAg": struct.pack(">2IB", 12, 9, 0),
}
NUMBERS = (0, 1, 127, 128, 255, 65535, 1 << 24, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)


@cache
def seeds() -> tuple[bytes, ...]:
    """Return well-formed small pictures: PNG of all modes with all chunks, and every other format.

    TIFF must be refused whole or damaged.
    """
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a drawing"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more = {"exif": exif.tobytes(), "icc_profile": profile}
    made = [_png(picture.convert(mode), more) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")]
    made.append(_png(Image.fromarray(rng.integers(0, 65536, (9, 12), dtype=np.uint16)), more))
    frames = [picture.rotate(90 * n) for n in (1, 2)]
    moving = {"save_all": True, "append_images": frames, "duration": 40}
    made.append(saved(picture, "PNG", **moving))
    made += [saved(picture, "JPEG", **more, progressive=n) for n in (False, True)]
    made += [saved(picture.convert(mode), "JPEG") for mode in ("L", "CMYK")]
    made += [saved(picture, "WEBP", **more, lossless=n) for n in (False, True)]
    made += [saved(picture, "WEBP", **moving), saved(picture.convert("RGBA"), "WEBP")]
    made.append(saved(picture.quantize(8), "GIF", **moving, comment="a drawing", transparency=1))
    made += [saved(picture.convert(mode), "BMP") for mode in ("1", "P", "RGB")]
    made += [_with_layers(picture, write) for write in (write_ora, write_psd)]
    return (*made, saved(picture, "TIFF"))


def _with_layers(picture: Image.Image, write: Callable) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "layers")
        write(path, [Layer("Ground", picture.convert("RGBA"))])
        return path.read_bytes()


def saved(picture: Image.Image, kind: str, **options) -> bytes:
    """Return a picture as the bytes of a file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _png(picture: Image.Image, more: dict) -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", "a drawing")
    texts.add_text("Comment", "a drawing " * 9, zip=True)
    texts.add_itxt("Author", "somebody", "en", "Author", zip=True)
    texts.add_itxt("XML:com.adobe.xmp", '<x tiff:Orientation="6"/>')
    if picture.mode in ("1", "L", "P", "RGB"):
        more = more | {"transparency": (1, 2, 3) if picture.mode == "RGB" else 1}
    chunks = parse(saved(picture, "PNG", pnginfo=texts, dpi=(72, 72), **more))
    return join([chunks[0], *CHUNKS.items(), *chunks[1:]])


def parse(content: bytes) -> list[tuple[bytes, bytes]]:
    """Return the chunks of a PNG, name and content, as far as they are whole."""
    place, chunks = len(SIGNATURE), []
    while place + 12 <= len(content):
        (size,) = struct.unpack_from(">I", content, place)
        chunks.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + size]))
        place += 12 + size
    return chunks


def join(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """Return chunks as a PNG whose checksums are right, so that decoders read on."""
    return SIGNATURE + b"".join(
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


def damaged(rng: np.random.Generator) -> bytes:
    """Return a picture file with one to three faults."""
    content = seeds()[rng.integers(len(seeds()))]
    for _ in range(rng.integers(1, 4)):
        chunks = parse(content) if content.startswith(SIGNATURE) else []
        if chunks and rng.random() < 0.8:
            content = join(_with_fault(chunks, rng))
        else:
            content = spoiled(content, rng)
    return content


def _with_fault(chunks: list[tuple[bytes, bytes]], rng: np.random.Generator) -> list:
    place = int(rng.integers(len(chunks)))
    name, content = chunks[place]
    fault = rng.integers(6)
    if fault == 0:
        return chunks[:place] + chunks[place + 1 :]
    if fault == 1:
        return chunks[:place] + [chunks[place]] * 2 + chunks[place + 1 :]
    if fault == 2:
        other = int(rng.integers(len(chunks)))
        chunks[place], chunks[other] = chunks[other], chunks[place]
        return chunks
    if fault == 3:
        name = chunks[rng.integers(len(chunks))][0]
    else:
        content = spoiled(content, rng)
    return chunks[:place] + [(name, content)] + chunks[place + 1 :]


def spoiled(content: bytes, rng: np.random.Generator) -> bytes:
    """Return bytes with one fault, most often near their beginning."""
    near = min(len(content), 200) if rng.random() < 0.7 else len(content)
    place, length = int(rng.integers(near + 1)), int(rng.integers(1, 9))
    new = rng.integers(0, 256, length, dtype=np.uint8).tobytes()
    order = "><"[rng.integers(2)]
    number = struct.pack(f"{order}I", int(rng.choice(NUMBERS)))[: int(rng.choice((1, 2, 4)))]
    return (
        content[:place],  # cut
        content[:place] + content[place + length :],
        content[:place] + new + content[place:],
        content[:place] + new + content[place + length :],
        content[:place] + number + content[place + len(number) :],
        content[:place] + bytes(length) + content[place + length :],
    )[rng.integers(6)]

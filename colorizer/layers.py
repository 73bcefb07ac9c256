"""A colored line-art as layers that painting programs open: OpenRaster and PSD.

From bottom to top: Flats, one color for each area of the result; on request each of these colors in
a layer of its own; Colors, the result without its lines; Shadows, if any fall, on multiply; Hints,
the dabs, hidden; Line-art, its ink on nothing, on multiply.
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image, ImageChops

from .flats import apart
from .images import dpi_of
from .preprocessing.hints import Hint, draw_hints
from .regions import multiply
from .result import Colorization

UNPAINTED = 235
"""Background whose color has no channel below this (of 255) counts as left white."""
BAND = 256
"""Layers are laid over one another so many rows at a time."""
THUMBNAIL_SIDE = 256
"""OpenRaster's largest thumbnail, pixels."""
OPERATIONS = {"normal": "svg:src-over", "multiply": "svg:multiply"}
"""OpenRaster's names of the blend modes."""


@dataclass(frozen=True)
class Layer:
    """One layer: RGBA `image` of the picture's size, `blend` is "normal" or "multiply"."""

    name: str
    image: Image.Image
    blend: str = "normal"
    visible: bool = True


def picture_layers(
    result: Colorization,
    hints: list[Hint] | Image.Image | None = None,
    by_color: bool = False,
) -> list[Layer]:
    """Return the layers of a colored line-art, from bottom to top.

    Args:
        result: what a `Colorizer` returned; the layers take over its picture's dpi.
        hints: dabs in pixels of the line-art, or an RGBA picture of its size.
        by_color: also a layer for each flat color, above Flats.
    """
    if not isinstance(hints, Image.Image):
        hints = Image.fromarray(draw_hints(hints or [], result.image.size))
    areas, settled = result.areas, result.settled
    by_name = apart(settled.flats, areas, settled.parts) if by_color else []
    fallen = [] if result.shadows is None else [Image.fromarray(opaque(result.shadows))]
    layers = [
        Layer("Flats", Image.fromarray(opaque(settled.flats[areas]))),
        *(Layer(name, Image.fromarray(rgba_u8)) for name, rgba_u8 in by_name),
        Layer("Colors", Image.fromarray(opaque(result.colors))),
        *(Layer("Shadows", image, blend="multiply") for image in fallen),
        Layer("Hints", hints.convert("RGBA"), visible=False),
        Layer("Line-art", ink_alone(result.line), blend="multiply"),
    ]
    for layer in layers:
        layer.image.info = dpi_of(result.image)
    return layers


def ink_alone(line: Image.Image) -> Image.Image:
    """Return a line-art, "L", as black on nothing: RGBA, as opaque as it is dark."""
    ink = Image.new("RGBA", line.size)
    ink.putalpha(ImageChops.invert(line))
    return ink


def color_only(result: Colorization) -> Image.Image:
    """Return the color without its lines, RGBA, transparent where the background is left white.

    Laid on white paper and under the line-art on multiply it gives what Colors and Shadows give.
    White inside the figure stays, so that an eye or a shirt hides what is painted below it, unless
    a white hint says so. In what is left white a pixel is as transparent as it is near to white.
    """
    areas, colors, settled = result.areas, result.colors, result.settled
    if result.shadows is not None:
        colors = multiply(colors, result.shadows)
    unpainted = (settled.bare & (settled.flats.min(1) >= UNPAINTED))[areas][:, :, None]
    image = Image.fromarray(np.where(unpainted, white_to_alpha(colors), opaque(colors)))
    image.info = dpi_of(result.image)
    return image


def white_to_alpha(color_u8: np.ndarray) -> np.ndarray:
    """Return RGBA, uint8 (H, W, 4), as transparent as it can be and the same on white paper."""
    alpha = 255 - color_u8.min(2)
    rest = 255 - color_u8.astype(np.float32)
    ink = 255 - 255 * rest / np.maximum(alpha, 1)[:, :, None]
    return np.dstack([ink.round().clip(0, 255).astype(np.uint8), alpha])


def opaque(color_u8: np.ndarray) -> np.ndarray:
    """Return RGB bytes (H, W, 3) as RGBA."""
    return np.dstack([color_u8, np.full(color_u8.shape[:2], 255, np.uint8)])


def flatten_layers(layers: list[Layer]) -> Image.Image:
    """Return what a painting program shows: visible layers on white paper, RGB."""
    width, height = layers[0].image.size
    merged = Image.new("RGB", (width, height))
    for top in range(0, height, BAND):  # in bands: A4 at 600 dpi would take gigabytes at once
        band = (0, top, width, min(top + BAND, height))
        paper = np.full((band[3] - top, width, 3), 255, np.float32)
        for layer in layers:
            if layer.visible:
                rgba = np.asarray(layer.image.crop(band)).astype(np.float32)
                color, alpha = rgba[:, :, :3], rgba[:, :, 3:] / 255
                blended = paper * color / 255 if layer.blend == "multiply" else color
                paper += alpha * (blended - paper)
        merged.paste(Image.fromarray(paper.round().astype(np.uint8)), band)
    merged.info = dpi_of(layers[0].image)
    return merged


def write_ora(path: str | Path, layers: list[Layer]) -> None:
    """Write layers, given from bottom to top, as an OpenRaster file.

    After the specification's baseline (openraster.org, version 0.0.5): the entry `mimetype` comes
    first and is not compressed; stack.xml lists the layers from top to bottom.

    Raises:
        OSError: the file cannot be written.
    """
    merged = flatten_layers(layers)
    thumbnail = merged.copy()
    thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:  # PNG is compressed already
        file.writestr("mimetype", "image/openraster")
        file.writestr("stack.xml", _stack_xml(layers))
        for number, layer in enumerate(layers):
            file.writestr(f"data/layer{number}.png", _png(layer.image))
        file.writestr("mergedimage.png", _png(merged))
        file.writestr("Thumbnails/thumbnail.png", _png(thumbnail))


def _stack_xml(layers: list[Layer]) -> bytes:
    width, height = layers[0].image.size
    image = ElementTree.Element("image", version="0.0.5", w=str(width), h=str(height))
    for name, value in zip(("xres", "yres"), layers[0].image.info.get("dpi", ())):
        image.set(name, str(round(value)))
    stack = ElementTree.SubElement(image, "stack")
    for number, layer in reversed(list(enumerate(layers))):
        ElementTree.SubElement(
            stack,
            "layer",
            {
                "name": layer.name,
                "src": f"data/layer{number}.png",
                "x": "0",
                "y": "0",
                "opacity": "1.0",
                "visibility": "visible" if layer.visible else "hidden",
                "composite-op": OPERATIONS[layer.blend],
            },
        )
    return ElementTree.tostring(image, encoding="UTF-8", xml_declaration=True)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=3, **dpi_of(image))
    return buffer.getvalue()


def write_psd(path: str | Path, layers: list[Layer]) -> None:
    """Write layers, given from bottom to top, as a Photoshop file.

    Raises:
        OSError: the file cannot be written.
    """
    from psd_tools import PSDImage  # an import that only this file format needs
    from psd_tools.constants import BlendMode, ColorMode, Compression, Resource
    from psd_tools.psd import PSD
    from psd_tools.psd.header import FileHeader
    from psd_tools.psd.image_data import ImageData
    from psd_tools.psd.image_resources import ImageResource, ImageResources, ResoulutionInfo

    merged = flatten_layers(layers)
    header = FileHeader(
        channels=3, height=merged.height, width=merged.width, color_mode=ColorMode.RGB
    )
    picture = ImageData(Compression.RLE)
    picture.set_data([channel.tobytes() for channel in merged.split()], header)
    resources = ImageResources.new()
    if dpi := merged.info.get("dpi"):
        across, down = (round(value * 65536) for value in dpi)
        resolution = ResoulutionInfo(across, 1, 1, down, 1, 1)  # per inch, as all of Photoshop's
        key = Resource.RESOLUTION_INFO
        resources[key] = ImageResource(key=key.value, data=resolution)
    record = PSD(header=header, image_data=picture, image_resources=resources)
    document = PSDImage(record)
    for layer in layers:
        # from an array: from a picture its alpha would become a mask
        added = document.create_pixel_layer_from_array(
            np.asarray(layer.image),
            layer.name,
            blend_mode=BlendMode.MULTIPLY if layer.blend == "multiply" else BlendMode.NORMAL,
        )
        added.visible = layer.visible
    with open(path, "wb") as file:
        # not document.save: it would blend all layers again, which takes 40 s for six megapixels
        record.write(file)

"""Layers as OpenRaster and PSD, read back by other people's readers."""

import io
import struct
import zipfile
from xml.etree import ElementTree

import numpy as np
import psd_tools
import pyora
import pytest
from PIL import Image

from colorizer.images import load_image
from colorizer.layers import flatten_layers, picture_layers, write_ora, write_psd
from tests.support.layers import HINTS, NAMES, SIZES, colored, difference, random_result


@pytest.mark.parametrize("dpi", [None, (600.0, 300.0)])
def test_layers_keep_the_dpi(tmp_path, disk, dpi):
    result = colored(*disk)
    if dpi:
        result.image.info["dpi"] = dpi
    layers = picture_layers(result)
    write_ora(tmp_path / "a.ora", layers)
    write_psd(tmp_path / "a.psd", layers)
    for name in ("a.ora", "a.psd"):
        found = load_image(tmp_path / name).info.get("dpi", (0, 0))
        assert np.abs(np.subtract(found, dpi or (0, 0))).max() < 0.1
    with zipfile.ZipFile(tmp_path / "a.ora") as file:
        image = ElementTree.fromstring(file.read("stack.xml"))
    assert (image.get("xres"), image.get("yres")) == (("600", "300") if dpi else (None, None))


def test_an_ora_obeys_the_specification(disk, tmp_path):
    write_ora(tmp_path / "a.ora", picture_layers(colored(*disk), HINTS))
    with zipfile.ZipFile(tmp_path / "a.ora") as file:
        assert file.testzip() is None
        first = file.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert not first.extra
        assert file.read("mimetype") == b"image/openraster"
        stack = ElementTree.fromstring(file.read("stack.xml"))
        pictures = {n: file.read(n) for n in file.namelist() if n.endswith(".png")}
    raw = (tmp_path / "a.ora").read_bytes()  # so that a reader finds the type at byte 38
    assert raw[30:54] == b"mimetypeimage/openraster"
    assert (stack.tag, stack.get("w"), stack.get("h")) == ("image", "400", "300")
    assert stack.get("version")
    assert [child.tag for child in stack] == ["stack"]
    layers = list(stack[0])
    assert [layer.get("name") for layer in layers] == NAMES[::-1]  # the top layer comes first
    modes = [layer.get("composite-op") for layer in layers]
    assert modes == ["svg:multiply"] + ["svg:src-over"] * 3
    hidden = [layer.get("visibility") for layer in layers]
    assert hidden == ["visible", "hidden", "visible", "visible"]
    sources = {layer.get("src") for layer in layers}
    assert len(sources) == 4
    assert pictures.keys() == sources | {"mergedimage.png", "Thumbnails/thumbnail.png"}
    for content in pictures.values():
        depth, kind, _, _, interlaced = struct.unpack(">BBBBB", content[24:29])
        assert (depth, interlaced) == (8, 0)
        assert kind in (2, 6)  # RGB, RGBA
    assert Image.open(io.BytesIO(pictures["Thumbnails/thumbnail.png"])).size == (256, 192)


@pytest.mark.parametrize("size", SIZES)
def test_pyora_reads_and_renders_what_the_layers_flatten_to(size, rng, tmp_path):
    layers = picture_layers(random_result(size, rng), HINTS)
    write_ora(tmp_path / "a.ora", layers)
    project = pyora.Project.load(str(tmp_path / "a.ora"))
    assert project.dimensions == size
    assert [layer.name for layer in project.children][::-1] == NAMES
    read = {layer.name: layer for layer in project.children}
    assert [read[name].composite_op for name in NAMES] == ["svg:src-over"] * 3 + ["svg:multiply"]
    assert [read[name].visible for name in NAMES] == [True, True, False, True]
    for layer in layers:
        pixels = read[layer.name].get_image_data()
        assert np.array_equal(np.asarray(pixels), np.asarray(layer.image))
    merged = project.get_image_data(use_original=True)
    assert difference(merged, flatten_layers(layers)).max() == 0
    rendered = project.get_image_data()
    assert difference(rendered, flatten_layers(layers)).max() <= 2


@pytest.mark.parametrize("size", SIZES)
def test_psd_tools_reads_and_blends_what_the_layers_flatten_to(size, rng, tmp_path):
    layers = picture_layers(random_result(size, rng), HINTS)
    write_psd(tmp_path / "a.psd", layers)
    psd = psd_tools.PSDImage.open(tmp_path / "a.psd")
    assert (psd.size, psd.pil_mode) == (size, "RGB")
    assert [layer.name for layer in psd] == NAMES
    assert [layer.blend_mode.name for layer in psd] == ["NORMAL"] * 3 + ["MULTIPLY"]
    assert [layer.visible for layer in psd] == [True, True, False, True]
    assert not any(layer.has_mask() for layer in psd)
    for layer, read in zip(layers, psd):
        assert np.array_equal(np.asarray(read.topil().convert("RGBA")), np.asarray(layer.image))
    assert difference(psd.topil(), flatten_layers(layers)).max() == 0
    blended = psd.composite(ignore_preview=True, color=1.0, alpha=1.0)
    assert difference(blended, flatten_layers(layers)).max() <= 2

"""Layers of a colored line-art, as OpenRaster and PSD, read back by other people's readers."""

import io
import struct
import zipfile
from xml.etree import ElementTree

import cv2
import numpy as np
import psd_tools
import pyora
import pytest
from PIL import Image

from colorizer.images import load_image
from colorizer.layers import (
    Layer,
    color_only,
    flatten_layers,
    picture_layers,
    write_ora,
    write_psd,
)
from colorizer.preprocessing.hints import Hint, draw_hints
from colorizer.regions import (
    FullSize,
    enlarge_areas,
    enlarge_colors,
    find_regions,
    multiply,
    settle,
    walk_hints,
)
from colorizer.result import Colorization

NAMES = ["Flats", "Colors", "Hints", "Line-art"]
HINTS = [Hint(20, 30, 5, "#ff0000"), Hint(60, 30, 4, "#0000ff")]
SIZES = [(96, 64), (97, 65), (1, 1), (1, 300), (300, 1), (2, 3)]


def colored(line_u8, color_u8, hints=()):
    """A result whose color is multiplied by its line-art, as painted without a network."""
    regions, full = find_regions(line_u8, None), FullSize(line_u8, line_u8.shape)
    flow = walk_hints(regions, draw_hints(list(hints), line_u8.shape[::-1]))
    settled = settle(regions, flow, multiply(color_u8, line_u8), moved=bool(hints))
    image = Image.fromarray(multiply(enlarge_colors(settled.colors, full), line_u8))
    return Colorization(image, image, Image.fromarray(line_u8), 0.0, full, settled)


@pytest.fixture
def disk():
    """Line-art of a disk in a 400x300 picture; its color, blue on white, a lighter half within."""
    line, color = np.full((300, 400), 255, np.uint8), np.full((300, 400, 3), 255, np.uint8)
    cv2.circle(color, (200, 150), 100, (60, 90, 200), -1)
    color[:, 200:][color[:, 200:, 0] == 60] = (80, 110, 220)
    cv2.circle(line, (200, 150), 100, 0, 5, cv2.LINE_AA)
    return line, color


def random_result(size, rng):
    width, height = size
    line = rng.integers(0, 256, (height, width), dtype=np.uint8)
    return colored(line, rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def opaque_on_white(rgba):
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")


def difference(a, b):
    a, b = (np.asarray(i.convert("RGB")).astype(int) for i in (a, b))
    return np.abs(a - b).max(2)


@pytest.mark.parametrize("size", SIZES)
def test_layers_have_names_order_modes_and_the_pictures_size(size, rng):
    layers = picture_layers(random_result(size, rng), HINTS)
    assert [layer.name for layer in layers] == NAMES
    assert [layer.blend for layer in layers] == ["normal"] * 3 + ["multiply"]
    assert [layer.visible for layer in layers] == [True, True, False, True]
    assert {layer.image.size for layer in layers} == {size}
    assert {layer.image.mode for layer in layers} == {"RGBA"}


@pytest.mark.parametrize("hints", [[], HINTS])
def test_layers_flatten_to_the_result(disk, hints):
    result = colored(*disk, hints)
    assert difference(flatten_layers(picture_layers(result)), result.image).max() <= 1


def test_colors_have_no_line_and_keep_the_shading(disk):
    line, color = disk
    colors = picture_layers(colored(line, color))[1].image
    inner = cv2.circle(np.zeros(line.shape, np.uint8), (200, 150), 97, 1, -1) > 0
    inner[:, 185:215] = False
    assert difference(colors, Image.fromarray(color))[inner].max() <= 3
    assert np.asarray(colors)[:, :, :3].min() >= 50  # no dark pixel of the line is left


def test_flats_have_one_color_for_each_area_of_the_result(disk):
    flats = np.asarray(picture_layers(colored(*disk, [Hint(150, 150, 5, "#3c5ac8")]))[0].image)
    assert len(np.unique(flats.reshape(-1, 4), axis=0)) == 2
    assert flats[2, 2].tolist() == [255, 255, 255, 255]
    assert flats[150, 250].tolist() == [60, 90, 200, 255]


def two_boxes(scale):
    """Two boxes with a thin wall between them, and the number of the box of each pixel off ink."""
    line, box = np.full((100 * scale, 160 * scale), 255, np.uint8), np.zeros((100, 160), np.int32)
    for number, left in enumerate((10, 80), 1):
        a, b = (left * scale, 10 * scale), ((left + 70) * scale, 90 * scale)
        cv2.rectangle(line, a, b, 0, 3)
        box[10:90, left : left + 70] = number
    return line, box


@pytest.mark.parametrize("scale", [3, 8])
def test_colors_and_areas_end_at_the_ink_of_a_large_line_art(scale):
    line, box = two_boxes(scale)
    full = FullSize(line, box.shape)
    palette = np.array([[255, 255, 255], [200, 40, 30], [20, 90, 220]], np.uint8)
    colors, areas = enlarge_colors(palette[box], full), enlarge_areas(box, full)
    rows, columns = np.divmod(np.arange(line.size), line.shape[1])
    inside = (rows > 10 * scale) & (rows < 90 * scale)
    where = np.select(
        [
            inside & (columns > 10 * scale) & (columns < 80 * scale),
            inside & (columns > 80 * scale) & (columns < 150 * scale),
        ],
        [1, 2],
    ).reshape(line.shape)
    paper = line == 255
    assert (areas == where)[paper].all()
    assert np.abs(colors.astype(int) - palette[where])[paper].max() <= 1


def test_the_line_art_is_ink_on_nothing_and_looks_as_before(disk):
    line, color = disk
    layer = picture_layers(colored(line, color))[-1]
    rgba = np.asarray(layer.image)
    assert (rgba[:, :, :3] == 0).all()
    assert (rgba[:, :, 3] == 255 - line).all()
    ground = Layer("Colors", Image.new("RGBA", layer.image.size, (200, 100, 50, 255)))
    before = Layer("Line-art", Image.fromarray(line).convert("RGBA"), "multiply")
    assert flatten_layers([ground, layer]) == flatten_layers([ground, before])


def test_each_color_has_a_layer_and_together_they_are_the_flats(disk):
    line, color = disk
    layers = picture_layers(colored(line, color), by_color=True)
    names = [layer.name for layer in layers]
    assert [name for name in names if name in NAMES] == NAMES
    assert names[1:3] == ["White #ffffff, background", "Blue #4664d2"]
    flats, *apart = layers[:3]
    assert flatten_layers(apart) == flatten_layers([flats])


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


def test_color_only_is_transparent_outside_and_gives_the_colors_layer_on_white(disk):
    line, color = disk
    result = colored(line, color)
    alone = color_only(result)
    alpha = np.asarray(alone)[:, :, 3]
    outside = cv2.circle(np.ones(line.shape, np.uint8), (200, 150), 106, 0, -1) > 0
    inside = cv2.circle(np.zeros(line.shape, np.uint8), (200, 150), 97, 1, -1) > 0
    assert alpha[outside].max() == 0
    assert alpha[inside].min() == 255
    assert difference(opaque_on_white(alone), picture_layers(result)[1].image).max() <= 1


def test_a_hint_of_no_color_makes_white_inside_transparent_and_its_region_only(disk):
    line, color = disk
    for hint, alpha in (("#FFFFFF", 0), ("#fefefe", 255)):
        result = colored(line, np.full_like(color, 255), [Hint(200, 150, 5, hint)])
        assert np.asarray(color_only(result))[150, 200, 3] == alpha


def test_color_only_keeps_white_inside_and_painted_background(disk):
    line, color = disk
    white_inside = np.asarray(color_only(colored(line, np.full_like(color, 255))))
    assert white_inside[150, 200].tolist() == [255, 255, 255, 255]
    assert white_inside[5, 5, 3] == 0
    painted = np.asarray(color_only(colored(line, np.full_like(color, (150, 200, 250)))))
    assert (painted[:, :, 3] == 255).all()


def test_hints_may_be_a_picture(disk):
    line, color = disk
    strokes = Image.new("RGBA", (400, 300), (10, 200, 30, 90))
    layers = picture_layers(colored(line, color), strokes)
    assert layers[2].image.getpixel((7, 7)) == (10, 200, 30, 90)


def test_flatten_is_pillows_alpha_composite(rng):
    images = [Image.fromarray(rng.integers(0, 256, (9, 8, 4), dtype=np.uint8)) for _ in range(3)]
    layers = [Layer(str(n), image) for n, image in enumerate(images)]
    expected = Image.new("RGBA", (8, 9), "white")
    for image in images:
        expected = Image.alpha_composite(expected, image)
    assert difference(flatten_layers(layers), expected).max() <= 2


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

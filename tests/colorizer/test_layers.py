"""Layers of a colored line-art: what each holds, and that together they are the result."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from colorizer.layers import Layer, color_only, flatten_layers, picture_layers
from colorizer.preprocessing.hints import Hint
from colorizer.regions.full import FullSize, enlarge_areas, enlarge_colors, multiply
from tests.support.layers import HINTS, NAMES, SIZES, colored, difference, random_result


def opaque_on_white(rgba):
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")


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


def test_shadows_have_a_layer_of_their_own_and_lie_on_colors_only(disk, rng):
    plain = colored(*disk, HINTS)
    few = rng.integers(150, 256, (300, 400, 3), dtype=np.uint8)
    image = Image.fromarray(multiply(np.asarray(plain.image), few))
    result = replace(plain, image=image, settled=replace(plain.settled, shadows=few))
    layers = picture_layers(result, HINTS)
    assert [layer.name for layer in layers] == ["Flats", "Colors", "Shadows", "Hints", "Line-art"]
    assert layers[2].blend == "multiply"
    assert np.array_equal(np.asarray(layers[2].image)[:, :, :3], few)
    assert difference(flatten_layers(layers), image).max() <= 1
    wanted = Image.fromarray(multiply(plain.colors, few))
    assert difference(opaque_on_white(color_only(result)), wanted).max() <= 1


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

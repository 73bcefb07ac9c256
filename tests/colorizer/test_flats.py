"""Flat colors apart: their groups and names."""

import numpy as np

from colorizer.flats import MOST_GROUPS, apart, color_groups, color_name, part_names
from colorizer.models.regions import PARTS


def test_like_colors_share_a_group_and_others_do_not():
    colors = np.array([[250, 250, 250], [254, 254, 254], [200, 60, 60], [204, 62, 58]], np.uint8)
    groups, found = color_groups(colors, np.array([10, 30, 5, 9]))
    assert groups.tolist() == [0, 0, 1, 1]
    assert found.tolist() == [[254, 254, 254], [204, 62, 58]]


def test_there_are_never_more_groups_than_the_limit(rng):
    colors = rng.integers(0, 256, (300, 3), dtype=np.uint8)
    groups, found = color_groups(colors, np.arange(300) + 1)
    assert len(found) == groups.max() + 1 == MOST_GROUPS


def test_colors_have_the_names_that_people_use():
    named = {"#f8d9c0": "Beige", "#7a5cc7": "Violet", "#fefefe": "White", "#2f2a33": "Black"}
    for number, name in named.items():
        color = np.array(list(bytes.fromhex(number[1:])), np.uint8)
        assert color_name(color) == f"{name} {number}"


def test_a_part_names_the_layers_that_are_mostly_of_it():
    groups = np.repeat([[0, 1, 2]], 30, 0).repeat(20, 1)
    parts = np.zeros((15, 30), int)
    parts[:, 10:20] = PARTS.index("hair")
    parts[:, 20:] = PARTS.index("rest")
    assert part_names(groups, parts, 3) == ["background", "hair", ""]


def test_each_pixel_is_in_one_layer(rng):
    regions = rng.integers(0, 50, (40, 60)).astype(np.int32)
    colors = rng.integers(0, 256, (50, 3), dtype=np.uint8)
    layers = [layer for _, layer in apart(colors, regions)]
    assert (sum((layer[:, :, 3] == 255).astype(int) for layer in layers) == 1).all()
    for layer in layers:
        assert (layer[:, :, :3] == colors[regions]).all()

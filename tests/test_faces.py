"""The tone of a face, and the places of the thirty faces; needs no pictures."""

import numpy as np
import pytest

from eval.metrics import to_lab
from tests.faces import Head, judge, list_heads, tone

MONK = ["f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a"]
SKINS = [f"#{color}" for color in MONK] + ["#fff0e6", "#ffe0bd", "#f4d8bc", "#e0ac69", "#c68642"]
OTHERS = {
    "#9b59d0": "purple",
    "#d8b8e8": "purple",
    "#60b060": "green",
    "#c0e0b8": "green",
    "#80a8e8": "blue",
    "#ffffff": "gray",
    "#909090": "gray",
    "#101010": "gray",
    "#f0e030": "yellow",
    "#d01050": "red",
    "#e07000": "too strong, dark or light",
}
HEAD = Head("a/b.webp", [50, 75, 20, 15], [[50, 25, 20, 15]])


def rgb(text):
    return np.array(list(bytes.fromhex(text[1:])), np.uint8)


def drawn(face, hair):
    """Hair above, a face below, and a line between them that is in neither's color."""
    color = np.empty((80, 60, 3), np.uint8)
    color[:40], color[40:] = rgb(hair), rgb(face)
    line = np.full((80, 60), 255, np.uint8)
    color[55:60], line[55:60] = 0, 0
    return color, line


@pytest.mark.parametrize("color", SKINS)
def test_skins_from_pale_to_dark_brown_are_skin(color):
    assert tone(to_lab(rgb(color)[None, None])[0, 0]) == "skin"


@pytest.mark.parametrize(("color", "name"), OTHERS.items())
def test_other_colors_are_not(color, name):
    assert tone(to_lab(rgb(color)[None, None])[0, 0]) == name


def test_a_face_is_judged_by_its_paper_and_compared_with_its_hair():
    found, distance = judge(*drawn("#ffe0bd", "#5a3825"), HEAD)
    assert found == "skin"
    assert distance > 30
    assert judge(*drawn("#9b59d0", "#9b59d0"), HEAD) == ("purple", 0)


def test_thirty_faces_lie_in_their_pictures_and_apart_from_their_hair():
    heads = list_heads()
    assert len({head.name for head in heads}) == 30
    for head in heads:
        assert head.hair
        for x, y, rx, ry in (head.face, *head.hair):
            assert 0 <= x - rx < x + rx <= 100
            assert 0 <= y - ry < y + ry <= 100


def test_a_sheet_shows_a_square_around_face_and_hair():
    rows, columns = HEAD.box((800, 600))
    assert rows.stop - rows.start == columns.stop - columns.start == 600
    small = Head("a/b.webp", [10, 10, 4, 3], [[10, 4, 4, 3]])
    rows, columns = small.box((800, 600))
    assert rows.start == 0
    assert 0 <= columns.start < 36 < 84 < columns.stop

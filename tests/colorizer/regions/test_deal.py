"""The automatic palette: where its hints lie and which colors they take."""

import dataclasses

import cv2
import numpy as np
import pytest

from colorizer import Colorizer, Hint
from colorizer.images import InputError
from colorizer.models.regions import PARTS
from colorizer.preprocessing.hints import draw_hints, hex_color
from colorizer.regions import (
    FullSize,
    automatic_hints,
    figure_colors,
    fill_open,
    find_regions,
    guess_colors,
    reach_cells,
)
from colorizer.regions.cells import SMALLEST
from colorizer.regions.deal import FIXED, PALETTES

SQUARES = {"hair": (60, 60), "skin": (300, 60), "iris": (60, 300), "mouth": (300, 300)}


def squares(side=80):
    """Return a 512 line-art of four boxes and one too small for a hint."""
    line = np.full((512, 512), 255, np.uint8)
    for x, y in SQUARES.values():
        cv2.rectangle(line, (x, y), (x + side, y + side), 0, 3)
    cv2.rectangle(line, (450, 450), (454, 454), 0, 3)
    return line


def told(line, parts=None):
    """Return regions in which the boxes are the parts of their names, all else background."""
    regions = find_regions(line, None)
    chances = np.zeros((len(regions.areas), len(PARTS)))
    chances[:, 0] = 1
    for name, (x, y) in SQUARES.items():
        cell = np.unique(regions.cells[y + 4 : y + 76, x + 4 : x + 76])
        chances[cell] = np.eye(len(PARTS))[PARTS.index((parts or {}).get(name, name))]
    return dataclasses.replace(regions, parts=chances, background=chances[:, 0] == 1)


def color_in(hints, name):
    """Return the only color of the hints in a box."""
    x, y = SQUARES[name]
    (color,) = {h.color for h in hints if x < h.x < x + 80 and y < h.y < y + 80}
    return color


def ground_of(hints):
    """Return the only color of the hints off the boxes."""
    boxes = [(x, y) for x, y in SQUARES.values()]
    (color,) = {
        h.color for h in hints if not any(x < h.x < x + 80 and y < h.y < y + 80 for x, y in boxes)
    }
    return color


def test_each_place_holds_one_hint_on_paper():
    line = squares()
    hints = automatic_hints(find_regions(line, None))
    _, boxes = cv2.connectedComponents((line == 255).astype(np.uint8), connectivity=4)
    held = {int(boxes[int(h.y), int(h.x)]) for h in hints}
    large = np.bincount(boxes.ravel())[1:] >= SMALLEST * line.size
    assert held == set(np.nonzero(large)[0] + 1)


def test_a_hint_lies_in_the_widest_spot_of_its_place():
    hints = automatic_hints(find_regions(squares(), None))
    for x, y in SQUARES.values():
        assert min(np.hypot(h.x - x - 40, h.y - y - 40) for h in hints) < 4


@pytest.mark.parametrize("seed", range(len(PALETTES)))
def test_parts_take_their_colors(seed):
    hints = automatic_hints(told(squares()), seed=seed)
    ground, hair, *_, iris = PALETTES[seed]
    found = {name: color_in(hints, name) for name in SQUARES}
    assert found == {"hair": hair, "skin": FIXED["skin"], "iris": iris, "mouth": FIXED["mouth"]}
    assert ground_of(hints) == ground


def test_rooms_of_one_place_get_one_hint_whatever_parts_they_seem():
    line = np.full((256, 512), 255, np.uint8)
    cv2.rectangle(line, (60, 60), (400, 180), 0, 3)
    for y in (60, 150):
        cv2.rectangle(line, (228, y), (232, y + 30), 0, -1)
    regions = find_regions(line, None)
    left, right = regions.cells[120, 140], regions.cells[120, 320]
    assert left != right
    chances = regions.parts.copy()
    chances[left], chances[right] = np.eye(len(PARTS))[[PARTS.index("hair"), PARTS.index("skin")]]
    hints = automatic_hints(dataclasses.replace(regions, parts=chances))
    assert sum(60 < h.x < 400 and 60 < h.y < 180 for h in hints) == 1


@pytest.mark.parametrize("people", [True, False])
def test_a_picture_without_people_begins_with_the_last_palette(people):
    regions = told(squares(), None if people else dict.fromkeys(SQUARES, "upper cloth"))
    regions = dataclasses.replace(regions, likeness=(0.0, -9.0))  # no shades
    deals = [{h.color for h in automatic_hints(regions, seed=seed)} for seed in range(2)]
    begin = 0 if people else len(PALETTES) - 1
    for seed, dealt in enumerate(deals):
        assert dealt <= {*PALETTES[(begin + seed) % len(PALETTES)], *FIXED.values()}


def test_variations_differ_in_hair_and_not_in_skin():
    deals = [automatic_hints(told(squares()), seed=seed) for seed in range(12)]
    assert len({color_in(hints, "hair") for hints in deals}) > 6
    assert {color_in(hints, "skin") for hints in deals} == {FIXED["skin"]}


def test_both_whites_of_eyes_are_white_and_what_is_alike_shares_a_color():
    eyes = dict.fromkeys(("hair", "skin"), "white of the eye")
    regions = told(squares(), eyes | dict.fromkeys(("iris", "mouth"), "upper cloth"))
    hints = automatic_hints(dataclasses.replace(regions, likeness=(0.0, 9.0)))
    assert {color_in(hints, "hair"), color_in(hints, "skin")} == {"#ffffff"}
    assert color_in(hints, "iris") == color_in(hints, "mouth")
    apart = automatic_hints(dataclasses.replace(regions, likeness=(0.0, -9.0)))
    assert color_in(apart, "iris") != color_in(apart, "mouth")


@pytest.mark.parametrize("palette", [None, ["#ffffff", "#203080"]], ids=["light", "dark"])
def test_what_may_be_alike_gets_a_shade_of_the_color(palette):
    regions = told(squares(), dict.fromkeys(("iris", "mouth"), "upper cloth"))
    hints = automatic_hints(dataclasses.replace(regions, likeness=(0.0, -1.0)), palette)
    rgb = np.float32([[Hint(0, 0, 0, color_in(hints, name)).rgb for name in ("iris", "mouth")]])
    one, shade = cv2.cvtColor(rgb / 255, cv2.COLOR_RGB2LAB)[0]
    assert abs(abs(shade[0] - one[0]) - 13) < 1
    assert shade[1:] == pytest.approx(one[1:], abs=8 if palette else 2)  # a dark blue's gamut ends


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_blank_picture_gets_one_hint_at_most(value):
    assert len(automatic_hints(find_regions(np.full((64, 96), value, np.uint8), None))) <= 1


def test_the_colorizer_deals_a_palette_on_request(spread_checkpoint):
    colorizer = Colorizer.from_pretrained(spread_checkpoint, device="cpu")
    colorizer._known = lambda picture: (FullSize(squares(), (512, 512)), told(squares()))
    asked = {hint.color for hint in colorizer.deal(squares())}
    flats = colorizer(squares(), rest="automatic").settled.flats
    assert asked <= {hex_color(flat) for flat in flats}
    alone = {hex_color(flat) for flat in colorizer(squares()).settled.flats}
    assert asked & alone <= set(FIXED.values())


def test_a_guess_is_sure_of_nothing_and_shows_a_white_background():
    regions = told(squares())
    flow = guess_colors(regions)
    assert not flow.sure.any()
    assert not flow.likely.any()
    background = regions.background[regions.cells]
    assert (flow.palette[flow.labels[background]] == 255).all()
    guessed = {hex_color(color) for color in flow.palette[np.unique(flow.labels[~background])]}
    assert len(guessed) > 1
    assert "#ffffff" not in guessed


def test_a_hint_on_ink_alone_leaves_all_to_a_guess(spread_checkpoint):
    colorizer = Colorizer.from_pretrained(spread_checkpoint, device="cpu")
    hinted = colorizer(squares(), [Hint(100, 60, 1, "#3ca050")])
    assert (hinted.settled.areas == colorizer(squares()).settled.areas).all()


def beside(*hints, **likeness):
    """Return what is dealt out beside hints, of parts and likeness as told."""
    regions = told(squares(), likeness.pop("parts", None))
    regions = dataclasses.replace(regions, **likeness)
    return fill_open(regions, reach_cells(regions, draw_hints(list(hints), (512, 512))))


def test_places_that_hints_reach_are_left_to_them():
    hints = beside(Hint(100, 100, 4, "#123456"))
    assert not [h for h in hints if 60 < h.x < 140 and 60 < h.y < 140]
    assert color_in(hints, "skin") == FIXED["skin"]
    assert ground_of(hints) == PALETTES[0][0]


@pytest.mark.parametrize("part", ["hair", "upper cloth"])
def test_what_is_like_a_hints_place_takes_its_color_and_the_rest_stays(part):
    parts, dab = {"hair": part, "mouth": part, "iris": "lower cloth"}, Hint(100, 100, 4, "#123456")
    before = beside(parts=parts, likeness=(0.0, 9.0))
    after = beside(dab, parts=parts, likeness=(0.0, 9.0))
    assert color_in(after, "mouth") == dab.color != color_in(before, "mouth")
    assert color_in(after, "skin") == color_in(before, "skin") == FIXED["skin"]
    unlike = beside(dab, parts=parts, likeness=(0.0, -9.0))
    for name in ("skin", "iris", "mouth"):
        expected = color_in(beside(parts=parts, likeness=(0.0, -9.0)), name)
        assert color_in(unlike, name) == expected


def test_a_place_in_doubt_that_may_be_like_a_hints_is_left_to_the_network():
    regions = told(squares())
    chances = 0.6 * regions.parts + 0.05
    doubtful = dataclasses.replace(regions, parts=chances / chances.sum(1, keepdims=True))
    reaches = [
        reach_cells(doubtful, draw_hints(hints, (512, 512)))
        for hints in ([], [Hint(100, 100, 4, "#123456")])
    ]
    alone, together = (fill_open(doubtful, reach) for reach in reaches)
    assert len(alone) >= len(SQUARES)
    assert together == []
    unlike = fill_open(dataclasses.replace(doubtful, likeness=(0.0, -9.0)), reaches[1])
    assert color_in(unlike, "skin") == FIXED["skin"]


def test_the_next_dab_leaves_the_other_parts_as_they_are(spread_checkpoint):
    colorizer = Colorizer.from_pretrained(spread_checkpoint, device="cpu")
    skin, *dabs = Hint(340, 100, 4, "#e0b090"), Hint(100, 100, 4, "#123456")
    colorizer._known = lambda picture: (FullSize(squares(), (512, 512)), told(squares()))
    first, second = (
        np.asarray(colorizer(squares(), h, rest="automatic").image) for h in (dabs, [*dabs, skin])
    )
    boxes = {n: np.s_[y + 5 : y + 75, x + 5 : x + 75] for n, (x, y) in SQUARES.items()}
    assert (first[boxes["hair"]] == (0x12, 0x34, 0x56)).all()
    assert hex_color(np.median(first[boxes["skin"]].reshape(-1, 3), 0)) == FIXED["skin"]
    for name in ("hair", "iris", "mouth"):
        assert (first[boxes[name]] == second[boxes[name]]).all()
    assert (second[boxes["skin"]] == (0xE0, 0xB0, 0x90)).all()


def test_a_references_colors_are_dealt_out_on_white():
    palette = ["#203080", "#c0d0a0", "#a03020"]
    hints = automatic_hints(told(squares()), palette, parts={"skin": "#aa8877"})
    assert ground_of(hints) == "#ffffff"
    assert color_in(hints, "hair") in {"#203080", "#a03020"}
    assert color_in(hints, "skin") == "#aa8877"


def test_another_seed_deals_the_same_references_colors_otherwise():
    palette = ["#203080", "#c0d0a0", "#a03020", "#30a050", "#8030a0"]
    regions = told(squares())
    deals = {tuple(h.color for h in automatic_hints(regions, palette, seed)) for seed in range(4)}
    assert len(deals) >= 3


def test_a_color_that_is_none_is_refused():
    with pytest.raises(InputError, match="red"):
        automatic_hints(told(squares()), ["red"])


def test_a_figure_has_colors_of_skin_and_hair_and_a_landscape_none():
    line = squares()
    color = np.full((512, 512, 3), 255, np.uint8)
    for name, rgb in (("hair", (90, 60, 40)), ("skin", (240, 200, 170))):
        x, y = SQUARES[name]
        color[y : y + 80, x : x + 80] = rgb
    assert figure_colors(color, told(line)) == {"skin": "#f0c8aa", "hair": "#5a3c28"}
    assert figure_colors(color, find_regions(line, None)) == {}

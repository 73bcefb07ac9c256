"""Automatic hints: where they lie and which colors they take."""

import cv2
import numpy as np
import pytest
from skimage.color import rgb2lab

from colorizer import Colorizer
from colorizer.images import InputError
from colorizer.preprocessing.automatic import GROUND, PALETTES, SMALLEST, automatic_hints
from colorizer.preprocessing.face import find_face
from colorizer.preprocessing.hints import Hint


@pytest.fixture
def boxes() -> np.ndarray:
    """Return a 512 line-art of four boxes: two alike, one large, one too small for a hint."""
    line = np.full((512, 512), 255, np.uint8)
    for x, y, side in ((60, 60, 80), (300, 60, 80), (100, 250, 200), (400, 400, 9)):
        cv2.rectangle(line, (x, y), (x + side, y + side), 0, 3)
    return line


def test_each_region_holds_one_hint_on_paper(boxes):
    hints = automatic_hints(boxes)
    _, regions = cv2.connectedComponents((boxes == 255).astype(np.uint8), connectivity=4)
    held = [int(regions[int(h.y), int(h.x)]) for h in hints]
    large = np.bincount(regions.ravel())[1:] >= SMALLEST * boxes.size
    assert 0 not in held
    assert sorted(held) == (np.nonzero(large)[0] + 1).tolist()


def test_a_hint_lies_in_the_widest_place_of_its_region(boxes):
    centers = {(h.x, h.y) for h in automatic_hints(boxes)}
    for x, y in ((100, 100), (340, 100), (200, 350)):
        assert min(np.hypot(cx - x, cy - y) for cx, cy in centers) < 4


def test_background_is_pale_and_alike_regions_share_a_color(boxes):
    by_place = {(h.x // 200, h.y // 200): h.color for h in automatic_hints(boxes, seed=1)}
    inner = {h.color for h in automatic_hints(boxes, seed=1) if 60 < h.y < 140 and 60 < h.x < 380}
    assert PALETTES[1][0] in by_place.values()
    assert len(inner - {PALETTES[1][0]}) == 1


def test_a_seed_names_palette_and_deal(boxes):
    assert automatic_hints(boxes, seed=3) == automatic_hints(boxes, seed=3)
    assert {h.color for h in automatic_hints(boxes, seed=3)} <= set(PALETTES[3])
    assert automatic_hints(boxes, seed=0) != automatic_hints(boxes, seed=1)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_blank_picture_gets_one_hint_at_most(value):
    assert len(automatic_hints(np.full((64, 96), value, np.uint8))) <= 1


def test_the_colorizer_deals_a_palette_on_request(spread_checkpoint, boxes):
    colorizer = Colorizer.from_pretrained(spread_checkpoint, device="cpu")
    alone, dealt = (np.asarray(colorizer(boxes, h).image) for h in (None, "automatic"))
    assert np.ptp(alone.astype(int), 2).max() < 8 < np.ptp(dealt.astype(int), 2).max()


@pytest.fixture
def portrait() -> np.ndarray:
    """Return a 512 line-art of a head with two eyes of white and iris, and a neck."""
    line = np.full((512, 512), 255, np.uint8)
    cv2.rectangle(line, (220, 340), (290, 440), 0, 3)
    cv2.ellipse(line, (256, 220), (110, 140), 0, 0, 360, 255, -1)
    cv2.ellipse(line, (256, 220), (110, 140), 0, 0, 360, 0, 3)
    for x in (206, 306):
        cv2.circle(line, (x, 200), 24, 0, 3)
        cv2.circle(line, (x, 200), 10, 0, 3)
    return line


def color_at(line, x, y, **options):
    """The color of the hint in the closed region that holds a pixel."""
    _, regions = cv2.connectedComponents((line == 255).astype(np.uint8), connectivity=4)
    hints = automatic_hints(line, **options)
    return next(h.color for h in hints if regions[int(h.y), int(h.x)] == regions[y, x])


@pytest.mark.parametrize("seed", range(len(PALETTES)))
def test_a_face_and_its_neck_get_skin_and_eyes_their_whites(portrait, seed):
    paper, skin = PALETTES[seed][:2]
    found = [color_at(portrait, x, y, seed=seed) for x, y in ((256, 280), (256, 400))]
    assert found == [skin, skin]
    assert [color_at(portrait, x, 183, seed=seed) for x in (206, 306)] == [paper, paper]
    assert color_at(portrait, 5, 5, seed=seed) == paper


def test_one_eye_makes_no_face(portrait):
    cv2.circle(portrait, (306, 200), 30, 255, -1)
    _, regions = cv2.connectedComponents((portrait == 255).astype(np.uint8), connectivity=4)
    assert find_face(regions, np.zeros(regions.max() + 1, bool)) == ([], [])


def test_a_references_colors_are_dealt_out_on_a_light_background(boxes):
    palette = ["#203080", "#c0d0a0", "#a03020"]
    colors = {h.color for h in automatic_hints(boxes, palette)}
    ground = color_at(boxes, 5, 5, palette=palette)
    assert colors - {ground} <= {"#203080", "#a03020"}
    light = rgb2lab(np.array(list(bytes.fromhex(ground[1:]))) / 255)[0]
    assert light == pytest.approx(GROUND, abs=2)


def test_another_seed_deals_the_same_references_colors_otherwise(boxes):
    palette = ["#203080", "#c0d0a0", "#a03020", "#30a050", "#8030a0"]
    deals = {tuple(h.color for h in automatic_hints(boxes, palette, seed)) for seed in range(4)}
    assert len(deals) >= 3


def test_a_color_that_is_none_is_refused(boxes):
    with pytest.raises(InputError, match="red"):
        automatic_hints(boxes, ["red"])


def test_a_larger_line_art_gets_the_same_hints_in_its_own_pixels(boxes):
    large = cv2.resize(boxes, (1024, 1024), interpolation=cv2.INTER_NEAREST)
    expected = [Hint(h.x * 2, h.y * 2, h.r * 2, h.color) for h in automatic_hints(boxes)]
    assert automatic_hints(large) == expected

"""Automatic hints: where they lie and which colors they take."""

import cv2
import numpy as np
import pytest

from colorizer import Colorizer
from colorizer.preprocessing.automatic import PALETTES, SMALLEST, automatic_hints


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

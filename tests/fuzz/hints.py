"""Hints files, and damage done to their text and to their values."""

import json

import numpy as np

from .pictures import spoiled

HINTS = [{"x": 3, "y": 4.5, "r": 2, "color": "#10ff7f"}, {"x": 50, "y": 1, "color": "#ABCDEF"}]
SEED = {"width": 60, "height": 40, "hints": HINTS}
VALUES = (
    *("null", "true", "0", "-1", "1e308", "-1e308", "5e-324", "NaN", "-Infinity", "1e999"),
    *("1" + "0" * 400, "1" + "0" * 5000, '""', '"x"', '"#10ff7f\\n"', '"#\u0661\u0662\u0663456"'),
    *(
        '"\\ud800"',
        '"\\u0000"',
        f'"{"a" * 400}"',
        "[]",
        "[[]]",
        "{}",
        f"[{{}}, {json.dumps(SEED)}]",
    ),
)
"""JSON that may stand where a number, a color or a list should."""


def damaged(rng: np.random.Generator) -> bytes:
    """Return a hints file with faults in its values, its text or both."""
    sheet = json.loads(json.dumps(SEED))
    for _ in range(rng.integers(3)):
        _with_fault(sheet, rng)
    text = "[" * int(rng.integers(1, 5000)) if rng.random() < 0.02 else json.dumps(sheet)
    for number, value in enumerate(VALUES):
        text = text.replace(f'"VALUE {number}"', value)
    content = text.encode()
    return spoiled(content, rng) if rng.random() < 0.5 else content


def _with_fault(sheet: dict, rng: np.random.Generator) -> None:
    hints = sheet.get("hints")
    places = [sheet, *(hints if isinstance(hints, list) else [])]
    place = places[rng.integers(len(places))]
    if not place:
        return
    key = list(place)[rng.integers(len(place))]
    if rng.random() < 0.2:
        del place[key]
    else:
        place[key] = f"VALUE {rng.integers(len(VALUES))}"

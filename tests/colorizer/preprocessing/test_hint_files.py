"""Hints as JSON: what is read, scaled, and refused with the value."""

import json
import math

import pytest

from colorizer.images import InputError
from colorizer.preprocessing.hints import (
    MAX_HINTS,
    MAX_TEXT,
    Hint,
    hints_to_json,
    parse_hints,
    read_hints,
)

POINT = {"x": 1, "y": 2, "r": 3, "color": "#a1b2c3"}


def sheet(points, width=10, height=8):
    return {"width": width, "height": height, "hints": points}


def test_hints_survive_json_exactly():
    hints = [Hint(0.1, 7.25, 1 / 3, "#00ff7f"), Hint(3, 4, 0, "#FFFFFF")]
    text = json.dumps(hints_to_json(hints, (10, 8)))
    wanted = [hints[0], Hint(3, 4, 0, "#ffffff")]
    assert parse_hints(text) == parse_hints(text, (10, 8)) == wanted


def test_hints_are_scaled_to_the_picture():
    [hint] = parse_hints(sheet([POINT]), (40, 8))
    assert (hint.x, hint.y) == (4, 2)
    assert hint.r == pytest.approx(3 * math.sqrt(4))  # four times the area


def test_a_radius_may_be_left_out():
    assert parse_hints(sheet([{"x": 1, "y": 2, "color": "#000000"}])) == [Hint(1, 2, 0, "#000000")]


def test_a_hints_file_is_read(tmp_path):
    (tmp_path / "hints.json").write_text(json.dumps(sheet([POINT])))
    assert read_hints(tmp_path / "hints.json") == [Hint(1, 2, 3, "#a1b2c3")]


def test_a_hints_file_of_bytes_is_named(tmp_path):
    (tmp_path / "hints.json").write_bytes(b"\x89PNG\xff")
    with pytest.raises(InputError, match=r"hints\.json is no JSON text"):
        read_hints(tmp_path / "hints.json")


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{", "no JSON"),
        ("[]", "three keys"),
        ({"width": 5, "hints": []}, "three keys"),
        (sheet([], width=0), "side of 0"),
        (sheet([], height=-3), "side of -3"),
        (sheet([], width="5"), "side of '5'"),
        (sheet([], width=True), "side of True"),
        (sheet([], width=math.inf), "side of inf"),
        (sheet([], width=math.nan), "side of nan"),
        (sheet({}), "is a dict"),
        (sheet([POINT] * (MAX_HINTS + 1)), f"{MAX_HINTS + 1} hints; the limit is {MAX_HINTS}"),
        (sheet([3]), "The hint 3 needs x, y and color"),
        (sheet([{"x": 1, "y": 2}]), "needs x, y and color"),
        (sheet([POINT | {"x": "1"}]), "x is '1'"),
        (sheet([POINT | {"y": None}]), "y is None"),
        (sheet([POINT | {"x": math.nan}]), "x is nan"),
        (sheet([POINT | {"y": True}]), "y is True"),
        (sheet([POINT | {"r": -1}]), "r is -1"),
        (sheet([POINT | {"color": "red"}]), "color is 'red'"),
        (sheet([POINT | {"color": "#12345"}]), "color is '#12345'"),
        (sheet([POINT | {"color": "#1234567"}]), "color is '#1234567'"),
        (sheet([POINT | {"color": 255}]), "color is 255"),
    ],
)
def test_bad_hints_are_refused_with_the_value(source, sentence):
    with pytest.raises(InputError) as caught:
        parse_hints(source)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["x", "r"])
@pytest.mark.parametrize("value", ["1" + "0" * 400, "1" + "0" * 5000], ids=["400", "5000"])
def test_a_number_of_hundreds_of_digits_is_refused(key, value):
    text = json.dumps(sheet([POINT | {key: 7}])).replace(f'"{key}": 7', f'"{key}": {value}')
    with pytest.raises(InputError):
        parse_hints(text, (20, 20))


def test_a_text_longer_than_all_hints_need_is_refused_before_it_is_parsed(tmp_path):
    text = json.dumps(sheet([POINT])) + " " * MAX_TEXT
    (tmp_path / "hints.json").write_text(text)
    for read in (lambda: parse_hints(text), lambda: read_hints(tmp_path / "hints.json")):
        with pytest.raises(InputError, match=f"longer than {MAX_TEXT} characters"):
            read()
    full = sheet([POINT | {"x": 1234.5678901234567, "y": 1 / 3, "r": 1 / 3}] * MAX_HINTS)
    assert len(parse_hints(json.dumps(full, indent=4))) == MAX_HINTS


def test_a_hints_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"Cannot open .*hints\.json: No such file"):
        read_hints(tmp_path / "hints.json")


def test_nesting_without_end_is_refused():
    with pytest.raises(InputError):
        parse_hints("[" * 100_000)

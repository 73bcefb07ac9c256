"""A drawing as one file: what is written is read again, and what is no drawing is named."""

import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from colorizer.__main__ import main
from colorizer.document import HINTS, LINE_ART, SETTINGS, Document, read_document, write_document
from colorizer.images import InputError
from colorizer.preprocessing.hints import Hint


@pytest.fixture
def drawing(make_line) -> Document:
    line_art = Image.fromarray(make_line(90, 60)).convert("RGB")
    return Document(line_art, [Hint(10, 20, 3, "#ff0000"), Hint(50, 30, 2.5, "#00ff00")], {"a": 1})


def rewritten(path, **parts):
    """Replace parts of the zip at `path`; None leaves one out."""
    with zipfile.ZipFile(path) as file:
        contents = {name: file.read(name) for name in file.namelist()} | parts
    with zipfile.ZipFile(path, "w") as file:
        for name, content in contents.items():
            if content is not None:
                file.writestr(name, content)


def test_a_document_is_read_as_it_was_written(drawing, tmp_path) -> None:
    write_document(tmp_path / "a.lineart", drawing)
    again = read_document(tmp_path / "a.lineart")
    assert np.array_equal(again.line_art, drawing.line_art)
    assert (again.hints, again.settings) == (drawing.hints, drawing.settings)


def test_settings_may_be_missing_and_hints_scale_to_the_line_art(drawing, tmp_path) -> None:
    path = tmp_path / "a.lineart"
    write_document(path, drawing)
    half = {"width": 45, "height": 30, "hints": [{"x": 5, "y": 10, "color": "#ff0000"}]}
    rewritten(path, **{SETTINGS: None, HINTS: json.dumps(half)})
    again = read_document(path)
    assert again.settings == {}
    assert again.hints == [Hint(10, 20, 0, "#ff0000")]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({LINE_ART: None}, r"holds no line-art\.png"),
        ({HINTS: None}, r"holds no hints\.json"),
        ({LINE_ART: b"no picture"}, "no saved drawing, or damaged"),
        ({HINTS: b"[1]"}, "three keys"),
        ({HINTS: b"\xff"}, "no saved drawing, or damaged"),
        ({SETTINGS: b"{"}, "no saved drawing, or damaged"),
        ({SETTINGS: b"[]"}, "settings are list; wanted is a JSON object"),
        ({SETTINGS: bytes(20_000_001)}, "settings.json has 20.0 MB; the limit is 20 MB"),
    ],
)
def test_a_spoiled_document_is_named(drawing, tmp_path, parts, message) -> None:
    path = tmp_path / "a.lineart"
    write_document(path, drawing)
    rewritten(path, **parts)
    with pytest.raises(InputError, match=message):
        read_document(path)


def test_a_file_that_is_no_zip_is_named(tmp_path) -> None:
    (tmp_path / "a.lineart").write_bytes(b"PK no zip")
    with pytest.raises(InputError, match="no saved drawing, or damaged"):
        read_document(tmp_path / "a.lineart")


@pytest.mark.parametrize(("place", "value"), [("content", 0xFF), ("encrypted", 1)])
def test_a_damaged_or_locked_part_is_named(drawing, tmp_path, place, value) -> None:
    path = tmp_path / "a.lineart"
    write_document(path, drawing)
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
        start = file.getinfo(HINTS).header_offset
    spoiled = bytearray(path.read_bytes())
    if place == "content":
        spoiled[start + 30 + len(HINTS)] = value  # no deflate block begins like this
    else:
        entry = spoiled.rindex(HINTS.encode()) - 46
        spoiled[entry + 8] |= value  # the flag of encryption in the directory
        spoiled[start + 6] |= value
    path.write_bytes(spoiled)
    with pytest.raises(InputError, match="no saved drawing, or damaged"):
        read_document(path)


def test_the_command_line_colors_a_document_with_its_hints(
    drawing, tmp_path, spread_checkpoint
) -> None:
    write_document(tmp_path / "a.lineart", drawing)
    drawing.line_art.save(tmp_path / "a.png")
    with zipfile.ZipFile(tmp_path / "a.lineart") as file:
        (tmp_path / "a.json").write_bytes(file.read(HINTS))
    common = ["--checkpoint", str(spread_checkpoint), "--device", "cpu", "-o"]
    assert main([str(tmp_path / "a.lineart"), *common, str(tmp_path / "one.png")]) == 0
    hints = ["--hints", str(tmp_path / "a.json")]
    assert main([str(tmp_path / "a.png"), *hints, *common, str(tmp_path / "two.png")]) == 0
    with Image.open(tmp_path / "one.png") as one, Image.open(tmp_path / "two.png") as two:
        assert np.array_equal(one, two)

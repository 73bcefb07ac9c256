"""Pairs from vector drawings: what is a line, what is left out, and where pictures go."""

import numpy as np
import pytest

from colorizer.images import InputError, load_image
from train import vector

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="150pt" height="75pt">'  # 200x100
SHADES = '<linearGradient id="g"><stop stop-color="#200000"/><stop offset="1" stop-color="red"/>'
BOX = 'x="20" y="20" width="160" height="60"'
DRAWINGS = {
    "outlined": f'<rect {BOX} fill="#e03020" stroke="#101010" stroke-width="4"/>',
    "styled": '<circle cx="70" cy="50" r="30" style="fill: #20e030; stroke:rgb(9,9,9)"/>'
    '<circle cx="110" cy="50" r="30" style="stroke:black;stroke-width:4;fill:yellow"/>',
    "shaded": f'<defs>{SHADES}</linearGradient></defs><path d="M40 90 L100 10 L160 90 z"'
    ' fill="url(#g)" stroke="#000" stroke-width="3"/>',
    "flat": '<circle cx="100" cy="50" r="45" fill="blue"/>',
    "silhouette": '<path d="M20 10h160v30h-110v50h-50z"/>'
    '<circle cx="150" cy="70" r="20" fill="red"/>',
    "gray": f'<rect {BOX} fill="#aaaaaa" stroke="black"/>',
    "photo": f'<image {BOX} href="data:,"/>',
    "people/again": f'<rect {BOX} fill="#20a0e0" stroke="#101010" stroke-width="4"/>',
}


@pytest.fixture
def drawings(tmp_path):
    folder = tmp_path / "svg"
    for name, body in DRAWINGS.items():
        path = folder / f"{name}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{HEAD}{body}</svg>")
    (folder / "damaged.svg").write_text(HEAD)
    return folder


def test_dark_fills_and_strokes_are_the_line_art_of_a_drawing(drawings):
    for name in ("outlined", "styled", "shaded"):
        color, line = vector.make_pair(drawings / f"{name}.svg")
        assert line.shape == color.shape[:2]
        assert max(line.shape) == vector.SIDE
        dark = (color.astype(int).sum(2) < 60) & (name != "shaded")
        assert (line[dark] < 140).all()
        inner = np.s_[line.shape[0] // 2 - 5 : line.shape[0] // 2 + 5, line.shape[1] // 2]
        assert (line[inner] == 255).all()  # white where the color is
        assert (np.ptp(color[inner].astype(int), axis=1) > 100).all()


@pytest.mark.parametrize(
    ("name", "why"),
    [("gray", "are gray"), ("photo", "hold photographs"), ("damaged", "cannot be drawn")],
)
def test_what_teaches_no_color_is_left_out_and_why_is_said(drawings, name, why):
    assert vector.make_pair(drawings / f"{name}.svg") == why


def test_pairs_go_to_folders_to_train_on_without_those_that_resemble_others(
    drawings, tmp_path, capsys
):
    out = tmp_path / "pairs"
    vector.main([str(drawings), "-o", str(out)])
    names = {
        folder: sorted(p.stem for p in (out / folder).iterdir()) for folder in ("color", "line")
    }
    assert names["color"] == names["line"] == ["outlined", "shaded", "styled"]
    assert sorted(p.stem for p in (out / "plain").iterdir()) == ["flat", "silhouette"]
    said = capsys.readouterr().out.splitlines()
    assert sorted(line.split(maxsplit=1) for line in said) == [
        ["1", "are gray"],
        ["1", "cannot be drawn"],
        ["1", "hold photographs"],
        ["1", "resemble others"],  # people/again, whose color alone is another
        ["2", "without lines"],
        ["3", "pairs"],
    ]
    other = tmp_path / "other"
    vector.main([str(drawings), "-o", str(other), "--unlike", str(out / "color")])
    assert not (other / "line").exists()
    assert np.asarray(load_image(other / "plain/flat.png")).shape[1] == vector.SIDE


def test_a_folder_that_is_missing_or_has_no_drawings_is_refused(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        vector.main([str(tmp_path / "nowhere"), "-o", str(tmp_path)])
    with pytest.raises(InputError, match=r"holds no \.svg"):
        vector.main([str(tmp_path), "-o", str(tmp_path / "out")])

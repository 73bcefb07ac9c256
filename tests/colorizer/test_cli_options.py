"""`python -m colorizer` with hints, layers, a seed, a palette, a scan, a colored picture."""

import json

import numpy as np
import psd_tools
import pyora
import pytest
from PIL import Image

from colorizer.preprocessing.hints import Hint, draw_hints, hints_to_json

HINTS = [Hint(200, 150, 20, "#ff2010"), Hint(700, 400, 20, "#1020ff")]


def test_json_and_picture_hints_color_a_1000x700_line_art_alike(cli, line, tmp_path):
    (tmp_path / "hints.json").write_text(json.dumps(hints_to_json(HINTS, (1000, 700))))
    Image.fromarray(draw_hints(HINTS, (1000, 700))).save(tmp_path / "hints.png")
    pictures = []
    for kind in ("json", "png"):
        out = tmp_path / f"{kind}-colored.png"
        status, errors = cli(line, "-o", out, "--hints", tmp_path / f"hints.{kind}")
        assert (status, errors) == (0, "")
        assert Image.open(out).size == (1000, 700)
        pictures.append(np.asarray(Image.open(out)).astype(int))
    assert np.median(np.abs(pictures[0] - pictures[1])) == 0
    red, blue = pictures[0][150, 200], pictures[0][400, 700]
    assert red[0] > red[2] + 100
    assert blue[2] > blue[0] + 100


def test_hints_of_another_size_in_json_are_scaled(cli, line, tmp_path):
    small = [Hint(h.x / 2, h.y / 2, h.r / 2, h.color) for h in HINTS]
    (tmp_path / "hints.json").write_text(json.dumps(hints_to_json(small, (500, 350))))
    status, _ = cli(line, "-o", tmp_path / "a.png", "--hints", tmp_path / "hints.json")
    assert status == 0
    red = np.asarray(Image.open(tmp_path / "a.png"))[150, 200].astype(int)
    assert red[0] > red[2] + 100


def test_a_folder_of_hints_serves_the_line_arts_of_the_same_names(cli, five, tmp_path):
    (tmp_path / "hints").mkdir()
    red = hints_to_json([Hint(30, 2, 1, "#ff0000")], (60, 40))
    (tmp_path / "hints/0.json").write_text(json.dumps(red))
    both = five / "0.png", five / "1.png"
    cli(*both, "-o", tmp_path / "out", "--hints", tmp_path / "hints", "--no-palette")
    cli(*both, "-o", tmp_path / "bare", "--no-palette")
    hinted, bare = (
        [np.asarray(Image.open(tmp_path / folder / f"{n}.png")) for n in (0, 1)]
        for folder in ("out", "bare")
    )
    means = hinted[0].mean((0, 1))
    assert means[0] > means[2] + 50
    assert (hinted[0] != bare[0]).any()
    assert (hinted[1] == bare[1]).all()  # no hint of its own


@pytest.mark.parametrize("name", ["layers.ora", "layers.PSD"])
def test_layers_are_written_beside_the_picture(cli, line, tmp_path, name):
    (tmp_path / "hints.json").write_text(json.dumps(hints_to_json(HINTS, (1000, 700))))
    words = ["--hints", tmp_path / "hints.json", "--layers", tmp_path / name]
    assert cli(line, "-o", tmp_path / "a.png", *words) == (0, "")
    if name.endswith("ora"):
        layers = pyora.Project.load(str(tmp_path / name)).children[::-1]
        dabs = layers[2].get_image_data()
    else:
        layers = list(psd_tools.PSDImage.open(tmp_path / name))
        dabs = layers[2].topil()
    assert [layer.name for layer in layers] == ["Flats", "Colors", "Hints", "Line-art"]
    assert dabs.size == (1000, 700)
    assert dabs.getpixel((200, 150)) == (255, 32, 16, 255)


def test_a_seed_deals_other_colors_and_0_is_the_default(cli, line, tmp_path):
    pictures = []
    for number, words in enumerate(([], ["--seed", "0"], ["--seed", "1"])):
        cli(line, "-o", tmp_path / f"{number}.png", *words)
        pictures.append(np.asarray(Image.open(tmp_path / f"{number}.png")).astype(int))
    assert np.array_equal(pictures[0], pictures[1])
    assert np.abs(pictures[0] - pictures[2]).max() > 40


def test_the_colors_dealt_are_those_of_the_reference(cli, line, tmp_path):
    reference = np.full((50, 50, 3), (250, 240, 230), np.uint8)
    reference[:, :20] = (30, 60, 200)
    Image.fromarray(reference).save(tmp_path / "reference.png")
    cli(line, "-o", tmp_path / "a.png", "--palette", tmp_path / "reference.png")
    red, _, blue = np.asarray(Image.open(tmp_path / "a.png")).reshape(-1, 3).T.astype(int)
    assert (blue > red + 100).mean() > 0.02
    assert (red > blue + 60).mean() < 0.005


def test_a_scan_is_cleaned_before_it_is_colored(cli, line, tmp_path):
    shade = np.linspace(1, 0.6, 1000) * np.asarray(Image.open(line))
    Image.fromarray(shade.astype(np.uint8)).save(tmp_path / "scan.png")
    words = [tmp_path / "scan.png", "--scan", "--layers", tmp_path / "a.ora"]
    cli(*words, "-o", tmp_path / "a.png")
    used = pyora.Project.load(str(tmp_path / "a.ora")).children[0].get_image_data()
    used = 255 - np.asarray(used)[:, :, 3]
    assert (used[np.asarray(Image.open(line)) == 255] == 255).mean() > 0.95


def test_lines_are_extracted_from_a_colored_picture(cli, make_picture, make_line, tmp_path):
    Image.fromarray(make_picture(600, 500, 3)).save(tmp_path / "painting.png")
    words = [tmp_path / "painting.png", "--extract", "--layers", tmp_path / "a.ora"]
    cli(*words, "-o", tmp_path / "a.png")
    used = pyora.Project.load(str(tmp_path / "a.ora")).children[0].get_image_data()
    ink = np.asarray(used)[:, :, 3] > 127
    assert ink[make_line(600, 500, 3) == 0].mean() > 0.8
    assert ink.mean() < 0.15


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"width": 0, "height": 700, "hints": []}',
        '{"width": 1000, "height": 700, "hints": [{"x": 1}]}',
        '{"width": 1000, "height": 700, "hints": [{"x": 1, "y": 1, "r": 1, "color": "red"}]}',
        '{"width": 1000, "height": 700, "hints": [{"x": NaN, "y": 1, "color": "#ffffff"}]}',
        "[" * 100_000,
    ],
    ids=["cut", "list", "size", "point", "color", "nan", "deep"],
)
def test_bad_json_hints_end_with_one_sentence(cli, line, tmp_path, text):
    (tmp_path / "hints.json").write_text(text)
    status, errors = cli(line, "-o", tmp_path / "a.png", "--hints", tmp_path / "hints.json")
    assert status == 1
    assert len(errors.strip().splitlines()) == 1
    assert "hint" in errors
    assert not (tmp_path / "a.png").exists()


def test_a_hint_picture_of_another_size_ends_with_one_sentence(cli, line, tmp_path):
    Image.new("RGBA", (500, 350)).save(tmp_path / "hints.png")
    status, errors = cli(line, "-o", tmp_path / "a.png", "--hints", tmp_path / "hints.png")
    assert status == 1
    assert "500x350" in errors
    assert "1000x700" in errors


def test_a_broken_hint_picture_ends_with_one_sentence(cli, line, tmp_path):
    (tmp_path / "hints.png").write_bytes(b"nothing")
    status, errors = cli(line, "-o", tmp_path / "a.png", "--hints", tmp_path / "hints.png")
    assert status == 1
    assert "hints.png" in errors


def test_shadows_fall_where_the_weights_have_them(cli, line, tmp_path):
    status, errors = cli(line, "-o", tmp_path / "a.png", "--shadows", "left")
    assert status == 1
    assert "have no network for shadows" in errors

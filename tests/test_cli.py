"""`python -m colorizer` from files to files."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorizer.preprocessing.hints import Hint, draw_hints, hints_to_json

ROOT = Path(__file__).parents[1]
HINTS = [Hint(200, 150, 20, "#ff2010"), Hint(700, 400, 20, "#1020ff")]


@pytest.fixture
def cli(spread_checkpoint, monkeypatch, capsys):
    """Run the command in this process; return exit status and what it wrote to stderr."""

    def run(*words):
        argv = ["colorizer", *map(str, words), "--checkpoint", str(spread_checkpoint)]
        monkeypatch.setattr(sys, "argv", argv)
        with pytest.raises(SystemExit) as caught:
            runpy.run_module("colorizer", run_name="__main__", alter_sys=True)
        return caught.value.code or 0, capsys.readouterr().err

    return run


@pytest.fixture
def line(tmp_path, make_line):
    path = tmp_path / "line.png"
    Image.fromarray(make_line(1000, 700)).save(path)
    return path


@pytest.fixture
def five(tmp_path, make_line):
    """A folder of five line-arts, the third of them broken."""
    folder = tmp_path / "five"
    folder.mkdir()
    for number in range(5):
        Image.fromarray(make_line(60, 40, number)).save(folder / f"{number}.png")
    (folder / "2.png").write_bytes((folder / "2.png").read_bytes()[:60])
    return folder


def sizes(folder):
    return {p.name: Image.open(p).size for p in folder.iterdir()}


def test_a_folder_with_a_broken_file_gives_the_others_and_status_1(cli, five, tmp_path):
    status, errors = cli(five, "-o", tmp_path / "out")
    assert status == 1
    assert sizes(tmp_path / "out") == {f"{n}.png": (60, 40) for n in (0, 1, 3, 4)}
    assert "2.png" in errors
    assert "Cannot read" in errors
    assert not any(f"{n}.png: " in errors for n in (0, 1, 3, 4))


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


def test_several_files_go_into_a_folder(cli, five, tmp_path):
    status, _ = cli(five / "0.png", five / "1.png", "-o", tmp_path / "out")
    assert status == 0
    assert sizes(tmp_path / "out") == {"0.png": (60, 40), "1.png": (60, 40)}


def test_a_folder_of_hints_serves_the_line_arts_of_the_same_names(cli, five, tmp_path):
    (tmp_path / "hints").mkdir()
    red = hints_to_json([Hint(30, 2, 1, "#ff0000")], (60, 40))
    (tmp_path / "hints/0.json").write_text(json.dumps(red))
    cli(
        five / "0.png",
        five / "1.png",
        "-o",
        tmp_path / "out",
        "--hints",
        tmp_path / "hints",
        "--no-palette",
    )
    means = [np.asarray(Image.open(tmp_path / f"out/{n}.png")).mean((0, 1)) for n in (0, 1)]
    assert means[0][0] > means[0][2] + 50
    assert abs(means[1][0] - means[1][2]) < 5


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


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere.png", "-o", "out"], "nowhere.png"),
        (["LINE", "-o", "out", "--hints", "nowhere.json"], "nowhere.json"),
        (["LINE", "-o", "out", "--device", "abacus"], "abacus"),
        (["LINE"], "-o"),
        (["EMPTY", "-o", "out"], "no PNG, JPEG or WebP"),
        (["LINE", "LINE", "-o", "out"], "line.png"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(cli, line, tmp_path, words, sentence):
    (tmp_path / "empty").mkdir()
    named = {"LINE": line, "EMPTY": tmp_path / "empty", "out": tmp_path / "out"}
    status, errors = cli(*[named.get(word, word) for word in words])
    assert status == 2
    assert sentence in errors
    assert "Traceback" not in errors


def test_the_command_runs_and_an_unknown_checkpoint_is_named(line, tmp_path):
    words = [line, "-o", tmp_path / "a.png", "--checkpoint", "nobody/nothing-at-all"]
    done = subprocess.run(
        [sys.executable, "-m", "colorizer", *map(str, words)],
        cwd=ROOT,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "nobody/nothing-at-all" in done.stderr
    assert "Traceback" not in done.stderr

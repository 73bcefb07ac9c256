"""`python -m colorizer` from files to files."""

import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psd_tools
import pyora
import pytest
from PIL import Image

import colorizer
from colorizer.images import WEBP_SIDE
from colorizer.jobs import list_jobs
from colorizer.preprocessing.hints import Hint, draw_hints, hints_to_json

ROOT = Path(colorizer.__file__).parents[1]
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
    assert means[1][0] - means[1][2] < 25  # no hint, no red


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


def test_an_ending_alone_puts_layers_beside_each_result(cli, five, tmp_path):
    cli(five / "0.png", five / "1.png", "-o", tmp_path / "out", "--layers", "ora")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        *("0.ora", "0.png"),
        *("1.ora", "1.png"),
    ]


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


@pytest.mark.parametrize(
    "words",
    [
        ["SAME", "-o", "SAME"],
        ["SAME/0.png", "-o", "SAME/0.png"],
        ["SAME/0.png", "-o", "link.png"],
        ["LINE", "-o", "SAME/0.png", "--palette", "SAME/0.png"],
        ["LINE", "SAME/3.png", "-o", "hints", "--hints", "hints"],
        ["LINE", "-o", "new.png", "--palette", "SAME/0.png", "--layers", "palette.ora"],
    ],
    ids=["folder", "file", "link", "palette", "hints", "layers"],
)
def test_what_is_read_is_replaced_only_when_told(cli, line, five, tmp_path, words, monkeypatch):
    (five / "2.png").unlink()
    monkeypatch.chdir(tmp_path)
    Path("link.png").hardlink_to(five / "0.png")
    Path("palette.ora").symlink_to(five / "0.png")
    Path("hints").mkdir()
    shutil.copy(line, "hints/line.png")
    words = [{"SAME": "five", "LINE": line.name}.get(w, w.replace("SAME", "five")) for w in words]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.png")}
    status, errors = cli(*words)
    assert status == 2
    assert "is read and would be replaced; see -o and --overwrite" in errors
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.png")} == before
    assert cli(*words, "--overwrite")[0] == 0


def test_results_of_an_earlier_run_are_replaced_without_asking(cli, line, tmp_path):
    for _ in range(2):
        assert cli(line, "-o", tmp_path / "out")[0] == 0


LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))  # as on a disk that is full
sys.argv = ["colorizer", *sys.argv[1:]]
runpy.run_module("colorizer", run_name="__main__", alter_sys=True)
"""


def test_a_full_disk_leaves_no_half_of_a_result(spread_checkpoint, line, tmp_path):
    words = [line, "-o", tmp_path / "out", "--layers", "ora", "--checkpoint", spread_checkpoint]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Cannot write" in done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_a_webp_of_too_long_a_side_is_refused_before_it_is_colored(cli, tmp_path):
    side = WEBP_SIDE + 1
    Image.new("L", (side, 40), "white").save(tmp_path / "wide.png")
    status, errors = cli(tmp_path / "wide.png", "-o", tmp_path / "wide.webp")
    assert status == 1
    assert f"{side}x40, but a WebP has at most {WEBP_SIDE} pixels a side" in errors
    assert not (tmp_path / "wide.webp").exists()


def test_names_that_no_file_can_have_are_one_sentence(cli, line, tmp_path):
    status, errors = cli("a" * 300, "-o", tmp_path / "out")
    assert status == 2
    assert "File name too long: aaa" in errors
    status, errors = cli(line, "-o", tmp_path / f"{'a' * 300}.png")
    assert status == 2
    assert "File name too long" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["line.png"]


def test_a_file_in_the_place_of_a_folder_is_one_sentence(cli, line, tmp_path):
    (tmp_path / "out").touch()
    status, errors = cli(line, "-o", tmp_path / "out/folder")
    assert status == 1
    assert "Cannot make the folder" in errors
    assert len(errors.strip().splitlines()) == 1


def test_jobs_are_listed_in_linear_time(monkeypatch):
    """Counted in comparisons of paths, which a test can repeat."""
    compared = []
    equal = Path.__eq__
    monkeypatch.setattr(Path, "is_file", lambda path: path.suffix == ".png")
    monkeypatch.setattr(Path, "__eq__", lambda a, b: (compared.append(1), equal(a, b))[1])
    assert len(list_jobs([Path(f"{n}.png") for n in range(3000)], Path("out"))) == 3000
    assert len(compared) < 30_000


def test_ctrl_c_ends_a_folder_soon_and_cleanly(spread_checkpoint, make_line, tmp_path):
    (tmp_path / "many").mkdir()
    for number in range(40):
        Image.fromarray(make_line(900, 900, number)).save(tmp_path / f"many/{number}.png")
    words = [tmp_path / "many", "-o", tmp_path / "out", "--checkpoint", spread_checkpoint]
    command = [sys.executable, "-m", "colorizer", *map(str, words)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as running:
        while running.poll() is None and not list(tmp_path.glob("out/[0-9]*.png")):
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        errors = running.communicate(timeout=20)[1]
    assert running.returncode == 130
    assert "Stopped" in errors
    assert "Traceback" not in errors
    written = list((tmp_path / "out").iterdir())
    assert 0 < len(written) < 40
    for path in written:
        Image.open(path).load()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere.png", "-o", "out"], "nowhere.png"),
        (["LINE", "-o", "out", "--hints", "nowhere.json"], "nowhere.json"),
        (["LINE", "-o", "out", "--device", "abacus"], "abacus"),
        (
            ["LINE", "-o", "out", "--engine", "steam"],
            "No engine steam; wanted is torch, or openvino",
        ),
        (["LINE"], "-o"),
        (["EMPTY", "-o", "out"], "no PNG, JPEG or WebP"),
        (["LINE", "LINE", "-o", "out"], "line.png"),
        (["LINE", "-o", "out", "--layers", "a.xcf"], "a.xcf"),
        (["LINE", "OTHER", "-o", "out", "--layers", "a.ora"], "2 line-arts"),
        (["LINE", "-o", "out", "--palette", "nowhere.png"], "nowhere.png"),
        (["LINE", "-o", "out", "--palette", "CLEAR"], "transparent"),
        (["LINE", "-o", "out", "--palette", "LINE", "--no-palette"], "not allowed with"),
        (["LINE", "-o", "out", "--scan", "--extract"], "not allowed with"),
        (["LINE", "-o", "out", "--seed", "-1"], "'-1' is no seed"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(cli, line, five, tmp_path, words, sentence):
    (tmp_path / "empty").mkdir()
    Image.new("RGBA", (4, 4)).save(tmp_path / "clear.png")
    named = {"LINE": line, "EMPTY": tmp_path / "empty", "out": tmp_path / "out"}
    named |= {"OTHER": five / "1.png", "CLEAR": tmp_path / "clear.png"}
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

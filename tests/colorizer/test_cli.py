"""`python -m colorizer` from files to files."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

import colorizer
from colorizer.images import WEBP_SIDE
from colorizer.jobs import list_jobs

ROOT = Path(colorizer.__file__).parents[1]


def sizes(folder):
    return {p.name: Image.open(p).size for p in folder.iterdir()}


def test_a_folder_with_a_broken_file_gives_the_others_and_status_1(cli, five, tmp_path):
    status, errors = cli(five, "-o", tmp_path / "out")
    assert status == 1
    assert sizes(tmp_path / "out") == {f"{n}.png": (60, 40) for n in (0, 1, 3, 4)}
    assert "2.png" in errors
    assert "Cannot read" in errors
    assert not any(f"{n}.png: " in errors for n in (0, 1, 3, 4))


def test_several_files_go_into_a_folder(cli, five, tmp_path):
    status, _ = cli(five / "0.png", five / "1.png", "-o", tmp_path / "out")
    assert status == 0
    assert sizes(tmp_path / "out") == {"0.png": (60, 40), "1.png": (60, 40)}


def test_an_ending_alone_puts_layers_beside_each_result(cli, five, tmp_path):
    cli(five / "0.png", five / "1.png", "-o", tmp_path / "out", "--layers", "ora")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        *("0.ora", "0.png"),
        *("1.ora", "1.png"),
    ]


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

"""The command run in this process, and line-arts that several modules need."""

import runpy
import sys

import cv2
import numpy as np
import pytest
from PIL import Image


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
    """A line-art file of 1000x700."""
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


@pytest.fixture
def disk():
    """Line-art of a disk in a 400x300 picture; its color, blue on white, a lighter half within."""
    line, color = np.full((300, 400), 255, np.uint8), np.full((300, 400, 3), 255, np.uint8)
    cv2.circle(color, (200, 150), 100, (60, 90, 200), -1)
    color[:, 200:][color[:, 200:, 0] == 60] = (80, 110, 220)
    cv2.circle(line, (200, 150), 100, 0, 5, cv2.LINE_AA)
    return line, color

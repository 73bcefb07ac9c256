"""The speed tables: what is timed is what they say."""

import cv2
import pytest

from eval import commands, speed


def test_a_table_has_a_line_for_each_row():
    found = commands.table(["stage", "ms"], [["draft", 1], ["colorization", 2]])
    assert found == "| stage | ms |\n| --- | --- |\n| draft | 1 |\n| colorization | 2 |\n"


def test_the_pictures_are_as_heavy_as_illustrations(tmp_path, monkeypatch):
    monkeypatch.setattr(speed, "PICTURES", 1)
    (path,) = speed.write_pictures(tmp_path)
    assert cv2.imread(str(path)).shape == (1400, 1000, 3)
    assert path.stat().st_size / 1.4e6 == pytest.approx(0.3, abs=0.1)


def test_a_command_prints_its_table(monkeypatch, capsys):
    monkeypatch.setattr(speed, "PICTURES", 1)
    speed.main(["step", "--steps", "2", "--width", "8", "--batch", "1", "--workers", "0"])
    header, _, row = capsys.readouterr().out.strip().splitlines()
    assert header.endswith("| outside the model |")
    assert "width 8, batch 1" in row
    assert 0 < float(row.split("|")[-2].rstrip("% ")) < 100

"""The speed tables: what is timed is what they say."""

import os
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from colorizer.images import InputError
from eval import commands
from eval.speed import __main__ as speed
from eval.speed import page, sizes


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
    monkeypatch.setattr(speed, "DRAFT", speed.DRAFT | {"width": 8, "batch": 1, "workers": 0})
    speed.main(["step", "--repeats", "2"])
    header, _, row = capsys.readouterr().out.strip().splitlines()
    assert header.endswith("| outside the model |")
    assert "width 8, blocks 4, cardinality 8, batch 1" in row
    assert 0 < float(row.split("|")[-2].rstrip("% ")) < 100


def test_a_training_sample_costs_at_least_its_decoding(monkeypatch, capsys):
    monkeypatch.setattr(speed, "PICTURES", 1)
    speed.main(["data", "--repeats", "1"])
    header, _, *rows = capsys.readouterr().out.strip().splitlines()
    assert header.endswith("| times decode |")
    assert [row.split(" | ")[0] for row in rows] == ["| draft", "| colorization"]
    assert all(float(row.split("|")[-2]) > 1 for row in rows)


def test_systems_are_timed_on_the_same_picture(capsys):
    speed.main(["systems", "--repeats", "1", "--checkpoint", "none", "--compare", "line,nearest"])
    header, _, *rows = capsys.readouterr().out.strip().splitlines()
    assert header == "| system | median, s | times line |"
    assert [row.split(" | ")[0] for row in rows] == ["| line", "| nearest"]
    assert rows[0].endswith("| 1.00 |")


def test_an_unknown_first_word_is_named():
    with pytest.raises(InputError, match="first word is 'sped'; wanted is one of data, step"):
        speed.main(["sped"])


def test_networks_are_compared_with_both_baselines_at_both_precisions(capsys):
    speed.main(["networks", "--repeats", "1"])
    header, _, *rows = capsys.readouterr().out.strip().splitlines()
    assert header.startswith("| ours | precision | ours / Pix2Pix | ours / Base | ours, ms |")
    engines = ("torch", "openvino") if find_spec("openvino") else ("torch",)
    names = [[f"| {engine}", kind] for kind in ("float32", "bfloat16") for engine in engines]
    assert [row.split(" | ")[:2] for row in rows] == names
    for row in rows:
        of_pix2pix, of_base, *milliseconds = map(float, row.rstrip(" |").split(" | ")[2:])
        assert 0 < of_base < of_pix2pix < 1
        ours, pix2pix, base = milliseconds
        assert ours / pix2pix == pytest.approx(of_pix2pix, rel=0.2)  # of one repeat: the same
        assert ours / base == pytest.approx(of_base, rel=0.2)


def test_a_larger_line_art_takes_more_time_and_memory():
    small, large = sizes.time_sizes((1024, 4096))
    assert float(large["processor seconds"]) > float(small["processor seconds"])
    assert float(large["peak, MB"]) > float(small["peak, MB"]) + 150
    assert 0 < float(large["exponent"]) < 1.5


@pytest.mark.slow
def test_the_first_picture_comes_after_the_imports(capsys):
    speed.main(["start", "--repeats", "1"])
    header, _, row = capsys.readouterr().out.strip().splitlines()
    assert header == "| times imports | first picture, s | import torch, gradio, s |"
    ratio, first, imports = map(float, row.strip("| ").split(" | "))
    assert first > 1 < imports
    assert ratio == pytest.approx(first / imports, abs=0.02)


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="only Linux tells memory")
def test_what_a_process_takes_is_resident_and_its_own():
    before = page.resident(os.getpid())
    taken = np.ones(200_000_000, np.uint8)
    after = page.resident(os.getpid())
    for name in ("resident, MB", "its own, MB"):
        assert int(after[name]) - int(before[name]) == pytest.approx(taken.size / 1e6, abs=10)
    assert int(after["its own, MB"]) < int(after["resident, MB"])

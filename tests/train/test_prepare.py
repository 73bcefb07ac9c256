"""Screening: each rule finds what was spoiled, and the source is never touched."""

import csv
import os

import numpy as np
import pytest
from PIL import Image

from colorizer.images import InputError, list_images
from tests.spoiled import KINDS, score, write_spoiled
from tests.support.pictures import draw_shapes, write
from train import prepare
from train.screening import RULES, Thresholds, judge_all, measure

SMALLEST = 128
RECALL = dict.fromkeys(RULES, 0.8) | {"skewed color": 0.6}
"""The least share found; pure colors keep their hues apart behind a colored glass."""


@pytest.fixture(scope="module")
def art(tmp_path_factory):
    """A folder of forty clean drawings and fifty spoiled ones, and the rule for each of these."""
    folder = tmp_path_factory.mktemp("art")
    drawings = [draw_shapes(seed) for seed in range(40)]
    for number, picture in enumerate(drawings):
        write(folder / f"clean/{number:02d}.png", picture)
    truth = write_spoiled(drawings, folder / "spoiled", SMALLEST // 2)
    return folder, truth


@pytest.fixture(scope="module")
def judged(art):
    measures = {path: measure(path) for path in list_images(art[0])}
    return judge_all(measures, Thresholds(smallest=SMALLEST))


def test_fifty_pictures_are_spoiled(art):
    assert len(art[1]) == 50
    assert set(art[1].values()) == set(KINDS) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_finds_its_spoiled_pictures(judged, art, rule):
    wanted, found, _, others = score(judged, art[1])[rule]
    assert found >= RECALL[rule] * wanted, f"recall of {rule}: {found} of {wanted}"
    assert others <= 1, f"{others} pictures that are no {rule} were dropped as such"


def test_clean_drawings_are_kept(judged, art):
    clean = [verdict for path, verdict in judged.items() if path not in art[1]]
    assert sum(verdict is None for verdict in clean) >= 0.9 * len(clean)


@pytest.fixture
def run(tmp_path):
    """Three good drawings, a gray one and a copy; (options) -> CLEAN."""
    for seed in range(3):
        write(tmp_path / f"art/deep/{seed}.png", draw_shapes(seed))
    write(tmp_path / "art/gray.png", draw_shapes(0).mean(axis=2, keepdims=True).repeat(3, axis=2))
    Image.open(tmp_path / "art/deep/1.png").save(tmp_path / "art/copy.jpg", quality=60)

    def run_(*options):
        base = [str(tmp_path / "art"), "-o", str(tmp_path / "clean"), "--workers", "1"]
        prepare.main([*base, "--smallest", str(SMALLEST), *options])
        return tmp_path / "clean"

    return run_


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def state(folder):
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}


def test_what_passes_is_linked_and_the_source_stays_as_it_was(run, tmp_path):
    before = state(tmp_path / "art")
    clean = run()
    assert len(files(clean)) == 3
    assert "gray.png" not in files(clean)
    assert os.path.samefile(clean / "deep/0.png", tmp_path / "art/deep/0.png")
    assert state(tmp_path / "art") == before
    with (tmp_path / "clean-report/report.csv").open(newline="") as file:
        rows = {os.path.relpath(row["path"], tmp_path / "art"): row for row in csv.DictReader(file)}
    assert [rows[name]["rule"] for name in ("deep/0.png", "gray.png")] == [
        "keep",
        "black and white",
    ]
    copy, original = rows["copy.jpg"], rows["deep/1.png"]
    assert {copy["rule"], original["rule"]} == {"keep", "near-duplicate"}, "one of the two stays"
    assert {copy["kept"], original["kept"]} in ({"", copy["path"]}, {"", original["path"]})
    with Image.open(tmp_path / "clean-report/dropped.png") as sheet:
        assert sheet.size == (8 * 160, 8 * 178)
        rows = np.asarray(sheet.convert("L"), float).reshape(8, 178, -1)[:, 18:].std((1, 2))
    shown = {rule for rule, deviation in zip(RULES, rows) if deviation}
    assert shown == {"black and white", "near-duplicate"}


def test_several_threads_find_what_one_does(run, tmp_path):
    report = tmp_path / "clean-report/report.csv"
    run("--dry-run")
    alone = report.read_text()
    run("--dry-run", "--workers", "2")
    assert report.read_text() == alone


def test_a_dry_run_writes_the_report_alone(run, tmp_path, capsys):
    run("--dry-run")
    assert not (tmp_path / "clean").exists()
    assert (tmp_path / "clean-report/report.csv").is_file()
    assert "black and white" in capsys.readouterr().out


def test_a_changed_picture_is_looked_at_again(run, tmp_path):
    clean = run()
    write(tmp_path / "art/deep/0.png", draw_shapes(0).mean(axis=2, keepdims=True).repeat(3, axis=2))
    assert "deep/0.png" not in files(run())
    write(tmp_path / "art/deep/0.png", draw_shapes(8))
    run()
    assert (clean / "deep/0.png").read_bytes() == (tmp_path / "art/deep/0.png").read_bytes()


def test_other_thresholds_take_pictures_back_out(run):
    assert len(files(run())) == 3
    assert files(run("--smallest", "1000")) == []


def test_where_links_are_impossible_pictures_are_copied(run, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("another file system")

    monkeypatch.setattr(os, "link", refuse)
    clean = run()
    assert not os.path.samefile(clean / "deep/0.png", tmp_path / "art/deep/0.png")
    assert (clean / "deep/0.png").read_bytes() == (tmp_path / "art/deep/0.png").read_bytes()
    assert len(files(clean)) == 3


def test_folders_that_would_be_harmed_are_refused(tmp_path):
    write(tmp_path / "art/a.png", draw_shapes(0))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear")
    for out, reason in [("art", "overlap"), ("art/clean", "overlap"), (".", "overlap")]:
        with pytest.raises(InputError, match=reason):
            prepare.main([str(tmp_path / "art"), "-o", str(tmp_path / out)])
    with pytest.raises(InputError, match="no earlier run"):
        prepare.main([str(tmp_path / "art"), "-o", str(tmp_path / "mine")])
    with pytest.raises(InputError, match="no folder"):
        prepare.main([str(tmp_path / "nothing"), "-o", str(tmp_path / "new")])
    with pytest.raises(InputError, match="no pictures"):
        prepare.main([str(tmp_path / "mine"), "-o", str(tmp_path / "new")])

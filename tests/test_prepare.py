"""Screening: each rule finds what was spoiled, and the source is never touched."""

import csv
import dataclasses
import json
import os

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorizer.images import InputError, list_images
from train import prepare
from train.screening import (
    RULES,
    Thresholds,
    judge,
    judge_all,
    measure,
    measure_colors,
    near_pairs,
    perceptual_hash,
    repeats,
)

from .spoiled import KINDS, score, write_spoiled

SMALLEST = 128
RECALL = dict.fromkeys(RULES, 0.8) | {"skewed color": 0.6}
"""The least share found; pure colors keep their hues apart behind a colored glass."""


def drawing(seed, side=224):
    """Shapes with outlines, fills and a shade, on colored or white paper."""
    rng = np.random.default_rng(seed)
    ground = 255 if seed % 2 else rng.integers(150, 256, 3).tolist()
    picture = np.full((side, side, 3), ground, np.uint8)
    for _ in range(9):
        corners = (rng.integers(0, side, 2) + rng.integers(-70, 70, (5, 2))).astype(np.int32)
        hull = cv2.convexHull(corners)
        cv2.fillPoly(picture, [hull], rng.integers(40, 256, 3).tolist())
        cv2.polylines(picture, [hull], True, (25, 20, 30), 2)
    return picture


def write(path, picture):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture[:, :, ::-1])
    return path


@pytest.fixture(scope="module")
def art(tmp_path_factory):
    """A folder of forty clean drawings and fifty spoiled ones, and the rule for each of these."""
    folder = tmp_path_factory.mktemp("art")
    drawings = [drawing(seed) for seed in range(40)]
    for number, picture in enumerate(drawings):
        write(folder / f"clean/{number:02d}.png", picture)
    truth = write_spoiled(drawings, folder / "spoiled", SMALLEST // 2)
    return folder, truth


@pytest.fixture(scope="module")
def judged(art, tmp_path_factory):
    folder, _ = art
    cache = tmp_path_factory.mktemp("cache") / "measures.jsonl"
    measures = prepare.measure_all(list_images(folder), folder, cache, workers=0)
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


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_real_photographs_are_mostly_found(tmp_path, name):
    path = write(tmp_path / "photo.png", getattr(skimage.data, name)())
    drawn = measure(path).drawn
    art = write(tmp_path / "art.png", drawing(2))
    assert drawn < measure(art).drawn / 2


@pytest.mark.parametrize("white", [True, False])
def test_a_small_drawing_on_much_paper_is_neither_high_key_nor_gray(tmp_path, white):
    picture = np.full((600, 600, 3), 255 if white else 247, np.uint8)
    picture[250:350, 250:350] = drawing(1, 100)
    assert judge(measure(write(tmp_path / "a.png", picture)), Thresholds()) is None


def test_light_yellow_is_no_paper(tmp_path):
    picture = np.full((600, 600, 3), 255, np.uint8)
    cv2.circle(picture, (300, 300), 200, (255, 255, 60), -1)
    cv2.circle(picture, (300, 300), 200, (0, 0, 0), 4)
    assert judge(measure(write(tmp_path / "a.png", picture)), Thresholds()) is None


def test_a_blank_sheet_is_high_key(tmp_path):
    path = write(tmp_path / "a.png", np.full((600, 600, 3), 254, np.uint8))
    assert judge(measure(path), Thresholds()).rule == "high key"


def test_colors_are_measured_in_cielab(rng):
    picture = rng.integers(0, 256, (40, 40, 3)).astype(np.uint8)
    lab = skimage.color.rgb2lab(picture).reshape(-1, 3)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    colored, light, dark, agreement, neutral = measure_colors(picture)
    assert colored == pytest.approx((chroma > 8).mean(), abs=0.002)
    assert light == pytest.approx(np.percentile(lab[:, 0], 95), abs=0.4)
    assert dark == pytest.approx(np.percentile(lab[:, 0], 5), abs=0.4)
    mean = np.hypot(*lab[:, 1:].mean(axis=0))
    assert agreement == pytest.approx(mean / chroma.mean(), abs=0.002)
    assert neutral == pytest.approx(((chroma < 6) & (lab[:, 0] > 25)).mean(), abs=0.002)


def test_the_limits_are_sharp(art):
    good = measure(next(iter(sorted((art[0] / "clean").iterdir()))))
    fine = dataclasses.replace(good, width=512, height=900)
    assert judge(fine, Thresholds()) is None
    for rule, changed in {
        "small": {"width": 511},
        "low key": {"light": 29.9},
        "high key": {"dark": 80.1},
        "black and white": {"colored": 0.0099},
        "skewed color": {"agreement": 0.951, "neutral": 0.0049},
        "photograph": {"drawn": 0.0},
        "unreadable": {"error": "half a file"},
    }.items():
        assert judge(dataclasses.replace(fine, **changed), Thresholds()).rule == rule


def test_near_pairs_are_those_that_comparing_all_finds(rng, monkeypatch):
    monkeypatch.setattr("train.screening.AT_ONCE", 5000)  # in parts
    hashes = rng.integers(0, 2**64, 300, np.uint64)
    for place in range(0, 300, 2):  # neighbors that differ in 1 to 14 bits
        flips = sum(1 << int(bit) for bit in rng.choice(64, place // 2 % 14 + 1, replace=False))
        hashes[place + 1] = hashes[place] ^ np.uint64(flips)
    apart = [
        (i, j, (int(hashes[i]) ^ int(hashes[j])).bit_count()) for j in range(300) for i in range(j)
    ]
    for bits in (0, 3, 10, 25):
        assert list(near_pairs(hashes, bits)) == [pair for pair in apart if pair[2] <= bits]


def test_repeats_keep_the_first_and_spare_recolored_copies():
    hashes = np.array([5, 5, 7, 5], np.uint64)
    thumbnails = np.array([[10, 10], [12, 12], [11, 11], [200, 10]], np.uint8)
    assert repeats(hashes, thumbnails, bits=1, levels=8) == {1: (0, 0), 2: (0, 1)}
    assert repeats(hashes[:0], thumbnails[:0], bits=1, levels=8) == {}


def test_the_hash_survives_what_duplicates_go_through():
    gray = cv2.cvtColor(drawing(4, 400), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (200, 200), interpolation=cv2.INTER_AREA)
    other = cv2.cvtColor(drawing(6, 400), cv2.COLOR_RGB2GRAY)
    distance = [(perceptual_hash(gray) ^ perceptual_hash(g)).bit_count() for g in (small, other)]
    assert distance[0] <= 4 < 16 < distance[1]


@pytest.fixture
def run(tmp_path):
    """Three good drawings, a gray one and a copy; (options) -> CLEAN."""
    for seed in range(3):
        write(tmp_path / f"art/deep/{seed}.png", drawing(seed))
    write(tmp_path / "art/gray.png", drawing(0).mean(axis=2, keepdims=True).repeat(3, axis=2))
    Image.open(tmp_path / "art/deep/1.png").save(tmp_path / "art/copy.jpg", quality=60)

    def run_(*options):
        base = [str(tmp_path / "art"), "-o", str(tmp_path / "clean"), "--workers", "0"]
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
        rows = {row["path"]: row for row in csv.DictReader(file)}
    assert (rows["gray.png"]["verdict"], rows["gray.png"]["rule"]) == ("drop", "black and white")
    kept = {rows["copy.jpg"]["kept"], rows["deep/1.png"]["kept"]}
    assert kept in ({"", "copy.jpg"}, {"", "deep/1.png"}), "one of the two stays"
    with Image.open(tmp_path / "clean-report/dropped.png") as sheet:
        assert sheet.width == 8 * 160


def test_several_processes_find_what_one_does(run, tmp_path):
    report = tmp_path / "clean-report/report.csv"
    run("--dry-run")
    alone = report.read_text()
    (tmp_path / "clean-report/measures.jsonl").unlink()
    run("--dry-run", "--workers", "2")
    assert report.read_text() == alone


def test_a_dry_run_writes_the_report_alone(run, tmp_path, capsys):
    run("--dry-run")
    assert not (tmp_path / "clean").exists()
    assert (tmp_path / "clean-report/report.csv").is_file()
    assert "black and white" in capsys.readouterr().out


def test_an_interrupted_run_goes_on(run, tmp_path, monkeypatch):
    run("--dry-run")
    cache = tmp_path / "clean-report/measures.jsonl"
    lines = cache.read_text().splitlines(keepends=True)
    cache.write_text("".join(lines[:3]) + lines[3][:20])
    looked = []
    monkeypatch.setattr(prepare, "measure", lambda path: looked.append(path) or measure(path))
    run()
    assert len(looked) == len(lines) - 3
    assert sorted(map(json.loads, cache.read_text().splitlines())) == sorted(map(json.loads, lines))


def test_a_changed_picture_is_looked_at_again(run, tmp_path):
    clean = run()
    write(tmp_path / "art/deep/0.png", drawing(0).mean(axis=2, keepdims=True).repeat(3, axis=2))
    assert "deep/0.png" not in files(run())
    write(tmp_path / "art/deep/0.png", drawing(8))
    run()
    assert (clean / "deep/0.png").read_bytes() == (tmp_path / "art/deep/0.png").read_bytes()


def test_other_thresholds_take_pictures_back_out(run):
    assert len(files(run())) == 3
    assert files(run("--smallest", "1000")) == []


def test_where_links_are_impossible_pictures_are_copied(run, tmp_path, monkeypatch, capsys):
    def refuse(*_):
        raise OSError("another file system")

    monkeypatch.setattr(os, "link", refuse)
    clean = run()
    assert not os.path.samefile(clean / "deep/0.png", tmp_path / "art/deep/0.png")
    assert (clean / "deep/0.png").read_bytes() == (tmp_path / "art/deep/0.png").read_bytes()
    assert "3 copied" in capsys.readouterr().out


def test_the_line_arts_of_pairs_come_along(tmp_path):
    for seed in range(2):
        write(tmp_path / f"pairs/color/{seed}.png", drawing(seed))
        write(tmp_path / f"pairs/line/{seed}.png", np.full((224, 224, 3), 255, np.uint8))
    write(tmp_path / "pairs/color/0.png", np.zeros((224, 224, 3), np.uint8))
    out = tmp_path / "clean"
    prepare.main([str(tmp_path / "pairs"), "-o", str(out), "--workers", "0", "--smallest", "99"])
    assert files(out) == ["color/1.png", "line/1.png"]


def test_folders_that_would_be_harmed_are_refused(tmp_path):
    write(tmp_path / "art/a.png", drawing(0))
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

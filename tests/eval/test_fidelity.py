"""The fidelity report: its drawings, numbers, sheets and commands."""

import csv
import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from colorizer.images import InputError
from eval import plans, sheet, systems
from eval.drawings import SIDE, Drawing, DrawingConfig, list_drawings
from eval.fidelity import __main__ as fidelity
from eval.fidelity import measure, report


@pytest.fixture
def folders(tmp_path, boxes):
    """A data folder and a pairs folder with three drawings each in two sources."""
    color, line = boxes
    for index, source in enumerate(("one", "one", "two")):
        shade = (color.astype(int) - 5 * index).clip(0, 255).astype(np.uint8)
        for folder, array in (("data", shade), ("pairs/color", shade), ("pairs/line", line)):
            path = tmp_path / folder / source / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(array).save(path)
    return tmp_path


def test_drawings_are_the_first_by_hash_of_each_kind(folders):
    config = DrawingConfig(data=(str(folders / "data"),), pairs=(str(folders / "pairs"),))
    drawings = list_drawings(config)
    assert [d.kind for d in drawings] == ["xdog"] * 3 + ["real"] * 3
    assert [d.digest for d in drawings[:3]] == sorted(d.digest for d in drawings[:3])
    limited = list_drawings(DrawingConfig(config.data, config.pairs, limit=("1",)))
    assert limited == [drawings[0], drawings[3]]


def test_only_keeps_sources_by_folder_or_by_parent_and_folder(folders):
    data, pairs = (str(folders / "data"),), (str(folders / "pairs"),)
    named = list_drawings(DrawingConfig(data, pairs, only=("two",)))
    assert [(d.name, d.kind) for d in named] == [("two/2.png", "xdog"), ("two/2.png", "real")]
    assert [d.kind for d in list_drawings(DrawingConfig(data, pairs, only=("color/two",)))] == [
        "real"
    ]
    with pytest.raises(InputError, match="no drawings"):
        list_drawings(DrawingConfig(data, pairs, only=("wo",)))


def test_without_leaves_out_pictures_by_folder_or_by_name(folders):
    data, pairs = (str(folders / "data"),), (str(folders / "pairs"),)
    everything = [d.name for d in list_drawings(DrawingConfig(data, pairs))]
    assert "two/2.png" in everything
    for name in ("two", "2", "two/2"):
        left = [d.name for d in list_drawings(DrawingConfig(data, pairs, without=(name,)))]
        assert left == [n for n in everything if n != "two/2.png"]


def test_a_missing_line_art_is_named(folders):
    (folders / "pairs/line/two/2.png").unlink()
    with pytest.raises(InputError, match=r"two/2\.png"):
        list_drawings(DrawingConfig(pairs=(str(folders / "pairs"),)))


def test_a_drawing_is_the_center_square(tmp_path):
    picture = np.zeros((40, 100, 3), np.uint8)
    picture[:, 30:70] = 200
    Image.fromarray(picture).save(tmp_path / "wide.png")
    color, line = Drawing("wide.png", "xdog", tmp_path / "wide.png", None).load()
    assert color.shape == (SIDE, SIDE, 3)
    assert line.shape == (SIDE, SIDE)
    assert (color == 200).all()


def test_means_ratios_and_medians_by_hand():
    base = {"kind": "real", "hints": "0", "system": "a", "ssim": 1, "delta_e": 0, "drawing": "x"}
    one = base | {"psnr": 10, "chroma": 4, "chroma_truth": 10, "seconds": 1, "bleeding": 0.5}
    two = base | {"psnr": 20, "chroma": 8, "chroma_truth": 20, "seconds": 3}
    (row,) = report.summarize([one, two]).to_dict("records")
    assert (row["psnr"], row["bleeding"], row["drawings"]) == (15, 50, 2)
    assert row["chroma_ratio"] == pytest.approx(0.4)
    gmic = one | {"system": "gmic", "seconds": 8}
    assert report.median_seconds([one, two, gmic])["a"] == {
        "seconds": 2,
        "ratio": 0.25,
        "to": "gmic",
    }


def test_where_28_hints_were_measured_they_are_timed():
    base = {"kind": "real", "system": "a", "drawing": "x"}
    records = [base | {"hints": h, "seconds": s} for h, s in (("0", 9), ("28", 2), ("128", 5))]
    assert report.median_seconds(records)["a"]["seconds"] == 2
    assert report.median_seconds(records[::2])["a"]["seconds"] == 5


def test_a_plan_may_name_its_own_number_of_drawings(folders):
    config = fidelity.Config(pairs=(str(folders / "pairs"),), data=(str(folders / "data"),))
    jobs = fidelity.list_jobs(dataclasses.replace(config, hints=("28", "strokes:1")))
    kinds = [(plan, drawing.kind) for drawing, plan in jobs]
    assert [kinds.count(("strokes", kind)) for kind in ("xdog", "real")] == [1, 1]
    assert [kinds.count(("28", kind)) for kind in ("xdog", "real")] == [
        sum(d.kind == kind for d in list_drawings(config)) for kind in ("xdog", "real")
    ]
    for wrong in ("5:", "5:0", "5:x"):
        with pytest.raises(InputError, match="after a colon a number from 1"):
            fidelity.list_jobs(dataclasses.replace(config, hints=(wrong,)))


def test_the_color_of_a_changed_hint_is_looked_for_around_it(folders):
    drawing = list_drawings(DrawingConfig(pairs=(str(folders / "pairs"),)))[0]
    painting = {"spread": systems.spread, "line": systems.line_alone}
    _, records = measure.measure_trial(plans.load_trial(drawing, "28", 0), painting)
    follows, does_not = (record["delta_e_changed"] for record in records)
    assert follows < 15
    assert does_not > 50


def test_the_command_writes_table_numbers_and_sheets(folders, spread_checkpoint, capsys):
    out = folders / "out"
    words = ["--pairs", str(folders / "pairs"), "--limit", "1", "--hints", "0,5"]
    words += ["--compare", "nearest", "--checkpoint", str(spread_checkpoint)]
    fidelity.main([*words, "--sheet", "1", "-o", str(out)])
    saved = json.loads((out / "fidelity.json").read_text())
    assert saved["options"]["hints"] == ["0,5"]
    assert len(saved["records"]) == 2 * 2  # plans, systems
    table = (out / "fidelity.md").read_text()
    assert table in capsys.readouterr().out
    assert table.count("| ours |") == 2 + 1
    with Image.open(out / "sheet-5.png") as picture:
        assert picture.size == (5 * sheet.CELL, sheet.LABEL + sheet.CELL)


def test_two_runs_give_the_same_numbers(folders):
    words = [
        "--data",
        str(folders / "data"),
        "--limit",
        "2",
        "--compare",
        "spread",
        "--hints",
        "28",
    ]
    words += ["--checkpoint", "none", "--sheet", "0"]
    reports = []
    for name in ("a", "b"):
        fidelity.main([*words, "--out", str(folders / name)])
        reports.append(json.loads((folders / name / "fidelity.json").read_text())["records"])
    for record in (*reports[0], *reports[1]):
        del record["seconds"]
    assert reports[0] == reports[1]


def test_nothing_to_measure_is_an_error(folders):
    with pytest.raises(InputError, match="Nothing to measure"):
        fidelity.main(["--data", str(folders / "data"), "--checkpoint", "none"])


def test_the_sheet_command_shows_line_hints_result_draft_truth(folders, spread_checkpoint):
    words = ["--data", str(folders / "data"), "--checkpoint", str(spread_checkpoint)]
    words += ["--rows", "2", "--compare", "draft"]
    sheet.main([*words, "-o", str(folders / "new" / "sheet.png")])
    with Image.open(folders / "new" / "sheet.png") as picture:
        assert picture.size == (5 * sheet.CELL, sheet.LABEL + 2 * sheet.CELL)


def test_the_sheets_rows_are_the_first_by_hash(folders):
    config = DrawingConfig(data=(str(folders / "data"),), pairs=(str(folders / "pairs"),))
    drawings = list_drawings(config)
    chosen = sheet.first_by_hash(drawings[::-1], 4)
    assert [d.digest for d in chosen] == sorted(d.digest for d in drawings)[:4]


def record(system, drawing, psnr, kind="real", plan="dabs:5"):
    names = {"kind": kind, "hints": plan, "system": system, "drawing": drawing}
    return names | {"psnr_floored": psnr}


def test_wins_count_ties_half_and_the_worst_tenth_is_a_mean_by_hand():
    gains = np.array([*[1.0] * 12, 0.0, 0.005, *[-0.5] * 4, -1.0, -2.0])
    duel = report.duel(gains)
    assert duel["wins"] == pytest.approx(100 * 13 / 20)
    assert duel["gain"] == pytest.approx((12 + 0.005 - 2 - 1 - 2) / 20)
    assert duel["worst_tenth"] == pytest.approx((-1 - 2) / 2)
    assert report.duel(np.array([3.0, -1.0, 2.0]))["worst_tenth"] == -1


def test_ours_is_compared_with_each_other_system_drawing_by_drawing():
    records = [record("gmic", "b", 15), record("gmic", "a", 20)]
    records += [record("ours", "a", 23), record("ours", "b", 16)]
    records += [record("ours-painted", "a", 19), record("ours-painted", "b", 15)]
    records += [record("gmic", "a", 11, "xdog"), record("ours", "a", 10, "xdog")]
    records += [{"kind": "real", "hints": "28", "system": "ours", "drawing": "a", "psnr": 9}]
    rows = [
        (r["kind"], r["system"], r["against"], r["wins"], r["gain"], r["worst_tenth"])
        for r in report.duels(records)
    ]
    assert rows == [
        ("real", "ours", "gmic", 100, 2, 1),
        ("real", "ours-painted", "gmic", 25, -0.5, -1),
        ("xdog", "ours", "gmic", 0, -1, -1),
    ]


def test_pictures_of_another_tool_are_measured_like_a_system(folders, spread_checkpoint):
    shared = ["--pairs", str(folders / "pairs"), "--hints", "dabs:3,5", "--sheet", "0"]
    first = [*shared, "--compare", "nearest", "--checkpoint", "none", "--pictures"]
    fidelity.main([*first, "-o", str(folders / "first")])
    given = folders / "first/pictures/nearest"
    assert (folders / "first/pictures/dabs/dabs-3/real/two/2.png").is_file()
    fidelity.main([*shared, "--checkpoint", str(spread_checkpoint), "--against", str(given),
                   "-o", str(folders / "second")])  # fmt: skip
    before, after = (
        json.loads((folders / name / "fidelity.json").read_text())["records"]
        for name in ("first", "second")
    )
    found = [r for r in after if r["system"] == "nearest"]
    for one, other in zip(before, found, strict=True):
        asked = {"seconds", "bleeding", "delta_e_changed", "stray"} & set(one)
        assert {k: v for k, v in one.items() if k not in asked} == other
    assert "| real | dabs:3 | ours | nearest |" in (folders / "second/fidelity.md").read_text()
    numbers = list(csv.DictReader((folders / "second/fidelity.csv").open()))
    assert len(numbers) == len(after)
    assert float(numbers[0]["psnr_floored"]) == after[0]["psnr_floored"]

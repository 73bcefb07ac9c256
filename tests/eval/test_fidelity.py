"""The fidelity report: its measures, drawings, hints, peers and commands."""

import csv
import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_cie76, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from colorizer.images import InputError
from colorizer.preprocessing.hints import Hint, draw_hints
from eval import metrics, plans, sheet, systems
from eval.drawings import SIDE, Drawing, DrawingConfig, list_drawings
from eval.fidelity import __main__ as fidelity
from eval.fidelity import measure, report
from eval.systems import PEERS, Case, Folder, SystemConfig, load_systems


@pytest.fixture
def pictures():
    """Two different random pictures with some structure, uint8 (64, 48, 3)."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (2, 8, 6, 3)).astype(np.uint8)
    fine = coarse.repeat(8, 1).repeat(8, 2).astype(int) + rng.integers(-20, 20, (2, 64, 48, 3))
    return fine.clip(0, 255).astype(np.uint8)


@pytest.fixture
def boxes():
    """A picture of two colored boxes on white and its closed line-art, 64x64."""
    color = np.full((64, 64, 3), 255, np.uint8)
    line = np.full((64, 64), 255, np.uint8)
    for left, rgb in ((4, (220, 40, 40)), (34, (40, 90, 220))):
        line[10:54, left : left + 26] = 0
        line[12:52, left + 2 : left + 24] = 255
        color[10:54, left : left + 26] = 0
        color[12:52, left + 2 : left + 24] = rgb
    return color, line


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


def test_psnr_is_scikit_images(pictures):
    expected = peak_signal_noise_ratio(pictures[1], pictures[0], data_range=255)
    assert metrics.psnr(*pictures) == pytest.approx(expected, abs=1e-3)
    assert metrics.psnr(pictures[0], pictures[0]) == pytest.approx(99)


def test_ssim_is_scikit_images(pictures):
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    expected = structural_similarity(*pictures, channel_axis=2, data_range=255, **options)
    assert metrics.ssim(*pictures) == pytest.approx(expected, abs=1e-3)


def test_delta_e_is_scikit_images_cie76(pictures):
    expected = deltaE_cie76(rgb2lab(pictures[0]), rgb2lab(pictures[1]))
    np.testing.assert_allclose(metrics.delta_e(*pictures), expected, atol=0.05)


def test_chroma_is_the_distance_from_gray(pictures):
    expected = np.linalg.norm(rgb2lab(pictures[0])[:, :, 1:], axis=2).mean()
    assert metrics.mean_chroma(pictures[0]) == pytest.approx(expected, abs=0.01)
    assert metrics.mean_chroma(np.full((8, 8, 3), 90, np.uint8)) == pytest.approx(0, abs=0.01)


def test_delta_e_at_hints_looks_at_their_centers_alone():
    picture = np.zeros((20, 30, 3), np.uint8)
    picture[5, 25] = 255, 0, 0
    assert metrics.delta_e_at_hints(picture, [Hint(25, 5, 3, "#ff0000")]) == pytest.approx(0)
    both = [Hint(25, 5, 0, "#ff0000"), Hint(0, 0, 0, "#ffffff")]
    assert metrics.delta_e_at_hints(picture, both) == pytest.approx(50, abs=0.01)  # black: L 0
    assert np.isnan(metrics.delta_e_at_hints(picture, []))


def test_closed_region_is_the_paper_inside_the_outline(boxes):
    color, line = boxes
    inside = (color == (220, 40, 40)).all(2)
    np.testing.assert_array_equal(metrics.closed_region(line, 15, 30), inside)
    assert not metrics.closed_region(line, 5, 30).any()  # on ink


def test_bleeding_counts_what_moves_outside_the_region(boxes):
    before, line = boxes
    region = metrics.closed_region(line, 15, 30)
    after = before.copy()
    after[region] = 0, 200, 0
    assert metrics.moved_outside(before, after, region, metrics.BLED) == 0
    after[60:] = 0, 200, 0
    outside = 64 * 64 - (22 + 6) * (40 + 6)
    assert metrics.moved_outside(before, after, region, metrics.BLED) == pytest.approx(
        4 * 64 / outside, rel=0.03
    )
    assert np.isnan(metrics.moved_outside(before, after, np.ones((64, 64), bool), metrics.BLED))


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


@pytest.mark.parametrize("plan", ["0", "1", "5", "28", "128", "strokes"])
def test_hints_have_the_truths_colors_and_depend_on_the_seed_alone(boxes, plan):
    color, line = boxes
    hints = plans.place_hints(plan, color, line, np.random.default_rng(1))
    assert hints == plans.place_hints(plan, color, line, np.random.default_rng(1))
    assert all(h.rgb == tuple(color[h.y, h.x]) for h in hints)
    if plan != "strokes":
        assert len(hints) == int(plan)
        assert all(h.r == 0 for h in hints)


def test_five_strokes_take_five_colors_off_the_lines(boxes):
    color, line = boxes
    hints = plans.simulate_strokes(color, line, np.random.default_rng(0))
    assert {h.rgb for h in hints} == {(255, 255, 255), (220, 40, 40), (40, 90, 220)}
    for hint in hints:
        dab = draw_hints([hint], (64, 64))[:, :, 3] > 0
        assert (line[dab] == 255).all()


def test_other_color_is_clearly_different():
    for color in ("#000000", "#ffffff", "#e02020", "#808080", "#123456"):
        swatch = np.array([[list(bytes.fromhex(color[1:]))]], np.uint8)
        other = Hint(0, 0, 0, plans.other_color(color))
        assert metrics.delta_e(swatch, np.uint8([[other.rgb]]))[0, 0] > 60


def test_unknown_plans_and_peers_are_refused():
    with pytest.raises(InputError, match="many"):
        plans.split_limit("many")
    with pytest.raises(InputError, match="photoshop"):
        load_systems(SystemConfig(("photoshop",), "none"))


def test_another_checkpoint_is_compared_by_a_name_of_its_own(boxes, spread_checkpoint):
    config = SystemConfig(("line", f"before={spread_checkpoint}"), str(spread_checkpoint))
    loaded = load_systems(config)
    assert list(loaded) == ["line", "before", "ours"]
    with pytest.raises(InputError, match=r"has line; .* NAME=CHECKPOINT with another name"):
        load_systems(SystemConfig((f"line={spread_checkpoint}",), "none"))
    case = Case(boxes[1], [Hint(15, 30, 2, "#dc2828")])
    np.testing.assert_array_equal(loaded["before"](case), loaded["ours"](case))


def test_nearest_takes_the_color_of_the_nearest_hint():
    line = np.full((20, 41), 255, np.uint8)
    line[10] = 51
    result = systems.nearest(Case(line, [Hint(0, 10, 0, "#ff0000"), Hint(40, 10, 2, "#0000ff")]))
    np.testing.assert_array_equal(
        result[0, [0, 18, 20, 40]] / 255, [[1, 0, 0]] * 2 + [[0, 0, 1]] * 2
    )
    np.testing.assert_array_equal(result[10, 5], [51, 0, 0])


@pytest.mark.parametrize("name", ["line", "nearest", "spread"])
def test_peers_return_the_line_art_without_hints(boxes, name):
    _, line = boxes
    np.testing.assert_array_equal(PEERS[name](Case(line, [])), np.dstack([line] * 3))


def test_spread_fills_closed_boxes(boxes):
    color, line = (array.repeat(4, 0).repeat(4, 1) for array in boxes)
    hints = [Hint(60, 120, 0, "#dc2828"), Hint(180, 120, 0, "#285adc"), Hint(4, 4, 0, "#ffffff")]
    assert metrics.psnr(systems.spread(Case(line, hints)), color) > 30


def test_gmic_fills_closed_boxes(boxes):
    pytest.importorskip("gmic")
    color, line = (array.repeat(4, 0).repeat(4, 1) for array in boxes)
    hints = [Hint(60, 120, 1, "#dc2828"), Hint(180, 120, 1, "#285adc"), Hint(4, 4, 1, "#ffffff")]
    assert metrics.psnr(systems.gmic(Case(line, hints)), color) > 30


def test_gmic_is_asked_for_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "gmic", None)
    systems.find_gmic.cache_clear()
    with pytest.raises(InputError, match=r"pip install -r eval/requirements\.txt"):
        load_systems(SystemConfig(("gmic",), "none"))


def test_a_changed_hint_changes_its_whole_stroke_and_no_other(boxes):
    _, line = boxes
    stroke = [Hint(x, 30, 2, "#dc2828") for x in (12, 15, 18)]
    far = Hint(45, 30, 2, "#dc2828")
    changed, new, region = measure.change_one([*stroke, far], line, np.random.default_rng(3))
    assert new in changed
    moved = [h.color != "#dc2828" for h in changed]
    assert moved in ([True] * 3 + [False], [False] * 3 + [True])
    assert region[30, 15] != region[30, 45]
    assert measure.change_one([Hint(5, 30, 0, "#000000")], line, np.random.default_rng(0)) is None


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


def test_a_picture_of_another_tool_may_have_any_ending_and_size(tmp_path):
    (tmp_path / "tool/two").mkdir(parents=True)
    Image.new("RGB", (40, 40), "red").save(tmp_path / "tool/two/2.webp", lossless=True)
    tool = Folder(tmp_path / "tool")
    case = Case(np.zeros((30, 50), np.uint8), [], "dabs-5/xdog/two/2")
    picture = tool(case)
    assert picture.shape == (30, 50, 3)
    assert (picture == (255, 0, 0)).all()
    (tmp_path / "tool/dabs-5/xdog/two").mkdir(parents=True)
    Image.new("RGB", (50, 30), "blue").save(tmp_path / "tool/dabs-5/xdog/two/2.png")
    assert (tool(case) == (0, 0, 255)).all()
    with pytest.raises(InputError, match=r"no picture .*none/28/xdog/two/2\.\*"):
        Folder(tmp_path / "none").find("28/xdog/two/2")
    with pytest.raises(InputError, match="--against has a second 'tool'"):
        load_systems(SystemConfig(checkpoint="none", against=(str(tmp_path / "tool"),) * 2))


def test_an_evaluation_without_its_packages_says_how_to_get_them(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchmetrics.functional.image", None)
    source = Path(metrics.__file__)
    with pytest.raises(SystemExit, match=r"pip install -r eval/requirements\.txt"):
        exec(compile(source.read_text("utf-8"), source, "exec"), {"__name__": "eval.metrics"})

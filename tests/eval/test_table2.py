"""Table 2: rows are trained once and resumed, and the table says what was measured."""

import csv

import numpy as np
import pytest
import torch
from PIL import Image

from colorizer.images import InputError
from eval.commands import write_csv
from eval.drawings import DrawingConfig, list_drawings
from eval.fid.evaluation import Squares
from eval.systems import of_checkpoint
from eval.table2 import __main__ as table2
from eval.table2 import figures, rows
from tests.support.runs import write_vgg

PAPER = """
    base 44.70 35.83 109.39 87.95
    pix2pix 41.14 34.21 117.24 94.14
    line 43.87 35.51 99.40 61.83
    equalize 39.54 33.29 92.63 60.45
    both 39.77 32.16 98.75 57.51
"""


pytestmark = pytest.mark.usefixtures("restore_sigterm")


@pytest.fixture(scope="module")
def folders(tmp_path_factory, make_picture, make_line):
    """Three pictures and three pairs, 512x512, and random VGG16 weights."""
    root = tmp_path_factory.mktemp("pictures")
    for folder in ("data", "pairs/color", "pairs/line"):
        (root / folder).mkdir(parents=True)
    for number in range(3):
        Image.fromarray(make_picture(512, 512, number)).save(root / f"data/{number}.png")
        Image.fromarray(make_picture(512, 512, number)).save(root / f"pairs/color/{number}.png")
        Image.fromarray(make_line(512, 512, number)).save(root / f"pairs/line/{number}.png")
    write_vgg(root / "vgg.safetensors")
    return root


def test_the_papers_numbers_stand_beside_ours():
    for line in PAPER.split("\n")[1:-1]:
        row, *numbers = line.split()
        assert [mean for mean, _ in table2.PAPER[row]] == [float(n) for n in numbers]


def cell(kind, plan, distance, std=None):
    others = {"kid": 0.002, "kid_std": std, "psnr": 20.0, "psnr_std": std}
    names = {"kind": kind, "plan": plan, "pictures": 9, "draws": 3}
    return names | {"fid": distance, "fid_std": std, "delta_e": 7.0, "delta_e_std": std} | others


def cells(row, distances, std=None):
    summary = [cell(*c, d, std) for c, d in zip(table2.COLUMNS, distances)]
    return table2.cells_of(row, [summary], 1_500_000, 3.0)


def test_the_table_has_ours_and_the_papers_numbers_and_their_ratio(tmp_path):
    results = cells("base", [10, 8, 20, 16], 0.5) + cells("both", [9, 4, 15, 4], 0.25)
    text = table2.markdown(results, table2.Config(), "Features: some.")
    lines = text.splitlines()
    assert "| Base | 10.00 ± 0.50 | 44.70 ± 2.01 | 8.00 ± 0.50 | 35.83 ± 1.81 |" in lines[2]
    assert "| 1.5 M | 3 |" in lines[2]
    assert "| here | 0.90 | 0.50 | 0.75 | 0.25 |" in lines
    assert "| paper | 0.89 | 0.90 | 0.90 | 0.65 |" in lines
    assert "| KID x 1000 | Ours | 2.00" in text
    write_csv(tmp_path / "table2.csv", results)
    table = list(csv.DictReader((tmp_path / "table2.csv").open()))
    assert len(table) == 8
    assert (table[5]["model"], table[5]["measure"], table[5]["fid"]) == ("both", "C-FID", "4")
    assert (table[5]["paper"], table[5]["minutes"]) == ("32.16", "3.00")


def test_over_several_seeds_the_deviation_is_theirs():
    summaries = [[cell("xdog", "C-FID", d, 9.0)] for d in (1.0, 2.0, 4.0)]
    (found,) = table2.cells_of("base", summaries, 1, 1)
    assert found["fid"] == pytest.approx(7 / 3)
    assert found["fid_std"] == pytest.approx(np.std([1, 2, 4], ddof=1))
    assert table2.cells_of("base", summaries[:1], 1, 1)[0]["fid_std"] == 9.0


class Script:
    """A stand-in for a training that stops at half its steps the first time."""

    def __init__(self):
        self.calls = []

    def __call__(self, argv):
        self.calls.append(argv)
        resumed = "--resume" in argv
        run = argv[argv.index("--resume" if resumed else "--runs") + 1]
        folder = rows.Path(run) if resumed else rows.Path(run) / "00000-ldm"
        (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
        step = 10 if resumed else 5
        state = {"format": 1, "step": step, "config": {"steps": 10}}
        torch.save(state, folder / "checkpoints" / f"step-{step:08d}.pt")


def test_a_stage_goes_on_where_it_stopped_and_is_never_trained_twice(tmp_path, monkeypatch):
    script = Script()
    monkeypatch.setitem(rows.SCRIPTS, "ldm", script)
    with pytest.raises(InputError, match="was stopped; the same command goes on"):
        rows.run_stage("ldm", ["--lr", "1"], tmp_path)
    run = rows.run_stage("ldm", ["--lr", "1"], tmp_path)
    assert rows.run_stage("ldm", ["--lr", "1"], tmp_path) == run == tmp_path / "00000-ldm"
    assert [call[0] for call in script.calls] == ["--lr", "--resume"]
    with pytest.raises(InputError, match="trained with the flags --lr 1, now they are --lr 2"):
        rows.run_stage("ldm", ["--lr", "2"], tmp_path)


def test_rows_differ_in_what_the_paper_left_out(tmp_path, monkeypatch):
    calls = []

    def stage(script, flags, folder):
        calls.append((script, flags, folder.name))
        return folder / script

    monkeypatch.setattr(rows, "run_stage", stage)
    config = table2.Config(steps=100, draft_share=0.3, data=("d",))
    for row in rows.ROWS:
        rows.run_row(config, row, 4, tmp_path)
    assert [(c[0], c[2]) for c in calls] == [
        ("base", "base-4"),
        ("pix2pix", "pix2pix-4"),
        ("ldm", "ldm-4"),
        ("draft", "line-4"),
        ("colorization", "line-4"),
        ("draft", "equalize-4"),
        ("colorization", "equalize-4"),
        ("ldm", "ldm-4"),
        ("draft", "both-4"),
        ("colorization", "both-4"),
    ]
    flags = [" ".join(c[1]) for c in calls]
    assert all("--seed 4 --data d" in f for f in flags)
    steps = [f.split("--steps ")[1].split()[0] for f in flags]
    assert steps == ["100"] * 3 + ["30", "70"] * 2 + ["100", "30", "70"]
    assert "--equalize 0" in flags[3]
    assert "--w-line 0" in flags[5]
    assert "--ldm" not in flags[5]
    assert flags[8].endswith(f"--ldm {tmp_path / 'runs/ldm-4/ldm'}")


def test_unknown_rows_are_named():
    with pytest.raises(InputError, match="no row 'all'; wanted are some of base, pix2pix"):
        table2.main(["--rows", "base", "all"])


def test_small_comes_before_the_flags_that_change_it():
    config = table2.parse(["--steps", "7", "--small", "-o", "here"])
    assert (config.steps, config.out, config.side, config.feature) == (7, "here", 128, "vgg")
    assert "--crop 128" in config.train_flags
    assert table2.parse([]).feature == "inception"


FLAGS = {
    "train": "--crop 64 --batch 2 --workers 0 --device cpu",
    "pix2pix": "--width 8 --depth 5 --critic-width 8",
    "draft": "--width 8 --blocks 1 --cardinality 4 --w-content 0",
    "colorization": "--width 8 --blocks 1 --cardinality 4",
}


def test_the_command_trains_measures_and_draws(folders, tmp_path, monkeypatch):
    argv = f"--data {folders}/data --pairs {folders}/pairs --steps 2 --rows pix2pix equalize"
    argv = [*f"{argv} --vgg-weights {folders}/vgg.safetensors --feature vgg".split()]
    argv += f"--side 64 --repeats 2 --figure-rows 1 -o {tmp_path}".split()
    for name, flags in FLAGS.items():
        argv += [f"--{name}-flags", flags]
    table2.main(argv)
    text = (tmp_path / "table2.md").read_text()
    assert [line.split(" | ")[0] for line in text.splitlines()[2:5]] == [
        "| Pix2Pix",
        "| Ours (histogram equalization only)",
        "| Ours (histogram equalization only), settled",
    ]
    table = list(csv.DictReader((tmp_path / "table2.csv").read_text().splitlines()))
    assert len(table) == 12
    assert all(np.isfinite(float(line["fid"])) for line in table)
    names = sorted(p.name for p in (tmp_path / "figures").iterdir())
    assert names == [f"figure-{n:02d}.png" for n in (3, 8, 9, 10, 11, 13)]
    monkeypatch.setattr(rows, "SCRIPTS", {})  # nothing is trained again
    table2.main(argv)
    assert (tmp_path / "table2.md").read_text() == text


@pytest.fixture
def squares(folders):
    config = DrawingConfig(data=(f"{folders}/data",), pairs=(f"{folders}/pairs",))
    found = list_drawings(config)
    return {k: Squares([d for d in found if d.kind == k], 128, 1, 0) for k in ("xdog", "real")}


def test_figure_3_is_the_share_of_each_gray(squares):
    shares = figures.line_shares(squares, 2)
    assert list(shares)[::2] == ["XDoG", "dilate-abs-sub", "real"]
    gray = np.concatenate([squares["real"].pictures(i)[1].ravel() for i in range(2)])
    np.testing.assert_allclose(shares["real"], np.histogram(gray, 256, (0, 256))[0] / gray.size)
    assert all(share.sum() == pytest.approx(1) for share in shares.values())
    assert shares["XDoG, equalized"][:60].sum() > shares["XDoG"][:60].sum()


def test_figures_8_to_11_give_every_system_the_same(squares):
    seen = {}

    def system(name):
        def paint(case):
            seen.setdefault(name, []).append(case)
            return np.dstack([case.line] * 3)

        return paint

    systems = {"a": system("a"), "b": system("b")}
    for number, hints in ((8, 0), (9, 0), (10, 0), (11, 64)):
        found = figures.comparison_rows(number, systems, squares, 2, seed=0)
        assert len(found) == 4
        labels = ["line", *["hints"] * (number == 11), "a", "b", "truth"]
        assert all(list(row) == labels for row in found)
        side = 64 if number == 9 else 128
        assert found[0]["a"].shape == (side, side, 3)
        assert (found[0]["a"] == found[0]["line"]).all()
        for one, other in zip(seen.pop("a"), seen.pop("b"), strict=True):
            assert (one.line == other.line).all()
            assert one.hints == other.hints
            assert len(one.hints) == hints


def test_a_run_of_another_kind_cannot_paint(tmp_path):
    torch.save({"format": 1, "step": 1, "config": {"steps": 1}, "ldm": {}}, tmp_path / "ldm.pt")
    with pytest.raises(InputError, match="cannot paint: wanted is a run of colorization, base"):
        of_checkpoint(str(tmp_path / "ldm.pt"))

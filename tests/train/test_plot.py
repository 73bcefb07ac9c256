"""Loss curves: what is read from stats.jsonl and what the picture shows."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import uniform_filter1d

from colorizer.images import InputError
from train.plot import draw, main, read_curves, smooth


@pytest.fixture
def make_run(tmp_path):
    """(name, rows, tail) -> a run folder with these lines in its stats.jsonl."""

    def make(name, rows, tail=""):
        (tmp_path / name).mkdir()
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        (tmp_path / name / "stats.jsonl").write_text(text + tail)
        return tmp_path / name

    return make


ROWS = [{"step": 10 * n, "recon": 1 / n, "lr": 1e-4, "steps_per_s": 2.0} for n in range(1, 30)]
CHECKS = [{"step": 100, "val_l1": 0.5}, {"step": 200, "val_l1": 0.25}]


def test_every_figure_is_read_at_its_own_steps(make_run):
    curves = read_curves(make_run("a", ROWS + CHECKS, tail='{"step": 300, "rec'))
    assert list(curves) == ["recon", "lr", "steps_per_s", "val_l1"]
    steps, values = curves["recon"]
    assert np.array_equal(steps, np.arange(10, 300, 10))
    assert np.allclose(values, 10 / steps)
    assert [v.tolist() for v in curves["val_l1"]] == [[100, 200], [0.5, 0.25]]


def test_values_that_are_not_finite_are_left_out(make_run):
    rows = [{"step": 1, "recon": float("nan")}, {"step": 2, "recon": 1.0}]
    steps, values = read_curves(make_run("a", rows))["recon"]
    assert (steps.tolist(), values.tolist()) == ([2], [1])


def test_smoothing_is_a_running_mean_that_does_not_lag(rng):
    values = rng.random(50)
    assert np.allclose(smooth(values, 0), values)
    smoothed = smooth(values, 0.2)
    assert np.allclose(smoothed[5:-5], uniform_filter1d(values, 11)[5:-5])
    assert np.allclose(smoothed[[0, -1]], [values[:6].mean(), values[-6:].mean()])
    ramp = np.arange(50.0)
    assert np.allclose(smooth(ramp, 0.2)[5:-5], ramp[5:-5])


def test_only_wide_positive_figures_are_logarithmic(make_run):
    kinds = {"wide": (1e-5, 1e-3), "narrow": (1.0, 3.0), "from_0": (0.0, 100.0)}
    rows = [{"step": i} | {name: pair[i] for name, pair in kinds.items()} for i in range(2)]
    axes = draw({"a": read_curves(make_run("a", rows))}).axes
    scales = {panel.get_title(): panel.get_yscale() for panel in axes if panel.get_title()}
    assert scales == {"wide": "log", "narrow": "linear", "from_0": "linear"}


def test_runs_share_the_panels_and_validation_comes_after_the_losses(make_run):
    runs = {
        name: read_curves(make_run(name, ROWS + extra))
        for name, extra in [("one", CHECKS), ("two", [{"step": 300, "gan": 0.7}])]
    }
    figure = draw(runs)
    panels = {axes.get_title(): axes for axes in figure.axes if axes.get_title()}
    assert list(panels) == ["recon", "gan", "val_l1", "lr", "steps_per_s"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["one", "two"]
    assert panels["recon"].get_yscale() == "log"
    assert panels["lr"].get_yscale() == "linear"
    raw = panels["recon"].lines[0]
    assert np.allclose(raw.get_ydata(), runs["one"]["recon"][1])
    assert len(panels["val_l1"].lines) == 2, "the second run has no such figure"
    assert {line.get_color() for line in panels["gan"].lines} == {"C1"}


def test_the_command_writes_a_picture_into_the_run(make_run, capsys):
    run = make_run("a", ROWS)
    main([str(run)])
    with Image.open(run / "curves.png") as picture:
        assert picture.format == "PNG"
        assert np.asarray(picture.convert("L")).std() > 5, "an empty picture"
    assert str(run / "curves.png") in capsys.readouterr().out


def test_folders_without_figures_are_refused(make_run, tmp_path):
    with pytest.raises(InputError, match=r"no figures in stats\.jsonl"):
        read_curves(tmp_path)
    with pytest.raises(InputError, match="no figures in"):
        read_curves(make_run("a", []))

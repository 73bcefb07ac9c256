"""Hint-AUC: what the adapter hands over, and the third party's numbers for a known colorizer."""

import sys

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy.integrate import trapezoid

from colorizer.images import InputError
from eval import hint_auc
from eval.drawings import Drawing


def echo(case):
    """Return a colorization that is the hint layer on white: a colorizer without a network."""
    paper = Image.new("RGBA", case.hints.size, "white")
    return np.asarray(Image.alpha_composite(paper, case.hints).convert("RGB"))


@pytest.fixture
def drawing(tmp_path):
    """A drawing of four flat rectangles."""
    picture = np.full((96, 96, 3), 240, np.uint8)
    for x, color in ((4, (200, 40, 40)), (50, (40, 160, 60))):
        cv2.rectangle(picture, (x, 8), (x + 38, 80), color, -1)
    Image.fromarray(picture).save(tmp_path / "flat.png")
    return Drawing("flat.png", "xdog", tmp_path / "flat.png", None)


def test_channels_are_swapped_and_masked() -> None:
    mask = np.array([[255, 0], [0, 255]], np.uint8)
    color = np.zeros((2, 2, 3), np.uint8)
    color[0, 0], color[1, 1] = (255, 10, 0), (1, 2, 3)  # blue, green, red
    sample = {"line_art": np.full((2, 2), 255, np.uint8), "hint_color": color, "hint_mask": mask}
    seen = []
    result = hint_auc.colorize(lambda case: (seen.append(case), echo(case))[1], sample)
    line_art, layer = seen[0].line, seen[0].hints
    assert line_art is sample["line_art"]
    assert layer.getpixel((0, 0)) == (0, 10, 255, 255)
    assert layer.getpixel((1, 0))[3] == 0
    assert result.tolist() == [[[255, 10, 0], [255] * 3], [[255] * 3, [1, 2, 3]]]


def test_more_hints_score_better(drawing) -> None:
    pytest.importorskip("hintauc", reason="the third party's evaluator is optional")
    result = hint_auc.evaluate(echo, [drawing])
    mse = {share: scores["mse"] for share, scores in result["per_alpha"].items()}
    assert mse[1.0] < mse[0.0]
    shares = sorted(mse)
    area = trapezoid([mse[share] for share in shares], shares)
    assert result["hint_auc"]["mse"] == pytest.approx(area)
    blank = np.mean((1 - np.asarray(Image.open(drawing.color)) / 255.0) ** 2)
    assert mse[0.0] == pytest.approx(blank, rel=0.02)  # white paper against the truth
    assert result["protocol"]["path_method"] == "geodesic"


def test_a_missing_package_is_said_in_one_sentence(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "hintauc", None)
    with pytest.raises(InputError, match="pip install --no-deps hintauc"):
        hint_auc.evaluate(echo, [])


def test_table_has_every_share_and_the_area() -> None:
    scores = dict.fromkeys(hint_auc.METRICS, 0.25)
    result = {"n_images": 3, "per_alpha": {0.01: scores, 1.0: scores}, "hint_auc": scores}
    lines = hint_auc.markdown({"ours": {"real": result}}).splitlines()
    assert lines[2:] == [
        f"| ours | real | 3 | {name} | 0.25 | 0.25 | 0.25 | 0.25 |"
        for name in ("1%", "100%", "Hint-AUC")
    ]

"""Drawings of open lines: renders that no training saw, and pairs with lines erased in places."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from colorizer.images import InputError
from eval.drawings import FIRST_SEED, SIDE, Drawing, DrawingConfig, erase, list_drawings


@pytest.fixture
def folders(tmp_path):
    """Renders of two training and two other seeds, and two pairs."""
    picture = Image.new("RGB", (64, 64), "white")
    picture.paste("black", (10, 10, 50, 14))
    names = [f"renders/{{}}/{seed:06d}.png" for seed in (0, 899_999, 900_000, 900_001)]
    names += [f"pairs/{{}}/kept/{name}.png" for name in ("a", "b")]
    for name in names:
        for folder in ("color", "line_open" if "renders" in name else "line"):
            path = tmp_path / name.format(folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            picture.save(path)
    return tmp_path


def test_open_drawings_are_unseen_renders_and_erased_pairs_in_turns(folders):
    config = DrawingConfig(
        pairs=(str(folders / "pairs"),),
        renders=(str(folders / "renders"),),
        open_pairs=(str(folders / "pairs"),),
    )
    drawings = list_drawings(config)
    assert [d.kind for d in drawings] == ["real"] * 2 + ["open"] * 4
    assert [d.erased for d in drawings] == [False] * 2 + [False, True] * 2
    assert all(int(d.color.stem) >= FIRST_SEED for d in drawings[2::2])
    assert all(d.line.parent.name == "line_open" for d in drawings[2::2])
    limited = list_drawings(dataclasses.replace(config, limit=("real=1,open=3",)))
    assert [d.kind for d in limited] == ["real"] + ["open"] * 3
    only = list_drawings(dataclasses.replace(config, only=("elsewhere",)))
    assert [d.erased for d in only] == [False] * 2  # renders stay
    for wrong in ("many", "flat=3", "real="):
        with pytest.raises(InputError, match="wanted is N or KIND=N"):
            list_drawings(dataclasses.replace(config, limit=(wrong,)))


def test_erased_lines_have_gaps_that_are_always_the_same(folders):
    path = folders / "pairs/{}/kept/a.png"
    kept, erased = (
        Drawing("kept/a.png", "open", *(str_path(path, f) for f in ("color", "line")), erased=flag)
        for flag in (False, True)
    )
    (_, whole), (_, broken), (_, again) = kept.load(), erased.load(), erased.load()
    assert (broken == again).all()
    gone = broken != whole
    assert gone.any()
    assert (broken[gone] == 255).all()
    assert (whole[gone] < 200).any()


def str_path(path, folder):
    return path.parent.parent.parent / folder / "kept" / path.name


def test_an_empty_line_art_has_nothing_to_erase():
    paper = np.full((SIDE, SIDE), 255, np.uint8)
    assert (erase(paper, np.random.default_rng(0)) == paper).all()

"""The relief network's training: what its samples say, and that it learns, resumes, is measured."""

import json
import shutil

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from colorizer.images import InputError
from tests.support.runs import QUICK, assert_ended_alike, rows_of
from train import relief
from train.relief import Config, ReliefSamples, read_light

LIGHT = [0.6, 0.0, 0.8]
SKIN, EYE_WHITE = 1, 3


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Two renders of a disk of skin with an eye, whose right half is lit, from the right."""
    root = tmp_path_factory.mktemp("relief")
    ids, line = np.zeros((256, 256), np.uint8), np.full((256, 256), 255, np.uint8)
    cv2.circle(ids, (128, 128), 100, SKIN, -1)
    cv2.circle(ids, (128, 80), 20, EYE_WHITE, -1)
    cv2.circle(line, (128, 128), 100, 0, 3)
    shade = np.zeros((256, 256, 3), np.uint8)
    shade[:, 128:, 0] = 255
    files = {"id/{}.png": ids, "line/{}.png": line, "line_open/{}.png": line}
    for file, picture in (files | {"shade/{}-0.png": shade}).items():
        for name in "ab":
            path = root / "renders" / file.format(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(path)
    (root / "renders/meta").mkdir()
    for name in "ab":
        (root / f"renders/meta/{name}.json").write_text(json.dumps({"lights": [LIGHT]}))
    return root


def samples(root, count=40, **options):
    config = Config(renders=(str(root / "renders"),), crop=128, **options)
    return ReliefSamples(config, 3, count)


def train(root, folder, options):
    argv = f"--renders {root}/renders --runs {root}/{folder} {QUICK} --crop 128 --scales 0.25 0.3"
    relief.main(f"{argv} --batch 2 --width 4 {options}".split())
    return next((root / folder).iterdir())


def test_light_is_where_the_render_has_it_and_turns_with_it(root):
    found, sides = samples(root), set()
    for sample in map(found.__getitem__, range(len(found))):
        assert sample["line"].shape == (1, 128, 128)
        assert sample["lit"].shape == sample["known"].shape == (32, 32)
        turn = np.sign(sample["light"][0].item())
        assert sample["light"].tolist() == pytest.approx([0.6 * turn, 0, 0.8])
        lit = (sample["lit"] > 0.9) & (sample["known"] > 0)
        dark = (sample["lit"] < 0.1) & (sample["known"] > 0)
        if lit.any() and dark.any():
            sides.add(turn)
            columns = torch.arange(32.0).expand(32, 32)
            assert np.sign((columns[lit].mean() - columns[dark].mean()).item()) == turn
    assert sides == {-1, 1}


def test_nothing_is_known_of_background_eyes_and_lines(root):
    whole = samples(root, 1, scales=(0.25, 0.25))[0]  # all of it at half of its size
    share = whole["known"].mean().item()
    disk, eye = np.pi * 50**2 / 128**2, np.pi * 10**2 / 128**2
    assert 0 < share < disk - eye
    assert (whole["lit"][whole["known"] == 0] <= 1).all()


def test_a_sample_is_a_function_of_seed_and_number(root):
    first, again = samples(root)[5], samples(root)[5]
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["line"], samples(root)[6]["line"])


def test_it_learns_resumes_and_is_measured(root):
    options = f"--val-renders {root}/renders --val-samples 4 --val-every 4 --sample-every 4"
    run = train(root, "whole", f"--steps 8 {options} --schedule steps")
    first = train(root, "parts", f"--steps 4 {options} --schedule steps")
    relief.main(["--resume", str(first), "--steps", "8"])
    assert_ended_alike(run, first, 8)
    rows = rows_of(run)
    assert all(0 <= row["val_order"] <= 1 for row in rows if "val_order" in row)
    assert any("val_order" in row for row in rows)
    assert list((run / "samples").glob("*.png"))


def test_it_learns_that_all_is_lit(root, tmp_path):
    shutil.copytree(root / "renders", tmp_path / "renders")
    for path in (tmp_path / "renders/shade").iterdir():
        Image.new("RGB", (256, 256), (255, 0, 0)).save(path)
    run = train(tmp_path, "lit", "--steps 40 --lr 0.01")
    losses = [row["lit"] for row in rows_of(run)]
    assert losses[-1] < 0.3 < losses[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "missing or names no light"),
        ("{}", "missing or names no light"),
        ("no json", "missing or names no light"),
        ('{"lights": [[1, 0]]}', "a light of 2 numbers; wanted are three"),
    ],
)
def test_a_render_without_its_light_is_refused(root, tmp_path, text, said):
    shutil.copytree(root / "renders", tmp_path / "renders")
    meta = tmp_path / "renders/meta/a.json"
    meta.unlink() if text is None else meta.write_text(text)
    with pytest.raises(InputError, match=said):
        read_light(tmp_path / "renders/id/a.png")


def test_there_must_be_renders_and_a_crop_that_fits(root):
    with pytest.raises(InputError, match="There are no renders to train on: give a folder"):
        relief.main(["--data", str(root / "renders/line"), "--device", "cpu"])
    with pytest.raises(InputError, match="--crop is 100; wanted is a multiple of 64"):
        relief.main(["--renders", str(root / "renders"), "--crop", "100", "--device", "cpu"])

"""Validation measures the averaged weights on the same held-out pictures and changes nothing."""

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from colorizer.models import DraftModel
from tests.support.pictures import write_pictures
from tests.support.runs import MODEL, QUICK, rows_of, same_state, state_of
from train import draft, ldm
from train.checkpoints import load_weights, newest_checkpoint
from train.validation import HINTS, HeldOut

OPTIONS = f"{QUICK} --batch 2 --steps 4 --ema 0.5"
ALONE = f"{MODEL} --w-gan 0 --w-content 0 --w-line 0"


@pytest.fixture(scope="module")
def root(tmp_path_factory, make_picture, make_line):
    """Two pictures to train on in data, three to validate on in val, two pairs in pairs."""
    root = tmp_path_factory.mktemp("validation")
    for folder, seeds in {"data": (0, 1), "val": (2, 3, 4), "pairs/color": (5, 6)}.items():
        write_pictures(root / folder, make_picture, seeds)
    write_pictures(root / "pairs/line", make_line, (5, 6))
    return root


def run(script, root, runs, *options):
    argv = f"{OPTIONS} --data {root}/data --runs {root}/{runs}".split()
    script.main([*argv, *" ".join(options).split()])
    return root / f"{runs}/00000-{script.__name__.partition('.')[2]}"


def values_of(run_folder):
    rows = rows_of(run_folder)
    return {row["step"]: row for row in rows if any(k.startswith("val_") for k in row)}


@pytest.fixture(scope="module")
def validated(root):
    return run(draft, root, "with", ALONE, f"--val {root}/val --val-every 2")


def test_validation_writes_the_errors_of_the_averaged_weights(root, validated):
    values = values_of(validated)
    names = {"val_l1_hints", "val_psnr_hints", "val_l1_no_hints", "val_psnr_no_hints"}
    assert values.keys() == {2, 4}
    assert values[4].keys() == {"step"} | names
    model = DraftModel(8, 1, 4)
    load_weights(model, "draft", newest_checkpoint(validated))
    config = draft.Config(val=(f"{root}/val",), crop=64)
    for suffix, shown in (("_hints", 1), ("_no_hints", 0)):
        l1, psnr = [], []
        for i in range(3):
            sample = HeldOut(config)[i]
            with torch.no_grad():
                fake = model(sample["line"][None], sample["hint"][None] * shown)[0].numpy()
            l1.append(np.abs(fake - sample["color"].numpy()).mean())
            psnr.append(peak_signal_noise_ratio(sample["color"].numpy(), fake, data_range=2))
        assert values[4]["val_l1" + suffix] == pytest.approx(np.mean(l1), rel=1e-4)
        assert values[4]["val_psnr" + suffix] == pytest.approx(np.mean(psnr), rel=1e-4)


def test_validation_does_not_change_the_training(root, validated):
    without = run(draft, root, "without", ALONE)
    assert same_state(state_of(validated)["draft"], state_of(without)["draft"])
    assert not values_of(without)


def test_the_ldm_is_validated_without_hints(root):
    values = values_of(run(ldm, root, "lines", f"--width 4 --val {root}/pairs --val-every 4"))
    assert values.keys() == {4}
    assert values[4].keys() == {"step", "val_l1", "val_psnr"}


def test_each_held_out_picture_is_seen_once_and_always_the_same(root):
    config = draft.Config(val=(f"{root}/val", f"{root}/pairs"), crop=64, hue=0.2)
    first, again = HeldOut(config), HeldOut(config)
    assert len(first) == 5
    means = [first[i]["color"].mean().item() for i in range(5)]
    assert len(set(means)) == 5
    for i in reversed(range(5)):
        assert again[i]["color"].mean().item() == means[i]
        assert (first[i]["hint"][3] > 0).sum() == HINTS
    few = HeldOut(draft.Config(val=config.val, crop=64, val_samples=2))
    assert len(few) == 2


def test_held_out_pairs_show_their_own_line_art(root):
    config = draft.Config(val=(f"{root}/pairs",), crop=512, equalize=0.0)
    samples = HeldOut(config, large=True)
    values = {v for i in range(2) for v in samples[i]["large_line"].unique().tolist()}
    assert values == {-1.0, 1.0}

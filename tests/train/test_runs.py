"""The three training scripts learn, resume exactly, and refuse what they cannot use."""

import json
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from tests.support.runs import (
    MODEL,
    QUICK,
    ROOT,
    assert_ended_alike,
    losses_of,
    same_state,
    state_of,
    write_vgg,
)
from train import colorization, draft, ldm
from train.card import describe_run, lineage
from train.checkpoints import newest_checkpoint
from train.data import Drawings
from train.options import DataConfig

SMALL = f"{QUICK} --sample-every 1000000"
LEARN = "--batch 8 --hints spread"
WIDER = "--width 16 --blocks 1 --cardinality 4 --lr 0.001"


class Eight(Drawings):
    """The first eight samples again and again."""

    def __getitem__(self, index):
        return super().__getitem__(index % 8)


pytestmark = pytest.mark.usefixtures("restore_sigterm")


def motif(seed):
    """An outlined disk on a ground of another color, 64x64."""
    ground, disk = np.random.default_rng(seed).integers(0, 256, (2, 3)).tolist()
    picture = np.full((64, 64, 3), ground, np.uint8)
    cv2.circle(picture, (32, 32), 20, disk, -1)
    cv2.circle(picture, (32, 32), 20, (20, 20, 20), 2)
    return picture


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Eight drawings of 64x64, repeated over the 512x512 that every crop is taken from."""
    folder = tmp_path_factory.mktemp("eight")
    for seed in range(8):
        Image.fromarray(np.tile(motif(seed), (8, 8, 1))).save(folder / f"{seed}.png")
    return folder


def overfit(script, *where_and_options):
    """Run a script's main on eight samples and return the run folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(script, "Drawings", Eight)
        return run(script, *where_and_options)


@pytest.fixture(scope="module")
def vgg(tmp_path_factory):
    return write_vgg(tmp_path_factory.mktemp("vgg") / "vgg.safetensors")


def run(script, data, runs, *options):
    """Run a script's main on the tiny data and return the run folder."""
    cache = f"--cache {data}/cache"
    argv = f"--data {data} --runs {runs} {SMALL} {cache}".split()
    script.main([*argv, *" ".join(map(str, options)).split()])
    return max(Path(runs).iterdir())


@pytest.fixture(scope="module")
def ldm_run(data, tmp_path_factory):
    return overfit(
        ldm, data, tmp_path_factory.mktemp("ldm"), "--width 8 --batch 8 --steps 60 --lr 0.002"
    )


@pytest.fixture(scope="module")
def draft_run(data, ldm_run, vgg, tmp_path_factory):
    critics = f"--steps 120 --ldm {ldm_run} --vgg-weights {vgg}"
    return overfit(draft, data, tmp_path_factory.mktemp("draft"), LEARN, WIDER, critics)


def halved(losses):
    return losses[-5:].mean() < losses[0] / 2


def test_the_ldm_overfits_eight_pictures(data, ldm_run):
    losses = losses_of(ldm_run, "line")
    assert halved(losses)
    samples = Eight(DataConfig(data=(str(data),), crop=64), 0)
    lines = torch.stack([samples[i]["line"] for i in range(8)])
    blank = (lines - lines.median()).abs().mean()
    assert losses[-5:].mean() < 0.8 * blank


def test_the_draft_model_overfits_eight_pictures(draft_run):
    # the GAN terms are a game that nobody wins for long, so they only have to stay finite
    terms = {"recon": 1.0, "content": 0.1, "line": 1.0}
    total = sum(weight * losses_of(draft_run, name) for name, weight in terms.items())
    assert halved(losses_of(draft_run, "recon"))
    assert halved(total)
    for name in ("gan", "discriminator"):
        assert np.isfinite(losses_of(draft_run, name)).all()


def test_the_colorization_model_overfits_eight_pictures(data, draft_run, tmp_path):
    folder = overfit(colorization, data, tmp_path, LEARN, WIDER, f"--steps 60 --draft {draft_run}")
    assert halved(losses_of(folder, "color"))


def options_of(script, draft_run, ldm_run, vgg):
    small = "--batch 2 --ema 0.9 --decay-steps 4"
    model = f"{MODEL} {small}"
    return {
        ldm: f"--width 8 {small}",
        draft: f"{model} --ldm {ldm_run} --vgg-weights {vgg}",
        colorization: f"{model} --draft {draft_run} --artifacts 1",
    }[script]


@pytest.mark.parametrize("script", [ldm, draft, colorization])
def test_a_resumed_run_equals_the_uninterrupted_one_bit_for_bit(
    script, data, draft_run, ldm_run, vgg, tmp_path
):
    options = options_of(script, draft_run, ldm_run, vgg)
    whole = run(script, data, tmp_path / "whole", options, "--steps 6")
    first = run(script, data, tmp_path / "parts", options, "--steps 3")
    torch.manual_seed(99)
    second = run(script, data, tmp_path / "parts", f"--resume {first} --steps 6")
    assert second == first
    assert_ended_alike(first, whole, 6)


def test_a_run_folder_holds_options_losses_samples_and_the_last_checkpoints(data, tmp_path):
    options = "--width 4 --batch 2 --steps 5 --save-every 1 --keep 2 --sample-every 2"
    folder = run(ldm, data, tmp_path, options)
    assert folder.name == "00000-ldm"
    assert json.loads((folder / "config.json").read_text())["batch"] == 2
    assert len(losses_of(folder, "line")) == 5
    assert sorted(p.name for p in (folder / "samples").iterdir()) == [
        "00000002.png",
        "00000004.png",
    ]
    kept = sorted(p.name for p in (folder / "checkpoints").iterdir())
    assert kept == ["step-00000004.pt", "step-00000005.pt"]
    assert run(ldm, data, tmp_path, "--width 4 --batch 2 --steps 1").name == "00001-ldm"


def test_init_starts_from_another_run_s_weights(data, ldm_run, tmp_path):
    options = f"--width 8 --batch 2 --steps 1 --lr 0 --init {ldm_run}"
    folder = run(ldm, data, tmp_path, options)
    assert same_state(state_of(ldm_run)["ldm"], state_of(folder)["ldm"])


def test_init_of_several_runs_starts_from_their_mean(data, ldm_run, tmp_path):
    fixed = "--width 8 --batch 2 --steps 1 --lr 0"
    other = run(ldm, data, tmp_path, f"{fixed} --seed 9")
    folder = run(ldm, data, tmp_path, f"{fixed} --init {ldm_run} {other}")
    first, second, mean = (state_of(r)["ldm"] for r in (ldm_run, other, folder))
    assert not same_state(first, second)
    assert same_state(mean, {key: (first[key] + second[key]) / 2 for key in first})
    assert lineage(newest_checkpoint(folder)) == [
        newest_checkpoint(r) for r in (ldm_run, other, folder)
    ]
    assert "--init RUN RUN" in describe_run("ldm", newest_checkpoint(folder))


def test_minutes_end_a_run_early_with_a_checkpoint(data, tmp_path):
    folder = run(ldm, data, tmp_path, "--width 4 --batch 2 --steps 1000 --minutes 0.0001")
    assert state_of(folder)["step"] == 1


def test_sigterm_saves_and_exits_0(data, tmp_path):
    argv = f"--data {data} --cache {data}/cache --runs {tmp_path} {SMALL} --width 4 --batch 2"
    command = [sys.executable, "-m", "train.ldm", *argv.split()]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    stats = tmp_path / "00000-ldm/stats.jsonl"
    end = time.monotonic() + 600  # a loaded machine takes minutes to import torch
    while not stats.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
    process.terminate()
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors.decode()[-2000:]
    assert state_of(tmp_path / "00000-ldm")["step"] >= 1

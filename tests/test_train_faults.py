"""What goes wrong in a training ends it with one sentence and loses no good checkpoint."""

import errno
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from colorizer.images import InputError
from train import checkpoints, ldm
from train.checkpoints import read_checkpoint
from train.folders import lock
from train.options import run_main

ROOT = Path(__file__).parents[1]
OPTIONS = "--crop 64 --workers 0 --device cpu --width 4 --batch 2 --log-every 1 --save-every 1"


@pytest.fixture(scope="module")
def data(tmp_path_factory, make_picture):
    folder = tmp_path_factory.mktemp("faults")
    Image.fromarray(make_picture(512, 512)).save(folder / "0.png")
    return folder


def train(data, runs, options):
    ldm.main(f"{OPTIONS} --data {data} --runs {runs} {options}".split())
    return runs / "00000-ldm"


def sentence_of(argv):
    with pytest.raises(SystemExit) as caught:
        run_main(lambda: ldm.main(argv.split()))
    assert "\n" not in str(caught.value.code)
    return str(caught.value.code)


def kept(run):
    return sorted(p.name for p in (run / "checkpoints").iterdir())


def test_a_loss_that_is_not_finite_ends_the_run_and_keeps_the_last_good_checkpoint(data, tmp_path):
    run = train(data, tmp_path, "--steps 2")
    words = sentence_of(f"--resume {run} --steps 40 --lr 1e30 --keep 1")
    assert "error: The line loss after step 3 is nan; the last good checkpoint is" in words
    assert words.endswith("step-00000002.pt.")
    assert "step-00000002.pt" in kept(run)
    for name in kept(run):
        weights = read_checkpoint(run / "checkpoints" / name)["ldm"].values()
        assert all(weight.isfinite().all() for weight in weights)


def test_the_run_s_first_steps_may_already_be_too_fast(data, tmp_path):
    words = sentence_of(f"{OPTIONS} --data {data} --runs {tmp_path} --steps 40 --lr 1e30")
    assert "there is no checkpoint yet" in words
    assert kept(tmp_path / "00000-ldm") == []


def test_a_gradient_that_is_not_finite_ends_the_run(data, tmp_path, monkeypatch):
    def steep(line, detected, _):
        return (0 * detected).abs().sum().sqrt()  # 0, with a gradient of 0 / 0

    monkeypatch.setattr(ldm, "ldm_loss", steep)
    with pytest.raises(InputError, match="The gradient of ldm of step 1 is nan"):
        train(data, tmp_path, "--steps 2")


def test_a_damaged_newest_checkpoint_is_named_and_the_one_before_it_offered(data, tmp_path, capfd):
    run = train(data, tmp_path, "--steps 3")
    newest = run / "checkpoints/step-00000003.pt"
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    words = sentence_of(f"--resume {run}")
    assert f"{newest} is damaged: its checksum is another." in words
    assert "step-00000002.pt is intact: --previous goes on from it" in words
    ldm.main(f"--resume {run} --previous --steps 4".split())
    assert "Going on from step-00000002.pt" in capfd.readouterr().err
    assert kept(run) == ["step-00000003.pt", "step-00000003.pt.damaged", "step-00000004.pt"]
    steps = [json.loads(line)["step"] for line in (run / "stats.jsonl").read_text().splitlines()]
    assert steps == [1, 2, 3, 4]


def test_a_run_folder_has_one_writer(data, tmp_path):
    run = train(data, tmp_path, "--steps 1")
    hold = f"from train.folders import *; held = lock(Path({str(run)!r})); print('ok'); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", hold], cwd=ROOT, **pipes) as other:
        other.stdout.readline()
        words = sentence_of(f"--resume {run} --steps 2")
        other.communicate(b"\n")
    assert f"is being written by process {other.pid} on {socket.gethostname()}" in words
    lock(run).close()


def test_a_full_disk_ends_with_a_sentence_and_leaves_no_part(data, tmp_path, monkeypatch):
    run = train(data, tmp_path, "--steps 1")

    def full(number):
        if "step-" in os.readlink(f"/proc/self/fd/{number}"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    words = sentence_of(f"--resume {run} --steps 2")
    assert "step-00000002.pt cannot be written: No space left on device." in words
    assert kept(run) == ["step-00000001.pt"]
    assert not list(tmp_path.rglob("*.part"))


def test_what_a_killed_save_left_is_cleared_away(data, tmp_path):
    run = train(data, tmp_path, "--steps 1")
    (run / "checkpoints/step-00000002.pt.1.part").write_bytes(b"half")
    ldm.main(f"--resume {run} --steps 2".split())
    assert kept(run) == ["step-00000001.pt", "step-00000002.pt"]


EXTRACTOR = """
import sys, numpy as np
from train import line_arts, ldm

line_arts.EXTRACTORS["noon"] = lambda color, rng: np.full(color.shape[:2], 128, np.uint8)
ldm.main(sys.argv[1:])
"""
LOSS = """
import sys
from train import losses

def dark_loss(color, fake, by):
    return fake.square().mean()

losses.DRAFT_TERMS["dark"] = losses.Term("dark loss", 0.0, dark_loss)
from train import draft
draft.main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("text", "options", "name"),
    [
        (EXTRACTOR, "--lines noon=1 --width 4", "line"),
        (LOSS, "--w-dark 2 --w-gan 0 --w-content 0 --w-line 0 --blocks 1 --cardinality 4", "dark"),
    ],
)
def test_a_third_party_adds_a_line_art_or_a_loss_in_one_file(text, options, name, data, tmp_path):
    (tmp_path / "mine.py").write_text(text)
    run = f"{OPTIONS} --width 8 --steps 1 --data {data} --runs {tmp_path} {options}"
    command = [sys.executable, tmp_path / "mine.py", *run.split()]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    run = next(tmp_path.glob("0*"))
    assert json.loads((run / "stats.jsonl").read_text())[name] > 0
    if name == "line":
        samples = read_checkpoint(run / "checkpoints/step-00000001.pt")["config"]["lines"]
        assert samples == ("noon=1",)
    else:
        assert json.loads((run / "config.json").read_text())["w_dark"] == 2


def test_a_checkpoint_without_a_checksum_is_still_read(data, tmp_path):
    run = train(data, tmp_path, "--steps 1")
    path = run / "checkpoints/step-00000001.pt"
    state = read_checkpoint(path)
    torch.save(state, path)
    assert read_checkpoint(path)["step"] == 1

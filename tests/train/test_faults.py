"""What goes wrong in a training ends it with one sentence and loses no good checkpoint."""

import errno
import os
import socket
import subprocess
import sys

import pytest
import torch

from colorizer.images import InputError
from tests.support.pictures import write_pictures
from tests.support.runs import QUICK, ROOT, rows_of
from train import checkpoints, ldm
from train.checkpoints import read_checkpoint
from train.folders import lock
from train.options import run_main

OPTIONS = f"{QUICK} --width 4 --batch 2 --save-every 1"


@pytest.fixture(scope="module")
def data(tmp_path_factory, make_picture):
    return write_pictures(tmp_path_factory.mktemp("faults"), make_picture, (0,))


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
    assert "--previous goes on from step-00000002.pt" in words
    ldm.main(f"--resume {run} --previous --steps 4".split())
    assert "Going on from step-00000002.pt" in capfd.readouterr().err
    assert kept(run) == ["step-00000003.pt", "step-00000003.pt.damaged", "step-00000004.pt"]
    assert [row["step"] for row in rows_of(run)] == [1, 2, 3, 4]


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
        if os.readlink(f"/proc/self/fd/{number}").endswith(".pt"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    words = sentence_of(f"--resume {run} --steps 2")
    assert "step-00000002.pt: No space left on device." in words
    assert kept(run) == ["step-00000001.pt"]
    assert not list(tmp_path.rglob(".*"))


def test_what_a_killed_save_left_is_cleared_away(data, tmp_path):
    run = train(data, tmp_path, "--steps 1")
    (run / "checkpoints/.0123456789abcdef.pt").write_bytes(b"half")
    ldm.main(f"--resume {run} --steps 2".split())
    assert kept(run) == ["step-00000001.pt", "step-00000002.pt"]


def test_a_checkpoint_without_a_checksum_is_still_read(data, tmp_path):
    run = train(data, tmp_path, "--steps 1")
    path = run / "checkpoints/step-00000001.pt"
    state = read_checkpoint(path)
    torch.save(state, path)
    assert read_checkpoint(path)["step"] == 1

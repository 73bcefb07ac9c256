"""A run that is killed at any moment goes on as if nothing had happened."""

import json
import multiprocessing
import os
import signal
import time

import numpy as np
import pytest
import torch
from PIL import Image

from colorizer.images import InputError
from train import checkpoints, draft
from train.checkpoints import newest_checkpoint, read_checkpoint

STEPS = 36
KILLS = 10
OPTIONS = (
    "--width 8 --blocks 1 --cardinality 4 --w-content 0 --w-line 0 --ema 0.9 --crop 64 --batch 2 "
    f"--workers 0 --device cpu --steps {STEPS} --log-every 1 --save-every 2 --sample-every 25"
)
# a server that has imported torch forks every trial, which saves its four seconds
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["train.draft"])


def trial(argv):
    """One process of a run, on one thread."""
    torch.set_num_threads(1)
    draft.main(argv.split())


def trial_that_dies_while_saving(argv, step):
    """Like `trial`, but killed when half of the checkpoint of `step` is written."""
    flush = os.fsync

    def half(number):
        if os.readlink(f"/proc/self/fd/{number}").find(f"step-{step:08d}") > 0:
            os.truncate(number, os.fstat(number).st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)
        flush(number)

    checkpoints.os.fsync = half
    trial(argv)


def begin(target, *args):
    process = CONTEXT.Process(target=target, args=args)
    process.start()
    return process


def finish(target, *args):
    process = begin(target, *args)
    process.join(300)
    return process.exitcode


def steps_of(run):
    path = run / "stats.jsonl"
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line)["step"] for line in lines if line.endswith("\n")]


def same_state(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same_state(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same_state, a, b))
    return a == b


def assert_ended_alike(run, other):
    wanted, found = (read_checkpoint(newest_checkpoint(r)) for r in (other, run))
    assert found["step"] == wanted["step"] == STEPS
    for name in wanted.keys() - {"config"}:
        assert same_state(wanted[name], found[name]), name
    assert steps_of(run) == list(range(1, STEPS + 1))


@pytest.fixture(scope="module")
def data(tmp_path_factory, make_picture):
    folder = tmp_path_factory.mktemp("killed")
    (folder / "data").mkdir()
    for seed in range(4):
        Image.fromarray(make_picture(512, 512, seed)).save(folder / f"data/{seed}.png")
    return folder


def options(data, runs):
    return f"{OPTIONS} --data {data}/data --cache {data}/cache --runs {data}/{runs}"


@pytest.fixture(scope="module")
def whole(data):
    """The run that nobody killed."""
    assert finish(trial, options(data, "whole")) == 0
    return data / "whole/00000-draft"


def kill_at(process, run, step, delay):
    """Kill a process `delay` seconds after its run has reached a step."""
    end = time.monotonic() + 120
    while process.is_alive() and time.monotonic() < end and max(steps_of(run), default=0) < step:
        time.sleep(0.005)
    time.sleep(delay)
    process.kill()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def test_a_run_killed_at_ten_random_moments_ends_bit_identical(data, whole):
    rng, run = np.random.default_rng(0), data / "killed/00000-draft"
    moments = np.sort(rng.choice(np.arange(1, STEPS - 4), KILLS, replace=False))
    argv = options(data, "killed")
    for step, delay in zip(moments, rng.uniform(0, 0.1, KILLS)):
        kill_at(begin(trial, argv), run, step, delay)
        argv = f"--resume {run}"
    assert finish(trial, argv) == 0
    assert_ended_alike(run, whole)


def test_a_kill_while_saving_leaves_no_file_that_resume_takes(data, whole):
    run = data / "saving/00000-draft"
    argv = options(data, "saving")
    assert finish(trial_that_dies_while_saving, argv, 2) == -signal.SIGKILL
    assert not list((run / "checkpoints").glob("*.pt"))  # the run starts over
    argv = f"--resume {run}"
    assert finish(trial_that_dies_while_saving, argv, 8) == -signal.SIGKILL
    assert newest_checkpoint(run).name == "step-00000006.pt"
    assert finish(trial, argv) == 0
    assert_ended_alike(run, whole)


def test_a_cut_newest_checkpoint_is_refused_though_an_older_one_is_whole(data, whole):
    path = newest_checkpoint(whole)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    try:
        assert len(list(path.parent.glob("*.pt"))) == 2
        with pytest.raises(InputError, match=rf"{path.name} cannot be read as a checkpoint"):
            draft.main(["--resume", str(whole)])
    finally:
        path.write_bytes(content)

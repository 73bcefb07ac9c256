"""A run that is killed at any moment goes on as if nothing had happened."""

import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest
import torch

from colorizer.images import InputError
from tests.support.pictures import write_pictures
from tests.support.runs import MODEL, QUICK, assert_ended_alike, rows_of
from train import checkpoints, draft
from train.checkpoints import newest_checkpoint
from train.folders import Report

STEPS = 36
KILLS = 10
PATIENCE = 1800
"""Seconds after which a run counts as hung; a loaded machine takes minutes for one."""
OPTIONS = (
    f"{QUICK} {MODEL} --w-content 0 --w-line 0 --ema 0.9 --batch 2 "
    f"--steps {STEPS} --save-every 2 --sample-every 25"
)
# a server that has imported torch forks every trial, which saves its four seconds
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["train.draft"])


def trial(argv):
    """One process of a run, on one thread."""
    torch.set_num_threads(1)
    draft.main(argv.split())


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def trial_that_dies(argv, step, later):
    """Like `trial`, but killed `later` times the length of a step after the end of `step`.

    The process kills itself, and at the latest three steps on, so that it neither starts too
    slowly nor ends too soon to be killed, however busy the machine is.
    """
    add, began, armed = Report.add, time.monotonic(), None

    def add_and_arm(self, number, *args, **plain):
        nonlocal began, armed
        add(self, number, *args, **plain)
        if number >= step and armed is None:
            armed = number
            threading.Timer(later * (time.monotonic() - began), die).start()
        if armed and number >= min(armed + 3, STEPS - 1):
            die()
        began = time.monotonic()

    Report.add = add_and_arm
    trial(argv)


def trial_that_dies_while_saving(argv, step):
    """Like `trial`, but killed when half of the checkpoint of `step` is written."""
    write = checkpoints.write_atomic

    def half(number):
        os.truncate(number, os.fstat(number).st_size // 2)
        die()

    def write_half(path, data):
        if path.name == f"step-{step:08d}.pt":
            checkpoints.os.fsync = half
        write(path, data)

    checkpoints.write_atomic = write_half
    trial(argv)


def finish(target, *args):
    """Return the exit code of a process that runs `target`."""
    process = CONTEXT.Process(target=target, args=args)
    process.start()
    process.join(PATIENCE)
    return process.exitcode


def steps_of(run):
    return [row["step"] for row in rows_of(run)]


@pytest.fixture(scope="module")
def data(tmp_path_factory, make_picture):
    folder = tmp_path_factory.mktemp("killed")
    write_pictures(folder / "data", make_picture, range(4))
    return folder


def options(data, runs):
    return f"{OPTIONS} --data {data}/data --cache {data}/cache --runs {data}/{runs}"


@pytest.fixture(scope="module")
def whole(data):
    """The run that nobody killed."""
    assert finish(trial, options(data, "whole")) == 0
    return data / "whole/00000-draft"


def test_a_run_killed_at_ten_random_moments_ends_bit_identical(data, whole):
    rng, run = np.random.default_rng(0), data / "killed/00000-draft"
    moments = np.sort(rng.choice(np.arange(1, STEPS - 4), KILLS, replace=False))
    argv = options(data, "killed")
    for step, later in zip(moments.tolist(), rng.uniform(0, 2, KILLS).tolist()):
        assert finish(trial_that_dies, argv, step, later) == -signal.SIGKILL
        assert step <= max(steps_of(run)) < STEPS
        argv = f"--resume {run}"
    assert finish(trial, argv) == 0
    assert_ended_alike(run, whole, STEPS)
    assert steps_of(run) == list(range(1, STEPS + 1))


def test_a_kill_while_saving_leaves_no_file_that_resume_takes(data, whole):
    run = data / "saving/00000-draft"
    argv = options(data, "saving")
    assert finish(trial_that_dies_while_saving, argv, 2) == -signal.SIGKILL
    assert not list((run / "checkpoints").glob("step-*.pt"))  # the run starts over
    argv = f"--resume {run}"
    assert finish(trial_that_dies_while_saving, argv, 8) == -signal.SIGKILL
    assert newest_checkpoint(run).name == "step-00000006.pt"
    assert finish(trial, argv) == 0
    assert_ended_alike(run, whole, STEPS)
    assert steps_of(run) == list(range(1, STEPS + 1))


def test_a_cut_newest_checkpoint_is_refused_though_an_older_one_is_whole(data, whole):
    path = newest_checkpoint(whole)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    try:
        assert len(list(path.parent.glob("step-*.pt"))) == 2
        with pytest.raises(InputError, match=rf"{path.name} cannot be read as a checkpoint"):
            draft.main(["--resume", str(whole)])
    finally:
        path.write_bytes(content)

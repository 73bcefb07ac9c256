"""Several processes train what one process would: the three scripts under torchrun with gloo."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from tests.support.pictures import write_pictures
from tests.support.runs import MODEL, QUICK, ROOT, rows_of, state_of, write_vgg
from train import colorization, draft, ldm

STEPS = 20
# Adam's first steps are the signs of the gradients: at the default rate the last bit of a float32
# grows to 1e-3 of loss in 20 steps, in one process with two micro-batches as well. At this rate it
# stays below 1e-5, and the losses still move by a thousand times that.
COMMON = f"{QUICK} --batch 16 --steps {STEPS} --lr 1e-6 --ema 0.9"
RANK_SCRIPT = """
# Runs commands of one line each, "SCRIPT OPTIONS", in one process group, and writes what each
# rank ended with.
import hashlib, importlib, sys
import torch, torch.distributed as dist
from train import loop

def digest(module):
    content = b"".join(t.numpy().tobytes() for t in module.state_dict().values())
    return hashlib.sha256(content).hexdigest()

join = dist.init_process_group
dist.init_process_group = lambda name: dist.is_initialized() or join(name)
wrap, wrapped = loop.wrap, []
loop.wrap = lambda *args: wrapped.append(wrap(*args)) or wrapped[-1]
for line in open(sys.argv[1]):
    name, *options = line.split()
    importlib.import_module("train." + name).main(options)
    with open(f"{sys.argv[2]}/{name}.{dist.get_rank()}", "w") as file:
        for module in wrapped:
            print(type(module).__name__, digest(module), file=file)
    wrapped.clear()
dist.destroy_process_group()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, make_picture):
    """Folder of five pictures, a random VGG file and room for runs."""
    root = tmp_path_factory.mktemp("ranks")
    write_pictures(root / "data", make_picture, range(5))
    write_vgg(root / "vgg.safetensors")
    return root


def commands(folder, runs):
    """The three scripts' options; the second and the third build on the one before."""
    common = f"{COMMON} --data {folder}/data --cache {folder}/cache --runs {runs}"
    return {
        "ldm": f"{common} --width 8",
        "draft": f"{common} {MODEL} --ldm {runs}/00000-ldm --vgg-weights {folder}/vgg.safetensors",
        "colorization": f"{common} {MODEL} --draft {runs}/00001-draft --artifacts 1",
    }


@pytest.fixture(scope="module")
def alone(folder):
    """The runs of one process at batch 16."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for name, options in commands(folder, folder / "alone").items():
        {"ldm": ldm, "draft": draft, "colorization": colorization}[name].main(options.split())
    torch.set_num_threads(threads)
    return folder / "alone"


@pytest.fixture(scope="module")
def together(folder, alone):
    """The runs of two processes at batch 8 each.

    The later stages build on the lone runs, whose weights are the same only nearly.
    """
    lines = [f"{n} {o}" for n, o in commands(folder, alone).items()]
    text = "\n".join(lines).replace(f"--runs {alone}", f"--runs {folder}/together")
    (folder / "commands").write_text(text)
    (folder / "ranks.py").write_text(RANK_SCRIPT)
    launch = "-m torch.distributed.run --nproc_per_node=2 --master_port=0 --standalone"
    command = [sys.executable, *launch.split(), folder / "ranks.py", folder / "commands", folder]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return folder / "together"


def stats(runs, name):
    return rows_of(next(runs.glob(f"*-{name}")))


@pytest.mark.parametrize("name", ["ldm", "draft", "colorization"])
def test_two_ranks_follow_one_process_over_20_steps(name, alone, together):
    one, two = stats(alone, name), stats(together, name)
    assert len(one) == len(two) == STEPS
    terms = one[0].keys() - {"steps_per_s", "step", "lr"}
    assert terms >= {"ldm": {"line"}, "colorization": {"color"}}.get(
        name, {"gan", "recon", "content", "line", "discriminator"}
    )
    for term in terms:
        lone, joint = ([line[term] for line in lines] for lines in (one, two))
        np.testing.assert_allclose(joint, lone, rtol=0, atol=1e-5, err_msg=term)
        assert len(set(lone)) == STEPS


@pytest.mark.parametrize(("name", "models"), [("ldm", 1), ("draft", 2), ("colorization", 1)])
def test_the_replicas_end_bit_equal(name, models, folder, together):
    first, second = ((folder / f"{name}.{rank}").read_text() for rank in (0, 1))
    assert first.count("DistributedDataParallel") == models
    assert first == second


def test_one_process_goes_on_with_the_run_of_two(together):
    run = next(together.glob("*-draft"))
    draft.main(["--resume", str(run), "--steps", str(STEPS + 1)])
    assert state_of(run)["step"] == STEPS + 1

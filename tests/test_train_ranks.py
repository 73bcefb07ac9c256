"""Several processes train what one process would: the three scripts under torchrun with gloo."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from train import colorization, draft, ldm
from train.checkpoints import newest_checkpoint, read_checkpoint

ROOT = Path(__file__).parents[1]
STEPS = 20
# Adam's first steps are the signs of the gradients: at the default rate the last bit of a float32
# grows to 1e-3 of loss in 20 steps, in one process with two micro-batches as well. At this rate it
# stays below 1e-5, and the losses still move by a thousand times that.
COMMON = (
    f"--crop 64 --workers 0 --device cpu --batch 16 --steps {STEPS} --lr 1e-6 --log-every 1 "
    "--ema 0.9"
)
MODEL = "--width 8 --blocks 1 --cardinality 4"
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
    (root / "data").mkdir()
    for seed in range(5):
        Image.fromarray(make_picture(512, 512, seed)).save(root / f"data/{seed}.png")
    torch.manual_seed(0)
    widths = {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128)}
    layers = {f"features.{n}.{k}": v for n, w in widths.items() for k, v in _layer(w).items()}
    save_file(layers, root / "vgg.safetensors")
    return root


def _layer(widths):
    return nn.Conv2d(*widths, 3, padding=1).state_dict()


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
    path = next(runs.glob(f"*-{name}")) / "stats.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


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
    assert read_checkpoint(newest_checkpoint(run))["step"] == STEPS + 1

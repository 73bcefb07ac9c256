"""One step at the paper's size, and steps in bfloat16 and in micro-batches."""

import resource

import numpy as np
import pytest

from tests.support.pictures import write_pictures
from tests.support.runs import MODEL, QUICK, rows_of, write_vgg
from train import colorization, draft, ldm

RUN = f"{QUICK} --batch 4"
BF16_TOLERANCE = 0.02
"""bfloat16 keeps 8 bits: losses over four steps stay within 2 % of float32's."""
ACCUMULATE_TOLERANCE = 1e-4
"""Only the order of the sums differs: losses over three steps stay within 0.01 %."""


@pytest.fixture(scope="module")
def root(tmp_path_factory, make_picture):
    root = tmp_path_factory.mktemp("precision")
    write_pictures(root / "data", make_picture, range(4))
    write_vgg(root / "vgg.safetensors")
    return root


def losses_of(script, runs, options):
    """Run a script's main and return the losses of its steps by name."""
    script.main(f"{options} --runs {runs}".split())
    lines = rows_of(max(runs.glob("0*")))
    names = lines[0].keys() - {"step", "lr", "steps_per_s"}
    return {name: np.array([line[name] for line in lines]) for name in names}


def options_of(script, root, checkpoint):
    own = {
        ldm: "--width 8",
        draft: f"{MODEL} --w-line 0 --vgg-weights {root}/vgg.safetensors",
        colorization: f"{MODEL} --draft {checkpoint} --artifacts 1",
    }[script]
    return f"{RUN} --data {root}/data --cache {root}/cache {own}"


@pytest.mark.parametrize("script", [ldm, draft, colorization])
@pytest.mark.parametrize(
    ("change", "steps", "tolerance"),
    [("--precision bf16", 4, BF16_TOLERANCE), ("--accumulate 2", 3, ACCUMULATE_TOLERANCE)],
)
def test_bf16_and_micro_batches_follow_float32_and_the_whole_batch(
    script, change, steps, tolerance, root, checkpoint, tmp_path
):
    options = f"{options_of(script, root, checkpoint)} --steps {steps}"
    plain = losses_of(script, tmp_path / "plain", options)
    changed = losses_of(script, tmp_path / "changed", f"{options} {change}")
    assert plain.keys() == changed.keys()
    for name, values in plain.items():
        assert np.isfinite(values).all()
        np.testing.assert_allclose(changed[name], values, rtol=tolerance, err_msg=name)


@pytest.mark.slow
def test_the_paper_s_models_take_a_step_at_their_full_size(root, tmp_path, capsys):
    common = "--batch 2 --steps 1 --log-every 1 --workers 0 --device cpu"
    common += f" --data {root}/data --cache {root}/cache --runs {tmp_path}"
    line = losses_of(ldm, tmp_path, common)
    critics = f"--ldm {tmp_path}/00000-ldm --vgg-weights {root}/vgg.safetensors"
    drafts = losses_of(draft, tmp_path, f"{common} {critics}")
    colors = losses_of(colorization, tmp_path, f"{common} --draft {tmp_path}/00001-draft")
    assert drafts.keys() == {"recon", "gan", "content", "line", "discriminator"}
    for losses in (line, drafts, colors):
        assert all(np.isfinite(values).all() for values in losses.values())
    with capsys.disabled():
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"\nfull-size steps: {peak:.1f} GB at most in this process")

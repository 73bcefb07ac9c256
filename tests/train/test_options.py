"""The training scripts' options: the paper's numbers, schedules, averages and early stops."""

import json

import pytest
from torch import nn

from train import colorization, draft, ldm
from train.loop import averaged, learning_rate
from train.options import RunConfig, parse_config

PAPER = {
    "lr": 1e-4,
    "beta1": 0.5,
    "beta2": 0.9,
    "crop": 512,
    "most_hints": 128,
    "schedule": "steps",
}


pytestmark = pytest.mark.usefixtures("restore_sigterm")


def test_resume_without_a_run_is_a_usage_error(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        ldm.main(["--resume", str(tmp_path)])
    assert caught.value.code == 2
    assert "no run folder" in capsys.readouterr().err


@pytest.mark.parametrize("script", [ldm, draft, colorization])
def test_dry_run_prints_the_options_as_json(script, capsys):
    with pytest.raises(SystemExit) as caught:
        script.main(["--dry-run", "--data", "a", "b", "--lr", "0.5", "--equalize", "0"])
    options = json.loads(capsys.readouterr().out)
    assert caught.value.code == 0
    assert (options["data"], options["lr"], options["equalize"]) == (["a", "b"], 0.5, 0)


@pytest.mark.parametrize("script", [ldm, draft, colorization])
def test_help_names_every_option(script, capsys):
    with pytest.raises(SystemExit):
        script.main(["--help"])
    text = capsys.readouterr().out
    for name in script.Config.__dataclass_fields__:
        assert "--" + name.replace("_", "-") in text


@pytest.mark.parametrize(
    ("script", "numbers"),
    [
        (ldm, {"batch": 16, "steps": 256_000, "decay_steps": (110_000, 183_000), "width": 32}),
        (
            draft,
            {"batch": 64, "steps": 175_000, "decay_steps": (48_000,)}
            | {"w_gan": 0.05, "w_recon": 1.0, "w_content": 0.1, "w_line": 1.0}
            | {"hints": "points", "equalize": 0.5, "dab": 0, "residual": False}
            | {"width": 32, "blocks": 10, "cardinality": 32, "vgg_weights": "torchvision"},
        ),
        (
            colorization,
            {"batch": 4, "steps": 1_173_000, "decay_steps": (733_000,), "equalize": 0.0}
            | {"artifacts": 0.6, "width": 32, "blocks": 10, "cardinality": 32, "residual": False},
        ),
    ],
)
def test_the_defaults_are_the_paper_s(script, numbers):
    config = parse_config(script.Config, "", [])
    for name, value in (PAPER | numbers).items():
        if not (script is ldm and name == "most_hints"):
            assert getattr(config, name) == value, name


def test_the_step_schedule_divides_the_rate_by_ten_at_each_step():
    config = ldm.Config()
    steps = (0, 109_999, 110_000, 182_999, 183_000, 255_999)
    wanted = (1e-4, 1e-4, 1e-5, 1e-5, 1e-6, 1e-6)
    assert [learning_rate(config, s) for s in steps] == pytest.approx(wanted)


def test_the_cosine_schedule_falls_to_zero_after_a_linear_warm_up():
    config = ldm.Config(schedule="cosine", steps=1000, lr=1.0, warmup=10)
    assert learning_rate(config, 0) == pytest.approx(0.1, rel=1e-3)
    assert learning_rate(config, 500) == pytest.approx(0.5)
    assert learning_rate(config, 1000) == pytest.approx(0, abs=1e-9)


def test_averaged_weights_follow_with_the_decay():
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 1.0)
    average = averaged(model, 0.9)
    average.update_parameters(model)  # the first update copies
    nn.init.constant_(model.weight, 2.0)
    average.update_parameters(model)
    assert average.module.weight.item() == pytest.approx(0.9 * 1 + 0.1 * 2)
    assert averaged(model, RunConfig().ema) is None


def test_a_flag_that_takes_many_may_be_repeated():
    argv = ["--data", "a", "b", "--data", "c", "--val", "v", "--decay-steps", "1", "2"]
    config = parse_config(ldm.Config, "", argv)
    assert (config.data, config.val, config.decay_steps) == (("a", "b", "c"), ("v",), (1, 2))

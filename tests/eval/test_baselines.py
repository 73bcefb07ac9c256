"""Base and Pix2Pix: sizes as published, losses by hand, and that they learn and resume."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

import eval.baselines.train as script
from colorizer.images import InputError
from eval.baselines.base import (
    TAG_LAYERS,
    BaseCritic,
    BaseGenerator,
    Bottleneck,
    LocalFeatures,
    make_layers,
)
from eval.baselines.pix2pix import PatchDiscriminator, Pix2PixGenerator, join
from eval.systems import Case, of_checkpoint
from tests.support.runs import write_vgg
from train.checkpoints import newest_checkpoint, read_checkpoint
from train.data import Drawings
from train.loop import learning_rate

SMALL = "--crop 64 --workers 0 --device cpu --log-every 1 --sample-every 1000000"
TINY = {
    "base": "--width 8 --blocks 1 --groups 8 --critic-width 16",
    "pix2pix": "--width 8 --depth 5 --critic-width 8",
}


class Eight(Drawings):
    """The first eight samples again and again."""

    def __init__(self, config, seed, large=False):
        super().__init__(config, seed, large)

    def __getitem__(self, index):
        return super().__getitem__(index % 8)


pytestmark = pytest.mark.usefixtures("restore_sigterm")


@pytest.mark.parametrize(
    ("model", "millions"),
    [
        (BaseGenerator, 21.94),
        (BaseCritic, 10.61),
        (lambda: make_layers(TAG_LAYERS), 4.50),
        (lambda: Pix2PixGenerator(3), 54.41),
        (lambda: PatchDiscriminator(6), 2.77),
    ],
)
def test_parameters_are_as_many_as_published(model, millions):
    with torch.device("meta"):
        assert sum(p.numel() for p in model().parameters()) / 1e6 == pytest.approx(
            millions, abs=0.005
        )


@pytest.mark.parametrize("size", [(64, 64), (128, 64)])
def test_generators_paint_the_line_arts_size_and_see_their_hints(size):
    line, hint = torch.rand(2, 1, *size), torch.rand(2, 4, size[0] // 4, size[1] // 4)
    features = torch.rand(2, 3, size[0] // 16, size[1] // 16)
    base, pix2pix = BaseGenerator(8, 1, 8, features=3), Pix2PixGenerator(5, 8, 5).eval()
    for paint in (lambda h: base(line, h, features), lambda h: pix2pix(join(line, h))):
        pictures = [paint(h) for h in (hint, -hint)]
        assert pictures[0].shape == (2, 3, *size)
        assert not pictures[0].equal(pictures[1])


def test_hints_are_enlarged_pixel_by_pixel():
    hint = torch.rand(1, 4, 3, 5)
    joined = join(torch.zeros(1, 1, 12, 20), hint)[:, 1:]
    assert joined.equal(hint.repeat_interleave(4, 2).repeat_interleave(4, 3))


def test_the_patch_discriminator_sees_70_pixels():
    model = PatchDiscriminator(3, 4).eval()
    picture = torch.rand(1, 3, 128, 128, requires_grad=True)
    logits = model(picture)
    logits[0, 0, logits.shape[2] // 2, logits.shape[3] // 2].backward()
    rows = picture.grad.abs().sum((0, 1, 3)).nonzero()
    assert int(rows.max() - rows.min()) + 1 == 70


def test_a_bottleneck_of_stride_2_without_weights_is_an_average():
    block, x = Bottleneck(16, 8, stride=2), torch.rand(1, 16, 6, 6)
    nn.init.zeros_(block.body[-1].weight)
    torch.testing.assert_close(block(x), x.unfold(2, 2, 2).unfold(3, 2, 2).mean((4, 5)))


def test_sizes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="64x48; wanted are multiples of 32"):
        Pix2PixGenerator(1, 4, 5)(torch.zeros(1, 1, 48, 64))
    with pytest.raises(ValueError, match="size is 96"):
        BaseCritic(96)


def test_the_gradient_penalty_of_a_linear_critic_is_its_slopes_distance_from_1():
    weight = torch.rand(3, 8, 8)

    def critic(color, _):
        return (color * weight).sum((1, 2, 3))

    found = script.gradient_penalty(critic, torch.rand(4, 3, 8, 8), torch.rand(4, 3, 8, 8), None)
    assert float(found) == pytest.approx((float(weight.norm()) - 1) ** 2, rel=1e-5)


@pytest.fixture(scope="module")
def vgg(tmp_path_factory):
    return write_vgg(tmp_path_factory.mktemp("vgg") / "vgg.safetensors")


@pytest.fixture(scope="module")
def data(tmp_path_factory, make_picture):
    folder = tmp_path_factory.mktemp("eight")
    for seed in range(8):
        picture = np.tile(make_picture(64, 64, seed), (8, 8, 1))
        Image.fromarray(picture).save(folder / f"{seed}.png")
    return folder


def run(name, data, vgg, runs, options):
    """Train a tiny baseline and return its run folder."""
    flags = f"--data {data} --cache {data}/cache --runs {runs} {SMALL} {TINY[name]} {options}"
    flags += f" --vgg-weights {vgg}" * (name == "base")
    script.main([name, *flags.split()])
    return max(p for p in runs.iterdir() if p.is_dir() and p.name[:5].isdigit())


def losses_of(folder, name):
    lines = (folder / "stats.jsonl").read_text().splitlines()
    return np.array([json.loads(line)[name] for line in lines])


@pytest.mark.parametrize(
    ("name", "loss", "options"),
    [
        # random VGG features are small, so their weight is large
        ("base", "content", "--batch 4 --steps 16 --lr 0.001 --w-content 1000"),
        ("pix2pix", "l1", "--batch 8 --steps 30 --lr 0.003"),
    ],
)
def test_eight_samples_are_learned(name, loss, options, data, vgg, tmp_path, monkeypatch):
    monkeypatch.setattr(script, "Drawings", Eight)
    folder = run(name, data, vgg, tmp_path, options)
    losses = losses_of(folder, loss)
    assert losses[-4:].mean() < 0.7 * losses[:2].mean()
    assert np.isfinite(losses_of(folder, "critic")).all()


@pytest.mark.parametrize("name", ["base", "pix2pix"])
def test_a_resumed_run_equals_the_uninterrupted_one_and_paints(name, data, vgg, tmp_path):
    options = "--batch 2 --ema 0.9"
    whole = run(name, data, vgg, tmp_path / "whole", f"{options} --steps 4")
    first = run(name, data, vgg, tmp_path / "parts", f"{options} --steps 4 --minutes 0.00001")
    assert read_checkpoint(newest_checkpoint(first))["step"] == 1
    torch.manual_seed(99)
    script.main([name, "--resume", str(first), "--minutes", "0"])
    wanted, found = (read_checkpoint(newest_checkpoint(r)) for r in (whole, first))
    for part in (name, f"{name}_ema", "critic"):
        for key, tensor in wanted[part].items():
            assert tensor.equal(found[part][key]), (part, key)
    systems, parameters = of_checkpoint(str(first))
    line = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    assert list(systems) == [name]
    assert systems[name](Case(line, [])).shape == (64, 64, 3)
    assert parameters > 1000


def test_pix2pix_keeps_its_rate_for_half_the_steps_and_then_falls_to_0():
    config = script.Pix2PixConfig(steps=100)
    rates = [learning_rate(config, step) for step in (0, 50, 75, 100)]
    assert rates == pytest.approx([2e-4, 2e-4, 1e-4, 0])


def test_without_steps_pix2pix_takes_200_epochs(data):
    config = script.with_steps(script.Pix2PixConfig(data=(str(data),), batch=2))
    assert config.steps == 200 * 8 // 2


def test_published_numbers_are_the_defaults():
    base, pix2pix = script.BaseConfig(), script.Pix2PixConfig()
    assert (base.lr, base.beta1, base.beta2, base.batch) == (1e-4, 0.5, 0.9, 4)
    assert (base.steps, base.decay_steps, base.w_gan) == (250_000, (125_000,), 1e-4)
    assert (pix2pix.lr, pix2pix.beta1, pix2pix.batch, pix2pix.w_l1) == (2e-4, 0.5, 1, 100)
    assert base.equalize == pix2pix.equalize == 0


def test_frozen_networks_stay_and_every_loss_reaches_the_generator(vgg):
    config = script.BaseConfig(
        crop=64, vgg_weights=str(vgg), width=8, blocks=1, groups=8, critic_width=16
    )
    pix2pix = script.Pix2Pix(script.Pix2PixConfig(crop=64, width=8, depth=5, critic_width=8))
    for gan in (script.Base(config), pix2pix):
        batch = {"large_line": torch.rand(2, 1, 64, 64), "hint": torch.rand(2, 4, 16, 16)}
        batch["large_color"] = torch.rand(2, 3, 64, 64)
        gan.critic.requires_grad_(False)
        for name in ("gan", "content" if gan.name == "base" else "l1"):
            gan.generator.zero_grad()
            fake = gan.paint(gan.generator, batch)
            gan.generator_losses(gan.critic, batch, fake)[name].backward()
            assert all(p.grad.abs().sum() > 0 for p in gan.generator.parameters()), name
    assert not any(p.requires_grad for p in script.Base(config).features.parameters())


def test_the_tag_networks_weights_are_taken_from_a_file(tmp_path, vgg):
    layers = make_layers(TAG_LAYERS)
    state = {f"layers.{name}": tensor for name, tensor in layers.state_dict().items()}
    save_file(state, tmp_path / "tag.safetensors")
    line = torch.rand(1, 1, 64, 32) * 2 - 1
    found = LocalFeatures(str(tmp_path / "tag.safetensors"), None)(line)
    assert found.shape == (1, 512, 4, 2)
    halved = line.unfold(2, 2, 2).unfold(3, 2, 2).mean((4, 5))
    torch.testing.assert_close(found, layers(halved.repeat(1, 3, 1, 1)))
    with pytest.raises(InputError, match="holds no tag network"):
        LocalFeatures(str(vgg), None)
    with pytest.raises(InputError, match="nowhere"):
        LocalFeatures("nowhere", None)

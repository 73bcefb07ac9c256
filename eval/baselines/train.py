"""Train one of Table 2's baselines on the data pipeline of our own models.

    python -m eval.baselines.train base --data PICTURES [--pairs PAIRS]
    python -m eval.baselines.train pix2pix --data PICTURES [--pairs PAIRS]
    python -m eval.baselines.train base --resume runs/00000-base

Each paints at the size of the crop from the large line-art and the hint image. Pictures, line-arts
and hints are those of train.draft, without histogram equalization, which is ours. One process.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colorizer.images import InputError
from train.data import Drawings
from train.distributed import start
from train.loop import Batch, Models, Run
from train.losses import adversarial_loss, content_loss, discriminator_loss, load_vgg
from train.options import DataConfig, RunConfig, changed, option, parse_config, run_main
from train.validation import checker

from ..commands import first_word
from .base import BaseCritic, BaseGenerator, LocalFeatures
from .pix2pix import PatchDiscriminator, Pix2PixGenerator, join

PENALTY = 10.0
"""Weight of the gradient penalty of WGAN-GP."""
DRIFT = 1e-3
"""Weight of the squared critic value of real pictures, which keeps it near 0."""
EPOCHS = 200
"""Pix2Pix sees each picture this often."""


@dataclass(frozen=True)
class BaseConfig(RunConfig, changed(DataConfig, equalize=0.0)):
    """Ci et al. 2018: batch 4, 250K steps, x0.1 at 125K."""

    steps: int = option(250_000, "optimizer steps; our paper took 178000")
    batch: int = option(4, "samples per step")
    decay_steps: tuple[int, ...] = option((125_000,), "steps at which the rate falls x0.1")
    w_gan: float = option(1e-4, "weight of the adversarial loss")
    w_content: float = option(1.0, "weight of the content loss")
    vgg_weights: str = option("torchvision", "'torchvision' or a safetensors file")
    vgg_scale: float = option(1.0, "what VGG features are divided by; 57.5 for Caffe's scale")
    tag_weights: str = option(
        "", "safetensors file of the tag network; empty: VGG16's conv2_2 stands in"
    )
    width: int = option(32, "channels of the generator's first convolution")
    blocks: int = option(20, "bottlenecks of tunnel 4")
    groups: int = option(32, "groups of a bottleneck")
    critic_width: int = option(64, "channels of the critic's first convolution")


@dataclass(frozen=True)
class Pix2PixConfig(RunConfig, changed(DataConfig, equalize=0.0)):
    """Isola et al. 2017: batch 1, 200 epochs, the rate constant and then linear to 0."""

    steps: int = option(0, f"optimizer steps; 0 is {EPOCHS} epochs")
    batch: int = option(1, "samples per step")
    schedule: str = option(
        "linear", "constant, then linear to 0; or as others", choices=("linear", "cosine")
    )
    lr: float = option(2e-4, "Adam's learning rate")
    beta2: float = option(0.999, "Adam's beta 2")
    w_l1: float = option(100.0, "weight of the L1 loss")
    width: int = option(64, "channels of the generator's first layer")
    depth: int = option(8, "halvings; the crop is a multiple of 2 to this power")
    critic_width: int = option(64, "channels of the discriminator's first layer")


class Base:
    """Ci et al. 2018: WGAN-GP given local features of the line-art, and a content loss.

    `generator` and `critic` are trained; `features` and `vgg` are frozen.
    """

    name = "base"

    def __init__(self, config: BaseConfig, device: torch.device | str = "cpu"):
        """Build the networks, the frozen ones on a device; raises what their loaders do."""
        self.config = config
        self.vgg = load_vgg(config.vgg_weights, config.vgg_scale).to(device)
        self.features = LocalFeatures(config.tag_weights, self.vgg).to(device)
        channels = self.features.channels
        self.generator = BaseGenerator(config.width, config.blocks, config.groups, channels)
        self.critic = BaseCritic(config.crop, config.critic_width, features=channels)
        self.known: tuple[Tensor, Tensor] | None = None

    def paint(self, generator: nn.Module, batch: Batch) -> Tensor:
        """Return colors (N, 3, H, W) for large_line (N, 1, H, W) and hint (N, 4, H/4, W/4)."""
        line = batch["large_line"]
        return generator(line, batch["hint"], self.condition(line))

    def condition(self, line: Tensor) -> Tensor:
        """Return the local features of line-arts; those of the last ones are remembered."""
        if self.known is None or self.known[0] is not line:
            self.known = line, self.features(line)
        return self.known[1]

    def critic_loss(self, critic: nn.Module, batch: Batch, fake: Tensor) -> Tensor:
        """Return the critic's Wasserstein loss with penalty and drift."""
        real, features = batch["large_color"], self.condition(batch["large_line"])
        real_value = critic(real, features).float()
        distance = critic(fake, features).float().mean() - real_value.mean()
        with torch.autocast(real.device.type, enabled=False):  # its gradient has a gradient
            penalty = gradient_penalty(critic, real, fake.float(), features.float())
        return distance + PENALTY * penalty + DRIFT * real_value.square().mean()

    def generator_losses(self, critic: nn.Module, batch: Batch, fake: Tensor) -> dict[str, Tensor]:
        """Return the generator's unweighted terms."""
        value = critic(fake, self.condition(batch["large_line"])).float().mean()
        return {"gan": -value, "content": content_loss(batch["large_color"], fake, self.vgg)}


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor, features: Tensor) -> Tensor:
    """Return the mean squared distance from 1 of the critic's slope between real and fake."""
    share = torch.rand(len(real), 1, 1, 1, device=real.device)
    with torch.enable_grad():  # also where losses are only looked at
        between = (share * real + (1 - share) * fake).requires_grad_(True)
        value = critic(between, features).sum()
        (slope,) = torch.autograd.grad(value, between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


class Pix2Pix:
    """Isola et al. 2017: a conditional GAN with a patch discriminator, and 100 times L1."""

    name = "pix2pix"

    def __init__(self, config: Pix2PixConfig, device: torch.device | str = "cpu"):
        """Build the networks; none are frozen, so none need a device."""
        self.config = config
        self.generator = Pix2PixGenerator(width=config.width, depth=config.depth)
        self.critic = PatchDiscriminator(width=config.critic_width)

    def paint(self, generator: nn.Module, batch: Batch) -> Tensor:
        """Return colors (N, 3, H, W) for large_line (N, 1, H, W) and hint (N, 4, H/4, W/4)."""
        return generator(join(batch["large_line"], batch["hint"]))

    def _judge(self, critic: nn.Module, batch: Batch, color: Tensor) -> Tensor:
        given = join(batch["large_line"], batch["hint"])
        return critic(torch.cat([given, color], 1)).float()

    def critic_loss(self, critic: nn.Module, batch: Batch, fake: Tensor) -> Tensor:
        """Return the discriminator's loss, halved to slow it down as its authors do."""
        real_logit = self._judge(critic, batch, batch["large_color"])
        return discriminator_loss(real_logit, self._judge(critic, batch, fake)) / 2

    def generator_losses(self, critic: nn.Module, batch: Batch, fake: Tensor) -> dict[str, Tensor]:
        """Return the generator's unweighted terms."""
        gan = adversarial_loss(self._judge(critic, batch, fake))
        return {"gan": gan, "l1": F.l1_loss(fake, batch["large_color"])}


def losses(gan: Base | Pix2Pix, models: Models, batch: Batch) -> Iterator[dict[str, Tensor]]:
    """Yield the critic's loss, then the generator's terms; each sees the other before the step."""
    fake, critic = gan.paint(models[gan.name], batch), models["critic"]
    critic.requires_grad_(True)
    yield {"critic": gan.critic_loss(critic, batch, fake.detach())}
    critic.requires_grad_(False)
    yield gan.generator_losses(critic, batch, fake)


BASELINES = {"base": (BaseConfig, Base), "pix2pix": (Pix2PixConfig, Pix2Pix)}
"""Options and system of each baseline."""


def main(argv: list[str] | None = None) -> None:
    """Train the baseline that the command line's first word names."""
    name, rest = first_word(BASELINES, argv)
    options, system = BASELINES[name]
    config = parse_config(options, __doc__, rest)
    process = start(config)
    if process.world > 1:
        raise InputError(f"There are {process.world} processes; the baselines train in one.")
    config = with_steps(config)
    gan = system(config, process.device)

    def columns(model: nn.Module, batch: Batch) -> list[Tensor]:
        return [batch["large_line"], gan.paint(model, batch), batch["large_color"]]

    models = {gan.name: gan.generator, "critic": gan.critic}
    check = checker(config, process, gan.paint, "large_color")
    terms, samples = partial(losses, gan), Drawings(config, config.seed, large=True)
    run = Run(config, process, models, samples, terms, columns, check)
    # in channels-last order and bfloat16, torch 2.14's gradient of a grouped convolution with
    # dilation 4 is not finite on the CPU
    for model in run.models.values():
        model.to(memory_format=torch.contiguous_format)
    for micros in run:
        torch.manual_seed(hash((config.seed, run.step_count)))  # a resumed run draws the same
        run.log(run.step(micros))


def with_steps(config: BaseConfig | Pix2PixConfig) -> BaseConfig | Pix2PixConfig:
    """Return the options with as many steps as the epochs have, where none are given."""
    if config.steps:
        return config
    pictures = len(Drawings(config, config.seed).entries)
    return dataclasses.replace(config, steps=max(1, EPOCHS * pictures // config.batch))


if __name__ == "__main__":
    run_main(main)

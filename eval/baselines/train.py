"""Train one of Table 2's baselines on the data pipeline of our own models.

    python -m eval.baselines.train base --data PICTURES [--pairs PAIRS]
    python -m eval.baselines.train pix2pix --data PICTURES [--pairs PAIRS]
    python -m eval.baselines.train base --resume runs/00000-base

Each paints at the size of the crop from the large line-art and the hint image. Pictures, line-arts
and hints are those of train.draft, without histogram equalization, which is ours. One process.
"""

import dataclasses
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from colorizer.images import InputError
from train.data import Drawings, drawings
from train.distributed import start
from train.loop import Batch, Run
from train.options import DataConfig, RunConfig, changed, option, parse_config, run_main
from train.validation import checker

from ..commands import first_word
from .gan import Base, Pix2Pix, losses

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


BASELINES = {"base": (BaseConfig, Base), "pix2pix": (Pix2PixConfig, Pix2Pix)}
"""Options and system of each baseline."""


def main(argv: list[str] | None = None) -> None:
    """Train the baseline that the command line's first word names."""
    name, rest = first_word(BASELINES, argv)
    config, system = BASELINES[name]
    train(parse_config(config, __doc__, rest), system)


def train(config: BaseConfig | Pix2PixConfig, system: type[Base | Pix2Pix]) -> Path:
    """Train a baseline and return its run folder."""
    place = start(config)
    if place.world > 1:
        raise InputError(f"There are {place.world} processes; the baselines train in one.")
    config = with_steps(config)
    gan = system(config, place.device)

    def columns(model: nn.Module, batch: Batch) -> list[Tensor]:
        return [batch["large_line"], gan.paint(model, batch), batch["large_color"]]

    models = {gan.name: gan.generator, "critic": gan.critic}
    check = checker(config, place, gan.paint, "large_color")
    terms, samples = partial(losses, gan), drawings(config, large=True)
    run = Run(config, place, models, samples, terms, columns, check)
    # in channels-last order and bfloat16, torch 2.14's gradient of a grouped convolution with
    # dilation 4 is not finite on the CPU
    for model in run.models.values():
        model.to(memory_format=torch.contiguous_format)
    for micros in run:
        torch.manual_seed(hash((config.seed, run.step_count)))  # a resumed run draws the same
        run.log(run.step(micros))
    return run.folder


def with_steps(config: BaseConfig | Pix2PixConfig) -> BaseConfig | Pix2PixConfig:
    """Return the options with as many steps as the epochs have, where none are given."""
    if config.steps:
        return config
    pictures = len(Drawings(config, config.seed, 1).entries)
    return dataclasses.replace(config, steps=max(1, EPOCHS * pictures // config.batch))


if __name__ == "__main__":
    run_main(main)

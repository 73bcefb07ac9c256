"""Train one of Table 2's baselines on the data pipeline of our own models.

    python -m eval.baselines.train base --data PICTURES [--pairs PAIRS]
    python -m eval.baselines.train pix2pix --data PICTURES [--pairs PAIRS]
    python -m eval.baselines.train base --resume runs/00000-base

Each paints at the size of the crop from the large line-art and the hint image. Pictures, line-arts
and hints are those of train.draft, without histogram equalization, which is ours. One process.
"""

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from colorizer.images import InputError
from train.checkpoints import save_checkpoint
from train.data import Drawings
from train.distributed import Place, batches, start, unwrap, wrap
from train.folders import begin, open_run
from train.index import index_folder
from train.loop import Stopper
from train.optimization import adam, autocast, averaged, learning_rate, scaler_for, set_rate
from train.options import DataConfig, RunConfig, option, parse_config, run_main
from train.report import Report, save_grid
from train.validation import held_out, validate

from .gan import Base, Pix2Pix

EPOCHS = 200
"""Pix2Pix sees each picture this often."""


@dataclass(frozen=True)
class BaseConfig(RunConfig, DataConfig):
    """Ci et al. 2018: batch 4, 250K steps, x0.1 at 125K."""

    steps: int = option(250_000, "optimizer steps; our paper took 178000")
    batch: int = option(4, "samples per step")
    decay_steps: tuple[int, ...] = option((125_000,), "steps at which the rate falls x0.1")
    equalize: float = option(0.0, "share of line-arts with equalized histogram")
    hint_input: bool = option(True, "give the network the hints")
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
class Pix2PixConfig(RunConfig, DataConfig):
    """Isola et al. 2017: batch 1, 200 epochs, the rate constant and then linear to 0."""

    steps: int = option(0, f"optimizer steps; 0 is {EPOCHS} epochs")
    batch: int = option(1, "samples per step")
    decay_steps: tuple[int, ...] = option((), "not used: the rate falls over the second half")
    lr: float = option(2e-4, "Adam's learning rate")
    beta2: float = option(0.999, "Adam's beta 2")
    equalize: float = option(0.0, "share of line-arts with equalized histogram")
    hint_input: bool = option(True, "give the network the hints")
    w_l1: float = option(100.0, "weight of the L1 loss")
    width: int = option(64, "channels of the generator's first layer")
    depth: int = option(8, "halvings; the crop is a multiple of 2 to this power")
    critic_width: int = option(64, "channels of the discriminator's first layer")


BASELINES = {"base": (BaseConfig, Base), "pix2pix": (Pix2PixConfig, Pix2Pix)}
"""Options and system of each baseline."""


def rate_of(config: BaseConfig | Pix2PixConfig, step: int) -> float:
    """Return the learning rate of a step."""
    if isinstance(config, Pix2PixConfig) and config.schedule == "steps":
        return config.lr * min(1.0, 2 * (1 - step / config.steps))
    return learning_rate(config, step)


def train_step(
    gan: Base | Pix2Pix,
    models: tuple[nn.Module, nn.Module],
    optimizers: list[torch.optim.Optimizer],
    scaler: torch.amp.GradScaler,
    micros: list[dict[str, Tensor]],
    context: torch.autocast,
) -> dict[str, Tensor]:
    """Take one step of generator and critic, which see each other as they were before it."""
    generator, critic = models
    sums: dict[str, Tensor] = {}
    for optimizer in optimizers:
        optimizer.zero_grad()
    for batch in micros:
        with context:
            fake = gan.paint(generator, batch["large_line"], batch["hint"])
            critic.requires_grad_(True)
            losses = {"critic": gan.critic_loss(critic, batch, fake.detach())}
        scaler.scale(losses["critic"] / len(micros)).backward()
        critic.requires_grad_(False)
        with context:
            losses |= gan.generator_losses(critic, batch, fake)
        total = sum(loss for name, loss in losses.items() if name != "critic")
        scaler.scale(total / len(micros)).backward()
        for name, loss in losses.items():
            sums[name] = sums.get(name, 0) + loss.detach() / len(micros)
    for optimizer in optimizers:
        scaler.step(optimizer)
    scaler.update()
    return sums


def main(argv: list[str] | None = None) -> None:
    """Train the baseline that the command line's first word names."""
    name, *rest = sys.argv[1:] if argv is None else argv
    config, system = BASELINES[name]
    train(parse_config(config, __doc__, rest), system)


def train(config: BaseConfig | Pix2PixConfig, system: type[Base | Pix2Pix]) -> Path:
    """Train a baseline and return its run folder."""
    place = start(config)
    if place.world > 1:
        raise InputError(f"There are {place.world} processes; the baselines train in one.")
    config = with_steps(config)
    length = config.steps * config.batch
    dataset = Drawings(config, config.seed, length, large=True, index=index_folder(config))
    checks = held_out(config, place, large=True)
    gan = system(config).to(place.device)
    models = tuple(contiguous(wrap(m, config, place)) for m in (gan.generator, gan.critic))
    optimizers, scaler = [adam(model, config) for model in models], scaler_for(config, place)
    ema = averaged(models[0], config.ema)
    parts = {gan.name: unwrap(models[0]), f"{gan.name}_ema": ema, "critic": unwrap(models[1])}
    parts |= {"generator_optimizer": optimizers[0], "critic_optimizer": optimizers[1]}
    parts |= {"scaler": scaler}
    step = begin(config, parts)
    run, lock = open_run(config, gan.name, place.rank)
    report = Report(run, step, config.steps, config.log_every, quiet=False)
    stop, context = Stopper(config.minutes), autocast(config, place)
    for micros in batches(dataset, step, config, place):
        torch.manual_seed(hash((config.seed, step)))  # so that a resumed run draws the same
        for optimizer in optimizers:
            set_rate(optimizer, rate_of(config, step))
        losses = train_step(gan, models, optimizers, scaler, micros, context)
        if ema:
            ema.update_parameters(unwrap(models[0]))
        step += 1
        report.add(step, losses, lr=rate_of(config, step - 1))
        shown = unwrap(ema or models[0])
        if checks and step % config.val_every == 0:
            report.note(step, errors(checks, gan, shown, place, context))
        if step % config.sample_every == 0:
            show(run, step, gan, shown, micros[0])
        last = step == config.steps or bool(stop)
        if last or step % config.save_every == 0:
            save_checkpoint(run, config, step, parts)
        if last:
            break
    lock.close()
    return run


def contiguous(model: nn.Module) -> nn.Module:
    """Return the model with its weights in torch's default order.

    In bfloat16 and channels-last, torch 2.14's gradient of a grouped convolution with dilation 4
    is not finite on the CPU.
    """
    return model.to(memory_format=torch.contiguous_format)


def with_steps(config: BaseConfig | Pix2PixConfig) -> BaseConfig | Pix2PixConfig:
    """Return the options with as many steps as the epochs have, where none are given."""
    if config.steps:
        return config
    pictures = len(Drawings(config, config.seed, 1).entries)
    return dataclasses.replace(config, steps=max(1, EPOCHS * pictures // config.batch))


def errors(
    checks: DataLoader, gan: Base | Pix2Pix, model: nn.Module, place: Place, context: torch.autocast
) -> dict[str, float]:
    """Return the errors of the results of held-out pictures."""
    model.eval()
    found = validate(
        checks,
        lambda batch: gan.paint(model, batch["large_line"], batch["hint"]),
        "large_color",
        place,
        context,
    )
    model.train()
    return found


@torch.no_grad()
def show(
    run: Path, step: int, gan: Base | Pix2Pix, model: nn.Module, batch: dict[str, Tensor]
) -> None:
    """Write a grid of line-art, result and picture."""
    model.eval()
    fake = gan.paint(model, batch["large_line"], batch["hint"])
    model.train()
    columns = [batch["large_line"], fake, batch["large_color"]]
    save_grid(run / "samples" / f"{step:08d}.png", columns)


if __name__ == "__main__":
    run_main(main)

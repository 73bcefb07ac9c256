"""Train the draft model against its discriminator (Section 3.4, Equations 2 to 6).

    python -m train.draft --data PICTURES [--pairs PAIRS] --ldm runs/00000-ldm
    torchrun --nproc_per_node=8 -m train.draft --data PICTURES --ldm runs/00000-ldm
    python -m train.draft --resume runs/00001-draft

Table 2's ablations: --equalize 0 (line loss only), --w-line 0 (histogram equalization only).
A weight of 0 leaves its term, and the network behind it, out altogether.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from colorizer.images import InputError
from colorizer.models import Discriminator, DraftModel, LineDetectionModel

from .checkpoints import find_weights, load_weights, model_weights, save_checkpoint
from .common import (
    Place,
    RunConfig,
    Stopper,
    adam,
    autocast,
    averaged,
    batches,
    begin,
    index_folder,
    learning_rate,
    open_run,
    run_main,
    scaler_for,
    set_rate,
    start,
    unwrap,
    wrap,
)
from .data import STRIDE_RATIO, DataConfig, Drawings, option
from .losses import (
    adversarial_loss,
    content_loss,
    discriminator_loss,
    draft_loss,
    line_loss,
    load_vgg,
    reconstruction_loss,
)
from .options import parse_config
from .report import Report, save_grid
from .validation import held_out, validate


@dataclass(frozen=True)
class Config(RunConfig, DataConfig):
    """Section 4.2: batch 64, 175K steps, x0.1 at 48K, w = 0.05, 1, 0.1, 1."""

    steps: int = option(175_000, "optimizer steps")
    batch: int = option(64, "samples per step, over all GPUs")
    decay_steps: tuple[int, ...] = option((48_000,), "steps at which the rate falls x0.1")
    w_gan: float = option(0.05, "w_a, weight of the GAN loss")
    w_recon: float = option(1.0, "w_r, weight of the reconstruction loss")
    w_content: float = option(0.1, "w_c, weight of the content loss")
    w_line: float = option(1.0, "w_l, weight of the line loss")
    ldm: str = option("", "run folder, checkpoint or published folder with the LDM")
    vgg_weights: str = option("torchvision", "'torchvision' or a safetensors file")
    vgg_scale: float = option(1.0, "what VGG features are divided by; 57.5 for Caffe's scale")
    width: int = option(32, "channels of the first convolution")
    blocks: int = option(10, "ResNeXt bottlenecks in an up block")
    cardinality: int = option(32, "groups of a bottleneck")
    residual: bool = option(False, "correct hint color x line instead of painting anew")


@dataclass
class Critics:
    """The frozen or competing networks behind three of the four loss terms; None when unused."""

    discriminator: nn.Module | None
    features: nn.Module | None
    ldm: nn.Module | None


def build_critics(config: Config, place: Place) -> Critics:
    """Return the networks that the weights of the losses call for.

    Raises:
        InputError: --w-line without --ldm.
        FileNotFoundError, OSError: see `load_vgg`.
    """
    discriminator = features = ldm = None
    if config.w_gan:
        discriminator = wrap(Discriminator(config.crop // STRIDE_RATIO), config, place)
    if config.w_content:
        features = load_vgg(config.vgg_weights, config.vgg_scale).to(place.device)
    if config.w_line:
        ldm = load_ldm(config.ldm).to(place.device)
    return Critics(discriminator, features, ldm)


def load_ldm(run: str) -> LineDetectionModel:
    """Return the frozen LDM of a run folder, checkpoint or published folder."""
    if not run:
        raise InputError("The line loss needs --ldm RUN; --w-line 0 trains without it.")
    path = find_weights(run)
    ldm = LineDetectionModel(model_weights(path, "ldm")[0]["width"])
    load_weights(ldm, "ldm", path)
    return ldm.requires_grad_(False).eval()


def discriminator_step(
    discriminator: nn.Module, color: Tensor, fake: Tensor, context: torch.autocast
) -> Tensor:
    """Return Equation (3)'s discriminator loss of a micro-batch; `fake` is detached here."""
    with context:
        logits = discriminator(torch.cat([color, fake.detach()]))
    real_logit, fake_logit = logits.float().chunk(2)
    return discriminator_loss(real_logit, fake_logit)


def generator_losses(
    fake: Tensor, batch: dict[str, Tensor], critics: Critics, context: torch.autocast
) -> dict[str, Tensor]:
    """Return the unweighted terms of Equation (2) for a draft that carries gradients."""
    color = batch["color"]
    losses = {"recon": reconstruction_loss(color, fake.float())}
    with context:
        if critics.discriminator is not None:
            logit = unwrap(critics.discriminator)(fake)
            losses["gan"] = adversarial_loss(logit.float())
        if critics.features is not None:
            losses["content"] = content_loss(color, fake, critics.features)
        if critics.ldm is not None:
            losses["line"] = line_loss(color, fake, critics.ldm)
    return losses


def total_loss(losses: dict[str, Tensor], config: Config) -> Tensor:
    """Return Equation (2) from its unweighted terms."""
    weights = (config.w_gan, config.w_recon, config.w_content, config.w_line)
    terms = [losses.get(name, 0.0) for name in ("gan", "recon", "content", "line")]
    return draft_loss(*terms, weights)


def train_step(
    model: nn.Module,
    critics: Critics,
    optimizers: dict[str, torch.optim.Optimizer],
    scaler: torch.amp.GradScaler,
    micros: list[dict[str, Tensor]],
    config: Config,
    context: torch.autocast,
) -> dict[str, Tensor]:
    """Take one step of the generator and of the discriminator; return the mean losses.

    Both see each other as they were before the step.
    """
    sums: dict[str, Tensor] = {}
    for optimizer in optimizers.values():
        optimizer.zero_grad()
    for batch in micros:
        with context:
            fake = model(batch["line"], batch["hint"])
        if critics.discriminator is not None:
            critics.discriminator.requires_grad_(True)
            loss = discriminator_step(critics.discriminator, batch["color"], fake, context)
            scaler.scale(loss / len(micros)).backward()
            critics.discriminator.requires_grad_(False)
            add(sums, {"discriminator": loss}, len(micros))
        losses = generator_losses(fake, batch, critics, context)
        scaler.scale(total_loss(losses, config) / len(micros)).backward()
        add(sums, losses, len(micros))
    for optimizer in optimizers.values():
        scaler.step(optimizer)
    scaler.update()
    return sums


def add(sums: dict[str, Tensor], losses: dict[str, Tensor], parts: int) -> None:
    """Add each loss, divided by the number of micro-batches, to its sum."""
    for name, loss in losses.items():
        sums[name] = sums.get(name, 0) + loss.detach() / parts


def main(argv: list[str] | None = None) -> None:
    """Run the training that the command line describes."""
    config: Config = parse_config(Config, __doc__, argv)
    place = start(config)
    dataset = Drawings(config, config.seed, config.steps * config.batch, index=index_folder(config))
    checks = held_out(config, place)
    generator = DraftModel(config.width, config.blocks, config.cardinality, config.residual)
    model, critics = wrap(generator, config, place), build_critics(config, place)
    optimizers, scaler = {"draft": adam(model, config)}, scaler_for(config, place)
    if critics.discriminator is not None:
        optimizers["discriminator"] = adam(critics.discriminator, config)
    ema = averaged(model, config.ema)
    parts = {"draft": unwrap(model), "draft_ema": ema, "scaler": scaler}
    parts |= {"discriminator": critics.discriminator and unwrap(critics.discriminator)}
    parts |= {f"{name}_optimizer": optimizer for name, optimizer in optimizers.items()}
    step = begin(config, parts)
    run = open_run(config, "draft", place)
    report = Report(run, step, config.steps, config.log_every, quiet=place.rank > 0)
    stop = Stopper(config.minutes)
    for micros in batches(dataset, step, config, place):
        rate = learning_rate(config, step)
        for optimizer in optimizers.values():
            set_rate(optimizer, rate)
        context = autocast(config, place)
        losses = train_step(model, critics, optimizers, scaler, micros, config, context)
        if ema:
            ema.update_parameters(unwrap(model))
        step += 1
        report.add(step, losses, lr=rate)
        if checks and step % config.val_every == 0:
            report.note(step, errors(checks, unwrap(ema or model), place, context))
        if place.rank == 0 and step % config.sample_every == 0:
            show(run, step, unwrap(ema or model), micros[0])
        last = step == config.steps or bool(stop)
        if place.rank == 0 and (last or step % config.save_every == 0):
            save_checkpoint(run, config, step, parts)
        if last:
            break


def errors(
    checks: DataLoader, model: nn.Module, place: Place, context: torch.autocast
) -> dict[str, float]:
    """Return the errors of the drafts of held-out pictures."""

    def paint(batch: dict[str, Tensor]) -> Tensor:
        return model(batch["line"], batch["hint"])

    return validate(checks, paint, "color", place, context)


def show(run: Path, step: int, model: nn.Module, batch: dict[str, Tensor]) -> None:
    """Write a grid of line-art, hints, draft and picture."""
    with torch.no_grad():
        fake = model(batch["line"], batch["hint"])
    columns = [batch["line"], batch["hint"], fake, batch["color"]]
    save_grid(run / "samples" / f"{step:08d}.png", columns)


if __name__ == "__main__":
    run_main(main)

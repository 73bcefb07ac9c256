"""Train the Line Detection Model (Section 3.3, Equation 1).

python -m train.ldm --data PICTURES [--pairs PAIRS]
torchrun --nproc_per_node=8 -m train.ldm --data PICTURES
python -m train.ldm --resume runs/00000-ldm
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from colorizer.models import LineDetectionModel

from .checkpoints import save_checkpoint
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
from .data import DataConfig, Drawings, option
from .losses import ldm_loss
from .options import parse_config
from .report import Report, save_grid
from .validation import held_out, validate


@dataclass(frozen=True)
class Config(RunConfig, DataConfig):
    """Section 3.3: batch 16, 256K steps, x0.1 at 110K and 183K."""

    steps: int = option(256_000, "optimizer steps")
    batch: int = option(16, "samples per step, over all GPUs")
    decay_steps: tuple[int, ...] = option((110_000, 183_000), "steps at which the rate falls x0.1")
    width: int = option(32, "channels of the first convolution")
    real_share: float = option(0.0, "share of pairs that show their own line-art")
    equalize: float = option(0.0, "share of line-arts with equalized histogram")
    most_hints: int = option(0, "most hints in a sample; the LDM sees none")
    ink_weight: float = option(0.0, "how much more black ink counts than paper")


def train_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    micros: list[dict[str, Tensor]],
    context: torch.autocast,
    ink_weight: float = 0.0,
) -> dict[str, Tensor]:
    """Take one step down Equation (1) over the micro-batches and return the mean loss."""
    optimizer.zero_grad()
    total = torch.zeros((), device=micros[0]["color"].device)
    for batch in micros:
        with context:
            detected = model(batch["color"])
        loss = ldm_loss(batch["line"], detected.float(), ink_weight) / len(micros)
        scaler.scale(loss).backward()
        total += loss.detach()
    scaler.step(optimizer)
    scaler.update()
    return {"line": total}


def main(argv: list[str] | None = None) -> None:
    """Run the training that the command line describes."""
    config: Config = parse_config(Config, __doc__, argv)
    place = start(config)
    dataset = Drawings(config, config.seed, config.steps * config.batch, index=index_folder(config))
    checks = held_out(config, place)
    model = wrap(LineDetectionModel(config.width), config, place)
    optimizer, scaler = adam(model, config), scaler_for(config, place)
    ema = averaged(model, config.ema)
    parts = {"ldm": unwrap(model), "ldm_ema": ema, "optimizer": optimizer, "scaler": scaler}
    step = begin(config, parts)
    run = open_run(config, "ldm", place)
    report = Report(run, step, config.steps, config.log_every, quiet=place.rank > 0)
    stop = Stopper(config.minutes)
    for micros in batches(dataset, step, config, place):
        rate = learning_rate(config, step)
        set_rate(optimizer, rate)
        context = autocast(config, place)
        losses = train_step(model, optimizer, scaler, micros, context, config.ink_weight)
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
    """Return the errors of the detected line-arts of held-out pictures."""
    return validate(checks, lambda batch: model(batch["color"]), "line", place, context)


def show(run: Path, step: int, model: nn.Module, batch: dict[str, Tensor]) -> None:
    """Write a grid of picture, extracted line-art and detected line-art."""
    with torch.no_grad():
        detected = model(batch["color"])
    columns = [batch["color"], batch["line"], detected]
    save_grid(run / "samples" / f"{step:08d}.png", columns)


if __name__ == "__main__":
    run_main(main)

"""Train the colorization model on a finished draft model (Section 3.5, Equation 7).

python -m train.colorization --data PICTURES [--pairs PAIRS] --draft runs/00001-draft
torchrun --nproc_per_node=8 -m train.colorization --data PICTURES --draft runs/00001-draft
python -m train.colorization --resume runs/00002-colorization
"""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader

from colorizer.images import InputError
from colorizer.models import ColorizationModel, DraftModel
from colorizer.preprocessing.artifacts import stimulate

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
from .losses import color_loss
from .options import parse_config
from .report import Report, save_grid
from .validation import held_out, validate


@dataclass(frozen=True)
class Config(RunConfig, DataConfig):
    """Section 4.2: batch 4, 1,173K steps, x0.1 at 733K, L1 alone."""

    steps: int = option(1_173_000, "optimizer steps")
    batch: int = option(4, "samples per step, over all GPUs")
    decay_steps: tuple[int, ...] = option((733_000,), "steps at which the rate falls x0.1")
    draft: str = option("", "run folder, checkpoint or published folder with the draft model")
    artifacts: float = option(0.6, "share of drafts damaged by artifact stimulation")
    equalize: float = option(0.0, "share of line-arts with equalized histogram")
    width: int = option(32, "channels of the first convolution")
    blocks: int = option(10, "ResNeXt bottlenecks in an up block")
    cardinality: int = option(32, "groups of a bottleneck")
    residual: bool = option(False, "correct the draft instead of painting anew")


def load_draft(run: str) -> DraftModel:
    """Return the frozen draft model of a run folder, checkpoint or published folder."""
    if not run:
        raise InputError("The colorization stage needs --draft RUN.")
    path = find_weights(run)
    options, _ = model_weights(path, "draft")
    names = ("width", "blocks", "cardinality", "residual")
    model = DraftModel(**{name: options[name] for name in names})
    load_weights(model, "draft", path)
    return model.requires_grad_(False).eval()


@torch.no_grad()
def enlarged_draft(draft: DraftModel, batch: dict[str, Tensor], share: float = 0.0) -> Tensor:
    """Return the draft, a `share` of them damaged, at the line-art's size, (N, 3, C, C)."""
    small = stimulate(draft(batch["line"], batch["hint"]).float(), batch["damage"], share)
    return F.interpolate(small, scale_factor=STRIDE_RATIO, mode="bilinear").clamp(-1, 1)


def train_step(
    model: nn.Module,
    draft: DraftModel,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    micros: list[dict[str, Tensor]],
    share: float,
    context: torch.autocast,
) -> dict[str, Tensor]:
    """Take one step down Equation (7) over the micro-batches and return the mean loss."""
    optimizer.zero_grad()
    total = torch.zeros((), device=micros[0]["color"].device)
    for batch in micros:
        with context:
            enlarged = enlarged_draft(draft, batch, share)
            painted = model(batch["large_line"], enlarged)
        loss = color_loss(batch["large_color"], painted.float()) / len(micros)
        scaler.scale(loss).backward()
        total += loss.detach()
    scaler.step(optimizer)
    scaler.update()
    return {"color": total}


def main(argv: list[str] | None = None) -> None:
    """Run the training that the command line describes."""
    config: Config = parse_config(Config, __doc__, argv)
    place = start(config)
    length = config.steps * config.batch
    dataset = Drawings(config, config.seed, length, large=True, index=index_folder(config))
    checks = held_out(config, place, large=True)
    draft = load_draft(config.draft).to(place.device, memory_format=torch.channels_last)
    painter = ColorizationModel(config.width, config.blocks, config.cardinality, config.residual)
    model = wrap(painter, config, place)
    optimizer, scaler = adam(model, config), scaler_for(config, place)
    ema = averaged(model, config.ema)
    parts = {"colorization": unwrap(model), "colorization_ema": ema}
    parts |= {"optimizer": optimizer, "scaler": scaler}
    step = begin(config, parts)
    run = open_run(config, "colorization", place)
    report = Report(run, step, config.steps, config.log_every, quiet=place.rank > 0)
    stop, context = Stopper(config.minutes), autocast(config, place)
    for micros in batches(dataset, step, config, place):
        rate = learning_rate(config, step)
        set_rate(optimizer, rate)
        losses = train_step(model, draft, optimizer, scaler, micros, config.artifacts, context)
        if ema:
            ema.update_parameters(unwrap(model))
        step += 1
        report.add(step, losses, lr=rate)
        if checks and step % config.val_every == 0:
            report.note(step, errors(checks, draft, unwrap(ema or model), place, context))
        if place.rank == 0 and step % config.sample_every == 0:
            show(run, step, draft, unwrap(ema or model), micros[0])
        last = step == config.steps or bool(stop)
        if place.rank == 0 and (last or step % config.save_every == 0):
            save_checkpoint(run, config, step, parts)
        if last:
            break


def errors(
    checks: DataLoader,
    draft: DraftModel,
    model: nn.Module,
    place: Place,
    context: torch.autocast,
) -> dict[str, float]:
    """Return the errors of the colored held-out pictures; their drafts are undamaged."""

    def paint(batch: dict[str, Tensor]) -> Tensor:
        return model(batch["large_line"], enlarged_draft(draft, batch))

    return validate(checks, paint, "large_color", place, context)


def show(
    run: Path, step: int, draft: DraftModel, model: nn.Module, batch: dict[str, Tensor]
) -> None:
    """Write a grid of line-art, enlarged draft, result and picture."""
    line, color = batch["large_line"], batch["large_color"]
    enlarged = enlarged_draft(draft, batch)
    with torch.no_grad():
        painted = model(line, enlarged)
    save_grid(run / "samples" / f"{step:08d}.png", [line, enlarged, painted, color])


if __name__ == "__main__":
    run_main(main)

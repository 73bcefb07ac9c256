"""Train the colorization model on a finished draft model (Section 3.5, Equation 7).

python -m train.colorization --data PICTURES [--pairs PAIRS] --draft runs/00001-draft
torchrun --nproc_per_node=8 -m train.colorization --data PICTURES --draft runs/00001-draft
python -m train.colorization --resume runs/00002-colorization
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colorizer.models import ColorizationModel, DraftModel

from .artifacts import stimulate
from .checkpoints import frozen, sizes_of
from .data import STRIDE_RATIO, Drawings
from .distributed import start
from .loop import Batch, Models, Run
from .losses import reconstruction_loss
from .options import DataConfig, Network, RunConfig, changed, option, parse_config, run_main
from .validation import checker


@dataclass(frozen=True)
class Config(RunConfig, changed(DataConfig, equalize=0.0), Network):
    """Section 4.2: batch 4, 1,173K steps, x0.1 at 733K, L1 alone."""

    steps: int = option(1_173_000, "optimizer steps")
    batch: int = option(4, "samples per step, over all GPUs")
    decay_steps: tuple[int, ...] = option((733_000,), "steps at which the rate falls x0.1")
    draft: str = option("", "run folder, checkpoint or published folder with the draft model")
    artifacts: float = option(0.6, "share of drafts damaged by artifact stimulation")
    w_square: float = option(0.0, "weight of the squared error beside Equation 7's L1")
    ink_weight: float = option(0.0, "how much more than paper, 1, full ink counts")


@torch.no_grad()
def enlarged_draft(draft: DraftModel, batch: Batch, share: float = 0.0) -> Tensor:
    """Return the draft, a `share` of them damaged, at the line-art's size, (N, 3, C, C)."""
    small = stimulate(draft(batch["line"], batch["hint"]).float(), batch["damage"], share)
    return F.interpolate(small, scale_factor=STRIDE_RATIO, mode="bilinear").clamp(-1, 1)


def terms(config: Config, painted: Tensor, batch: Batch) -> dict[str, Tensor]:
    """Return the unweighted terms of the loss: Equation (7), and the squared error if it counts.

    A pixel counts 1 + `ink_weight` times its darkness, 0 to 1: ours, for lines that are painted.
    """
    color, weight = batch["large_color"], 1 + config.ink_weight * (1 - batch["large_line"]) / 2
    found = {"color": reconstruction_loss(color, painted, weight)}
    if config.w_square:
        found["square"] = (weight * (painted.float() - color) ** 2).mean()
    return found


def main(argv: list[str] | None = None) -> None:
    """Run the training that the command line describes."""
    config: Config = parse_config(Config, __doc__, argv)
    process = start(config)
    draft = frozen(config.draft, "draft").to(process.device, memory_format=torch.channels_last)

    def paint(model: nn.Module, batch: Batch, share: float = 0.0) -> Tensor:
        return model(batch["large_line"], enlarged_draft(draft, batch, share))

    def losses(models: Models, batch: Batch) -> Iterator[dict[str, Tensor]]:
        yield terms(config, paint(models["colorization"], batch, config.artifacts), batch)

    def columns(model: nn.Module, batch: Batch) -> list[Tensor]:
        enlarged, line = enlarged_draft(draft, batch), batch["large_line"]
        return [line, enlarged, model(line, enlarged), batch["large_color"]]

    models = {"colorization": ColorizationModel(**sizes_of(ColorizationModel, vars(config)))}
    check = checker(config, process, paint, "large_color")
    dataset = Drawings(config, config.seed, large=True)
    run = Run(config, process, models, dataset, losses, columns, check)
    for micros in run:
        run.log(run.step(micros))


if __name__ == "__main__":
    run_main(main)

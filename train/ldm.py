"""Train the Line Detection Model (Section 3.3, Equation 1).

python -m train.ldm --data PICTURES [--pairs PAIRS]
torchrun --nproc_per_node=8 -m train.ldm --data PICTURES
python -m train.ldm --resume runs/00000-ldm
"""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from colorizer.models import LineDetectionModel

from .data import Drawings
from .distributed import start
from .loop import Batch, Models, Run
from .losses import ldm_loss
from .options import DataConfig, RunConfig, changed, option, parse_config, run_main
from .validation import checker


@dataclass(frozen=True)
class Config(RunConfig, changed(DataConfig, real_share=0.0, equalize=0.0, most_hints=0)):
    """Section 3.3: batch 16, 256K steps, x0.1 at 110K and 183K."""

    steps: int = option(256_000, "optimizer steps")
    batch: int = option(16, "samples per step, over all GPUs")
    decay_steps: tuple[int, ...] = option((110_000, 183_000), "steps at which the rate falls x0.1")
    width: int = option(32, "channels of the first convolution")
    ink_weight: float = option(0.0, "how much more black ink counts than paper")


def detect(model: nn.Module, batch: Batch) -> Tensor:
    """Return the line-arts that the model sees in the pictures of a batch."""
    return model(batch["color"])


def columns(model: nn.Module, batch: Batch) -> list[Tensor]:
    """Return picture, extracted line-art and detected line-art, for a grid of samples."""
    return [batch["color"], batch["line"], detect(model, batch)]


def main(argv: list[str] | None = None) -> None:
    """Run the training that the command line describes."""
    config: Config = parse_config(Config, __doc__, argv)
    process = start(config)

    def losses(models: Models, batch: Batch) -> Iterator[dict[str, Tensor]]:
        detected = detect(models["ldm"], batch).float()
        yield {"line": ldm_loss(batch["line"], detected, config.ink_weight)}

    check = checker(config, process, detect, "line")
    models = {"ldm": LineDetectionModel(config.width)}
    run = Run(config, process, models, Drawings(config, config.seed), losses, columns, check)
    for micros in run:
        run.log(run.step(micros))


if __name__ == "__main__":
    run_main(main)

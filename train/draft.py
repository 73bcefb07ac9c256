"""Train the draft model against its discriminator (Section 3.4, Equations 2 to 6).

    python -m train.draft --data PICTURES [--pairs PAIRS] --ldm runs/00000-ldm
    torchrun --nproc_per_node=8 -m train.draft --data PICTURES --ldm runs/00000-ldm
    python -m train.draft --resume runs/00001-draft

Table 2's ablations: --equalize 0 (line loss only), --w-line 0 (histogram equalization only).
A weight of 0 leaves its term, and the network behind it, out altogether.
"""

from collections.abc import Iterator
from dataclasses import dataclass, make_dataclass
from functools import partial

import torch
from torch import Tensor, nn

from colorizer.models import Discriminator, DraftModel

from .checkpoints import frozen, sizes_of
from .data import STRIDE_RATIO, Drawings
from .distributed import start, unwrap
from .loop import Batch, Models, Run
from .losses import DRAFT_TERMS, discriminator_loss, guess_loss, load_vgg, reconstruction_loss
from .options import DataConfig, Network, RunConfig, option, parse_config, run_main
from .validation import checker


@dataclass(frozen=True)
class Settings(RunConfig, DataConfig, Network):
    """Section 4.2: batch 64, 175K steps, x0.1 at 48K, w = 0.05, 1, 0.1, 1."""

    steps: int = option(175_000, "optimizer steps")
    batch: int = option(64, "samples per step, over all GPUs")
    decay_steps: tuple[int, ...] = option((48_000,), "steps at which the rate falls x0.1")
    ldm: str = option("", "run or published folder with the LDM; not with --w-line 0")
    vgg_weights: str = option("torchvision", "'torchvision' or a safetensors file")
    vgg_scale: float = option(1.0, "what VGG features are divided by; 57.5 for Caffe's scale")
    w_guess: float = option(0.0, "squared error where the hint is a guess: its weight")
    w_blind: float = option(1.0, "what a sample without hints counts in the reconstruction loss")


Config = make_dataclass(
    "Config",
    [
        (f"w_{name}", float, option(term.weight, f"{term.name}: its weight"))
        for name, term in DRAFT_TERMS.items()
    ],
    bases=(Settings,),
    namespace={"__doc__": "Weights of the losses."},
    frozen=True,
)


def build_models(config: Config) -> Models:
    """Return the networks to train: the draft model and, for the GAN loss, its discriminator."""
    draft = DraftModel(**sizes_of(DraftModel, vars(config)))
    if not config.w_gan:
        return {"draft": draft}
    return {"draft": draft, "discriminator": Discriminator(config.crop // STRIDE_RATIO)}


def paint(model: nn.Module, batch: Batch) -> Tensor:
    """Return the drafts of a batch."""
    return model(batch["line"], batch["hint"])


def columns(model: nn.Module, batch: Batch) -> list[Tensor]:
    """Return line-art, hints, draft and picture, for a grid of samples."""
    return [batch["line"], batch["hint"], paint(model, batch), batch["color"]]


def losses(
    config: Config, critics: Models, models: Models, batch: Batch
) -> Iterator[dict[str, Tensor]]:
    """Yield the discriminator's loss, then the unweighted terms of Equation (2).

    Generator and discriminator see each other as they were before the step.
    """
    fake, color = paint(models["draft"], batch), batch["color"]
    if discriminator := models.get("discriminator"):
        discriminator.requires_grad_(True)
        logits = discriminator(torch.cat([color, fake.detach()])).float()
        yield {"discriminator": discriminator_loss(*logits.chunk(2))}
        discriminator.requires_grad_(False)
        critics = critics | {"discriminator": unwrap(discriminator)}
    wanted = {name: t for name, t in DRAFT_TERMS.items() if getattr(config, f"w_{name}")}
    terms = {name: term.loss(color, fake, critics) for name, term in wanted.items()}
    if config.w_guess:
        terms["guess"] = guess_loss(color, fake, batch["hint"])
    if config.w_blind != 1 and "recon" in terms:
        hinted = batch["hint"][:, 3:].any(3, keepdim=True).any(2, keepdim=True)
        terms["recon"] = reconstruction_loss(color, fake, torch.where(hinted, 1.0, config.w_blind))
    yield terms


def main(argv: list[str] | None = None) -> None:
    """Run the training that the command line describes."""
    config = parse_config(Config, __doc__, argv)
    process = start(config)
    models, critics = build_models(config), {}
    if config.w_content:
        critics["vgg"] = load_vgg(config.vgg_weights, config.vgg_scale).to(process.device)
    if config.w_line:
        critics["ldm"] = frozen(config.ldm, "ldm").to(process.device)
    check = checker(config, process, paint, "color")
    terms = partial(losses, config, critics)
    run = Run(config, process, models, Drawings(config, config.seed), terms, columns, check)
    for micros in run:
        run.log(run.step(micros))


if __name__ == "__main__":
    run_main(main)

"""Train the region network: borders, parts and which places share a color. Ours, not the paper's.

python -m train.regions --data PICTURES [--pairs PAIRS] --renders RENDERS
torchrun --nproc_per_node=8 -m train.regions --data PICTURES --renders RENDERS
python -m train.regions --resume runs/00000-regions
"""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset

from colorizer.models import RegionModel
from colorizer.models.regions import PARTS

from .distributed import Place, quiet_worker, start, unwrap
from .index import index_folder
from .loop import Batch, Models, Run
from .losses import border_loss, likeness_loss, part_loss
from .optimization import autocast
from .options import RunConfig, option, parse_config, run_main
from .places import Places, PlacesConfig

NEAR = 2
"""A border counts as found within so many pixels."""


@dataclass(frozen=True)
class Config(RunConfig, PlacesConfig):
    """The paper knows no such network; these are the options that made the bundled one."""

    steps: int = option(20_000, "optimizer steps")
    batch: int = option(8, "samples per step, over all GPUs")
    decay_steps: tuple[int, ...] = option((15_000,), "steps at which the rate falls x0.1")
    lr: float = option(1.5e-3, "Adam's learning rate")
    beta1: float = option(0.9, "Adam's beta 1")
    beta2: float = option(0.99, "Adam's beta 2")
    schedule: str = option(
        "cosine", "decay at --decay-steps, or cosine to zero", choices=("steps", "cosine")
    )
    warmup: int = option(50, "steps of linear warm-up")
    clip: float = option(1.0, "largest norm of a model's gradients; 0 sets no limit")
    ema: float = option(0.99, "decay of the averaged weights; 0 keeps none")
    real_share: float = option(0.8, "share of pairs that show their own line-art")
    w_border: float = option(1.0, "weight of the border loss")
    w_part: float = option(0.3, "weight of the part loss")
    w_likeness: float = option(0.5, "weight of the likeness loss")
    val_renders: tuple[str, ...] = option((), "folder of renders to validate on")
    width: int = option(16, "channels of the first level")
    embedding: int = option(16, "length of a place's vector")


def losses(models: Models, batch: Batch) -> Iterator[dict[str, Tensor]]:
    """Yield the three unweighted losses of a micro-batch."""
    border, part, places = models["regions"](batch["line"])
    same = likeness(unwrap(models["regions"]), places, batch)
    yield {
        "border": border_loss(border.float(), batch["border"]),
        "part": part_loss(part.float(), batch["part"]),
        "likeness": likeness_loss(same.float(), batch["same"]),
    }


def likeness(model: RegionModel, places: Tensor, batch: Batch) -> Tensor:
    """Return the logits that the spots of a batch share a color, (N, n, n)."""
    at = batch["spots"][:, None].expand(-1, places.shape[1], -1)
    places = places.flatten(2).gather(2, at).transpose(1, 2)  # (N, n, E)
    return model.same_color(places, places)


def main(argv: list[str] | None = None) -> None:
    """Run the training that the command line describes."""
    config: Config = parse_config(Config, __doc__, argv)
    place = start(config)
    length = config.steps * config.batch
    dataset = Places(config, config.seed, length, index_folder(config))
    models = {"regions": RegionModel(config.width, config.embedding)}
    run = Run(config, place, models, dataset, losses, columns, checker(config, place))
    for micros in run:
        run.log(run.step(micros))


def checker(config: Config, place: Place) -> Callable[[RegionModel], dict[str, float]]:
    """Return what measures a model on the held-out pictures and renders, if there are any."""
    loaders, context = held_out(config, place), autocast(config, place)

    def check(model: RegionModel) -> dict[str, float]:
        found = {}
        for name, loader in loaders.items():
            found |= validate(loader, model, name, context)
        return found

    return check if loaders else None


def held_out(config: Config, place: Place) -> dict[str, DataLoader]:
    """Return loaders of held-out pictures and of held-out renders, those that are asked for."""
    pairs = tuple(f for f in config.val if (Path(f) / "line").is_dir())
    plain = tuple(f for f in config.val if f not in pairs)
    none = {"data": (), "pairs": (), "renders": (), "hold_out": (), "weights": ()}
    asked = {
        "pictures": {"data": plain, "pairs": pairs} if config.val else None,
        "renders": {"renders": config.val_renders} if config.val_renders else None,
    }
    loaders = {}
    for name, folders in asked.items() if place.rank == 0 else ():
        if folders:
            places = Places(dataclasses.replace(config, **(none | folders)), 1, config.val_samples)
            samples = Subset(places, range(config.val_samples))
            loaders[name] = DataLoader(
                samples, config.batch, num_workers=1, worker_init_fn=quiet_worker
            )
    return loaders


@torch.no_grad()
def validate(
    loader: DataLoader, model: nn.Module, name: str, context: torch.autocast
) -> dict[str, float]:
    """Return precision and recall of borders at `NEAR` px, the mean IoU of the parts, and the
    share of pairs of places judged rightly, as val_NAME_...
    """  # noqa: D205
    device = next(model.parameters()).device
    found, hits, borders, met, right, pairs = torch.zeros(6)
    meet, join = torch.zeros(2, len(PARTS))
    for batch in loader:
        batch = {key: tensor.to(device) for key, tensor in batch.items()}
        with context:
            border, part, places = model(batch["line"])
        there, seen = (batch["border"] > 0.5).float(), (border > 0).float()
        found, hits = found + seen.sum(), hits + (seen * _near(there)).sum()
        borders, met = borders + there.sum(), met + (there * _near(seen)).sum()
        known = batch["same"] >= 0
        agree = (likeness(model, places, batch) > 0) == (batch["same"] > 0.5)
        right, pairs = right + (agree & known).sum(), pairs + known.sum()
        guess = part.argmax(1)
        for k in range(len(PARTS)):
            mine, theirs = guess == k, batch["part"] == k
            sure = batch["part"] < len(PARTS)
            meet[k] += (mine & theirs).sum()
            join[k] += ((mine & sure) | theirs).sum()
    iou = (meet / join.clamp(min=1))[join > 0].mean()
    values = {"precision": hits / found, "recall": met / borders}
    values |= {"iou": iou, "likeness": right / pairs}
    return {f"val_{name}_{key}": float(value) for key, value in values.items()}


def _near(mask: Tensor) -> Tensor:
    return F.max_pool2d(mask, 2 * NEAR + 1, 1, NEAR)


def columns(model: RegionModel, batch: Batch) -> list[Tensor]:
    """Return line-art, borders, the true ones, and background, skin and hair, for a grid."""
    border, part, _ = model(batch["line"])
    parts = F.interpolate(part.float().softmax(1)[:, :3], scale_factor=2) * 2 - 1
    return [batch["line"], border.sigmoid() * 2 - 1, batch["border"] * 2 - 1, parts]


if __name__ == "__main__":
    run_main(main)

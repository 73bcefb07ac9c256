"""Train the region network: borders, parts and which places share a color. Ours, not the paper's.

python -m train.regions --data PICTURES [--pairs PAIRS] --renders RENDERS
torchrun --nproc_per_node=8 -m train.regions --data PICTURES --renders RENDERS
python -m train.regions --resume runs/00000-regions

Parts are known of renders alone. A network that also sees colors tells them better and of real
pictures, too, and can teach them to the one that sees lines:

python -m train.regions --colored --render-share 1 --data PICTURES --renders RENDERS
python -m train.regions --teacher runs/00000-regions --taught 'people/*' --data PICTURES ...

With `--people --init RUN` all of RUN stays as it is, and a second network, which knows people, is
added.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import Subset

from colorizer.images import InputError
from colorizer.models import RegionModel
from colorizer.models.regions import PARTS

from .checkpoints import find_weights, frozen, model_weights
from .distributed import Process, start, unwrap
from .loop import Batch, Models, Run
from .losses import border_loss, likeness_loss, part_loss
from .options import RunConfig, changed, option, parse_config, run_main
from .region_samples import RegionSamples, RegionSamplesConfig
from .validation import check_on, picture_folders

NEAR = 2
"""A border counts as found within so many pixels."""
TAUGHT = 0.9
"""A teacher says what a place is where it is surer than that; not tuned."""
OPTIMIZATION = {"lr": 1.5e-3, "beta1": 0.9, "beta2": 0.99, "schedule": "cosine", "warmup": 50}
OPTIMIZATION |= {"clip": 1.0, "ema": 0.99}


@dataclass(frozen=True)
class Config(changed(RunConfig, **OPTIMIZATION), changed(RegionSamplesConfig, real_share=0.8)):
    """The paper knows no such network; these are the options that made the bundled one."""

    steps: int = option(20_000, "optimizer steps")
    batch: int = option(8, "samples per step, over all GPUs")
    decay_steps: tuple[int, ...] = option((15_000,), "steps at which the rate falls x0.1")
    w_border: float = option(1.0, "weight of the border loss")
    w_part: float = option(0.3, "weight of the part loss")
    w_likeness: float = option(0.5, "weight of the likeness loss")
    val_renders: tuple[str, ...] = option((), "folder of renders to validate on")
    teacher: str = option(
        "", "run of a --colored network that tells the parts of --taught pictures"
    )
    people: bool = option(False, "train only a second network, which knows people")
    width: int = option(16, "channels of the first level")
    embedding: int = option(16, "length of an embedding")


class ColoredModel(RegionModel):
    """A region network that sees line-art and colors, (N, 4, H, W); arguments of `RegionModel`."""

    def __init__(self, width: int, embedding: int):
        """Raise ValueError as `RegionModel` does."""
        super().__init__(width, embedding)
        self.down[0][0] = nn.Conv2d(4 * 4, width, 3, 1, 1)

    def load_state_dict(self, state: Mapping[str, Tensor], *args: object, **options: object):
        """Load weights, also those of a network that sees lines alone; colors then do nothing."""
        first = "down.0.0.weight"
        missing = 4 * 4 - state[first].shape[1]
        state = {**state, first: F.pad(state[first], (0, 0, 0, 0, 0, missing))}
        return super().load_state_dict(state, *args, **options)


class PeopleModel(RegionModel):
    """A region network of which `People` alone is trained; arguments of `RegionModel`."""

    def __init__(self, width: int, embedding: int):
        """Raise ValueError as `RegionModel` does."""
        super().__init__(width, embedding, people=True)
        self.requires_grad_(False)
        self.people.requires_grad_(True)

    def forward(self, line: Tensor) -> tuple:
        """Return what `RegionModel` does, in training what `People` tells alone."""
        return (None, None, None, self.people(line)) if self.training else super().forward(line)

    def load_state_dict(self, state: Mapping[str, Tensor], *args: object, **options: object):
        """Load weights; where they have no `People`, it begins as the network that they are of."""
        own = {f"people.{name}": tensor for name, tensor in self.people.state_dict().items()}
        begun = {f"people.{name}": t for name, t in state.items() if f"people.{name}" in own}
        return super().load_state_dict(own | begun | dict(state), *args, **options)


def look(model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Return a model's borders, parts and embeddings of a batch, see `RegionModel.forward`.

    Of one with `People` the parts are what that says.
    """
    seen = batch["line"]
    if isinstance(unwrap(model), ColoredModel):
        seen = torch.cat([seen, batch["color"]], 1)
    border, part, embeddings, people = model(seen)
    return border, people[0] if people else part, embeddings


@torch.no_grad()
def taught(teacher: nn.Module, batch: Batch) -> Tensor:
    """Return the parts of a batch and, where they are not known, the teacher's if it is sure.

    It does not tell background, which is white paper: a painted scene is as good as a figure.

    Args:
        teacher: a `ColoredModel`.
        batch: see `RegionSamples`.

    Returns: int64 (N, C/2, C/2), as the batch's own.
    """
    part, rows = batch["part"].clone(), batch["taught"]
    if rows.any():
        shown = {name: batch[name][rows] for name in ("line", "color")}
        chance, said = look(teacher, shown)[1].float().softmax(1).max(1)
        sure = (chance > TAUGHT) & (said > 0) & (part[rows] >= len(PARTS))
        part[rows] = torch.where(sure, said, part[rows])
    return part


def find_teacher(run: str) -> nn.Module:
    """Return the network of a run with --colored; InputError if it had not."""
    if not model_weights(find_weights(run), "regions")[0].get("colored"):
        raise InputError(f"{run} holds no region network that was trained with --colored.")
    return frozen(run, "regions", ColoredModel)


def losses(
    models: Models, batch: Batch, teacher: nn.Module | None = None
) -> Iterator[dict[str, Tensor]]:
    """Yield the unweighted losses of a micro-batch."""
    wanted = taught(teacher, batch) if teacher else batch["part"]
    if isinstance(unwrap(models["regions"]), PeopleModel):
        part, shown = models["regions"](batch["line"])[3]
        people = F.binary_cross_entropy_with_logits(shown.float(), batch["people"])
        yield {"part": part_loss(part.float(), wanted), "people": people}
        return
    border, part, embeddings = look(models["regions"], batch)
    same = likeness(unwrap(models["regions"]), embeddings, batch)
    yield {
        "border": border_loss(border.float(), batch["border"]),
        "part": part_loss(part.float(), wanted),
        "likeness": likeness_loss(same.float(), batch["same"]),
    }


def likeness(model: RegionModel, embeddings: Tensor, batch: Batch) -> Tensor:
    """Return the logits that the spots of a batch share a color, (N, n, n)."""
    at = batch["spots"][:, None].expand(-1, embeddings.shape[1], -1)
    embeddings = embeddings.flatten(2).gather(2, at).transpose(1, 2)  # (N, n, E)
    return model.same_color(embeddings, embeddings)


def main(argv: list[str] | None = None) -> None:
    """Run the training that the command line describes."""
    config: Config = parse_config(Config, __doc__, argv)
    process = start(config)
    if config.teacher and not config.taught:
        raise InputError("--teacher RUN needs --taught PATTERNS, the pictures that it knows.")
    if config.taught and not (config.teacher or config.people):
        raise InputError("--taught PATTERNS need --teacher RUN, or --people.")
    teacher = find_teacher(config.teacher).to(process.device) if config.teacher else None
    dataset = RegionSamples(config, config.seed, config.steps * config.batch)
    if config.people and (config.colored or not (config.init or config.resume)):
        raise InputError("--people needs --init RUN, and is not for --colored networks.")
    kind = PeopleModel if config.people else ColoredModel if config.colored else RegionModel
    models = {"regions": kind(config.width, config.embedding)}
    learn, check = partial(losses, teacher=teacher), checker(config, process)
    run = Run(config, process, models, dataset, learn, columns, check)
    for micros in run:
        run.log(run.step(micros))


def checker(config: Config, process: Process) -> Callable[[nn.Module], dict[str, float]] | None:
    """Return what measures a model on the held-out pictures and renders, if there are any."""
    data, pairs = picture_folders(config.val)
    asked = {
        "pictures_": {"data": data, "pairs": pairs, "renders": ()},
        "renders_": {"data": (), "pairs": (), "renders": config.val_renders},
    }
    sets, count = {}, config.val_samples
    for name, folders in asked.items():
        if process.rank == 0 and any(folders.values()):
            plain = dataclasses.replace(config, hold_out=(), weights=(), **folders)
            sets[name] = Subset(RegionSamples(plain, 1, count), range(count))
    return check_on(sets, config, process, validate) if sets else None


def validate(
    model: nn.Module, batches: Iterable[Batch], context: torch.autocast
) -> dict[str, float]:
    """Return precision and recall of borders at `NEAR` px, the mean IoU of the parts, and the
    share of pairs of places judged rightly, as "likeness".
    """  # noqa: D205
    sums = torch.zeros(6)
    met, joined = torch.zeros(2, len(PARTS))
    for batch in batches:
        with context:
            border, part, embeddings = look(model, batch)
        there, seen = (batch["border"] > 0.5).float(), (border > 0).float()
        known = batch["same"] >= 0
        agree = (likeness(model, embeddings, batch) > 0) == (batch["same"] > 0.5)
        counts = [seen * _near(there), seen, there * _near(seen), there, agree & known, known]
        sums += torch.stack([count.sum().cpu() for count in counts])
        sure = batch["part"] < len(PARTS)
        true, found = (
            F.one_hot(p[sure], len(PARTS)).bool() for p in (batch["part"], part.argmax(1))
        )
        met += (true & found).sum(0).cpu()
        joined += (true | found).sum(0).cpu()
    precision, recall, right = (sums[::2] / sums[1::2]).tolist()
    iou = (met / joined)[joined > 0].mean().item()
    return {"precision": precision, "recall": recall, "iou": iou, "likeness": right}


def _near(mask: Tensor) -> Tensor:
    return F.max_pool2d(mask, 2 * NEAR + 1, 1, NEAR)


def columns(model: RegionModel, batch: Batch) -> list[Tensor]:
    """Return line-art, borders, the true ones, and background, skin and hair, for a grid."""
    border, part, _ = look(model, batch)
    parts = F.interpolate(part.float().softmax(1)[:, :3], scale_factor=2) * 2 - 1
    return [batch["line"], border.sigmoid() * 2 - 1, batch["border"] * 2 - 1, parts]


if __name__ == "__main__":
    run_main(main)

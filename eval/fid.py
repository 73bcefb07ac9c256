"""FID and C-FID (Section 4.5): how near the painted pictures are to the real ones as a set.

    python -m eval.fid --data PICTURES --pairs PAIRS [--checkpoint RUN] -o OUT
    torchrun --nproc_per_node=4 -m eval.fid --data PICTURES ... -o OUT
    python -m eval.fid --show-plan plan.png

FID is without hints. C-FID gives every picture the 28 hints of Figure 13, --repeats times anew;
its deviation is that of the repeats. Lines are XDoG's for --data and the artist's for --pairs.
--checkpoint takes a folder or user/repo of the Hub, or a run of train.colorization or
eval.baselines.train. OUT keeps each finished draw, and the same command goes on after the last.

FID is biased by the number of pictures and depends on the extractor, so both stand beside it,
and KID, which is not biased.
"""

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset
from tqdm import tqdm

from train.checkpoints import newest_checkpoint, write_atomic
from train.distributed import Place
from train.options import option, parse_config, run_main

from . import metrics
from .crops import Crops
from .distances import Distances, gathered
from .drawings import KINDS, DrawingConfig, list_drawings
from .features import EXTRACTORS, load_extractor
from .figures import plan_picture
from .painters import Painter, load_painter
from .sheet import arguments

PLANS = {"FID": False, "C-FID": True}
"""Name of the distance, and whether it gives hints."""


@dataclass(frozen=True)
class FeatureConfig:
    """The network whose features are compared."""

    feature: str = option("inception", "extractor of the features", choices=EXTRACTORS)
    inception_weights: str = option("", "file of FID's InceptionV3; empty: downloaded once")
    vgg_weights: str = option("torchvision", "for vgg: 'torchvision' or a safetensors file")
    vgg_scale: float = option(1.0, "what VGG features are divided by; 57.5 for Caffe's scale")
    repeats: int = option(3, "draws of the hints")
    side: int = option(512, "side of the squares to paint, cut from 512x512")
    crops: int = option(1, "squares of each drawing, if they are smaller")
    batch: int = option(8, "pictures at a time")


@dataclass(frozen=True)
class Config(DrawingConfig, FeatureConfig):
    """What is measured, and how."""

    checkpoint: str = option("", "what paints; empty: the bundled weights")
    workers: int = option(0, "processes that load pictures")
    device: str = option("", "cuda or cpu; empty picks the best there is")
    show_plan: str = option("", "write Figure 13's plan of hints to this PNG, and stop")
    out: str = option("fid", "folder to write into; also -o")


def join(device: str) -> Place:
    """Join torchrun's process group if there is one, and return this rank's place."""
    size, local = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("LOCAL_RANK", 0))
    name = device or ("cuda" if torch.cuda.is_available() else "cpu")
    if size == 1:
        return Place(0, 1, torch.device(name))
    if name == "cuda":
        torch.cuda.set_device(local)
    dist.init_process_group("nccl" if name == "cuda" else "gloo")
    return Place(dist.get_rank(), size, torch.device(f"cuda:{local}" if name == "cuda" else name))


def to_bytes(color: Tensor) -> Tensor:
    """Return colors in [-1, 1] as uint8 of the same shape."""
    return (color.float() * 127.5 + 127.5).clamp(0, 255).round().to(torch.uint8)


def loader(crops: Crops, batch: int, workers: int, place: Place, title: str) -> Iterator[dict]:
    """Yield this rank's batches of squares under a progress bar."""
    mine = Subset(crops, range(place.rank, len(crops), place.world))
    bar = DataLoader(mine, batch, num_workers=workers)
    yield from tqdm(bar, desc=title, leave=False, disable=place.rank > 0, dynamic_ncols=True)


@torch.inference_mode()
def measure_real(
    distances: Distances, extractor: nn.Module, batches: Iterator[dict], place: Place
) -> None:
    """Take the real pictures in."""
    for batch in batches:
        distances.add(extractor(to_bytes(batch["color"]).to(place.device)), real=True)


@torch.inference_mode()
def measure_painted(
    painter: Painter,
    distances: Distances,
    extractor: nn.Module,
    batches: Iterator[dict],
    place: Place,
) -> dict[str, float]:
    """Paint and return fid, kid, psnr (dB), delta_e (CIE76) and the number of pictures.

    PSNR and ΔE are means over the pictures, as in eval.fidelity.
    """
    distances.forget_painted()
    pairs = []
    for batch in batches:
        painted = to_bytes(painter(batch["line"], batch["hint"]))
        distances.add(extractor(painted.to(place.device)), real=False)
        truth = to_bytes(batch["color"])
        pairs += [_compare(a, b) for a, b in zip(painted.cpu(), truth)]
    pairs = gathered(pairs)
    psnr, delta_e = np.mean(pairs, 0).tolist()
    return distances.compute() | {"psnr": psnr, "delta_e": delta_e, "pictures": len(pairs)}


def _compare(painted: Tensor, truth: Tensor) -> tuple[float, float]:
    result_u8, truth_u8 = (t.permute(1, 2, 0).contiguous().numpy() for t in (painted, truth))
    return metrics.psnr(result_u8, truth_u8), metrics.mean_delta_e(result_u8, truth_u8)


class Evaluation:
    """The pictures and the extractor, ready to measure any number of painters."""

    def __init__(self, config: Config, place: Place):
        """List the drawings and load the extractor.

        Raises:
            InputError, OSError: no drawings, or an extractor that cannot be had.
        """
        self.config, self.place = config, place
        self.extractor = load_extractor(
            config.feature,
            config.inception_weights,
            config.vgg_weights,
            config.vgg_scale,
            place.device,
        )
        self.crops: dict[str, Crops] = {}
        drawings = list_drawings(config)
        for kind in KINDS:
            found = [d for d in drawings if d.kind == kind]
            if found:
                self.crops[kind] = Crops(found, config.side, config.crops, config.seed)
        self.real: dict[str, Distances] = {}

    def measure(self, painter: Callable[[], Painter], out: Path, mark: str) -> list[dict]:
        """Return a record of each draw; those that `out` already has are not measured again.

        Args:
            painter: called when there is something to paint.
            out: folder for the records.
            mark: what identifies the painter's weights.
        """
        out.mkdir(parents=True, exist_ok=True)
        key, records = self._key(mark), []
        for kind in self.crops:
            for plan, hinted in PLANS.items():
                for draw in range(self.config.repeats) if hinted else [None]:
                    path = out / f"{kind}-{plan}-{draw or 0}.json"
                    record = _finished(path, key)
                    if record is None:
                        record = {"key": key, "kind": kind, "plan": plan, "draw": draw}
                        record |= self._draw(kind, draw, painter())
                        if self.place.rank == 0:
                            write_atomic(path, json.dumps(record).encode())
                    records.append(record)
        return records

    def _key(self, mark: str) -> str:
        options = dataclasses.asdict(self.config)
        for name in ("out", "workers", "device", "batch", "repeats", "show_plan", "checkpoint"):
            del options[name]
        names = {kind: [d.name for d in crops.drawings] for kind, crops in self.crops.items()}
        return hashlib.sha1(json.dumps([options, names, mark]).encode()).hexdigest()

    def _batches(self, kind: str, draw: int | None, title: str) -> Iterator[dict]:
        crops, config = self.crops[kind], self.config
        crops.draw = draw
        return loader(crops, config.batch, config.workers, self.place, f"{kind} {title}")

    def _draw(self, kind: str, draw: int | None, painter: Painter) -> dict[str, float]:
        if kind not in self.real:
            self.real[kind] = Distances(self.extractor.num_features, self.place.device)
            batches = self._batches(kind, None, "real")
            measure_real(self.real[kind], self.extractor, batches, self.place)
        title = "without hints" if draw is None else f"hints {draw + 1}"
        batches = self._batches(kind, draw, title)
        return measure_painted(painter, self.real[kind], self.extractor, batches, self.place)


def _finished(path: Path, key: str) -> dict | None:
    """Return the record of a draw with the same key, if there is one."""
    if not path.is_file():
        return None
    record = json.loads(path.read_text("utf-8"))
    return record if record["key"] == key else None


def mark_of(checkpoint: str) -> str:
    """Return what tells a checkpoint's weights from others: its name and a run's newest step."""
    path = Path(checkpoint)
    if path.is_file() or (path / "checkpoints").is_dir():
        path = newest_checkpoint(path)
        return f"{path.resolve()} {path.stat().st_mtime_ns}"
    return checkpoint


def summarize(records: list[dict]) -> list[dict]:
    """Return mean and deviation over the draws, for each kind of lines and plan.

    A deviation is the sample's (n - 1), None for a single draw.
    """
    rows = []
    for kind, plan in dict.fromkeys((r["kind"], r["plan"]) for r in records):
        group = [r for r in records if (r["kind"], r["plan"]) == (kind, plan)]
        row = {"kind": kind, "plan": plan, "draws": len(group), "pictures": group[0]["pictures"]}
        for name in ("fid", "kid", "psnr", "delta_e"):
            values = [r[name] for r in group]
            row[name] = float(np.mean(values))
            row[f"{name}_std"] = float(np.std(values, ddof=1)) if len(group) > 1 else None
        rows.append(row)
    return rows


def with_deviation(mean: float, std: float | None, digits: int = 2) -> str:
    """Return "mean ± std", or the mean alone."""
    text = f"{mean:.{digits}f}"
    return text if std is None else f"{text} ± {std:.{digits}f}"


def markdown(rows: list[dict], extractor: nn.Module) -> str:
    """Return the table of `summarize` with extractor and resizer, as Markdown."""
    lines = ["| lines | measure | pictures | distance | KID x 1000 | PSNR dB | ΔE |"]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        cells = [row["kind"], row["plan"], str(row["pictures"])]
        cells.append(with_deviation(row["fid"], row["fid_std"], 4))
        std = row["kid_std"] and 1000 * row["kid_std"]
        cells.append(with_deviation(1000 * row["kid"], std, 4))
        cells += [with_deviation(row[n], row[f"{n}_std"]) for n in ("psnr", "delta_e")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", described(extractor), ""])


def described(extractor: nn.Module) -> str:
    """Return what the distances depend on, in one line."""
    return f"Features: {extractor.title}; resizer: {extractor.resizer}."


def main(argv: list[str] | None = None) -> None:
    """Measure what the command line describes."""
    config: Config = parse_config(Config, __doc__, arguments(argv))
    if config.show_plan:
        plan_picture(config.seed).save(config.show_plan)
        return
    place = join(config.device)
    evaluation = Evaluation(config, place)
    painter = cache(lambda: load_painter(config.checkpoint, place.device)[0])
    out = Path(config.out)
    records = evaluation.measure(painter, out / "draws", mark_of(config.checkpoint))
    if place.rank == 0:
        table = markdown(summarize(records), evaluation.extractor)
        report = {"options": dataclasses.asdict(config), "features": evaluation.extractor.title}
        report |= {"records": records}
        write_atomic(out / "fid.json", json.dumps(report, indent=1).encode())
        write_atomic(out / "fid.md", table.encode())
        print(table)


if __name__ == "__main__":
    run_main(main)

"""FID and C-FID of any number of systems on the same pictures, in draws that are kept."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from train.checkpoints import write_atomic
from train.distributed import Place
from train.options import option

from .. import metrics
from ..commands import with_deviation
from ..drawings import KINDS, DrawingConfig, list_drawings
from ..systems import System, newest
from .features import FeatureConfig, distances, gathered, load_extractor
from .squares import Squares

PLANS = {"FID": False, "C-FID": True}
"""Name of the distance, and whether it gives hints."""
MEASURES = ("fid", "kid", "psnr", "delta_e")


@dataclass(frozen=True)
class EvaluationConfig(DrawingConfig, FeatureConfig):
    """What is measured, and how."""

    repeats: int = option(3, "draws of the hints")
    side: int = option(512, "side of the squares to paint, cut from 512x512")
    crops: int = option(1, "squares of each drawing, if they are smaller")
    batch: int = option(8, "pictures that the extractor sees at a time")


class Evaluation:
    """The pictures and the extractor, ready to measure any number of systems."""

    def __init__(self, config: EvaluationConfig, place: Place):
        """List the drawings and load the extractor, on this rank's place.

        Raises:
            InputError, OSError: no drawings, or an extractor that cannot be had.
        """
        self.config, self.place = config, place
        self.extractor = load_extractor(config, place.device)
        drawings = list_drawings(config)
        self.squares = {
            kind: Squares(found, config.side, config.crops, config.seed)
            for kind in KINDS
            if (found := [d for d in drawings if d.kind == kind])
        }
        self.described = f"Features: {self.extractor.title}."
        self.real: dict[str, list[Tensor]] = {}

    def measure(self, system: System, out: Path, mark: str) -> list[dict]:
        """Return a record of each draw; those that the folder `out` has are not measured again.

        The mark identifies the system and its weights.
        """
        out.mkdir(parents=True, exist_ok=True)
        names = {f.name for f in fields(EvaluationConfig)} - {"repeats", "batch"}
        options = {name: getattr(self.config, name) for name in sorted(names)}
        drawings = {kind: [d.name for d in found.drawings] for kind, found in self.squares.items()}
        key = hashlib.sha1(json.dumps([options, drawings, mark]).encode()).hexdigest()
        records = []
        for kind in self.squares:
            for plan, hinted in PLANS.items():
                for draw in range(self.config.repeats) if hinted else [None]:
                    path = out / f"{kind}-{plan}-{draw or 0}.json"
                    record = json.loads(path.read_text("utf-8")) if path.is_file() else {}
                    if record.get("key") != key:
                        record = {"key": key, "kind": kind, "plan": plan, "draw": draw}
                        record |= self.measure_draw(kind, draw, system)
                        if self.place.rank == 0:
                            write_atomic(path, json.dumps(record).encode())
                    records.append(record)
        return records

    @torch.inference_mode()
    def measure_draw(self, kind: str, draw: int | None, system: System) -> dict[str, float]:
        """Paint and return fid, kid, psnr (dB), delta_e (CIE76) and the number of pictures.

        PSNR and ΔE are means over the pictures, as in eval.fidelity.
        """
        squares, errors = self.squares[kind], []

        def paint(index: int) -> np.ndarray:
            picture, truth = system(squares.case(index, draw)), squares.pictures(index)[0]
            errors.append((metrics.psnr(picture, truth), metrics.mean_delta_e(picture, truth)))
            return picture

        if kind not in self.real:
            self.real[kind] = self._features(kind, lambda i: squares.pictures(i)[0], "pictures")
        title = "without hints" if draw is None else f"hints {draw + 1}"
        painted, found = self._features(kind, paint, title), gathered(errors, self.place)
        psnr, delta_e = np.mean(found, 0).tolist()
        apart = distances(self.real[kind], painted, self.extractor.num_features, self.place)
        return apart | {"psnr": psnr, "delta_e": delta_e, "pictures": len(found)}

    def _features(self, kind: str, paint: Callable[[int], np.ndarray], title: str) -> list[Tensor]:
        """Return the features of this rank's pictures in batches; `paint` takes a square."""
        mine = range(self.place.rank, len(self.squares[kind]), self.place.world)
        starts, found = range(0, len(mine), self.config.batch), []
        for start in tqdm(starts, title, leave=False, disable=self.place.rank > 0):
            batch = np.stack([paint(i) for i in mine[start : start + self.config.batch]])
            tensor = torch.from_numpy(batch.transpose(0, 3, 1, 2).copy())
            found.append(self.extractor(tensor.to(self.place.device)))
        return found


def mark_of(checkpoint: str) -> str:
    """Return what tells a checkpoint's weights from others: its name and a run's newest step."""
    path = newest(checkpoint)
    return f"{path.resolve()} {path.stat().st_mtime_ns}" if path else checkpoint


def summarize(records: list[dict]) -> list[dict]:
    """Return mean and deviation over the draws, for each kind of lines and plan."""
    rows = []
    for kind, plan in dict.fromkeys((r["kind"], r["plan"]) for r in records):
        group = [r for r in records if (r["kind"], r["plan"]) == (kind, plan)]
        row = {"kind": kind, "plan": plan, "draws": len(group), "pictures": group[0]["pictures"]}
        rows.append(row | over(group))
    return rows


def over(group: list[dict]) -> dict[str, float | None]:
    """Return each measure's mean over some records, and as NAME_std its deviation.

    A deviation is the sample's (n - 1), None of a single record.
    """
    found: dict[str, float | None] = {}
    for name in MEASURES:
        values = [record[name] for record in group]
        found[name] = float(np.mean(values))
        found[f"{name}_std"] = float(np.std(values, ddof=1)) if len(group) > 1 else None
    return found


def cell(row: dict, name: str, scale: float, digits: int) -> str:
    """Return a measure of `summarize` with its deviation, times a scale."""
    std = row[f"{name}_std"]
    return with_deviation(scale * row[name], None if std is None else scale * std, digits)

"""FID and C-FID of any number of systems on the same squares of drawings, in draws that are kept.

The hints are those of Figure 13.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from tqdm import tqdm

from colorizer.images import InputError, resize_u8
from colorizer.preprocessing.hints import Hint, hex_color
from train.checkpoints import write_atomic
from train.data import STRIDE_RATIO
from train.distributed import Process
from train.options import option

from .. import metrics
from ..drawings import KINDS, SIDE, Drawing, DrawingConfig, list_drawings
from ..plans import seven_segment_plan
from ..systems import Case, System, newest
from .features import FeatureConfig, distances, gathered, load_extractor

PLANS = {"FID": False, "C-FID": True}
"""Name of the distance, and whether it gives hints."""
MEASURES = ("fid", "kid", "psnr", "delta_e")
CACHED = 1024
"""Squares kept in memory, at most 1 MB each."""
MULTIPLE = 64
"""Squares have a side that is a multiple of this, so that every system can paint them."""
SCALE = 5
"""Figure 13 is drawn at so many pixels for one of the hint image."""
TINTS = {"corner": (246, 213, 213), "wing": (214, 228, 247), "body": (227, 242, 217)}
POINT = "#c03020"


@dataclass(frozen=True)
class EvaluationConfig(DrawingConfig, FeatureConfig):
    """What is measured, and how."""

    repeats: int = option(3, "draws of the hints")
    side: int = option(512, "side of the squares to paint, cut from 512x512")
    crops: int = option(1, "squares of each drawing, if they are smaller")
    batch: int = option(8, "pictures that the extractor sees at a time")


class Squares:
    """Squares of drawings; places and hints depend on seed, drawing and number alone."""

    def __init__(self, drawings: list[Drawing], side: int, crops: int, seed: int):
        """Take `crops` random squares of `side` pixels of each 512x512 drawing, or all of it.

        Raises:
            InputError: a side that is no multiple of 64 up to 512, or no crops.
        """
        if side % MULTIPLE or not 0 < side <= SIDE:
            raise InputError(f"--side is {side}; wanted is a multiple of {MULTIPLE} up to {SIDE}.")
        if crops < 1 or (side == SIDE and crops > 1):
            raise InputError(f"--crops is {crops}; wanted is 1, or more with a smaller --side.")
        self.drawings, self.side, self.crops, self.seed = drawings, side, crops, seed
        self.pictures = lru_cache(CACHED)(self._pictures)

    def __len__(self) -> int:
        return len(self.drawings) * self.crops

    def _pictures(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return color (S, S, 3) and line-art (S, S) of a square, uint8."""
        drawing, number = self.drawings[index // self.crops], index % self.crops
        color, line = drawing.load()
        y, x = drawing.rng(self.seed, f"crop {number}").integers(0, SIDE - self.side + 1, 2)
        cut = slice(y, y + self.side), slice(x, x + self.side)
        return color[cut].copy(), line[cut].copy()

    def case(self, index: int, draw: int | None) -> Case:
        """Return a square's line-art with C-FID's 28 hints of a draw, None for no hints.

        Their places are pixels of the hint image, a quarter of the square's size.
        """
        color, line = self.pictures(index)
        drawing, number = self.drawings[index // self.crops], index % self.crops
        plan, name = ("0", "0") if draw is None else (f"hints {draw} {number}", f"C-FID-{draw}")
        rng, side = drawing.rng(self.seed, plan), self.side // STRIDE_RATIO
        hints = [] if draw is None else points_at(color, seven_segment_plan((side, side), rng))
        return Case(line, hints, drawing.named(name) + (f"-{number}" if number else ""))


def points_at(color_u8: np.ndarray, places: np.ndarray) -> list[Hint]:
    """Return hints at places (N, 2) of the hint image, in the colors of the picture reduced to it.

    Each is one pixel in the middle of those that it stands for.
    """
    height, width = (side // STRIDE_RATIO for side in color_u8.shape[:2])
    small, middle = resize_u8(color_u8, (width, height)), STRIDE_RATIO // 2
    return [
        Hint(x * STRIDE_RATIO + middle, y * STRIDE_RATIO + middle, 0, hex_color(small[y, x]))
        for x, y in places.tolist()
    ]


def plan_picture(seed: int) -> Image.Image:
    """Return Figure 13: the seven segments on the 128x128 hint image, and one draw of 28 points."""
    side = SIDE // STRIDE_RATIO
    outer = np.abs(np.arange(side) - (side - 1) / 2) > side / 4  # the first and the last quarter
    picture = np.full((side, side, 3), TINTS["body"], np.uint8)
    picture[:, outer] = TINTS["wing"]
    picture[np.ix_(outer, outer)] = TINTS["corner"]
    sheet = Image.fromarray(picture.repeat(SCALE, 0).repeat(SCALE, 1))
    pen, font, eighth = ImageDraw.Draw(sheet), ImageFont.load_default(20), side * SCALE / 8
    names = {"corner: 1": [(1, 0), (7, 0), (1, 6), (7, 6)], "wing: 2": [(1, 2), (7, 2)]}
    for text, places in (names | {"body: 20": [(4, 0)]}).items():
        for x, y in places:
            pen.text((x * eighth, y * eighth + 14), text, "#202020", font, "mm")
    for x, y in seven_segment_plan((side, side), np.random.default_rng(seed)).tolist():
        left, top = x * SCALE, y * SCALE
        pen.rectangle((left, top, left + SCALE, top + SCALE), POINT)
    return sheet


class Evaluation:
    """The pictures and the extractor, ready to measure any number of systems."""

    def __init__(self, config: EvaluationConfig, process: Process):
        """List the drawings and load the extractor; raises what `load_extractor` does."""
        self.config, self.process = config, process
        self.extractor = load_extractor(config, process.device)
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
                        if self.process.rank == 0:
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
        painted, found = self._features(kind, paint, title), gathered(errors, self.process)
        psnr, delta_e = np.mean(found, 0).tolist()
        apart = distances(self.real[kind], painted, self.extractor.num_features, self.process)
        return apart | {"psnr": psnr, "delta_e": delta_e, "pictures": len(found)}

    def _features(self, kind: str, paint: Callable[[int], np.ndarray], title: str) -> list[Tensor]:
        """Return the features of this rank's pictures in batches; `paint` takes a square."""
        mine = range(self.process.rank, len(self.squares[kind]), self.process.world)
        starts, found = range(0, len(mine), self.config.batch), []
        for start in tqdm(starts, title, leave=False, disable=self.process.rank > 0):
            batch = np.stack([paint(i) for i in mine[start : start + self.config.batch]])
            tensor = torch.from_numpy(batch.transpose(0, 3, 1, 2).copy())
            found.append(self.extractor(tensor.to(self.process.device)))
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
    """Return a measure of `summarize` times a scale, "mean ± deviation" if it has one."""
    text, std = f"{scale * row[name]:.{digits}f}", row[f"{name}_std"]
    return text if std is None else f"{text} ± {scale * std:.{digits}f}"

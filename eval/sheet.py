"""Contact sheets: line-art, hints, what others and we make of them, and the truth.

    python -m eval.sheet --data PICTURES [--pairs PAIRS] [--only SOURCE ...] -o sheet.png

The rows are the first drawings by the hash of their names, never chosen by hand.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from colorizer.images import InputError, resize_u8
from colorizer.preprocessing.hints import Hint
from train.options import option, run_main

from .commands import parse, words
from .drawings import Drawing, DrawingConfig, list_drawings
from .plans import parse_plan
from .systems import System, load_systems
from .trials import load_trial

CELL = 256
"""Side of one picture of a sheet, pixels."""
LABEL = 26
"""Height of the labels, pixels."""
DOT = 6
"""Least radius of a hint on a sheet, pixels at 512x512, or single pixels would not show."""


@dataclass(frozen=True)
class Config(DrawingConfig):
    """What is on the sheet."""

    compare: tuple[str, ...] = option((), "columns of others: gmic, spread, network, draft, ...")
    checkpoint: str = option("", "folder or user/repo; empty: the bundled one; none: leave out")
    hints: str = option("28", "number of hint points, strokes or dabs:N")
    rows: int = option(16, "drawings on the sheet")
    out: str = option("sheet.png", "picture to write; also -o")


def draw_hints_on(line_u8: np.ndarray, hints: list[Hint]) -> np.ndarray:
    """Return the line-art with its hints as dots with a dark rim, uint8 (H, W, 3)."""
    picture = cv2.cvtColor(line_u8, cv2.COLOR_GRAY2RGB)
    for hint in hints:
        center, radius = (round(hint.x), round(hint.y)), max(DOT, round(hint.r))
        cv2.circle(picture, center, radius + 1, (0, 0, 0), -1, cv2.LINE_AA)
        cv2.circle(picture, center, radius, hint.rgb, -1, cv2.LINE_AA)
    return picture


def row_of(
    drawing: Drawing, plan: str, seed: int, systems: dict[str, System]
) -> dict[str, np.ndarray]:
    """Return the labeled pictures of one row, from left to right, uint8 (H, W, 3)."""
    trial = load_trial(drawing, plan, seed)
    line, hints = trial.case.line, trial.case.hints
    row = {"line": draw_hints_on(line, []), "hints": draw_hints_on(line, hints)}
    row |= {name: system(trial.case) for name, system in systems.items() if name != "line"}
    return row | {"truth": trial.color}


def first_by_hash(drawings: list[Drawing], count: int) -> list[Drawing]:
    """Return the `count` drawings with the lowest hashes, whatever their kind."""
    return sorted(drawings, key=lambda d: d.digest)[:count]


def compose(rows: list[dict[str, np.ndarray]]) -> Image.Image:
    """Return the sheet of some rows that have the same labels."""
    labels = list(rows[0])
    grid = [np.hstack([_cell(row[label]) for label in labels]) for row in rows]
    sheet = Image.new("RGB", (CELL * len(labels), LABEL + CELL * len(rows)), "white")
    sheet.paste(Image.fromarray(np.vstack(grid)), (0, LABEL))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(16)
    for column, label in enumerate(labels):
        pen.text(((column + 0.5) * CELL, LABEL / 2), label, "black", font, "mm")
    return sheet


def _cell(picture_u8: np.ndarray) -> np.ndarray:
    cell = resize_u8(picture_u8, (CELL, CELL))
    cell[:, -1] = cell[-1] = 200  # a thin gray grid
    return cell


def main(argv: list[str] | None = None) -> None:
    """Write the sheet that the command line describes."""
    config: Config = parse(Config, __doc__, argv)
    if config.rows < 1:
        raise InputError(f"--rows is {config.rows}; wanted is 1 or more.")
    plan = parse_plan(config.hints)
    drawings = first_by_hash(list_drawings(config), config.rows)
    systems = load_systems(words(config.compare), config.checkpoint)
    bar = tqdm(drawings, unit="drawing", dynamic_ncols=True)
    rows = [row_of(drawing, plan, config.seed, systems) for drawing in bar]
    Path(config.out).parent.mkdir(parents=True, exist_ok=True)
    compose(rows).save(config.out)


if __name__ == "__main__":
    run_main(main)

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
from train.options import option, parse_config, run_main

from .drawings import Drawing, DrawingConfig, list_drawings
from .plans import load_trial, split_limit
from .systems import System, SystemConfig, load_systems

CELL = 256
"""Side of one picture of a sheet, pixels."""
LABEL = 26
"""Height of the labels, pixels."""
DOT = 6
"""Least radius of a hint on a sheet, pixels at 512x512, or single pixels would not show."""


@dataclass(frozen=True)
class Config(DrawingConfig, SystemConfig):
    """What is on the sheet."""

    hints: str = option("28", "number of hint points, strokes or dabs:N")
    rows: int = option(16, "drawings on the sheet")
    out: str = option("sheet.png", "picture to write", short="-o")


def gray_rgb(line_u8: np.ndarray) -> np.ndarray:
    """Return a line-art (H, W) as RGB, uint8 (H, W, 3)."""
    return cv2.cvtColor(line_u8, cv2.COLOR_GRAY2RGB)


def draw_hints_on(line_u8: np.ndarray, hints: list[Hint]) -> np.ndarray:
    """Return the line-art with its hints as dots with a dark rim, uint8 (H, W, 3)."""
    picture = gray_rgb(line_u8)
    for hint in hints:
        center, radius = (round(hint.x), round(hint.y)), max(DOT, round(hint.r))
        cv2.circle(picture, center, radius + 1, (0, 0, 0), -1, cv2.LINE_AA)
        cv2.circle(picture, center, radius, hint.rgb, -1, cv2.LINE_AA)
    return picture


def first_by_hash(drawings: list[Drawing], count: int) -> list[Drawing]:
    """Return the `count` drawings with the lowest hashes, whatever their kind."""
    return sorted(drawings, key=lambda d: d.digest)[:count]


def sheet_of(
    drawings: list[Drawing], plan: str, seed: int, systems: dict[str, System]
) -> Image.Image:
    """Return the sheet of some drawings with the hints of a plan, a row for each."""
    rows = []
    for drawing in tqdm(drawings, f"sheet {plan}", dynamic_ncols=True):
        trial = load_trial(drawing, plan, seed)
        line, hints = trial.case.line, trial.case.hints
        painted = {n: system(trial.case) for n, system in systems.items() if n != "line"}
        given = {"line": gray_rgb(line), "hints": draw_hints_on(line, hints)}
        rows.append(given | painted | {"truth": trial.color})
    return compose(rows)


def compose(rows: list[dict[str, np.ndarray]]) -> Image.Image:
    """Return the sheet of rows of pictures, uint8 (H, W, 3), that have the same labels."""
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
    config: Config = parse_config(Config, __doc__, argv)
    if config.rows < 1:
        raise InputError(f"--rows is {config.rows}; wanted is 1 or more.")
    plan, limit = split_limit(config.hints)
    systems = load_systems(config)
    chosen = first_by_hash(list_drawings(config), int(limit or config.rows))
    Path(config.out).parent.mkdir(parents=True, exist_ok=True)
    sheet_of(chosen, plan, config.seed, systems).save(config.out)


if __name__ == "__main__":
    run_main(main)

"""How much is lost on line-arts as people draw them: thin, thick, pencil, colored, with gaps.

    python -m eval.robustness --pairs PAIRS [--only SOURCE ...] [--limit 30] -o robustness

Every line-art of the pairs is enlarged to 1000x1000 and redrawn in each manner; the hints are the
28 points of C-FID on all of them. Written are a table (robustness.md) and, for the first drawing,
a sheet of line-arts above results (robustness.png).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from PIL import Image
from skimage.morphology import skeletonize
from tqdm import tqdm

from colorizer.images import resize_u8
from colorizer.preprocessing.hints import scale_hints
from train.options import option, parse_config, run_main

from . import metrics
from .commands import table, write_report
from .drawings import SIDE, DrawingConfig, list_drawings
from .fidelity.measure import compare_pictures
from .plans import place_hints
from .sheet import compose
from .systems import Case, SystemConfig, load_systems

LARGE_SIDE = 1000
"""Side of the redrawn line-arts, pixels."""
WIDTHS = (1, 2, 4, 8, 12)
"""Line widths that are tried, pixels."""
SOLID = 32
"""Ink as wide as this is a black area, not a line, and stays when lines are redrawn, pixels."""
PENCIL = (110, 190)
"""Range of a pencil's gray."""
PENCIL_GAPS, OUTLINE_GAPS = 0.1, 0.05
"""Shares of the ink that are missing from a pencil line and from a broken outline."""
GAP_RADIUS = 5
"""Radius of a gap, pixels."""
CHECK_EVERY = 4
"""The missing ink is measured after so many gaps."""
INK_RGB = (70, 90, 200)
"""A blue pencil's color."""
PLAN = "28"
DESK = Image.new("RGBA", (LARGE_SIDE, LARGE_SIDE), "#404040")
"""What is seen through a transparent line-art on the sheet."""


@dataclass(frozen=True)
class Config(DrawingConfig, SystemConfig):
    """What is measured."""

    out: str = option("robustness", "folder to write into", short="-o")


def of_width(line_u8: np.ndarray, rng: np.random.Generator, width: int) -> np.ndarray:
    """Return the line-art with every line `width` pixels wide; black areas stay."""
    ink = line_u8 < metrics.INK_BELOW
    distance = cv2.distanceTransform((~skeletonize(ink)).astype(np.uint8), cv2.DIST_L2, 5)
    lines = (np.clip(distance - width / 2 + 0.5, 0, 1) * 255).round().astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (SOLID, SOLID))
    solid = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, disc)
    return np.where(solid, line_u8, lines)


def broken(line_u8: np.ndarray, rng: np.random.Generator, share=OUTLINE_GAPS) -> np.ndarray:
    """Return the line-art without about `share` of its ink, in round gaps."""
    ink = line_u8 < metrics.INK_BELOW
    rows, columns = np.nonzero(ink)
    cleared = np.zeros_like(line_u8)
    for number, place in enumerate(rng.permutation(len(rows))):
        if number % CHECK_EVERY == 0 and cleared[ink].mean() >= 255 * share:
            break
        cv2.circle(cleared, (int(columns[place]), int(rows[place])), GAP_RADIUS, 255, -1)
    return np.maximum(line_u8, cleared)


def pencil(line_u8: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return gray, grainy, slightly blurred and broken lines."""
    grain = cv2.resize(
        rng.uniform(*PENCIL, (LARGE_SIDE // 3, LARGE_SIDE // 3)), line_u8.shape[::-1]
    )
    gray = 255 - (255 - grain) * (1 - line_u8 / 255)
    soft = cv2.GaussianBlur(gray, (5, 5), 1)
    return broken(soft.round().astype(np.uint8), rng, PENCIL_GAPS)


def colored(line_u8: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the lines in blue on white, uint8 (H, W, 3)."""
    share = line_u8[:, :, None] / 255
    return (255 * share + np.array(INK_RGB) * (1 - share)).round().astype(np.uint8)


def white_on_transparent(line_u8: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return white lines on nothing, uint8 (H, W, 4)."""
    return np.dstack([np.full((*line_u8.shape, 3), 255, np.uint8), 255 - line_u8])


MANNERS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "as it is": lambda line_u8, rng: line_u8,
    **{f"{width} px wide": partial(of_width, width=width) for width in WIDTHS},
    "pencil": pencil,
    "5 % gaps": broken,
    "blue lines": colored,
    "white on transparent": white_on_transparent,
}
"""How line-arts are redrawn, by name."""


def markdown(numbers: dict[str, dict[str, list[dict[str, float]]]]) -> str:
    """Return each system's means of each manner, with PSNR beside the first one's."""
    rows = []
    for system, manners in numbers.items():
        means = [pd.DataFrame(records).mean() for records in manners.values()]
        for (name, records), m in zip(manners.items(), means):
            cells = [len(records), f"{m['psnr']:.1f}", f"{m['psnr'] - means[0]['psnr']:+.1f}"]
            cells += [f"{m[key]:.1f}" for key in ("delta_e", "delta_e_hints")]
            rows.append([system, name, *cells])
    heads = ["system", "lines", "drawings", "PSNR dB", "change", "ΔE", "ΔE at hints"]
    return table(heads, rows)


def main(argv: list[str] | None = None) -> None:
    """Measure what the command line describes."""
    config: Config = parse_config(Config, __doc__, argv)
    systems = load_systems(config)
    numbers: dict[str, dict[str, list]] = {s: {name: [] for name in MANNERS} for s in systems}
    sheet: dict[str, dict] = {"line": {}, **{name: {} for name in systems}}
    for drawing in tqdm(list_drawings(config), unit="drawing", dynamic_ncols=True):
        color, line = drawing.load()
        hints = place_hints(PLAN, color, line, drawing.rng(config.seed, PLAN))
        large = resize_u8(line, (LARGE_SIDE, LARGE_SIDE))
        enlarged = scale_hints(hints, (SIDE, SIDE), (LARGE_SIDE, LARGE_SIDE))
        for name, manner in MANNERS.items():
            drawn = manner(large, drawing.rng(config.seed, name))
            shown = Image.alpha_composite(DESK, Image.fromarray(drawn).convert("RGBA"))
            sheet["line"].setdefault(name, np.asarray(shown.convert("RGB")))
            for title, system in systems.items():
                painted = system(Case(drawn, enlarged, drawing.named(name)))
                result = resize_u8(painted, (SIDE, SIDE))
                numbers[title][name].append(compare_pictures(result, color, hints))
                sheet[title].setdefault(name, result)
    write_report(config.out, "robustness", numbers, markdown(numbers))
    compose(list(sheet.values())).save(Path(config.out) / "robustness.png")


if __name__ == "__main__":
    run_main(main)

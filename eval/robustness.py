"""How much is lost on line-arts as people draw them: thin, thick, pencil, colored, with gaps.

    python -m eval.robustness --pairs PAIRS [--only SOURCE ...] [--limit 30] -o robustness

Every line-art of the pairs is enlarged to 1000x1000 and redrawn in each manner; the hints are the
28 points of C-FID on all of them. Written are a table (robustness.md) and, for the first drawing,
a sheet of line-arts above results (robustness.png).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from colorizer.images import resize_u8
from colorizer.preprocessing.hints import Hint
from train.options import option, run_main

from . import metrics
from .commands import parse, table, words, write_report
from .drawings import SIDE as DRAWN_SIDE
from .drawings import DrawingConfig, list_drawings
from .plans import place_hints
from .sheet import compose
from .systems import Case, System, load_systems

SIDE = 1000
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

Manner = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Config(DrawingConfig):
    """What is measured."""

    compare: tuple[str, ...] = option((), "others to measure: gmic, spread, network, ...")
    checkpoint: str = option("", "folder, run or user/repo; empty: the bundled one")
    out: str = option("robustness", "folder to write into; also -o")


def skeleton(line_u8: np.ndarray) -> np.ndarray:
    """Return the middle of the ink, 1 pixel wide, bool (H, W).

    Lantuejoul's morphological skeleton (the union of what openings of its erosions remove).
    """
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    ink, middle = (line_u8 < metrics.INK_BELOW).astype(np.uint8), np.zeros_like(line_u8)
    while ink.any():
        middle |= ink - cv2.morphologyEx(ink, cv2.MORPH_OPEN, cross)
        ink = cv2.erode(ink, cross, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    square = np.ones((3, 3), np.uint8)
    return cv2.morphologyEx(middle, cv2.MORPH_CLOSE, square) > 0


def solid(line_u8: np.ndarray) -> np.ndarray:
    """Return the black areas, where a disc of `SOLID` pixels fits into the ink, bool (H, W)."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (SOLID, SOLID))
    ink = (line_u8 < metrics.INK_BELOW).astype(np.uint8)
    return cv2.morphologyEx(ink, cv2.MORPH_OPEN, disc) > 0


def of_width(width: int) -> Manner:
    """Return the manner that draws every line `width` pixels wide; black areas stay."""

    def draw(line_u8: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        distance = cv2.distanceTransform((~skeleton(line_u8)).astype(np.uint8), cv2.DIST_L2, 5)
        lines = (np.clip(distance - width / 2 + 0.5, 0, 1) * 255).round().astype(np.uint8)
        return np.where(solid(line_u8), line_u8, lines)

    return draw


def broken(line_u8: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
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
    grain = cv2.resize(rng.uniform(*PENCIL, (SIDE // 3, SIDE // 3)), line_u8.shape[::-1])
    gray = 255 - (255 - grain) * (1 - line_u8 / 255)
    soft = cv2.GaussianBlur(gray, (5, 5), 1)
    return broken(soft.round().astype(np.uint8), PENCIL_GAPS, rng)


def gaps(line_u8: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the outlines with 5 % of their ink missing."""
    return broken(line_u8, OUTLINE_GAPS, rng)


def colored(line_u8: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the lines in blue on white, uint8 (H, W, 3)."""
    share = line_u8[:, :, None] / 255
    return (255 * share + np.array(INK_RGB) * (1 - share)).round().astype(np.uint8)


def white_on_transparent(line_u8: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return white lines on nothing, uint8 (H, W, 4)."""
    return np.dstack([np.full((*line_u8.shape, 3), 255, np.uint8), 255 - line_u8])


MANNERS: dict[str, Manner] = {
    "as it is": lambda line_u8, rng: line_u8,
    **{f"{width} px wide": of_width(width) for width in WIDTHS},
    "pencil": pencil,
    "5 % gaps": gaps,
    "blue lines": colored,
    "white on transparent": white_on_transparent,
}
"""How line-arts are redrawn, by name."""


def measure(
    system: System, drawn: np.ndarray, color_u8: np.ndarray, hints: list[Hint]
) -> tuple[np.ndarray, dict[str, float]]:
    """Return the result at the truth's size, and PSNR, ΔE and ΔE at the hints.

    Args:
        system: what colors.
        drawn: uint8 (SIDE, SIDE[, 3 or 4]), a redrawn line-art.
        color_u8: uint8 (512, 512, 3), the truth.
        hints: in pixels of the truth.
    """
    scale = SIDE / DRAWN_SIDE
    enlarged = [Hint(h.x * scale, h.y * scale, h.r * scale, h.color) for h in hints]
    result = resize_u8(system(Case(drawn, enlarged)), (DRAWN_SIDE, DRAWN_SIDE))
    return result, {
        "psnr": metrics.psnr(result, color_u8),
        "delta_e": metrics.mean_delta_e(result, color_u8),
        "delta_e_hints": metrics.delta_e_at_hints(result, hints),
    }


def summary(numbers: dict[str, list[dict[str, float]]]) -> str:
    """Return the means of each manner as a Markdown table, with PSNR beside the first one's."""
    means = {
        name: {key: float(np.mean([r[key] for r in records])) for key in records[0]}
        for name, records in numbers.items()
    }
    clean = next(iter(means.values()))["psnr"]
    rows = [
        [name, str(len(numbers[name])), f"{m['psnr']:.1f}", f"{m['psnr'] - clean:+.1f}"]
        + [f"{m[key]:.1f}" for key in ("delta_e", "delta_e_hints")]
        for name, m in means.items()
    ]
    return table(["lines", "drawings", "PSNR dB", "change", "ΔE", "ΔE at hints"], rows)


def main(argv: list[str] | None = None) -> None:
    """Measure what the command line describes."""
    config: Config = parse(Config, __doc__, argv)
    systems = load_systems(words(config.compare), config.checkpoint)
    numbers: dict[str, dict[str, list]] = {s: {name: [] for name in MANNERS} for s in systems}
    sheet: dict[str, dict] = {"line": {}, **{name: {} for name in systems}}
    for drawing in tqdm(list_drawings(config), unit="drawing", dynamic_ncols=True):
        color, line = drawing.load()
        hints = place_hints(PLAN, color, line, drawing.rng(config.seed, PLAN))
        large = resize_u8(line, (SIDE, SIDE))
        for name, manner in MANNERS.items():
            drawn = manner(large, drawing.rng(config.seed, name))
            sheet["line"].setdefault(name, _visible(drawn))
            for title, system in systems.items():
                result, measures = measure(system, drawn, color, hints)
                numbers[title][name].append(measures)
                sheet[title].setdefault(name, result)
    text = "\n".join(f"{title}:\n\n{summary(found)}" for title, found in numbers.items())
    write_report(config.out, "robustness", numbers, text)
    compose(list(sheet.values())).save(Path(config.out) / "robustness.png")


def _visible(drawn: np.ndarray) -> np.ndarray:
    """Return a line-art as RGB; transparency as dark gray."""
    if drawn.ndim == 2:
        return cv2.cvtColor(drawn, cv2.COLOR_GRAY2RGB)
    if drawn.shape[2] == 3:
        return drawn
    dark = Image.new("RGBA", drawn.shape[1::-1], "#404040")
    return np.asarray(Image.alpha_composite(dark, Image.fromarray(drawn)).convert("RGB"))


if __name__ == "__main__":
    run_main(main)

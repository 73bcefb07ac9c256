"""The paper's figures as pictures: 3 (histograms of lines), 8 to 11 (systems side by side), 13.

The rows are the first drawings by the hash of their names, never chosen by hand.
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from tqdm import tqdm

from colorizer.preprocessing.lines import dilate_abs_sub, equalize, to_gray, xdog
from train.data import STRIDE_RATIO

from ..drawings import SIGMA
from ..fid.evaluation import Squares, plan_picture, points_at
from ..sheet import compose, draw_hints_on, gray_rgb
from ..systems import Case, System

HINTS_IN_FIGURE_11 = 64
CLOSE_UP = 2
"""Figure 9 shows the middle of the picture, enlarged so many times."""
LEAST_SHARE = 1e-5
"""Histograms are logarithmic from this share of the pixels to all of them."""
WHITE = 250
"""Lighter grays do not count as ink in its mean."""


def comparison_rows(
    number: int, systems: dict[str, System], squares: dict[str, Squares], rows: int, seed: int
) -> list[dict[str, np.ndarray]]:
    """Return the labeled pictures of Figure 8, 9, 10 or 11, `rows` drawings of each kind.

    8 is without hints, 9 its middle enlarged, 10 takes the gray copy of the picture for a
    line-art, and 11 gives 64 random hints.
    """
    rng, found = np.random.default_rng(seed), []
    places = [(kind, i * kind.crops) for kind in squares.values() for i in range(rows)]
    for kind, index in tqdm(places, f"figure {number}", leave=False, dynamic_ncols=True):
        if index >= len(kind):
            continue
        color, line = kind.pictures(index)
        line = to_gray(color) if number == 10 else line
        row, hints = {"line": gray_rgb(line)}, []
        if number == 11:
            width = len(color[0]) // STRIDE_RATIO
            pixels = rng.choice(width * len(color) // STRIDE_RATIO, HINTS_IN_FIGURE_11, False)
            hints = points_at(color, np.stack([pixels % width, pixels // width], 1))
            row["hints"] = draw_hints_on(np.full_like(line, 255), hints)
        row |= {name: system(Case(line, hints)) for name, system in systems.items()}
        row["truth"] = color
        top, side = len(color) // (2 * CLOSE_UP), len(color) // CLOSE_UP
        cut = slice(top, top + side) if number == 9 else slice(None)
        found.append({name: picture[cut, cut] for name, picture in row.items()})
    return found


def line_shares(squares: dict[str, Squares], most: int) -> dict[str, np.ndarray]:
    """Return Figure 3's histograms, the share of pixels of each gray (256,), by name.

    XDoG and dilate-abs-sub lines of the color pictures and real lines, each also equalized, of at
    most so many squares of each kind.
    """
    counts: dict[str, np.ndarray] = {}
    for kind, found in squares.items():
        for index in range(min(most, len(found))):
            color, line = found.pictures(index)
            lines = {"XDoG": xdog(color, SIGMA), "dilate-abs-sub": dilate_abs_sub(color, 5)}
            lines = {"real": line} if kind == "real" else lines
            for name, gray in lines.items():
                for title, picture in ((name, gray), (f"{name}, equalized", equalize(gray))):
                    counts[title] = counts.get(title, 0) + np.bincount(picture.ravel(), None, 256)
    return {name: count / count.sum() for name, count in counts.items()}


def histogram_sheet(shares: dict[str, np.ndarray]) -> Figure:
    """Return Figure 3: a row for each kind of lines, before and after equalization.

    The histograms of shares (256,) are logarithmic; their ink's mean is red.
    """
    rows = -(-len(shares) // 2)
    figure = Figure((6, 2 * rows), layout="tight")
    for panel, (title, share) in zip(figure.subplots(rows, 2).flat, shares.items()):
        panel.bar(range(256), share, 1, color="black", log=True)
        panel.set_ylim(LEAST_SHARE, 1)
        if share[:WHITE].sum():
            mean = float(np.average(np.arange(WHITE), weights=share[:WHITE]))
            panel.axvline(mean, color="red")
            title = f"{title}: ink {mean:.0f}"
        panel.set_title(title, fontsize=9)
    return figure


def write_figures(
    systems: dict[str, System], squares: dict[str, Squares], out: Path, rows: int, seed: int
) -> None:
    """Write figure-03.png, figure-08.png to figure-11.png and figure-13.png into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    histogram_sheet(line_shares(squares, 100)).savefig(out / "figure-03.png")
    for number in (8, 9, 10, 11):
        found = comparison_rows(number, systems, squares, rows, seed)
        compose(found).save(out / f"figure-{number:02d}.png")
    plan_picture(seed).save(out / "figure-13.png")

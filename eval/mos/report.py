"""What a study leaves behind: the CSV of its ratings, Table 1 as Markdown, and Figure 12."""

import csv
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from colorizer.images import InputError

from ..commands import table
from .statistics import ALPHA, LEVEL, Ratings
from .store import SCORES

COLUMNS = ("rater", "system", "picture", "score")
"""What the analysis needs of a CSV."""
WORDS = ("Bad", "Poor", "Fair", "Good", "Excellent")
CELL = (120, 56)
"""Width and height of a system's cell for each score, pixels."""
LEFT, HEAD, MARGIN, FONT = 150, 44, 20, 15
"""Space for the scores' names, for the systems' names and around, and height of letters, pixels."""


def read_csv(path: Path) -> Ratings:
    """Return the ratings of a file with rater, system, picture and score, other columns or not.

    Raises:
        InputError: no such file, a column is missing, or a score is not 1 to 5.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows, 2):
        if any(not row.get(name) for name in COLUMNS) or row["score"] not in map(str, SCORES):
            raise InputError(f"{path}, line {number} is {row}; wanted are {COLUMNS}, score 1 to 5.")
    raters, systems, names, scores = ([row[name] for row in rows] for name in COLUMNS)
    return Ratings(np.array(raters), np.array(systems), np.array(names), np.array(scores, int))


def markdown(report: dict) -> str:
    """Return what `statistics.analyze` found: Table 1 and the tests."""
    level = f"{LEVEL:.0%} interval"
    text = "{ratings} ratings by {raters} raters of {pictures} drawings.".format(**report)
    if friedman := report["friedman"]:
        chi = f"χ²({friedman['dof']}) = {friedman['chi2']:.2f}"
        text += f" Friedman: {chi}, p = {_p(friedman['p'])}"
        text += f" over {report['raters_of_all_systems']} raters' means."
    systems = [
        [row["system"], f"{row['mos']:.2f}", f"{row['std']:.2f}", _span(row, ""), row["ratings"]]
        for row in report["systems"]
    ]
    systems[-1][:3] = [f"**{cell}**" for cell in systems[-1][:3]]  # the best is the last
    pairs = [
        [f"{p['a']} - {p['b']}", f"{p['difference']:+.2f}", _span(p, "+"), f"{p['wilcoxon']:.1f}"]
        + [_p(p["holm"]), f"{p['welch_t']:.2f}", _p(p["welch_p"])]
        for p in report["pairs"]
    ]
    heads = ["pair", "difference", level, "Wilcoxon W", "p (Holm)", "Welch t", "p"]
    notes = (
        f"Bold p: below {ALPHA}. Intervals: bootstrap over raters. Wilcoxon: signed ranks of the "
        "raters' means, p by Holm's method. Welch: over ratings, as if each were by somebody else."
    )
    tables = table(["Model", "MOS", "STD", level, "ratings"], systems), table(heads, pairs)
    return "\n".join([text + "\n", *tables, notes + "\n"])


def _span(row: dict, sign: str) -> str:
    return f"{row['low']:{sign}.2f} to {row['high']:{sign}.2f}"


def _p(value: float) -> str:
    if np.isnan(value):
        return "none"  # nobody told the systems apart, and the test has nothing to rank
    text = f"{value:.2g}" if value > 0 else "< 1e-300"
    return f"**{text}**" if value < ALPHA else text


def heatmap(ratings: Ratings) -> Image.Image:
    """Return Figure 12: how often each system got each score, in percent.

    The paper does not say what its heat map shows. Systems stand from the worst to the best, with
    their MOS.
    """
    columns = {str(s): ratings.scores[ratings.systems == s] for s in np.unique(ratings.systems)}
    columns = dict(sorted(columns.items(), key=lambda item: item[1].mean()))
    shares = np.array([[np.mean(c == s) for c in columns.values()] for s in reversed(SCORES)])
    shades = np.round(255 * shares / shares.max()).astype(np.uint8)
    colors = cv2.applyColorMap(shades, cv2.COLORMAP_VIRIDIS)[:, :, ::-1]
    wide, high = CELL
    size = (LEFT + wide * len(columns) + MARGIN, HEAD + high * len(SCORES) + MARGIN)
    figure = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(figure), ImageFont.load_default(FONT)
    for r, score in enumerate(reversed(SCORES)):
        y = HEAD + r * high
        pen.text((MARGIN, y + high / 2), f"{score} {WORDS[score - 1]}", "black", font, "lm")
        for c, (name, scores) in enumerate(columns.items()):
            x, color = LEFT + c * wide, tuple(int(v) for v in colors[r, c])
            pen.rectangle((x, y, x + wide - 1, y + high - 1), color)
            ink = "black" if np.mean(color) > 110 else "white"
            pen.text((x + wide / 2, y + high / 2), f"{shares[r, c]:.0%}", ink, font, "mm")
            title = f"{name[:12]} {scores.mean():.2f}"
            pen.text((x + wide / 2, HEAD - 14), title, "black", font, "mm")
    return figure

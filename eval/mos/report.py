"""What a study leaves behind: the CSV of its ratings, Table 1 as Markdown, and Figure 12."""

import csv
import os
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from colorizer.images import InputError

from .statistics import ALPHA, LEVEL, Ratings
from .store import SCORES

COLUMNS = ("rater", "system", "picture", "position", "score", "time")
WORDS = ("Bad", "Poor", "Fair", "Good", "Excellent")
CELL = (120, 56)
"""Width and height of a system's cell for each score, pixels."""
ROW = 26
"""Height of a drawing's cell, pixels."""
MARGIN = 20
LEFT = 150
"""Space for the names at the left of a panel, pixels."""
HEAD = 64
"""Space for the title and the systems' names, pixels."""
FONT = 15
MEAN_COLOR = (226, 40, 40)


def write_csv(path: Path, rows: list[dict]) -> None:
    """Write ratings as `store.ratings` returns them; an older file stays until all is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    os.replace(part, path)


def read_csv(path: Path) -> Ratings:
    """Return the ratings of a file with rater, system, picture and score, other columns or not.

    Raises:
        InputError: no such file, a column is missing, or a score is not 1 to 5.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = ("rater", "system", "picture", "score")
    for number, row in enumerate(rows, 2):
        if any(not row.get(name) for name in wanted) or row["score"] not in map(str, SCORES):
            raise InputError(f"{path}, line {number} is {row}; wanted are {wanted}, score 1 to 5.")
    raters, systems, names, scores = ([row[name] for row in rows] for name in wanted)
    return Ratings(np.array(raters), np.array(systems), np.array(names), np.array(scores, int))


def markdown(report: dict) -> str:
    """Return what `statistics.analyze` found: Table 1 and the tests."""
    level = f"{LEVEL:.0%} interval"
    best = report["systems"][-1]["system"]
    table = [f"| Model | MOS | STD | {level} | ratings |", "| --- | --- | --- | --- | --- |"]
    for row in report["systems"]:
        cells = [row["system"], f"{row['mos']:.2f}", f"{row['std']:.2f}"]
        cells = [f"**{cell}**" if row["system"] == best else cell for cell in cells]
        cells += [f"{row['low']:.2f} to {row['high']:.2f}", str(row["ratings"])]
        table.append(f"| {' | '.join(cells)} |")
    pairs = [f"| pair | difference | {level} | Wilcoxon W | p (Holm) | Welch t | p |"]
    pairs += ["| --- | --- | --- | --- | --- | --- | --- |"]
    pairs += [_pair_row(pair) for pair in report["pairs"]]
    return "\n".join([_summary(report), "", *table, "", *pairs, "", _notes()]) + "\n"


def _pair_row(pair: dict) -> str:
    cells = [f"{pair['a']} - {pair['b']}", f"{pair['difference']:+.2f}"]
    cells += [f"{pair['low']:+.2f} to {pair['high']:+.2f}", f"{pair['wilcoxon']:.1f}"]
    cells += [_p(pair["holm"]), f"{pair['welch_t']:.2f}", _p(pair["welch_p"])]
    return f"| {' | '.join(cells)} |"


def _p(value: float) -> str:
    if np.isnan(value):
        return "none"  # nobody told the systems apart, and the test has nothing to rank
    text = f"{value:.2g}" if value > 0 else "< 1e-300"
    return f"**{text}**" if value < ALPHA else text


def _summary(report: dict) -> str:
    text = "{ratings} ratings by {raters} raters of {pictures} drawings.".format(**report)
    friedman = report["friedman"]
    if friedman:
        chi = f"χ²({friedman['dof']}) = {friedman['chi2']:.2f}"
        text += f" Friedman: {chi}, p = {_p(friedman['p'])}"
        text += f" over {report['raters_of_all_systems']} raters' means."
    return text


def _notes() -> str:
    return (
        f"Bold p: below {ALPHA}. Intervals: bootstrap over raters. Wilcoxon: signed ranks of the "
        "raters' means, p by Holm's method. Welch: over ratings, as if each were by somebody else."
    )


def heatmap(ratings: Ratings) -> Image.Image:
    """Return Figure 12: how often each system got each score, with its mean, and MOS by drawing.

    The paper does not say what its heat map shows; the red line is the mean opinion score, where
    the middle of a row is its score.
    """
    names, systems, sums, counts = ratings.means(ratings.pictures)
    total, number = sums.sum(0), counts.sum(0)
    order = np.argsort(total / number, kind="stable")
    systems = [systems[i] for i in order]
    means = (total / number)[order]
    columns = [ratings.scores[ratings.systems == system] for system in systems]
    shares = np.array([[np.mean(c == s) for c in columns] for s in reversed(SCORES)])
    with np.errstate(invalid="ignore"):  # a drawing may have no rating of a system yet
        by_name = (sums / counts)[:, order]
    words = [f"{s} {word}" for s, word in reversed(list(zip(SCORES, WORDS)))]
    left = _panel("Share of scores, %", words, systems, shares / shares.max(), 100 * shares, CELL)
    _draw_means(left, means)
    right = _panel(
        "MOS by drawing", [str(n) for n in names], systems, (by_name - 1) / 4, by_name,
        (CELL[0], ROW), "{:.2f}",
    )  # fmt: skip
    figure = Image.new("RGB", (left.width + right.width, max(left.height, right.height)), "white")
    figure.paste(left, (0, 0))
    figure.paste(right, (left.width, 0))
    return figure


def _panel(
    title: str,
    rows: list[str],
    columns: list[str],
    shades: np.ndarray,
    values: np.ndarray,
    cell: tuple[int, int],
    form: str = "{:.0f}",
) -> Image.Image:
    """Return a table of values (R, C) on colors: shades are 0 to 1, or NaN for an empty cell."""
    size = (LEFT + cell[0] * len(columns) + MARGIN, HEAD + cell[1] * len(rows) + MARGIN)
    panel = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(panel), ImageFont.load_default(FONT)
    pen.text((LEFT, MARGIN), title, "black", font, "lm")
    colors = cv2.applyColorMap(_bytes(shades), cv2.COLORMAP_VIRIDIS)[:, :, ::-1]
    for c, name in enumerate(columns):
        pen.text((LEFT + (c + 0.5) * cell[0], HEAD - 14), _fit(name, 12), "black", font, "mm")
    for r, name in enumerate(rows):
        y = HEAD + (r + 0.5) * cell[1]
        pen.text((LEFT - 10, y), _fit(name, 17), "black", font, "rm")
        for c in np.flatnonzero(np.isfinite(values[r])):
            x, half = LEFT + (c + 0.5) * cell[0], (cell[0] / 2, cell[1] / 2)
            box = (x - half[0], y - half[1], x + half[0] - 1, y + half[1] - 1)
            pen.rectangle(box, tuple(int(v) for v in colors[r, c]))
            ink = "black" if colors[r, c].mean() > 110 else "white"
            pen.text((x, y), form.format(values[r, c]), ink, font, "mm")
    return panel


def _bytes(shades: np.ndarray) -> np.ndarray:
    return np.round(255 * np.nan_to_num(np.clip(shades, 0, 1))).astype(np.uint8)


def _fit(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"…{text[1 - letters :]}"


def _draw_means(panel: Image.Image, means: np.ndarray) -> None:
    """Draw each system's mean on the panel of scores, whose rows are 5 down to 1."""
    pen, font = ImageDraw.Draw(panel), ImageFont.load_default(FONT)
    for column, mean in enumerate(means):
        x, y = LEFT + column * CELL[0], HEAD + (SCORES[-1] - mean + 0.5) * CELL[1]
        pen.line((x + 4, y, x + CELL[0] - 5, y), MEAN_COLOR, 3)
        pen.text(
            (x + CELL[0] - 6, y - 3), f"{mean:.2f}", MEAN_COLOR, font, "rs",
            stroke_width=2, stroke_fill="white",
        )  # fmt: skip

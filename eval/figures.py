"""The paper's figures as pictures: 3 (histograms of lines), 8 to 11 (systems side by side), 13.

The rows are the first drawings by the hash of their names, never chosen by hand.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from colorizer.preprocessing.hints import Hint, seven_segment_plan
from colorizer.preprocessing.lines import dilate_abs_sub, equalize, to_gray, xdog
from train.data import STRIDE_RATIO

from .drawings import SIGMA
from .fid.squares import Squares, points_at
from .sheet import compose, draw_hints_on
from .systems import Case, System

HINTS_IN_FIGURE_11 = 64
CLOSE_UP = 2
"""Figure 9 shows the middle of the picture, enlarged so many times."""
PLAN_SIDE = 128
PLAN_SCALE = 5
"""Figure 13 is drawn at so many pixels for one of the hint image."""
PANEL = (288, 200)
"""Width and height of one histogram, pixels."""
LEAST_SHARE = 1e-5
"""Histograms are logarithmic from this share of the pixels to all of them."""
TINTS = {"corner": "#f6d5d5", "wing": "#d6e4f7", "body": "#e3f2d9"}
INK, PAPER, ACCENT = "#202020", "#ffffff", "#c03020"


def plan_picture(seed: int) -> Image.Image:
    """Return Figure 13: the seven segments on the 128x128 hint image, and one draw of 28 points."""
    side, quarter = PLAN_SIDE * PLAN_SCALE, PLAN_SIDE * PLAN_SCALE // 4
    sheet = Image.new("RGB", (side + 1, side + 1), TINTS["body"])
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(20)
    for x in (0, side - quarter):
        for y, tall, name in (
            (0, quarter, "corner"),
            (quarter, side - 2 * quarter, "wing"),
            (side - quarter, quarter, "corner"),
        ):
            pen.rectangle((x, y, x + quarter, y + tall), TINTS[name], INK)
            pen.text((x + quarter / 2, y + 14), f"{name}: {1 + (name == 'wing')}", INK, font, "mm")
    pen.rectangle((quarter, 0, side - quarter, side), None, INK)
    pen.text((side / 2, 14), "body: 20", INK, font, "mm")
    for x, y in seven_segment_plan((PLAN_SIDE, PLAN_SIDE), np.random.default_rng(seed)).tolist():
        left, top = x * PLAN_SCALE, y * PLAN_SCALE
        pen.rectangle((left, top, left + PLAN_SCALE, top + PLAN_SCALE), ACCENT)
    return sheet


def _gray_rgb(line: np.ndarray) -> np.ndarray:
    return np.dstack([line] * 3)


def _first_squares(squares: dict[str, Squares], rows: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return color and line-art of the first square of `rows` drawings of each kind."""
    return [
        kind.pictures(number * kind.crops)
        for kind in squares.values()
        for number in range(min(rows, len(kind.drawings)))
    ]


def _middle(picture: np.ndarray) -> np.ndarray:
    side = picture.shape[0] // CLOSE_UP
    top = (picture.shape[0] - side) // 2
    return picture[top : top + side, top : top + side]


def comparison_rows(
    number: int, systems: dict[str, System], squares: dict[str, Squares], rows: int, seed: int
) -> list[dict[str, np.ndarray]]:
    """Return the labeled pictures of Figure 8, 9, 10 or 11, `rows` drawings of each kind.

    8 is without hints, 9 its middle enlarged, 10 takes the gray copy of the picture for a
    line-art, and 11 gives 64 random hints.
    """
    rng, found = np.random.default_rng(seed), []
    pictures = _first_squares(squares, rows)
    for color, line in tqdm(pictures, desc=f"figure {number}", leave=False, dynamic_ncols=True):
        line = to_gray(color) if number == 10 else line
        row, hints = {"line": _gray_rgb(line)}, []
        if number == 11:
            hints = random_points(color, rng)
            row["hints"] = draw_hints_on(np.full_like(line, 255), hints)
        row |= {name: system(Case(line, hints)) for name, system in systems.items()}
        row["truth"] = color
        found.append({k: _middle(p) for k, p in row.items()} if number == 9 else row)
    return found


def random_points(color_u8: np.ndarray, rng: np.random.Generator) -> list[Hint]:
    """Return Figure 11's hints: pixels of the hint image at random, in the picture's colors."""
    width = color_u8.shape[1] // STRIDE_RATIO
    pixels = rng.choice(width * color_u8.shape[0] // STRIDE_RATIO, HINTS_IN_FIGURE_11, False)
    return points_at(color_u8, np.stack([pixels % width, pixels // width], 1))


def line_shares(squares: dict[str, Squares], most: int) -> dict[str, np.ndarray]:
    """Return Figure 3's histograms, the share of pixels of each gray (256,), by name.

    XDoG and dilate-abs-sub lines of the color pictures and real lines, each also equalized.

    Args:
        squares: those of each kind.
        most: squares of each kind to look at.
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


def histogram(shares: np.ndarray, title: str) -> Image.Image:
    """Return a logarithmic histogram of shares (256,), a bar for each gray, its ink's mean red."""
    width, height = PANEL
    panel = Image.new("RGB", PANEL, PAPER)
    pen, font = ImageDraw.Draw(panel), ImageFont.load_default(14)
    left, bottom, top = (width - 256) // 2, height - 26, 30
    bars = 1 - np.log(np.maximum(shares, LEAST_SHARE)) / np.log(LEAST_SHARE)
    for gray, bar in enumerate(bars.tolist()):
        pen.line((left + gray, bottom, left + gray, bottom - bar * (bottom - top)), INK)
    pen.line((left, bottom, left + 255, bottom), INK)
    for gray, anchor in ((0, "lt"), (128, "mt"), (255, "rt")):
        pen.text((left + gray, bottom + 6), str(gray), INK, font, anchor)
    ink = shares[:250]
    if ink.sum():
        mean = float((ink * np.arange(250)).sum() / ink.sum())
        pen.line((left + mean, bottom, left + mean, top), ACCENT)
        title = f"{title}: ink {mean:.0f}"
    pen.text((width / 2, 14), title, INK, font, "mm")
    return panel


def histogram_sheet(shares: dict[str, np.ndarray]) -> Image.Image:
    """Return Figure 3: a row for each kind of lines, before and after equalization."""
    sheet = Image.new("RGB", (2 * PANEL[0], -(-len(shares) // 2) * PANEL[1]), PAPER)
    for place, (title, share) in enumerate(shares.items()):
        corner = (place % 2 * PANEL[0], place // 2 * PANEL[1])
        sheet.paste(histogram(share, title), corner)
    return sheet


def write_figures(
    systems: dict[str, System], squares: dict[str, Squares], out: Path, rows: int, seed: int
) -> None:
    """Write figure-03.png, figure-08.png to figure-11.png and figure-13.png into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    histogram_sheet(line_shares(squares, 100)).save(out / "figure-03.png")
    for number in (8, 9, 10, 11):
        found = comparison_rows(number, systems, squares, rows, seed)
        compose(found).save(out / f"figure-{number:02d}.png")
    plan_picture(seed).save(out / "figure-13.png")

"""What `train.prepare` tells of its verdicts: a CSV, a contact sheet and a table."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from colorizer.images import InputError, load_image

from .screening import RULES, Verdict

CELL, LABEL, ACROSS = 160, 18, 8
"""The contact sheet: a picture's side, a line of text's height, both in pixels; pictures a rule."""


def write_report(verdicts: dict[Path, Verdict | None], root: Path, path: Path) -> None:
    """Write the CSV: path, verdict ("keep" or "drop"), rule, value, kept (of a near-duplicate)."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "verdict", "rule", "value", "kept"])
        for picture, verdict in verdicts.items():
            row = ["keep", "", "", ""]
            if verdict:
                kept = Path(verdict.kept).relative_to(root).as_posix() if verdict.kept else ""
                row = ["drop", verdict.rule, verdict.value, kept]
            rows.writerow([picture.relative_to(root).as_posix(), *row])


def write_sheet(verdicts: dict[Path, Verdict | None], path: Path) -> None:
    """Write the contact sheet: a row for each rule, evenly from its lowest value to its highest.

    Beside a near-duplicate stands the picture that is kept. Without dropped pictures there is no
    sheet, and an earlier one is removed.
    """
    dropped = sorted(((v, p) for p, v in verdicts.items() if v), key=_value)
    rules = {rule: [item for item in dropped if item[0].rule == rule] for rule in RULES}
    rules = {rule: items for rule, items in rules.items() if items}
    path.unlink(missing_ok=True)
    if not rules:
        return
    height = CELL + 2 * LABEL
    sheet = Image.new("RGB", (ACROSS * CELL, len(rules) * height), "white")
    pen = ImageDraw.Draw(sheet)
    for row, (rule, items) in enumerate(rules.items()):
        top = row * height
        pen.text((4, top + 2), f"{rule}: {RULES[rule]} ({len(items):,} dropped)", "black")
        for column, (picture, text) in enumerate(_cells(items)):
            sheet.paste(_thumbnail(picture), (column * CELL, top + LABEL))
            pen.text((column * CELL + 4, top + LABEL + CELL + 1), text[:24], "gray")
    sheet.save(path)


def _value(item: tuple[Verdict, Path]) -> tuple[float, Path]:
    number = item[0].value.partition(" ")[0].partition("x")[0]
    return (float(number) if number.replace(".", "").isdigit() else 0.0), item[1]


def _cells(items: list[tuple[Verdict, Path]]) -> list[tuple[Path, str]]:
    """Return the pictures and texts of one row."""
    paired = bool(items[0][0].kept)
    count = min(len(items), ACROSS // 2 if paired else ACROSS)
    cells = []
    for verdict, path in (items[i] for i in np.linspace(0, len(items) - 1, count).astype(int)):
        cells.append((path, path.name if verdict.rule == "unreadable" else verdict.value))
        cells += [(Path(verdict.kept), "of this, kept")] if paired else []
    return cells


def _thumbnail(path: Path) -> Image.Image:
    """Return a picture inside a gray cell, or the empty cell if it cannot be read."""
    size = (CELL - 4, CELL - 4)
    try:
        return ImageOps.pad(load_image(path), size, color=(225, 225, 225))
    except InputError:
        return Image.new("RGB", size, (225, 225, 225))


def print_summary(verdicts: dict[Path, Verdict | None], report: Path) -> None:
    """Print how many pictures each rule dropped, and where the report is."""
    counts = Counter(verdict.rule if verdict else "kept" for verdict in verdicts.values())
    for name in ("kept", *RULES):
        share = counts[name] / len(verdicts)
        print(f"{name:16} {counts[name]:9,} {share:7.1%}  {RULES.get(name, '')}".rstrip())
    print(f"of {len(verdicts):,}; see {report}/report.csv and {report}/dropped.png")

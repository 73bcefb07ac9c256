"""What `train.prepare` tells of its verdicts: a CSV, a contact sheet and a table."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from colorizer.images import InputError, load_image

from .screening import RULES, Verdict

CELL = 160
"""Side of a picture on the contact sheet, pixels."""
LABEL = 18
"""Height of a line of text on it, pixels."""
ACROSS = 8
"""Pictures of each rule on it."""


def write_report(verdicts: dict[Path, Verdict | None], root: Path, path: Path) -> None:
    """Write the CSV: path, verdict ("keep" or "drop"), rule, value, kept (of a near-duplicate)."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "verdict", "rule", "value", "kept"])
        for picture, verdict in verdicts.items():
            name = picture.relative_to(root).as_posix()
            if verdict is None:
                rows.writerow([name, "keep", "", "", ""])
            else:
                kept = Path(verdict.kept).relative_to(root).as_posix() if verdict.kept else ""
                rows.writerow([name, "drop", verdict.rule, verdict.value, kept])


def by_rule(verdicts: dict[Path, Verdict | None]) -> dict[str, list[tuple[Path, Verdict]]]:
    """Return what each rule dropped, sorted by the measured value."""
    dropped = [(path, verdict) for path, verdict in verdicts.items() if verdict]
    rules = {rule: [item for item in dropped if item[1].rule == rule] for rule in RULES}
    return {rule: sorted(items, key=_value) for rule, items in rules.items() if items}


def _value(item: tuple[Path, Verdict]) -> tuple[float, str]:
    number = item[1].value.partition(" ")[0].partition("x")[0]
    return (float(number) if number.replace(".", "").isdigit() else 0.0), str(item[0])


def write_sheet(verdicts: dict[Path, Verdict | None], path: Path) -> None:
    """Write the contact sheet: a row for each rule, evenly from its lowest value to its highest.

    Beside a near-duplicate stands the picture that is kept. Without dropped pictures there is no
    sheet, and an earlier one is removed.
    """
    rules = by_rule(verdicts)
    if not rules:
        path.unlink(missing_ok=True)
        return
    height = CELL + 2 * LABEL
    sheet = Image.new("RGB", (ACROSS * CELL, len(rules) * height), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for row, (rule, items) in enumerate(rules.items()):
        heading = f"{rule}: {RULES[rule]} ({len(items):,} dropped)"
        pen.text((4, row * height + 2), heading, "black", font)
        for column, (picture, text) in enumerate(_cells(items)):
            place = (column * CELL, row * height + LABEL)
            sheet.paste(_thumbnail(picture), place)
            pen.text((place[0] + 4, place[1] + CELL + 1), text[:22], "gray", font)
    sheet.save(path)


def _cells(items: list[tuple[Path, Verdict]]) -> list[tuple[Path, str]]:
    """Return the pictures and texts of one row."""
    paired = bool(items[0][1].kept)
    count = min(len(items), ACROSS // 2 if paired else ACROSS)
    chosen = [items[i] for i in np.linspace(0, len(items) - 1, count).round().astype(int)]
    cells = []
    for path, verdict in chosen:
        cells.append((path, path.name if verdict.rule == "unreadable" else verdict.value))
        if paired:
            cells.append((Path(verdict.kept), "of this, kept"))
    return cells


def _thumbnail(path: Path) -> Image.Image:
    """Return a picture inside a gray cell, or the empty cell if it cannot be read."""
    cell = Image.new("RGB", (CELL - 4, CELL - 4), (225, 225, 225))
    try:
        picture = load_image(path)
    except InputError:
        return cell
    picture.thumbnail(cell.size)
    cell.paste(picture, ((cell.width - picture.width) // 2, (cell.height - picture.height) // 2))
    return cell


def print_summary(verdicts: dict[Path, Verdict | None], report: Path) -> None:
    """Print how many pictures each rule dropped, and where the report is."""
    counts = Counter(verdict.rule if verdict else "kept" for verdict in verdicts.values())
    for name in ("kept", *RULES):
        share = counts[name] / len(verdicts)
        print(f"{name:16} {counts[name]:9,} {share:7.1%}  {RULES.get(name, '')}".rstrip())
    print(f"of {len(verdicts):,}; see {report}/report.csv and {report}/dropped.png")

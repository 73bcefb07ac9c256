"""Clean a folder of pictures for training: Section 4.1's screening, by rule instead of by eye.

    python -m train.prepare PICTURES -o CLEAN --dry-run
    python -m train.prepare PICTURES -o CLEAN --workers 8

CLEAN becomes the tree of the pictures that pass, linked or, where the file system has no hard
links, copied; the source is only read. CLEAN-report gets report.csv and dropped.png, some of what
each rule dropped. How each rule judges is in train/screening.py.
"""

import argparse
import csv
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps
from tqdm.contrib.concurrent import thread_map

from colorizer.images import InputError, list_images, load_image

from .options import add_options, run_main
from .screening import RULES, Thresholds, Verdict, judge_all, measure

CELL, LABEL, ACROSS = 160, 18, 8
"""The contact sheet: a picture's side, a line of text's height, both in pixels; pictures a rule."""

Verdicts = dict[Path, Verdict | None]


def check_folders(folder: Path, out: Path, report: Path) -> None:
    """Raise InputError unless `folder` exists and `out` is clear of it."""
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    source, target = folder.resolve(), out.resolve()
    if source == target or source in target.parents or target in source.parents:
        raise InputError(f"{out} and {folder} overlap; the result must lie outside the source.")
    if any(out.glob("*")) and not report.is_dir():
        raise InputError(f"{out} has files that no earlier run wrote; name an empty folder.")


def write_clean(verdicts: Verdicts, folder: Path, out: Path) -> None:
    """Make `out` the tree of the pictures that pass."""
    for path, verdict in verdicts.items():
        target = out / path.relative_to(folder)
        target.unlink(missing_ok=True)  # an earlier run's, with other thresholds
        if not verdict:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:  # another file system, or one without hard links
                shutil.copy2(path, target)


def write_report(verdicts: Verdicts, folder: Path) -> None:
    """Write report.csv and dropped.png into a folder, and print how many each rule dropped."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "report.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "rule", "kept"])
        rows.writerows([path, *(verdict or ("keep", ""))] for path, verdict in verdicts.items())
    write_sheet(verdicts, folder / "dropped.png")
    counts = Counter(verdict.rule for verdict in verdicts.values() if verdict)
    for rule, (text, _) in RULES.items():
        print(f"{counts[rule]:9,} {rule}: {text}")
    left = len(verdicts) - counts.total()
    print(f"{left:9,} of {len(verdicts):,} left; see {folder}/report.csv and {folder}/dropped.png")


def write_sheet(verdicts: Verdicts, path: Path) -> None:
    """Write the contact sheet: for each rule a row of what it dropped, evenly from all of it."""
    height = LABEL + CELL
    sheet = Image.new("RGB", (ACROSS * CELL, len(RULES) * height), "white")
    pen = ImageDraw.Draw(sheet)
    for row, (rule, (text, _)) in enumerate(RULES.items()):
        dropped = [picture for picture, v in verdicts.items() if v and v.rule == rule]
        pen.text((4, row * height + 2), f"{rule}: {text} ({len(dropped):,} dropped)", "black")
        for column, picture in enumerate(dropped[:: -(-len(dropped) // ACROSS) or 1]):
            with suppress(InputError):  # the cell of an unreadable one stays empty
                cell = ImageOps.pad(load_image(picture), (CELL - 4, CELL - 4), color="lightgray")
                sheet.paste(cell, (column * CELL, row * height + LABEL))
    sheet.save(path)


def main(argv: Iterable[str] | None = None) -> None:
    """Screen the folder that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="PICTURES", help="folder of any depth")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="CLEAN")
    parser.add_argument("--dry-run", action="store_true", help="write the report, no pictures")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="[%(default)s]")
    add_options(parser, Thresholds)
    args = vars(parser.parse_args(argv))
    folder, out, dry, workers = (args.pop(k) for k in ("folder", "out", "dry_run", "workers"))
    report = out.with_name(out.name + "-report")  # beside it, or it would be trained on
    check_folders(folder, out, report)
    paths = list_images(folder)
    if not paths:
        raise InputError(f"{folder} holds no pictures.")
    measures = thread_map(measure, paths, max_workers=max(1, workers), desc="looking")
    verdicts = judge_all(dict(zip(paths, measures)), Thresholds(**args))
    write_report(verdicts, report)
    if not dry:
        write_clean(verdicts, folder, out)
        print(out)


if __name__ == "__main__":
    run_main(main)

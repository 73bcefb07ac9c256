"""Clean a folder of pictures for training: Section 4.1's screening, by rule instead of by eye.

    python -m train.prepare PICTURES -o CLEAN --dry-run
    python -m train.prepare PICTURES -o CLEAN --workers 8

CLEAN becomes the tree of the pictures that pass, linked or, where the file system has no hard
links, copied; the source is only read. CLEAN-report gets report.csv, dropped.png (some of what
each rule dropped) and measures.jsonl, with which an interrupted run goes on and other thresholds
need no second look. A folder with color/ and line/ holds pairs: color/ is judged, and the
line-arts of what passes come along. How each rule judges is in train/screening.py.
"""

import argparse
import csv
import dataclasses
import json
import multiprocessing
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageOps
from tqdm import tqdm

from colorizer.images import InputError, list_images, load_image

from .options import add_options, run_main
from .screening import RULES, Measures, Thresholds, Verdict, judge_all, measure

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


def measure_all(paths: list[Path], root: Path, cache: Path, workers: int) -> dict[Path, Measures]:
    """Return the measures of all pictures; those that `cache` lacks are added as they are made."""
    known = read_cache(cache)
    keys = {path: _key(path, root) for path in paths}
    missing = [path for path in paths if keys[path] not in known]
    bar = tqdm(total=len(missing), desc="looking", unit="picture", dynamic_ncols=True)
    with bar, cache.open("a", encoding="utf-8") as file:
        for path, found in zip(missing, _measured(missing, min(workers, len(missing)))):
            known[keys[path]] = found
            print(json.dumps([*keys[path], dataclasses.asdict(found)]), file=file, flush=True)
            bar.update()
    return {path: known[key] for path, key in keys.items()}


def _measured(paths: list[Path], workers: int) -> Iterator[Measures]:
    """Yield the measures of pictures, made by so many processes."""
    if not workers:
        yield from map(measure, paths)
        return
    # a forked worker would wait for ever for the threads that cv2 may have had here
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, cv2.setNumThreads, (1,)) as pool:
        yield from pool.map(measure, paths, chunksize=8)


def _key(path: Path, root: Path) -> tuple[str, int, int]:
    status = path.stat()
    return path.relative_to(root).as_posix(), status.st_size, status.st_mtime_ns


def read_cache(cache: Path) -> dict[tuple[str, int, int], Measures]:
    """Return the measures of an earlier run; a line that it did not finish is cut off."""
    if not cache.is_file():
        return {}
    text = cache.read_text("utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        cache.write_text(whole, "utf-8")
    rows = map(json.loads, whole.splitlines())
    return {tuple(key): Measures(**values) for *key, values in rows}


def write_clean(verdicts: Verdicts, folder: Path, out: Path) -> int:
    """Make `out` the tree of the pictures that pass; return how many had to be copied."""
    copied = 0
    for path, verdict in tqdm(verdicts.items(), "linking", unit="picture", dynamic_ncols=True):
        target = out / path.relative_to(folder)
        target.unlink(missing_ok=True)  # an earlier run's, with other thresholds
        if not verdict:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:  # another file system, or one without hard links
                shutil.copy2(path, target)
                copied += 1
    return copied


def with_lines(verdicts: Verdicts, folder: Path) -> Verdicts:
    """Return the verdicts, and the same on the line-arts of the pictures judged."""
    lines = {folder / "line" / p.relative_to(folder / "color"): v for p, v in verdicts.items()}
    return verdicts | {path: verdict for path, verdict in lines.items() if path.is_file()}


def write_report(verdicts: Verdicts, root: Path, folder: Path) -> None:
    """Write report.csv and dropped.png into a folder, and print how many each rule dropped."""
    write_table(verdicts, root, folder / "report.csv")
    write_sheet(verdicts, folder / "dropped.png")
    counts = Counter(verdict.rule if verdict else "kept" for verdict in verdicts.values())
    for name in ("kept", *RULES):
        share = counts[name] / len(verdicts)
        print(f"{name:16} {counts[name]:9,} {share:7.1%}  {RULES.get(name, '')}".rstrip())
    print(f"of {len(verdicts):,}; see {folder}/report.csv and {folder}/dropped.png")


def write_table(verdicts: Verdicts, root: Path, path: Path) -> None:
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


def write_sheet(verdicts: Verdicts, path: Path) -> None:
    """Write the contact sheet: a row for each rule, evenly from its lowest value to its highest.

    Beside a near-duplicate stands the picture that is kept.
    """
    dropped = [(v, str(path)) for path, v in verdicts.items() if v]
    dropped.sort(key=lambda item: float(re.match(r"\d*(\.\d+)?", item[0].value)[0] or 0))
    rules = {rule: [item for item in dropped if item[0].rule == rule] for rule in RULES}
    height = CELL + 2 * LABEL
    sheet = Image.new("RGB", (ACROSS * CELL, len(rules) * height), "white")
    pen = ImageDraw.Draw(sheet)
    for top, (rule, items) in zip(range(0, sheet.height, height), rules.items()):
        pen.text((4, top + 2), f"{rule}: {RULES[rule]} ({len(items):,} dropped)", "black")
        for column, (picture, text) in enumerate(_cells(items)):
            sheet.paste(_thumbnail(picture), (column * CELL, top + LABEL))
            pen.text((column * CELL + 4, top + LABEL + CELL + 1), text[:24], "gray")
    sheet.save(path)


def _cells(items: list[tuple[Verdict, str]]) -> list[tuple[str, str]]:
    """Return the pictures and texts of one row."""
    cells = []
    count = min(len(items), ACROSS // 2 if items and items[0][0].kept else ACROSS)
    for place in np.linspace(0, len(items) - 1, count).astype(int):
        verdict, path = items[place]
        cells += [(path, verdict.value)]
        cells += [(verdict.kept, "of this, kept")] if verdict.kept else []
    return cells


def _thumbnail(path: str) -> Image.Image:
    """Return a picture inside a gray cell, or the empty cell if it cannot be read."""
    size = (CELL - 4, CELL - 4)
    try:
        return ImageOps.pad(load_image(path), size, color=(225, 225, 225))
    except InputError:
        return Image.new("RGB", size, (225, 225, 225))


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
    pairs = (folder / "color").is_dir() and (folder / "line").is_dir()
    root = folder / "color" if pairs else folder
    paths = list_images(root)
    if not paths:
        raise InputError(f"{root} holds no pictures.")
    report.mkdir(parents=True, exist_ok=True)
    measures = measure_all(paths, root, report / "measures.jsonl", workers)
    verdicts = judge_all(measures, Thresholds(**args))
    write_report(verdicts, root, report)
    if not dry:
        copied = write_clean(with_lines(verdicts, folder) if pairs else verdicts, folder, out)
        print(f"{out}: {copied:,} copied, the others linked" if copied else f"{out}")


if __name__ == "__main__":
    run_main(main)

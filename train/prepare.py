"""Clean a folder of pictures for training: Section 4.1's screening, by rule instead of by eye.

    python -m train.prepare PICTURES -o CLEAN --dry-run
    python -m train.prepare PICTURES -o CLEAN --workers 8
    python -m train.draft --data CLEAN ...

CLEAN becomes the tree of the pictures that pass. CLEAN-report gets report.csv (path, verdict,
rule, value, kept), dropped.png (some of what each rule dropped, from the doubtful to the clear)
and measures.jsonl. The measures are kept by path, size and time of change: an interrupted run
goes on, and other thresholds need no second look at the pictures.

The source is only read. Pictures are linked (hard links: no space, and they stay if the source is
deleted), or copied where the file system cannot. --dry-run writes the report alone.

A folder with color/ and line/ is a folder of pairs: the pictures in color/ are judged, and the
line-arts of those that pass come along.

How each rule judges is in train/screening.py.
"""

import argparse
import dataclasses
import json
import multiprocessing
import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
from tqdm import tqdm

from colorizer.images import InputError, list_images

from .options import add_options, run_main
from .screening import Measures, Thresholds, Verdict, judge_all, measure
from .verdicts import print_summary, write_report, write_sheet


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of this command; the thresholds become flags."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="PICTURES", help="folder of any depth")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="CLEAN")
    parser.add_argument("--dry-run", action="store_true", help="write the report, no pictures")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count(), help="processes [%(default)s]"
    )
    add_options(parser, Thresholds)
    return parser


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


def write_clean(verdicts: dict[Path, Verdict | None], folder: Path, out: Path) -> int:
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


def with_lines(verdicts: dict[Path, Verdict | None], folder: Path) -> dict[Path, Verdict | None]:
    """Return the verdicts, and the same on the line-arts of the pictures judged."""
    lines = {folder / "line" / p.relative_to(folder / "color"): v for p, v in verdicts.items()}
    return verdicts | {path: verdict for path, verdict in lines.items() if path.is_file()}


def main(argv: Iterable[str] | None = None) -> None:
    """Screen the folder that the command line names."""
    args = vars(build_parser().parse_args(argv))
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
    write_report(verdicts, root, report / "report.csv")
    write_sheet(verdicts, report / "dropped.png")
    if not dry:
        copied = write_clean(with_lines(verdicts, folder) if pairs else verdicts, folder, out)
        print(f"{out}: {copied:,} copied, the others linked" if copied else f"{out}")
    print_summary(verdicts, report)


if __name__ == "__main__":
    run_main(main)

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
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from colorizer.images import InputError, list_images

from .duplicates import MOST_BITS, repeats
from .options import run_main
from .screening import Measures, Thresholds, Verdict, judge, measure
from .verdicts import print_summary, write_report, write_sheet

Judged = dict[Path, Verdict | None]


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
    for item in dataclasses.fields(Thresholds):
        flag, text = "--" + item.name.replace("_", "-"), f"{item.metadata['help']} [{item.default}]"
        parser.add_argument(flag, type=type(item.default), default=item.default, help=text)
    return parser


def check_folders(folder: Path, out: Path) -> None:
    """Raise InputError unless `folder` exists and `out` is clear of it."""
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    source, target = folder.resolve(), out.resolve()
    if source == target or source in target.parents or target in source.parents:
        raise InputError(f"{out} and {folder} overlap; the result must lie outside the source.")
    if any(out.glob("*")) and not report_folder(out).is_dir():
        raise InputError(f"{out} has files that no earlier run wrote; name an empty folder.")


def report_folder(out: Path) -> Path:
    """Return where the report on a cleaned folder goes: beside it, or it would be trained on."""
    return out.with_name(out.name + "-report")


def list_sources(folder: Path) -> tuple[Path, list[Path]]:
    """Return the folder to judge, which is color/ in a folder of pairs, and its pictures."""
    root = folder / "color" if is_pairs(folder) else folder
    found = list_images(root)
    if not found:
        raise InputError(f"{root} holds no pictures.")
    return root, found


def is_pairs(folder: Path) -> bool:
    """Whether a folder holds pairs: color/ and line/."""
    return (folder / "color").is_dir() and (folder / "line").is_dir()


class _Measured(Dataset):
    """Measures of picture files, for worker processes."""

    def __init__(self, paths: list[Path]):
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[int, dict]:
        return index, dataclasses.asdict(measure(self.paths[index]))


def measure_all(paths: list[Path], root: Path, cache: Path, workers: int) -> list[Measures]:
    """Return the measures of all pictures; those that `cache` lacks are added as they are made."""
    known = read_cache(cache)
    keys = [_key(path, root) for path in paths]
    missing = [place for place, key in enumerate(keys) if key not in known]
    workers = min(workers, len(missing))
    loader = DataLoader(
        _Measured([paths[place] for place in missing]),
        batch_size=None,
        num_workers=workers,
        worker_init_fn=_one_thread,
        # a forked worker would wait for ever for the threads that cv2 may have had here
        multiprocessing_context="spawn" if workers else None,
    )
    bar = tqdm(loader, "looking", len(missing), unit="picture", dynamic_ncols=True, smoothing=0.02)
    with cache.open("a", encoding="utf-8") as file:
        for index, values in bar:
            key = keys[missing[index]]
            known[key] = Measures(**values)
            print(json.dumps([*key, values]), file=file, flush=True)
    return [known[key] for key in keys]


def _one_thread(_: int) -> None:
    cv2.setNumThreads(1)  # the workers are the parallelism


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
    return {(path, size, changed): Measures(**values) for path, size, changed, values in rows}


def judge_all(paths: list[Path], measures: list[Measures], limits: Thresholds) -> Judged:
    """Return the verdict on each picture; of near-duplicates the largest is kept."""
    verdicts = {path: judge(found, limits) for path, found in zip(paths, measures)}
    sizes = {path: m.width * m.height for path, m in zip(paths, measures)}
    by_path = dict(zip(paths, measures))
    passed = sorted((p for p in paths if not verdicts[p]), key=lambda p: (-sizes[p], p))
    hashes = np.array([by_path[p].hash for p in passed], np.uint64)
    thumbnails = [np.frombuffer(bytes.fromhex(by_path[p].thumbnail), np.uint8) for p in passed]
    for place, (kept, bits) in repeats(hashes, thumbnails, limits.bits, limits.levels).items():
        verdicts[passed[place]] = Verdict("near-duplicate", f"{bits} bits", str(passed[kept]))
    return verdicts


def write_clean(verdicts: Judged, root: Path, out: Path) -> int:
    """Make `out` the tree of the pictures that pass; return how many had to be copied."""
    copied = 0
    for path, verdict in tqdm(verdicts.items(), "linking", unit="picture", dynamic_ncols=True):
        target = out / path.relative_to(root)
        if verdict:
            target.unlink(missing_ok=True)  # an earlier run's, with other thresholds
        else:
            copied += _link(path, target)
    return copied


def _link(path: Path, target: Path) -> bool:
    """Hard-link a file unless that is done already, or copy it; return whether it was copied."""
    if target.exists():
        one, other = path.stat(), target.stat()
        if (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns):
            return not path.samefile(target)
        target.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(path, target)
        return True
    return False


def with_lines(verdicts: Judged, folder: Path) -> Judged:
    """Return the verdicts on the line-arts of judged color pictures: the same as theirs."""
    lines = {folder / "line" / p.relative_to(folder / "color"): v for p, v in verdicts.items()}
    return {path: verdict for path, verdict in lines.items() if path.is_file()}


def main(argv: Iterable[str] | None = None) -> None:
    """Screen the folder that the command line names."""
    parser = build_parser()
    args = parser.parse_args(argv)
    names = [item.name for item in dataclasses.fields(Thresholds)]
    limits = Thresholds(**{name: getattr(args, name) for name in names})
    if not 0 <= limits.bits <= MOST_BITS:
        parser.error(f"--bits is {limits.bits}; wanted is 0 to {MOST_BITS}")
    check_folders(args.folder, args.out)
    root, paths = list_sources(args.folder)
    report = report_folder(args.out)
    report.mkdir(parents=True, exist_ok=True)
    measures = measure_all(paths, root, report / "measures.jsonl", args.workers)
    verdicts = judge_all(paths, measures, limits)
    write_report(verdicts, root, report / "report.csv")
    write_sheet(verdicts, report / "dropped.png")
    if not args.dry_run:
        pairs = root != args.folder
        copied = write_clean(verdicts, root, args.out / "color" if pairs else args.out)
        if pairs:
            copied += write_clean(
                with_lines(verdicts, args.folder), args.folder / "line", args.out / "line"
            )
        print(f"{args.out}: {copied:,} copied, the others linked" if copied else f"{args.out}")
    print_summary(verdicts, report)


if __name__ == "__main__":
    run_main(main)

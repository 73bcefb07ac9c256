"""Which files the command line reads for each result, and which it writes."""

import argparse
from collections import Counter
from pathlib import Path

from .images import SUFFIXES, InputError, list_images
from .layers import write_ora, write_psd

LAYER_WRITERS = {".ora": write_ora, ".psd": write_psd}
Job = tuple[Path, Path]
"""A line-art, and the file that its result goes to."""


def list_jobs(line_arts: list[Path], output: Path) -> list[Job]:
    """Return every line-art with the file that its result goes to.

    Raises:
        InputError: a path is missing, a folder is empty, or two results would have one name.
    """
    if len(line_arts) == 1 and line_arts[0].is_file() and output.suffix.lower() in SUFFIXES:
        return [(line_arts[0], output)]
    if output.is_file():
        raise InputError(f"{output} is a file; wanted is a folder for several results.")
    jobs = [job for path in line_arts for job in _jobs_of(path, output)]
    counts = Counter(target for _, target in jobs)
    twice = {str(target) for target, count in counts.items() if count > 1}
    if twice:
        raise InputError(f"Several line-arts would be written to {', '.join(sorted(twice))}.")
    return jobs


def _jobs_of(path: Path, output: Path) -> list[Job]:
    if path.is_file():
        return [(path, output / f"{path.stem}.png")]
    if not path.is_dir():
        raise InputError(f"There is no file or folder {path}.")
    pictures = list_images(path)
    if not pictures:
        raise InputError(f"The folder {path} holds no PNG, JPEG or WebP.")
    return [(p, output / p.relative_to(path).with_suffix(".png")) for p in pictures]


def check_hints(hints: Path | None, jobs: list[Job]) -> None:
    """Raise InputError unless `hints` fits the number of line-arts."""
    if hints is None:
        return
    if not hints.exists():
        raise InputError(f"There is no hint file or folder {hints}.")
    if hints.is_file() and len(jobs) > 1:
        raise InputError(
            f"{hints} is one file for {len(jobs)} line-arts; wanted is a folder of hint files."
        )


def hints_for(source: Path, hints: Path | None) -> Path | None:
    """Return the hint file of a line-art, or None if there is none."""
    if hints is None or hints.is_file():
        return hints
    found = (hints / f"{source.stem}{ending}" for ending in (".json", ".png"))
    return next((path for path in found if path.is_file()), None)


def check_layers(layers: Path | None, jobs: list[Job]) -> None:
    """Raise InputError unless `layers` names a format, and a file only for a single line-art."""
    if layers is None or f".{layers}".lower() in LAYER_WRITERS:
        return
    if layers.suffix.lower() not in LAYER_WRITERS:
        raise InputError(f"--layers is {layers}; wanted is a name ending in .ora or .psd.")
    if len(jobs) > 1:
        raise InputError(
            f"--layers is one file {layers} for {len(jobs)} line-arts; wanted is ora or psd alone."
        )


def layers_for(target: Path, layers: Path) -> Path:
    """Return the file that the layers of a result go to."""
    return layers if layers.suffix else target.with_suffix(f".{layers}")


def check_outputs(args: argparse.Namespace, jobs: list[Job]) -> None:
    """Raise InputError if a result would replace a file that is read, unless `--overwrite`."""
    if args.overwrite:
        return
    read, written = [args.palette], []
    for source, target in jobs:
        read += [source, hints_for(source, args.hints)]
        written += [target, layers_for(target, args.layers)] if args.layers else [target]
    inputs = {_identity(path) for path in read if path and path.exists()}
    for path in written:
        if path.exists() and _identity(path) in inputs:
            raise InputError(f"{path} is read and would be replaced; see -o and --overwrite.")


def _identity(path: Path) -> tuple[int, int]:
    """Return what a file has in common with its links and other spellings of its name."""
    found = path.stat()
    return found.st_dev, found.st_ino


def make_folder(folder: Path) -> None:
    """Make a folder for results, unless it is there.

    Raises:
        InputError: it cannot be made; says why.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"Cannot make the folder {folder}: {error.strerror}.") from error

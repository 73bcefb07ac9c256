"""Color line-arts from the command line.

    python -m colorizer LINE.png [MORE.png ... | FOLDER] -o OUT [--hints HINTS.png|HINTS.json]

One LINE.png and an OUT with a picture's ending write that file; otherwise OUT is a folder and
each result gets the name of its line-art with the ending .png. A folder keeps its own tree. With
several line-arts, HINTS is a folder with a .json or .png of the same name for each that has any.
"""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from .images import SUFFIXES, InputError, list_images, load_image, load_image_rgba
from .pipeline import AUTOMATIC, Colorizer, Hints
from .preprocessing.hints import read_hints


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 1 if any line-art failed."""
    parser = build_parser()
    args = parser.parse_args(argv)
    try:
        jobs = list_jobs(args.line_arts, args.output)
        check_hints(args.hints, jobs)
        colorizer = Colorizer.from_pretrained(args.checkpoint, device=args.device)
    except (InputError, RuntimeError) as error:  # RuntimeError: torch does not know the device
        parser.error(str(error))
    failed = 0
    for source, target in tqdm(jobs, unit="picture", disable=len(jobs) == 1):
        try:
            hints = hints_for(source, args.hints)
            color_file(colorizer, source, target, hints, None if args.no_palette else AUTOMATIC)
        except (InputError, OSError) as error:
            failed += 1
            tqdm.write(f"{source}: {error}", file=sys.stderr)
    return 1 if failed else 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        "python -m colorizer",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("line_arts", nargs="+", type=Path, metavar="LINE", help="file or folder")
    parser.add_argument("-o", "--output", type=Path, required=True, help="file or folder")
    parser.add_argument("--hints", type=Path, help="RGBA picture, JSON, or a folder of them")
    parser.add_argument(
        "--no-palette",
        action="store_true",
        help="leave the network alone where there are no hints, instead of dealing out a palette",
    )
    parser.add_argument("--checkpoint", help="folder or user/repo[@revision]; else the bundled one")
    parser.add_argument("--device", help="cpu, cuda or mps; else the best there is")
    return parser


def list_jobs(line_arts: list[Path], output: Path) -> list[tuple[Path, Path]]:
    """Return every line-art with the file that its result goes to.

    Raises:
        InputError: a path is missing, a folder is empty, or two results would have one name.
    """
    if len(line_arts) == 1 and line_arts[0].is_file() and output.suffix.lower() in SUFFIXES:
        return [(line_arts[0], output)]
    if output.is_file():
        raise InputError(f"{output} is a file; wanted is a folder for several results.")
    jobs = [job for path in line_arts for job in _jobs_of(path, output)]
    targets = [target for _, target in jobs]
    twice = {str(target) for target in targets if targets.count(target) > 1}
    if twice:
        raise InputError(f"Several line-arts would be written to {', '.join(sorted(twice))}.")
    return jobs


def _jobs_of(path: Path, output: Path) -> list[tuple[Path, Path]]:
    if path.is_file():
        return [(path, output / f"{path.stem}.png")]
    if not path.is_dir():
        raise InputError(f"There is no file or folder {path}.")
    pictures = list_images(path)
    if not pictures:
        raise InputError(f"The folder {path} holds no PNG, JPEG or WebP.")
    return [(p, output / p.relative_to(path).with_suffix(".png")) for p in pictures]


def check_hints(hints: Path | None, jobs: list[tuple[Path, Path]]) -> None:
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


def color_file(
    colorizer: Colorizer, source: Path, target: Path, hints: Path | None, without: Hints
) -> None:
    """Color one file and write the result; `without` stands in where there is no hint file.

    Raises:
        InputError: line-art or hints cannot be used. OSError: the result cannot be written.
    """
    line_art = load_image(source)
    result = colorizer(line_art, load_hints(hints, line_art.size) if hints else without)
    target.parent.mkdir(parents=True, exist_ok=True)
    result.save(target)


def load_hints(path: Path, size: tuple[int, int]) -> Hints:
    """Return the hints of a JSON or picture file for a line-art of `size` = (width, height)."""
    if path.suffix.lower() == ".json":
        return read_hints(path, size)
    return load_image_rgba(path)


if __name__ == "__main__":
    sys.exit(main())

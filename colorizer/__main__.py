"""Color line-arts from the command line.

    python -m colorizer LINE.png [MORE.png ... | FOLDER] -o OUT [--hints HINTS.png|HINTS.json]
        [--scan | --extract] [--palette REFERENCE.png] [--seed N] [--layers LAYERS]

One LINE.png and an OUT with a picture's ending write that file; otherwise OUT is a folder and
each result gets the name of its line-art with the ending .png. A folder keeps its own tree. With
several line-arts, HINTS is a folder with a .json or .png of the same name for each that has any.
LAYERS is FILE.ora or FILE.psd for one line-art; ora or psd alone puts it beside each result.
LINE may be a drawing that the page saved, NAME.lineart, which brings its hints along.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from .document import SUFFIX, read_document
from .images import SUFFIXES, ImageSource, InputError, list_images, load_image, load_image_rgba
from .layers import picture_layers, write_ora, write_psd
from .memory import keep_freed_memory
from .pipeline import Colorizer, Hints
from .preprocessing.automatic import automatic_hints
from .preprocessing.hints import read_hints
from .preprocessing.lines import to_gray
from .preprocessing.palette import reference_palette
from .preprocessing.scan import clean_scan, extract_lines

LAYER_WRITERS = {".ora": write_ora, ".psd": write_psd}


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 1 if any line-art failed."""
    parser = build_parser()
    args = parser.parse_args(argv)
    keep_freed_memory()
    try:
        jobs = list_jobs(args.line_arts, args.output)
        check_hints(args.hints, jobs)
        check_layers(args.layers, jobs)
        palette = load_palette(args.palette)
        colorizer = Colorizer.from_pretrained(args.checkpoint, device=args.device)
    except (InputError, RuntimeError) as error:  # RuntimeError: torch does not know the device
        parser.error(str(error))
    failed = 0
    for source, target in tqdm(jobs, unit="picture", disable=len(jobs) == 1):
        try:
            color_file(colorizer, source, target, args, palette)
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
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--scan", action="store_true", help="clean scans of drawings first")
    kind.add_argument("--extract", action="store_true", help="take the lines of colored pictures")
    dealt = parser.add_mutually_exclusive_group()
    dealt.add_argument("--palette", type=Path, help="without hints, deal out this picture's colors")
    dealt.add_argument("--no-palette", action="store_true", help="without hints, deal none out")
    parser.add_argument("--seed", type=seed, default=0, help="another deal of the palette")
    parser.add_argument("--layers", type=Path, help="FILE.ora, FILE.psd, ora or psd")
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


def seed(text: str) -> int:
    """Return a seed, which argparse checks: a whole number from 0 on."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; wanted is a whole number from 0 on")
    return int(text)


def check_layers(layers: Path | None, jobs: list[tuple[Path, Path]]) -> None:
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


def load_palette(reference: Path | None) -> list[str] | None:
    """Return the colors of a reference picture, or None if there is none.

    Raises:
        InputError: it cannot be read, or is transparent all over.
    """
    if reference is None:
        return None
    palette = reference_palette(np.asarray(load_image_rgba(reference)))
    if not palette:
        raise InputError(f"{reference} is transparent all over; wanted is a picture with colors.")
    return palette


def color_file(
    colorizer: Colorizer,
    source: Path,
    target: Path,
    args: argparse.Namespace,
    palette: list[str] | None,
) -> None:
    """Color one file and write the result, and its layers if asked for.

    Raises:
        InputError: line-art or hints cannot be used. OSError: the result cannot be written.
    """
    document = read_document(source) if source.suffix.lower() == SUFFIX else None
    line_art = load_line_art(document.line_art if document else source, args)
    path = hints_for(source, args.hints)
    if path:
        hints = load_hints(path, line_art.size)
    elif document and document.hints:
        hints = document.hints
    else:
        line = np.asarray(line_art)
        hints = None if args.no_palette else automatic_hints(line, palette, args.seed)
    result = colorizer(line_art, hints)
    target.parent.mkdir(parents=True, exist_ok=True)
    result.save(target)
    if args.layers:
        path = layers_for(target, args.layers)
        LAYER_WRITERS[path.suffix.lower()](path, picture_layers(result, hints))


def load_line_art(source: ImageSource, args: argparse.Namespace) -> Image.Image:
    """Return a line-art, "L", cleaned or extracted as the command says."""
    picture = np.asarray(load_image(source))
    if args.scan:
        return Image.fromarray(clean_scan(picture))
    return Image.fromarray(extract_lines(picture) if args.extract else to_gray(picture))


def load_hints(path: Path, size: tuple[int, int]) -> Hints:
    """Return the hints of a JSON or picture file for a line-art of `size` = (width, height)."""
    if path.suffix.lower() == ".json":
        return read_hints(path, size)
    return load_image_rgba(path)


if __name__ == "__main__":
    sys.exit(main())

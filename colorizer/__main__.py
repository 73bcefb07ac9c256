"""Color line-arts from the command line.

    python -m colorizer LINE.png [MORE.png ... | FOLDER] -o OUT [--hints HINTS.png|HINTS.json]
        [--scan | --extract] [--palette REFERENCE.png] [--seed N] [--layers LAYERS]

One LINE.png and an OUT with a picture's ending write that file; otherwise OUT is a folder and
each result gets the name of its line-art with the ending .png. A folder keeps its own tree. With
several line-arts, HINTS is a folder with a .json or .png of the same name for each that has any.
LAYERS is FILE.ora or FILE.psd for one line-art; ora or psd alone puts it beside each result.
Results replace those of an earlier run, but a file that is read only with --overwrite.
LINE may be a drawing that the page saved, NAME.lineart, which brings its hints along.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from .document import SUFFIX, read_document
from .images import (
    ImageSource,
    InputError,
    check_target,
    load_image,
    load_image_rgba,
    whole_file,
)
from .jobs import (
    LAYER_WRITERS,
    Job,
    check_hints,
    check_layers,
    check_outputs,
    hints_for,
    layers_for,
    list_jobs,
    make_folder,
)
from .layers import picture_layers
from .memory import keep_freed_memory
from .pipeline import LINES, SHADOWS, Colorizer
from .preprocessing.hints import read_hints
from .preprocessing.lines import to_gray
from .preprocessing.scan import clean_scan, extract_lines
from .working import Hints

STOPPED = 130
"""Exit status after Ctrl+C, as of a shell's command."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return its exit status: 0, 1 if any line-art failed, or `STOPPED`."""
    try:
        return run(argv)
    except KeyboardInterrupt:
        print("Stopped; the results that are there are whole.", file=sys.stderr)
        return STOPPED


def run(argv: list[str] | None) -> int:
    """Do what the words of the command line say; see `main`."""
    parser = build_parser()
    args = parser.parse_args(argv)
    keep_freed_memory()
    try:
        jobs = list_jobs(args.line_arts, args.output)
        check_hints(args.hints, jobs)
        check_layers(args.layers, jobs)
        check_outputs(args, jobs)
        where = {"device": args.device, "engine": args.engine}
        colorizer = Colorizer.from_pretrained(args.checkpoint, **where)
        reference = load_reference(colorizer, args.palette)
    except (InputError, RuntimeError) as error:  # RuntimeError: torch does not know the device
        parser.error(str(error))
    except OSError as error:  # a name that no file can have, a folder that may not be read
        parser.error(str(InputError(f"{error.strerror}: {error.filename}")))
    return color_all(colorizer, jobs, args, reference)


def color_all(
    colorizer: Colorizer,
    jobs: list[Job],
    args: argparse.Namespace,
    reference: dict[str, object],
) -> int:
    """Color every line-art, name those that fail, and return the exit status."""
    failed = 0
    for source, target in tqdm(jobs, unit="picture", disable=len(jobs) == 1):
        try:
            color_file(colorizer, source, target, args, reference)
        except (InputError, OSError) as error:  # OSError: a saved drawing that may not be read
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
    parser.add_argument("--lines", choices=LINES, default=LINES[0], help="or painted anew")
    parser.add_argument(
        "--shadows", choices=SHADOWS, default=SHADOWS[0], help="of a light from there"
    )
    parser.add_argument("--layers", type=Path, help="FILE.ora, FILE.psd, ora or psd")
    parser.add_argument("--overwrite", action="store_true", help="results may replace what is read")
    parser.add_argument("--checkpoint", help="folder or user/repo[@revision]; else the bundled one")
    parser.add_argument("--device", help="cpu, cuda or mps; else the best there is")
    parser.add_argument("--engine", default="torch", help="or openvino, faster on a CPU")
    return parser


def seed(text: str) -> int:
    """Return a seed, which argparse checks: a whole number from 0 on."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; wanted is a whole number from 0 on")
    return int(text)


def load_reference(colorizer: Colorizer, reference: Path | None) -> dict[str, object]:
    """Return what a reference picture says of colors, see `Colorizer.reference`; {} for none.

    Raises:
        InputError: it cannot be read, or is transparent all over.
    """
    if reference is None:
        return {}
    found = colorizer.reference(reference)
    if not found["palette"]:
        raise InputError(f"{reference} is transparent all over; wanted is a picture with colors.")
    return found


def color_file(
    colorizer: Colorizer,
    source: Path,
    target: Path,
    args: argparse.Namespace,
    reference: dict[str, object],
) -> None:
    """Color one file and write the result, and its layers if asked for.

    Raises:
        InputError: line-art or hints cannot be used, or the result cannot be written.
    """
    document = read_document(source) if source.suffix.lower() == SUFFIX else None
    line_art = load_line_art(document.line_art if document else source, args)
    check_target(target, line_art.size)
    path = hints_for(source, args.hints)
    if path:
        hints = load_hints(path, line_art.size)
    elif document and document.hints:
        hints = document.hints
    elif args.no_palette:
        hints = None
    else:
        hints = colorizer.deal(line_art, seed=args.seed, **reference)
    result = colorizer(line_art, hints, lines=args.lines, shadows=args.shadows)
    make_folder(target.parent)
    result.save(target)
    if args.layers:
        path = layers_for(target, args.layers)
        with whole_file(path) as part:
            LAYER_WRITERS[path.suffix.lower()](part, picture_layers(result, hints))


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

"""The opinion study of Section 4.4, as commands.

    python -m eval.mos serve STUDY --system ours=FOLDER --system pix2pix=FOLDER
    python -m eval.mos export STUDY -o ratings.csv
    python -m eval.mos analyze ratings.csv -o OUT

serve opens a blinded rating page: each person scores pictures from 1 (bad) to 5 (excellent), in an
order of their own, without a word about who colored them. It may be stopped and started again.
export writes one row for each rating. analyze writes OUT/mos.md with Table 1 and the tests,
OUT/mos.json with the same numbers, and OUT/heatmap.png, Figure 12.
"""

import argparse
import json
from pathlib import Path

from colorizer.images import InputError

from . import pictures, store

PER_PERSON = 30
"""Pictures a person rates (Section 4.4)."""


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.mos",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="serve | export | analyze")
    _add_serve(commands.add_parser("serve", help="open the rating page"))
    export = commands.add_parser("export", help="write the ratings as CSV")
    export.add_argument("study", type=Path, help="folder of the study")
    export.add_argument("-o", "--out", type=Path, default=Path("ratings.csv"), help="file to write")
    export.set_defaults(run=run_export)
    analyze = commands.add_parser("analyze", help="write the tables and the heat map")
    analyze.add_argument("ratings", type=Path, help="CSV from export")
    analyze.add_argument("-o", "--out", type=Path, default=Path("mos"), help="folder to write into")
    analyze.set_defaults(run=run_analyze)
    return parser.parse_args(argv)


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", type=Path, help="folder of the study; made if it is missing")
    parser.add_argument(
        "--system",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="a system's pictures, each drawing under the same name; needed to make the study",
    )
    parser.add_argument(
        "--per-person",
        type=int,
        default=PER_PERSON,
        help=f"pictures a person, in a new study [{PER_PERSON}]",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on [127.0.0.1]")
    parser.add_argument("--port", type=int, default=7860, help="port to listen on [7860]")
    parser.set_defaults(run=run_serve)


def run_serve(options: argparse.Namespace) -> None:
    """Make the study if there is none, and serve its page."""
    systems = pictures.list_systems(options.system) if options.system else {}
    if not (options.study / store.FILE).exists():
        if not systems:
            raise InputError(f"There is no study in {options.study}; make it with --system.")
        store.create(options.study, pictures.load_pictures(systems), options.per_person)
    named = {(system, name) for system, files in systems.items() for name in files}
    if named and named != store.contents(options.study):
        raise InputError(f"The study in {options.study} has other systems or drawings.")
    from .page import serve  # gradio takes seconds, and only this command needs it

    serve(options.study, options.host, options.port)


def run_export(options: argparse.Namespace) -> None:
    """Write the ratings of a study as CSV."""
    from .report import write_csv

    rows = store.ratings(options.study)
    write_csv(options.out, rows)
    print(f"{len(rows)} ratings of {len({r['rater'] for r in rows})} raters in {options.out}")


def run_analyze(options: argparse.Namespace) -> None:
    """Write Table 1, the tests and the heat map."""
    from .report import heatmap, markdown, read_csv
    from .statistics import analyze

    ratings = read_csv(options.ratings)
    report = analyze(ratings)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "mos.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    (options.out / "mos.md").write_text(markdown(report), "utf-8")
    heatmap(ratings).save(options.out / "heatmap.png")
    print(markdown(report))


def main(argv: list[str] | None = None) -> None:
    """Run a command; what a user can correct ends it with one sentence and exit status 1."""
    options = parse_arguments(argv)
    try:
        options.run(options)
    except (InputError, OSError) as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()

"""The opinion study of Section 4.4, as commands.

    python -m eval.mos serve STUDY --system ours=FOLDER --system pix2pix=FOLDER
    python -m eval.mos export STUDY -o ratings.csv
    python -m eval.mos analyze ratings.csv -o OUT

serve opens a blinded rating page: each person scores pictures from 1 (bad) to 5 (excellent), in an
order of their own, without a word about who colored them. It may be stopped and started again.
export writes one row for each rating. analyze writes OUT/mos.md with Table 1 and the tests,
OUT/mos.json with the same numbers, and OUT/heatmap.png, Figure 12.
"""

from dataclasses import dataclass
from pathlib import Path

from colorizer.images import InputError
from train.options import option, parse_config, run_main

from .. import commands
from . import analysis, study

HEADS = ["rater", "system", "picture", "position", "score", "time"]
"""Columns of the CSV."""


@dataclass(frozen=True)
class Config:
    """What the commands take."""

    system: tuple[str, ...] = option(
        (), "NAME=FOLDER: its pictures, each drawing under the same name; needed to make a study"
    )
    per_person: int = option(30, "pictures a person, in a new study (Section 4.4)")
    host: str = option("127.0.0.1", "address to listen on")
    port: int = option(7860, "port to listen on")
    out: str = option("", "file of export [ratings.csv] or folder of analyze [mos]", short="-o")


def serve(folder: Path, config: Config) -> None:
    """Make the study if there is none, and serve its page."""
    systems = study.list_systems(config.system) if config.system else {}
    if not (folder / study.FILE).exists():
        if not systems:
            raise InputError(f"There is no study in {folder}; make it with --system.")
        study.create(folder, systems, config.per_person)
    named = {(system, name) for system, files in systems.items() for name in files}
    if named and named != study.contents(folder):
        raise InputError(f"The study in {folder} has other systems or drawings.")
    from . import page  # gradio takes seconds, and only this command needs it

    page.serve(folder, config.host, config.port)


def export(folder: Path, config: Config) -> None:
    """Write the ratings of a study as CSV."""
    rows, out = study.ratings(folder), Path(config.out or "ratings.csv")
    out.parent.mkdir(parents=True, exist_ok=True)
    commands.write_csv(out, rows, HEADS)
    print(f"{len(rows)} ratings of {len({r['rater'] for r in rows})} raters in {out}")


def analyze(ratings: Path, config: Config) -> None:
    """Write Table 1, the tests and the heat map."""
    found, out = analysis.read_csv(ratings), Path(config.out or "mos")
    numbers = analysis.analyze(found)
    commands.write_report(out, "mos", numbers, analysis.markdown(numbers))
    analysis.heatmap(found).savefig(out / "heatmap.png")


COMMANDS = {"serve": serve, "export": export, "analyze": analyze}


def main(argv: list[str] | None = None) -> None:
    """Run the command that the first word names, on the folder or file that the second does."""
    name, rest = commands.first_word(COMMANDS, argv)
    path = rest.pop(0) if rest and not rest[0].startswith("-") else ""
    config = parse_config(Config, __doc__, rest)
    if not path:
        raise InputError(f"There is no second word; wanted is: python -m eval.mos {name} PATH.")
    COMMANDS[name](Path(path), config)


if __name__ == "__main__":
    run_main(main)

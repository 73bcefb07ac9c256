r"""How closely colored pictures follow the hints and the truth, and what others make of them.

    python -m eval.fidelity --data PICTURES --pairs PAIRS --compare gmic,nearest,spread,line -o OUT
    python -m eval.fidelity --data PICTURES --pairs PAIRS --open-pairs PAIRS --renders RENDERS \
      --limit real=100 xdog=60 open=60 --hints dabs:5,dabs:15,dabs:40 --compare gmic -o OUT

Every drawing is a 512x512 center square of a color picture, with XDoG lines (--data), its own
(--pairs), or open ones (--renders, --open-pairs). Every system gets the same line-art and hints.
Written are OUT/fidelity.md, each number of each drawing as OUT/fidelity.json and OUT/fidelity.csv,
and OUT/sheet-HINTS.png. What is measured is described in eval/README.md.
"""

import csv
import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from colorizer.images import InputError
from colorizer.memory import keep_freed_memory
from colorizer.preprocessing.hints import draw_hints
from train.options import option, run_main

from ..commands import parse, words, write_report
from ..drawings import Drawing, DrawingConfig, list_drawings
from ..plans import is_dabs, split_limit
from ..sheet import compose, first_by_hash, row_of
from ..systems import Folder, System, folders_named, load_systems
from ..trials import Trial, case_name, load_trial
from .measure import hint_effect, measure_trial
from .report import markdown, median_seconds

EFFECT_DRAWINGS = 20
"""The effect of a single hint is measured on this many drawings."""


@dataclass(frozen=True)
class Config(DrawingConfig):
    """What is measured."""

    hints: tuple[str, ...] = option(
        ("0", "1", "5", "28", "128", "strokes"),
        "numbers of hint points, strokes or dabs:N; 5:30 and dabs:15:30 take 30 "
        "drawings of each kind",
    )
    compare: tuple[str, ...] = option(
        (), "others to measure: gmic, nearest, spread, line, network, ours-painted"
    )
    against: tuple[str, ...] = option(
        (), "folders with another tool's pictures, PLAN/KIND/NAME.* or NAME.*"
    )
    checkpoint: str = option("", "folder, run or user/repo; empty: the bundled one; none: no ours")
    sheet: int = option(8, "rows of the contact sheets; 0 writes none")
    pictures: bool = option(False, "write all pictures as OUT/pictures/SYSTEM/PLAN/KIND/NAME.png")
    out: str = option("fidelity", "folder to write into; also -o")


def list_jobs(config: Config) -> list[tuple[Drawing, str]]:
    """Return what --hints asks for: each drawing with its plans, all of a drawing together.

    Raises:
        InputError: an unknown plan, a limit that is no number from 1, or no drawing is left.
    """
    plans: dict[Drawing, list[str]] = {}
    for text in words(config.hints):
        plan, limit = split_limit(text)
        taken = dataclasses.replace(config, limit=(limit,)) if limit else config
        for drawing in list_drawings(taken):
            plans.setdefault(drawing, []).append(plan)
    return [(drawing, plan) for drawing, found in plans.items() for plan in found]


def collect_systems(config: Config, jobs: list[tuple[Drawing, str]]) -> dict[str, System]:
    """Return what --compare, --checkpoint and --against name.

    Raises:
        InputError: one that cannot be had, or a picture that a folder lacks.
    """
    systems = load_systems(words(config.compare), config.checkpoint)
    folders = folders_named(words(config.against), systems)
    for folder in folders.values():
        for drawing, plan in jobs:
            folder.find(case_name(drawing, plan))
    return systems | folders


def measure(
    config: Config, jobs: list[tuple[Drawing, str]], systems: dict[str, System]
) -> list[dict]:
    """Return the records of all jobs."""
    records = []
    for drawing, plan in tqdm(jobs, unit="drawing", dynamic_ncols=True):
        trial = load_trial(drawing, plan, config.seed)
        pictures, measured = measure_trial(trial, systems)
        records += measured
        if config.pictures:
            save_pictures(trial, pictures, Path(config.out) / "pictures")
    return records


def save_pictures(trial: Trial, pictures: dict[str, np.ndarray], folder: Path) -> None:
    """Write a trial's pictures, line-art, truth and dabs as FOLDER/SYSTEM/PLAN/KIND/NAME.png."""
    line, hints, name = trial.case.line, trial.case.hints, trial.case.name
    given = {"line": line, "truth": trial.color, "dabs": draw_hints(hints, line.shape[::-1])}
    for system, picture in (given | pictures).items():
        path = folder / system / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)


def write_sheets(
    config: Config, drawings: list[Drawing], plans: list[str], systems: dict[str, System]
) -> None:
    """Write a contact sheet for each plan."""
    chosen = first_by_hash(drawings, config.sheet)
    for plan in tqdm(plans if chosen else [], desc="sheets", dynamic_ncols=True):
        rows = [row_of(drawing, plan, config.seed, systems) for drawing in chosen]
        compose(rows).save(Path(config.out) / f"sheet-{plan.replace(':', '-')}.png")


def write_csv(records: list[dict], path: Path) -> None:
    """Write a line for each record; a measure that it lacks is empty."""
    names = dict.fromkeys(name for record in records for name in record)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(records)


def main(argv: list[str] | None = None) -> None:
    """Measure what the command line describes."""
    config: Config = parse(Config, __doc__, argv)
    keep_freed_memory()
    jobs = list_jobs(config)
    systems = collect_systems(config, jobs)
    if not systems or not jobs:
        raise InputError("Nothing to measure: give --hints, and --compare or a --checkpoint.")
    drawings, plans = (list(dict.fromkeys(column)) for column in zip(*jobs))
    records = measure(config, jobs, systems)
    few = [] if all(map(is_dabs, plans)) else first_by_hash(drawings, EFFECT_DRAWINGS)
    asked = {n: s for n, s in systems.items() if few and not isinstance(s, Folder)}
    effects = {name: hint_effect(few, config.seed, system) for name, system in asked.items()}
    report = {"options": dataclasses.asdict(config), "time": median_seconds(records)}
    report |= {"effect": effects, "drawings": len(drawings), "records": records}
    write_report(config.out, "fidelity", report, markdown(report))
    write_csv(records, Path(config.out) / "fidelity.csv")
    write_sheets(config, drawings, plans, systems)


if __name__ == "__main__":
    run_main(main)

r"""How closely colored pictures follow the hints and the truth, and what others make of them.

    python -m eval.fidelity --data PICTURES --pairs PAIRS --compare gmic,nearest,spread,line -o OUT
    python -m eval.fidelity --data PICTURES --pairs PAIRS --open-pairs PAIRS --renders RENDERS \
      --limit real=100 xdog=60 open=60 --hints dabs:5,dabs:15,dabs:40 --compare gmic -o OUT

Every drawing is a 512x512 center square of a color picture, with XDoG lines (--data), its own
(--pairs), or open ones (--renders, --open-pairs). Every system gets the same line-art and hints.
Written are OUT/fidelity.md, each number of each drawing as OUT/fidelity.json and OUT/fidelity.csv,
and OUT/sheet-HINTS.png. What is measured is described in eval/README.md.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from colorizer.images import InputError
from colorizer.memory import keep_freed_memory
from colorizer.preprocessing.hints import draw_hints
from train.options import option, parse_config, run_main

from ..commands import words, write_csv, write_report
from ..drawings import Drawing, DrawingConfig, list_drawings
from ..plans import Trial, load_trial, split_limit
from ..sheet import first_by_hash, sheet_of
from ..systems import Folder, SystemConfig, load_systems
from .measure import measure_trial
from .report import markdown, median_seconds


@dataclass(frozen=True)
class Config(DrawingConfig, SystemConfig):
    """What is measured."""

    hints: tuple[str, ...] = option(
        ("0", "1", "5", "28", "128", "strokes"),
        "numbers of hint points, strokes or dabs:N; 5:30 and dabs:15:30 take 30 of each kind",
    )
    sheet: int = option(8, "rows of the contact sheets; 0 writes none")
    pictures: bool = option(False, "write all pictures as OUT/pictures/SYSTEM/PLAN/KIND/NAME.png")
    out: str = option("fidelity", "folder to write into", short="-o")


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


def save_pictures(trial: Trial, pictures: dict[str, np.ndarray], folder: Path) -> None:
    """Write a trial's pictures, line-art, truth and dabs as FOLDER/SYSTEM/PLAN/KIND/NAME.png."""
    line, hints, name = trial.case.line, trial.case.hints, trial.case.name
    given = {"line": line, "truth": trial.color, "dabs": draw_hints(hints, line.shape[::-1])}
    for system, picture in (given | pictures).items():
        path = folder / system / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)


def main(argv: list[str] | None = None) -> None:
    """Measure what the command line describes."""
    config: Config = parse_config(Config, __doc__, argv)
    keep_freed_memory()
    jobs = list_jobs(config)
    systems = load_systems(config)
    if not systems or not jobs:
        raise InputError("Nothing to measure: give --hints, and --compare or a --checkpoint.")
    for folder in (system for system in systems.values() if isinstance(system, Folder)):
        for drawing, plan in jobs:
            folder.find(drawing.named(plan))  # rather now than after an hour
    drawings, plans = (list(dict.fromkeys(column)) for column in zip(*jobs))
    records: list[dict] = []
    for drawing, plan in tqdm(jobs, unit="drawing", dynamic_ncols=True):
        trial = load_trial(drawing, plan, config.seed)
        pictures, measured = measure_trial(trial, systems)
        records += measured
        if config.pictures:
            save_pictures(trial, pictures, Path(config.out) / "pictures")
    report = {"options": dataclasses.asdict(config), "time": median_seconds(records)}
    report |= {"drawings": len(drawings), "records": records}
    write_report(config.out, "fidelity", report, markdown(report))
    write_csv(Path(config.out) / "fidelity.csv", records)
    chosen = first_by_hash(drawings, config.sheet)
    for plan in plans if chosen else []:
        path = Path(config.out) / f"sheet-{plan.replace(':', '-')}.png"
        sheet_of(chosen, plan, config.seed, systems).save(path)


if __name__ == "__main__":
    run_main(main)

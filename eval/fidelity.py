r"""How closely colored pictures follow the hints and the truth, and what others make of them.

    python -m eval.fidelity --data PICTURES --pairs PAIRS --compare gmic,nearest,spread,line -o OUT
    python -m eval.fidelity --data PICTURES --pairs PAIRS --open-pairs PAIRS --renders RENDERS \
      --limit real=100 xdog=60 open=60 --hints dabs:5,dabs:15,dabs:40 --compare gmic -o OUT

Every drawing is a 512x512 center square of a color picture, with XDoG lines (--data), its own
(--pairs), or open ones (--renders, --open-pairs). Every system gets the same line-art and hints.
Written are OUT/fidelity.md, each number of each drawing as OUT/fidelity.json and OUT/fidelity.csv,
and OUT/sheet-HINTS.png. What is measured with dabs is described in eval/measures.py.
"""

import csv
import dataclasses
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from colorizer.images import InputError
from colorizer.memory import keep_freed_memory
from colorizer.preprocessing.hints import Hint, draw_hints
from train.options import option, parse_config, run_main

from . import metrics
from .areas import find_areas
from .drawings import Drawing, DrawingConfig, list_drawings
from .measures import measure_dabs, stray
from .peers import System
from .plans import dab_count, is_dabs, other_color, place_dabs, place_hints, split_limit
from .report import markdown
from .sheet import arguments, compose, first_by_hash, load_colorizer, row_of, words
from .systems import OURS, find_picture, load_picture, picture_path, systems_named

TIMED = "28"
"""The hint plan of C-FID is what systems are timed with."""
EFFECT_DRAWINGS = 20
"""The effect of a single hint is measured on this many drawings."""


@dataclass(frozen=True)
class Config(DrawingConfig):
    """What is measured."""

    hints: tuple[str, ...] = option(
        ("0", "1", "5", "28", "128", "strokes"),
        "numbers of hint points, strokes, automatic or dabs:N; 5:30 and dabs:15:30 take 30 "
        "drawings of each kind",
    )
    compare: tuple[str, ...] = option(
        (), "others to measure: gmic, nearest, spread, line, ours-painted"
    )
    against: tuple[str, ...] = option(
        (), "folders with another tool's pictures, PLAN/KIND/NAME.* or NAME.*"
    )
    checkpoint: str = option("", "folder or user/repo; empty: the bundled one; none: leave out")
    sheet: int = option(8, "rows of the contact sheets; 0 writes none")
    pictures: bool = option(False, "write all pictures as OUT/pictures/SYSTEM/PLAN/KIND/NAME.png")
    out: str = option("fidelity", "folder to write into; also -o")


def compare_pictures(
    result_u8: np.ndarray, truth_u8: np.ndarray, hints: list[Hint]
) -> dict[str, float]:
    """Return the measures of one picture, uint8 (512, 512, 3), against the truth.

    Without hints there is no difference at the hints.
    """
    measures = {
        "psnr": metrics.psnr(result_u8, truth_u8),
        "ssim": metrics.ssim(result_u8, truth_u8),
        "delta_e": metrics.mean_delta_e(result_u8, truth_u8),
        "chroma": metrics.mean_chroma(result_u8),
        "chroma_truth": metrics.mean_chroma(truth_u8),
    }
    if hints:
        measures["delta_e_hints"] = metrics.delta_e_at_hints(result_u8, hints)
    return measures


def on_paper(hints: list[Hint], line_u8: np.ndarray) -> list[Hint]:
    """Return the hints whose center is on paper."""
    return [h for h in hints if line_u8[int(h.y), int(h.x)] >= metrics.INK_BELOW]


def change_one(
    hints: list[Hint], line_u8: np.ndarray, rng: np.random.Generator
) -> tuple[list[Hint], np.ndarray] | None:
    """Return the hints with one color changed, and that hint's region, bool (H, W).

    One of the hints on paper, with all dabs of its stroke: those in its color in its region.
    None where no hint is on paper.
    """
    candidates = on_paper(hints, line_u8)
    if not candidates:
        return None
    chosen = candidates[int(rng.integers(len(candidates)))]
    region = metrics.closed_region(line_u8, int(chosen.x), int(chosen.y))
    color = other_color(chosen.color)
    changed = [
        dataclasses.replace(h, color=color)
        if h == chosen or (h.r > 0 and h.color == chosen.color and region[int(h.y), int(h.x)])
        else h
        for h in hints
    ]
    return changed, region


@dataclass(frozen=True)
class Case:
    """A drawing with hints: the truth (512, 512, 3) and line-art (512, 512), uint8.

    With dabs it also has the truth's areas, int (512, 512); else a seeded generator.
    """

    drawing: Drawing
    plan: str
    color: np.ndarray
    line: np.ndarray
    hints: list[Hint]
    rng: np.random.Generator
    areas: np.ndarray | None = None

    @property
    def names(self) -> dict[str, str]:
        """What every record of the case begins with."""
        return {"drawing": self.drawing.name, "kind": self.drawing.kind, "hints": self.plan}


@lru_cache(1)
def areas_of(drawing: Drawing) -> np.ndarray:
    """Return a drawing's areas; they take half a second, and its next plan has them free."""
    return find_areas(*drawing.load())


def load_case(drawing: Drawing, plan: str, seed: int) -> Case:
    """Return a drawing with the hints of a plan."""
    color, line = drawing.load()
    rng = drawing.rng(seed, plan)
    if not is_dabs(plan):
        return Case(drawing, plan, color, line, place_hints(plan, color, line, rng), rng)
    areas = areas_of(drawing)
    hints = place_dabs(dab_count(plan), color, areas)
    return Case(drawing, plan, color, line, hints, rng, areas)


def paint(case: Case, systems: dict[str, System]) -> tuple[dict[str, np.ndarray], list[dict]]:
    """Return each system's picture, and its record: names, seconds, and bleeding or stray."""
    pictures, records = {}, []
    change = None if case.areas is not None else change_one(case.hints, case.line, case.rng)
    for name, system in systems.items():
        began = time.perf_counter()
        pictures[name] = system(case.line, case.hints)
        record = case.names | {"system": name, "seconds": time.perf_counter() - began}
        if change:
            changed = system(case.line, change[0])
            record["bleeding"] = metrics.bleeding(pictures[name], changed, change[1])
        elif case.areas is not None and case.hints:
            last = case.hints[-1]
            area = case.areas == case.areas[int(last.y), int(last.x)]
            record["stray"] = stray(system(case.line, case.hints[:-1]), pictures[name], area)
        records.append(_known(record))
    return pictures, records


def _known(record: dict) -> dict:
    return {k: v for k, v in record.items() if not (isinstance(v, float) and np.isnan(v))}


def measure_case(
    case: Case, systems: dict[str, System], folders: dict[str, Path]
) -> tuple[dict[str, np.ndarray], list[dict]]:
    """Return the pictures of all systems and folders, and a record of each.

    Pictures of another tool have no seconds and neither bleeding nor stray.
    """
    pictures, records = paint(case, systems)
    for name, folder in folders.items():
        pictures[name] = load_picture(folder, case.drawing, case.plan)
        records.append(case.names | {"system": name})
    for picture, record in zip(pictures.values(), records):
        record |= compare_pictures(picture, case.color, case.hints)
        if case.areas is not None:
            record |= measure_dabs(picture, case.color, case.line, case.areas, case.hints)
    return pictures, records


def save_pictures(case: Case, pictures: dict[str, np.ndarray], folder: Path) -> None:
    """Write a case's pictures, its line-art, truth and dabs as FOLDER/SYSTEM/PLAN/KIND/NAME.png."""
    dabs = draw_hints(case.hints, case.line.shape[::-1])
    for name, picture in {"line": case.line, "truth": case.color, "dabs": dabs, **pictures}.items():
        path = picture_path(folder / name, case.drawing, case.plan)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path.with_name(path.name + ".png"))


def hint_effect(drawings: list[Drawing], seed: int, system: System) -> dict[str, float]:
    """Return the mean CIE76 difference to a hint's color around it, without and with the hint.

    One hint on paper, in a color clearly different from the truth, in each drawing.
    """
    sums = {"without": 0.0, "with": 0.0}
    for drawing in drawings:
        color, line = drawing.load()
        points = on_paper(place_hints("128", color, line, drawing.rng(seed, "effect")), line)
        if not points:
            continue
        hint = dataclasses.replace(points[0], color=other_color(points[0].color))
        x, y = int(hint.x), int(hint.y)
        near = metrics.around(metrics.closed_region(line, x, y), x, y)
        for case, hints in (("without", []), ("with", [hint])):
            sums[case] += float(metrics.delta_e_to(system(line, hints), hint.rgb)[near].mean())
    means = {case: total / len(drawings) for case, total in sums.items()}
    return means | {"ratio": means["with"] / means["without"] if means["without"] else 1.0}


def median_seconds(records: list[dict]) -> dict[str, dict]:
    """Return each system's median seconds, and the ratio to G'MIC's or else the first system's.

    Only pictures with `TIMED` hints count where there are any, else those with hints: without,
    most systems do nothing.
    """
    painted = [r for r in records if "seconds" in r]
    timed = [r for r in painted if r["hints"] == TIMED]
    counted = timed or [r for r in painted if r["hints"] != "0"] or painted
    names = list(dict.fromkeys(r["system"] for r in counted))
    medians = {
        n: float(np.median([r["seconds"] for r in counted if r["system"] == n])) for n in names
    }
    base = "gmic" if "gmic" in medians else next(iter(names), "")
    return {n: {"seconds": m, "ratio": m / medians[base], "to": base} for n, m in medians.items()}


def list_jobs(texts: list[str], config: Config) -> list[tuple[Drawing, str]]:
    """Return what --hints asks for: each drawing with its plans, all of a drawing together.

    Raises:
        InputError: an unknown plan, a limit that is no number from 1, or no drawing is left.
    """
    plans: dict[Drawing, list[str]] = {}
    for text in texts:
        plan, limit = split_limit(text)
        taken = dataclasses.replace(config, limit=(limit,)) if limit else config
        for drawing in list_drawings(taken):
            plans.setdefault(drawing, []).append(plan)
    return [(drawing, plan) for drawing, found in plans.items() for plan in found]


def write_sheets(
    config: Config, drawings: list[Drawing], plans: list[str], peers: dict, colorizer
) -> None:
    """Write a contact sheet for each plan."""
    chosen = first_by_hash(drawings, config.sheet)
    for plan in tqdm(plans if chosen else [], desc="sheets", dynamic_ncols=True):
        rows = [row_of(d, plan, config.seed, peers, colorizer) for d in chosen]
        compose(rows).save(Path(config.out) / f"sheet-{plan.replace(':', '-')}.png")


def name_folders(texts: list[str], taken: Iterable[str]) -> dict[str, Path]:
    """Return the folders of --against by the last part of their paths.

    Raises:
        InputError: two of one name, or one that a system has.
    """
    folders: dict[str, Path] = {}
    for path in map(Path, texts):
        name = path.resolve().name
        if name in folders or name in taken:
            raise InputError(f"--against has a second {name!r}; wanted are folders of other names.")
        folders[name] = path
    return folders


def write_csv(records: list[dict], path: Path) -> None:
    """Write a line for each record; a measure that it lacks is empty."""
    names = dict.fromkeys(name for record in records for name in record)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(records)


def write_report(report: dict, out: Path) -> None:
    """Write and print the tables, and write the numbers of each drawing."""
    (out / "fidelity.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    write_csv(report["records"], out / "fidelity.csv")
    text = markdown(report)
    (out / "fidelity.md").write_text(text, "utf-8")
    print(text)


def measure(
    config: Config, jobs: list[tuple[Drawing, str]], systems: dict, folders: dict
) -> list[dict]:
    """Return the records of all jobs."""
    records = []
    for drawing, plan in tqdm(jobs, unit="drawing", dynamic_ncols=True):
        case = load_case(drawing, plan, config.seed)
        pictures, measured = measure_case(case, systems, folders)
        records += measured
        if config.pictures:
            save_pictures(case, pictures, Path(config.out) / "pictures")
    return records


def main(argv: list[str] | None = None) -> None:
    """Measure what the command line describes."""
    config: Config = parse_config(Config, __doc__, arguments(argv))
    keep_freed_memory()
    jobs, colorizer = list_jobs(words(config.hints), config), load_colorizer(config.checkpoint)
    systems = systems_named(words(config.compare), colorizer)
    folders = name_folders(words(config.against), systems)
    if not (systems or folders) or not jobs:
        raise InputError("Nothing to measure: give --hints, and --compare or a --checkpoint.")
    for folder in folders.values():
        for drawing, plan in jobs:
            find_picture(folder, drawing, plan)
    drawings, plans = (list(dict.fromkeys(column)) for column in zip(*jobs))
    out = Path(config.out)
    out.mkdir(parents=True, exist_ok=True)
    records = measure(config, jobs, systems, folders)
    few = [] if all(map(is_dabs, plans)) else first_by_hash(drawings, EFFECT_DRAWINGS)
    effects = {n: hint_effect(few, config.seed, s) for n, s in systems.items()} if few else {}
    report = {"options": dataclasses.asdict(config), "time": median_seconds(records)}
    report |= {"effect": effects, "drawings": len(drawings), "records": records}
    write_report(report, out)
    others = {name: system for name, system in systems.items() if name != OURS}
    write_sheets(config, drawings, plans, others, colorizer)


if __name__ == "__main__":
    run_main(main)

"""How closely colored pictures follow the hints and the truth, and what others make of them.

    python -m eval.fidelity --data PICTURES --pairs PAIRS --compare gmic,nearest,spread,line -o OUT

Every drawing is a 512x512 center square of a color picture, with XDoG lines (--data) or its own
(--pairs). Every system gets the same line-art and hints. Written are OUT/fidelity.md,
OUT/fidelity.json with each number of each drawing, and OUT/sheet-HINTS.png.
"""

import dataclasses
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from colorizer.images import InputError
from colorizer.memory import keep_freed_memory
from colorizer.pipeline import Colorizer
from colorizer.preprocessing.hints import Hint
from train.common import parse_config, run_main
from train.data import option

from . import metrics
from .drawings import Drawing, DrawingConfig, list_drawings
from .peers import System, peers_named
from .plans import other_color, parse_plan, place_hints
from .report import markdown
from .sheet import arguments, compose, first_by_hash, load_colorizer, row_of, words

OURS = "ours"
TIMED = "28"
"""The hint plan of C-FID is what systems are timed with."""
EFFECT_DRAWINGS = 20
"""The effect of a single hint is measured on this many drawings."""


@dataclass(frozen=True)
class Config(DrawingConfig):
    """What is measured."""

    hints: tuple[str, ...] = option(
        ("0", "1", "5", "28", "128", "strokes"),
        "numbers of hint points, strokes or automatic; 5:30 takes 30 drawings of each kind",
    )
    compare: tuple[str, ...] = option((), "others to measure: gmic, nearest, spread, line")
    checkpoint: str = option("", "folder or user/repo; empty: the bundled one; none: leave out")
    sheet: int = option(8, "rows of the contact sheets; 0 writes none")
    out: str = option("fidelity", "folder to write into; also -o")


def run(system: System, line_u8: np.ndarray, hints: list[Hint], seconds: list[float]) -> np.ndarray:
    """Return a system's picture and append the seconds that it took."""
    began = time.perf_counter()
    result = system(line_u8, hints)
    seconds.append(time.perf_counter() - began)
    return result


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


def measure_drawing(
    drawing: Drawing, plan: str, seed: int, systems: dict[str, System]
) -> list[dict]:
    """Return a record for each system: names, seconds, measures, and bleeding where it is known."""
    color, line = drawing.load()
    rng = drawing.rng(seed, plan)
    hints = place_hints(plan, color, line, rng)
    change = change_one(hints, line, rng)
    records = []
    for name, system in systems.items():
        began = time.perf_counter()
        result = system(line, hints)
        record = {"drawing": drawing.name, "kind": drawing.kind, "hints": plan, "system": name}
        record["seconds"] = time.perf_counter() - began
        record |= compare_pictures(result, color, hints)
        if change:
            share = metrics.bleeding(result, system(line, change[0]), change[1])
            record |= {} if np.isnan(share) else {"bleeding": share}
        records.append(record)
    return records


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


def ours(colorizer: Colorizer) -> System:
    """Return the colorizer as a function like its peers."""
    return lambda line, hints: np.asarray(colorizer(line, hints).image)


def median_seconds(records: list[dict]) -> dict[str, dict]:
    """Return each system's median seconds, and the ratio to G'MIC's or else the first system's.

    Only pictures with `TIMED` hints count where there are any, else those with hints: without,
    most systems do nothing.
    """
    timed = [r for r in records if r["hints"] == TIMED]
    counted = timed or [r for r in records if r["hints"] != "0"] or records
    names = list(dict.fromkeys(r["system"] for r in counted))
    medians = {
        n: float(np.median([r["seconds"] for r in counted if r["system"] == n])) for n in names
    }
    base = "gmic" if "gmic" in medians else names[0]
    return {n: {"seconds": m, "ratio": m / medians[base], "to": base} for n, m in medians.items()}


def list_jobs(texts: list[str], config: Config) -> list[tuple[Drawing, str]]:
    """Return what --hints asks for: each plan with its drawings.

    Raises:
        InputError: an unknown plan, a limit that is no number from 1, or no drawing is left.
    """
    jobs = []
    for text in texts:
        plan, colon, limit = text.partition(":")
        parse_plan(plan)
        if colon and not (limit.isdecimal() and int(limit)):
            raise InputError(f"--hints has {text!r}; wanted after the colon is a number from 1.")
        taken = dataclasses.replace(config, limit=int(limit)) if limit else config
        jobs += [(drawing, plan) for drawing in list_drawings(taken)]
    return jobs


def write_sheets(
    config: Config, drawings: list[Drawing], plans: list[str], peers: dict, colorizer
) -> None:
    """Write a contact sheet for each plan."""
    chosen = first_by_hash(drawings, config.sheet)
    for plan in tqdm(plans if chosen else [], desc="sheets", dynamic_ncols=True):
        rows = [row_of(d, plan, config.seed, peers, colorizer) for d in chosen]
        compose(rows).save(Path(config.out) / f"sheet-{plan}.png")


def main(argv: list[str] | None = None) -> None:
    """Measure what the command line describes."""
    config: Config = parse_config(Config, __doc__, arguments(argv))
    keep_freed_memory()
    jobs = list_jobs(words(config.hints), config)
    peers, colorizer = peers_named(words(config.compare)), load_colorizer(config.checkpoint)
    systems = peers | ({OURS: ours(colorizer)} if colorizer else {})
    if not systems or not jobs:
        raise InputError("Nothing to measure: give --hints, and --compare or a --checkpoint.")
    drawings, plans = (list(dict.fromkeys(column)) for column in zip(*jobs))
    out = Path(config.out)
    out.mkdir(parents=True, exist_ok=True)
    records = []
    for drawing, plan in tqdm(jobs, unit="drawing", dynamic_ncols=True):
        records += measure_drawing(drawing, plan, config.seed, systems)
    few = first_by_hash(drawings, EFFECT_DRAWINGS)
    effects = {name: hint_effect(few, config.seed, system) for name, system in systems.items()}
    report = {"options": dataclasses.asdict(config), "time": median_seconds(records)}
    report |= {"effect": effects, "drawings": len(drawings), "records": records}
    (out / "fidelity.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    table = markdown(report)
    (out / "fidelity.md").write_text(table, "utf-8")
    print(table)
    write_sheets(config, drawings, plans, peers, colorizer)


if __name__ == "__main__":
    run_main(main)

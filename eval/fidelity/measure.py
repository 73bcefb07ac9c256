"""The measures of one drawing, and of a single hint on some."""

import dataclasses
import time

import numpy as np

from colorizer.preprocessing.hints import Hint

from .. import metrics
from ..drawings import Drawing
from ..measures import measure_dabs, stray
from ..plans import other_color, place_hints
from ..systems import Case, Folder, System
from ..trials import Trial


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


def measure_trial(
    trial: Trial, systems: dict[str, System]
) -> tuple[dict[str, np.ndarray], list[dict]]:
    """Return the pictures of all systems, and a record of each.

    Pictures in a folder have no seconds and neither bleeding nor stray. A measure that there is
    no place for is left out.
    """
    hints, pictures, records = trial.case.hints, {}, []
    change = None if trial.areas is not None else change_one(hints, trial.case.line, trial.rng)
    for name, system in systems.items():
        began = time.perf_counter()
        picture = pictures[name] = system(trial.case)
        record = trial.names | {"system": name}
        if not isinstance(system, Folder):
            record["seconds"] = time.perf_counter() - began
            record |= _changes(trial, system, picture, change)
        record |= compare_pictures(picture, trial.color, hints)
        if trial.areas is not None:
            record |= measure_dabs(picture, trial.color, trial.case.line, trial.areas, hints)
        records.append({k: v for k, v in record.items() if v == v})  # nan is not itself
    return pictures, records


def _changes(
    trial: Trial, system: System, picture: np.ndarray, change: tuple | None
) -> dict[str, float]:
    """Return bleeding, when one hint changes its color, or stray, when the last one comes."""
    case = trial.case
    if change:
        changed = system(dataclasses.replace(case, hints=change[0]))
        return {"bleeding": metrics.bleeding(picture, changed, change[1])}
    if trial.areas is None or not case.hints:
        return {}
    last = case.hints[-1]
    area = trial.areas == trial.areas[int(last.y), int(last.x)]
    before = system(dataclasses.replace(case, hints=case.hints[:-1]))
    return {"stray": stray(before, picture, area)}


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
        for name, hints in (("without", []), ("with", [hint])):
            painted = system(Case(line, hints))
            sums[name] += float(metrics.delta_e_to(painted, hint.rgb)[near].mean())
    means = {case: total / len(drawings) for case, total in sums.items()}
    return means | {"ratio": means["with"] / means["without"] if means["without"] else 1.0}

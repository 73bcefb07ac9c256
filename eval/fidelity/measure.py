"""The measures of one drawing."""

import dataclasses
import time

import numpy as np

from colorizer.preprocessing.hints import Hint

from .. import metrics
from ..plans import Trial, other_color
from ..systems import Folder, System
from .dabs import STRAYED, measure_dabs


def compare_pictures(
    result_u8: np.ndarray, truth_u8: np.ndarray, hints: list[Hint]
) -> dict[str, float]:
    """Return the measures of one picture, uint8 (512, 512, 3), against the truth.

    Without hints the difference at the hints is nan.
    """
    return {
        "psnr": metrics.psnr(result_u8, truth_u8),
        "ssim": metrics.ssim(result_u8, truth_u8),
        "delta_e": metrics.mean_delta_e(result_u8, truth_u8),
        "chroma": metrics.mean_chroma(result_u8),
        "chroma_truth": metrics.mean_chroma(truth_u8),
        "delta_e_hints": metrics.delta_e_at_hints(result_u8, hints),
    }


def change_one(
    hints: list[Hint], line_u8: np.ndarray, rng: np.random.Generator
) -> tuple[list[Hint], Hint, np.ndarray] | None:
    """Return the hints with one color changed, that hint, and its region, bool (H, W).

    One of the hints on paper, with all dabs of its stroke: those in its color in its region.
    None where no hint is on paper.
    """
    candidates = metrics.on_paper(hints, line_u8)
    if not candidates:
        return None
    old = candidates[int(rng.integers(len(candidates)))]
    region = metrics.closed_region(line_u8, int(old.x), int(old.y))
    color = other_color(old.color)
    changed = [
        dataclasses.replace(h, color=color)
        if h == old or (h.r > 0 and h.color == old.color and region[int(h.y), int(h.x)])
        else h
        for h in hints
    ]
    return changed, dataclasses.replace(old, color=color), region


def measure_trial(
    trial: Trial, systems: dict[str, System]
) -> tuple[dict[str, np.ndarray], list[dict]]:
    """Return the pictures of all systems, and a record of each.

    Pictures in a folder have no seconds, and nothing can be changed in them. A measure without a
    place is left out.
    """
    case, drawing, pictures, records = trial.case, trial.drawing, {}, []
    change = None if trial.areas is not None else change_one(case.hints, case.line, trial.rng)
    for name, system in systems.items():
        began = time.perf_counter()
        picture = pictures[name] = system(case)
        record = {"drawing": drawing.name, "kind": drawing.kind, "hints": trial.plan}
        record |= {"system": name}
        if not isinstance(system, Folder):
            record["seconds"] = time.perf_counter() - began
            record |= _changes(trial, system, picture, change)
        record |= compare_pictures(picture, trial.color, case.hints)
        if trial.areas is not None:
            record |= measure_dabs(picture, trial.color, case.line, trial.areas, case.hints)
        records.append({k: v for k, v in record.items() if v == v})  # nan is not itself
    return pictures, records


def _changes(
    trial: Trial, system: System, picture: np.ndarray, change: tuple | None
) -> dict[str, float]:
    """Return what a change does: of one hint's color or, with dabs, of the last one's coming."""
    case = trial.case
    if change:
        hints, new, region = change
        after = system(dataclasses.replace(case, hints=hints))
        near = metrics.delta_e_to(after, new.rgb)[metrics.around(region, new)]
        moved = metrics.moved_outside(picture, after, region, metrics.BLED)
        return {"bleeding": moved, "delta_e_changed": metrics.mean(near)}
    if trial.areas is None or not case.hints:
        return {}
    last = case.hints[-1]
    area = trial.areas == trial.areas[int(last.y), int(last.x)]
    before = system(dataclasses.replace(case, hints=case.hints[:-1]))
    return {"stray": metrics.moved_outside(before, picture, area, STRAYED)}

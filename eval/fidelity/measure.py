"""The measures of one drawing, and what is measured of a picture that was colored with dabs.

With dabs every pixel of a drawing is in one of four places: `ink`; `white`, the background: areas
of the truth that are white and touch the frame of the picture; `hinted`, areas with a dab; `rest`.
Areas are those of `find_areas`. Differences are CIE76 at single pixels. "Bare" is paper so light
that no anti-aliased rim of a line counts. A measure of a place that the drawing lacks is nan.
"""

import dataclasses
import time

import numpy as np

from colorizer.preprocessing.hints import Hint

from .. import metrics
from ..metrics import INK_BELOW, delta_e, mean
from ..plans import Trial, other_color
from ..systems import Folder, System

BARE_FROM = 240
"""Paper at least this light is bare: no rim of a line."""
BLACK_BELOW = 32
"""A line-art darker than this is black ink."""
WHITE_WITHIN = 5.0
"""An area is white if its median color is this near to white, CIE76."""
FLAT_WITHIN = 2.0
"""The truth of a flat area differs by at most this from its median on average, CIE76."""
PAINTED = 10.0
"""What differs by more than this from white and from the truth is painted, CIE76."""
STRAYED = 8.0
"""What changes by more than this strays where it should not change, CIE76."""
PLACES = ("ink", "white", "hinted", "rest")


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
            record |= measure_dabs(picture, trial)
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
        near = delta_e(after, np.uint8([[new.rgb]]))[metrics.around(region, new)]
        moved = metrics.moved_outside(picture, after, region, metrics.BLED)
        return {"bleeding": moved, "delta_e_changed": mean(near)}
    if trial.areas is None or not case.hints:
        return {}
    last = case.hints[-1]
    area = trial.areas == trial.areas[int(last.y), int(last.x)]
    before = system(dataclasses.replace(case, hints=case.hints[:-1]))
    return {"stray": metrics.moved_outside(before, picture, area, STRAYED)}


def find_places(trial: Trial) -> dict[str, np.ndarray]:
    """Return the four places, each bool (H, W); together they are the whole picture."""
    areas = trial.areas
    framed = np.concatenate([areas[0], areas[-1], areas[:, 0], areas[:, -1]])
    medians = {a: _median_of(trial.color[areas == a]) for a in np.unique(framed[framed > 0])}
    white = [a for a, m in medians.items() if delta_e(m, np.full_like(m, 255)) <= WHITE_WITHIN]
    dabbed = np.unique([areas[int(h.y), int(h.x)] for h in trial.case.hints])
    ink = trial.case.line < INK_BELOW
    background = np.isin(areas, white) & ~ink
    hinted = np.isin(areas, dabbed) & ~ink & ~background
    places = {"ink": ink, "white": background, "hinted": hinted}
    return places | {"rest": ~(ink | background | hinted)}


def _median_of(pixels_u8: np.ndarray) -> np.ndarray:
    """Return the median color of pixels (N, 3), uint8 (1, 1, 3)."""
    return np.median(pixels_u8, axis=0).round().astype(np.uint8)[None, None]


def blotch(result_u8: np.ndarray, trial: Trial, white: np.ndarray) -> float:
    """Return how uneven the flat areas off the background became; 0 is flat, in whatever color.

    It is the mean difference, over their bare paper, to the result's own median color in the area.
    """
    bare = np.where(white | (trial.case.line < BARE_FROM), 0, trial.areas).ravel()
    order = np.argsort(bare, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(bare[order])) + 1)  # the pixels of each area
    result, truth = result_u8.reshape(-1, 3), trial.color.reshape(-1, 3)
    uneven = [
        _unevenness(result[part])
        for part in parts
        if bare[part[0]] and _unevenness(truth[part]).mean() <= FLAT_WITHIN
    ]
    return mean(np.concatenate(uneven)) if uneven else float("nan")


def _unevenness(pixels_u8: np.ndarray) -> np.ndarray:
    """Return each pixel's difference to the pixels' median color, (N, 3) to (N,)."""
    return delta_e(pixels_u8[None], _median_of(pixels_u8))[0]


def measure_dabs(result_u8: np.ndarray, trial: Trial) -> dict[str, float]:
    """Return all measures of one picture but stray.

    A place's error is what it adds to the mean squared error of the whole picture.
    """
    places, truth, line = find_places(trial), trial.color, trial.case.line
    apart, squared = delta_e(result_u8, truth), metrics.squared_error(result_u8, truth)
    painted = np.minimum(apart, delta_e(result_u8, np.full_like(result_u8, 255))) > PAINTED
    found = {
        "psnr_floored": metrics.psnr(result_u8, truth, metrics.ERROR_FLOOR),
        "delta_e_hinted": mean(apart[places["hinted"]]),
        "blotch": blotch(result_u8, trial, places["white"]),
        "spill": mean(painted[places["white"] & (line >= BARE_FROM)]),
        "ink": mean(result_u8[line < BLACK_BELOW]),
    }
    errors = {f"error_{n}": float(squared[at].sum() / squared.size) for n, at in places.items()}
    return found | errors

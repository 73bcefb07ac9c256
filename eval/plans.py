"""Hints for a drawing whose colors are known: where a user might put them.

A plan is a number of points, "strokes" or "dabs:N". Points are single pixels (radius 0 at 512x512)
in the color of the picture there: 28 lie as in Figure 13, any other number uniformly at random.
Dabs lie in the middle of the largest areas, as an artist puts them.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from colorizer.images import InputError
from colorizer.preprocessing.hints import MAX_HINTS, Hint, hex_color
from train.areas import INK_BELOW, SAME_COLOR, find_areas, place_dabs, room, to_lab

from .drawings import Case, Drawing

PLAN = re.compile(r"(strokes|(?:dabs:(?=0*[1-9]))?(\d+))(?::(0*[1-9]\d*))?")
"""A plan, its number and perhaps after a colon a number of drawings."""
HINTS_IN_PLAN = 28
"""Points of the seven-segment plan in all: 4 corners of 1, 2 wings of 2 and a body of 20."""
DABS = "dabs:"
STROKES = "strokes"
STROKE_COUNT = 5
BRUSH = 4
"""Radius of a stroke, pixels at 512x512."""
STROKE_STEPS = 30
"""Most dabs of a stroke, one every `STEP` pixels."""
STEP = 3
WOBBLE = 0.25
"""Standard deviation of a stroke's turn from dab to dab, radians."""
SMOOTH_SIDE = 9
"""Side of the median that smooths texture away before colors are compared, pixels."""
ON_INK_SCORE = 0.25
"""What a place on ink is worth as the start of a stroke, beside one on paper."""
CHANGED = ("#e02020", "#20a020", "#2040e0", "#e0c020", "#c020c0", "#20c0c0")
"""Colors that a hint may be changed to: the one farthest from its own is taken."""


def split_limit(text: str) -> tuple[str, str]:
    """Return the plan of "PLAN" or "PLAN:LIMIT", and the limit, "" without one.

    The first number after "dabs" is the plan's: "dabs:15:30" are 15 dabs on 30 drawings.

    Raises:
        InputError: an unknown plan, more than 4096 points or dabs, or a limit from 0 on down.
    """
    found = PLAN.fullmatch(text)
    if not found or int(found[2] or 0) > MAX_HINTS:
        raise InputError(
            f"--hints has {text!r}; wanted is strokes, dabs:N or a number from 0 to {MAX_HINTS}, "
            "and perhaps after a colon a number from 1."
        )
    return found[1], found[3] or ""


def seven_segment_plan(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return the 28 hint places of C-FID (Section 4.5, Figure 13), int64 (28, 2) of x, y.

    One point in each corner (a quarter of the width by a quarter of the height), two in each
    wing (a quarter of the width, the middle half of the height, left and right) and 20 in the
    body (the middle half of the width, the whole height), different where there are as many
    pixels. The paper defines squares only; for other sizes, (width, height) in pixels of at least
    4, each side is quartered by itself.
    """
    width, height = size
    left, middle, right = pairwise((0, width // 4, width - width // 4, width))
    top, center, bottom = pairwise((0, height // 4, height - height // 4, height))
    corners = [(x, y, 1) for y in (top, bottom) for x in (left, right)]
    wings, body = [(x, center, 2) for x in (left, right)], (middle, (0, height), 20)
    places = []
    for (x, x_end), (y, y_end), count in (*corners, *wings, body):
        wide, pixels = x_end - x, (x_end - x) * (y_end - y)
        ys, xs = np.divmod(rng.choice(pixels, count, replace=count > pixels), wide)
        places.append(np.stack([xs + x, ys + y], 1))
    return np.concatenate(places)


def place_hints(
    plan: str,
    color_u8: np.ndarray,
    line_u8: np.ndarray,
    rng: np.random.Generator,
    areas: np.ndarray | None = None,
) -> list[Hint]:
    """Return a plan's hints for a truth (H, W, 3) and its line-art (H, W), uint8, paper 255.

    Places are drawn from `rng`; `areas` are those of `find_areas`, where they are known already.
    """
    if plan == STROKES:
        return simulate_strokes(color_u8, line_u8, rng)
    if plan.startswith(DABS):
        areas = find_areas(color_u8, line_u8) if areas is None else areas
        return place_dabs(int(plan.removeprefix(DABS)), color_u8, areas)
    height, width = line_u8.shape
    if int(plan) == HINTS_IN_PLAN:
        places = seven_segment_plan((width, height), rng)
    else:
        pixels = rng.choice(height * width, int(plan), replace=False)
        places = np.stack([pixels % width, pixels // width], 1)
    return [Hint(int(x), int(y), 0, hex_color(color_u8[y, x])) for x, y in places]


@dataclass(frozen=True)
class Trial:
    """A case with the truth, uint8 (512, 512, 3), and a seeded generator of its own.

    With dabs it also has the truth's areas, int (512, 512).
    """

    drawing: Drawing
    plan: str
    case: Case
    color: np.ndarray
    rng: np.random.Generator
    areas: np.ndarray | None = None


@lru_cache(1)
def areas_of(drawing: Drawing) -> np.ndarray:
    """Return a drawing's areas; they take half a second, and its next plan has them free."""
    return find_areas(*drawing.load())


def load_trial(drawing: Drawing, plan: str, seed: int) -> Trial:
    """Return a drawing with the hints of a plan."""
    color, line = drawing.load()
    rng = drawing.rng(seed, plan)
    areas = areas_of(drawing) if plan.startswith(DABS) else None
    hints = place_hints(plan, color, line, rng, areas)
    return Trial(drawing, plan, Case(line, hints, drawing.named(plan)), color, rng, areas)


def simulate_strokes(
    color_u8: np.ndarray, line_u8: np.ndarray, rng: np.random.Generator
) -> list[Hint]:
    """Return five strokes as a person would draw them, each a chain of dabs of one color.

    A person colors the widest areas first, one stroke for each color, starts in the middle and
    rather off the lines. So a stroke begins at the pixel farthest from any change of color, ink
    counting against it, and takes the smoothed color there; it wobbles on from a random direction
    for at most 90 pixels and ends before a line or another color. All that has its color is done
    then. Deterministic but for `rng`.
    """
    smooth = cv2.medianBlur(color_u8, SMOOTH_SIDE)
    lab = to_lab(smooth)
    off_ink = room(line_u8 >= INK_BELOW)
    square = np.ones((3, 3), np.uint8)
    spans = cv2.dilate(lab, square) - cv2.erode(lab, square)  # from one pixel to the next
    calm = np.linalg.norm(spans, axis=2) <= SAME_COLOR
    hints: list[Hint] = []
    for _ in range(STROKE_COUNT):
        score = room(calm) * np.clip(off_ink / BRUSH, ON_INK_SCORE, 1)
        y, x = np.unravel_index(int(score.argmax()), score.shape)
        if not score[y, x]:
            break
        same = np.linalg.norm(lab - lab[y, x], axis=2) <= SAME_COLOR
        inside = np.minimum(room(same), off_ink)
        hints += _stroke((int(x), int(y)), inside, hex_color(smooth[y, x]), rng)
        calm &= ~same
    return hints


def _stroke(
    start: tuple[int, int], room: np.ndarray, color: str, rng: np.random.Generator
) -> list[Hint]:
    """Return the dabs of a wobbling stroke: one, and more while there is room for the brush."""
    x, y = float(start[0]), float(start[1])
    angle, dabs = rng.uniform(0, 2 * np.pi), []
    for _ in range(STROKE_STEPS):
        row, column = round(y), round(x)
        inside = 0 <= row < room.shape[0] and 0 <= column < room.shape[1]
        if not inside or (dabs and room[row, column] <= BRUSH):
            break
        dabs.append(Hint(column, row, BRUSH, color))
        angle += rng.normal(0, WOBBLE)
        x, y = x + STEP * np.cos(angle), y + STEP * np.sin(angle)
    return dabs


def other_color(color: str) -> str:
    """Return a color that is clearly different: of `CHANGED`, the farthest from `color`."""
    swatches = np.array([list(bytes.fromhex(c[1:])) for c in (color, *CHANGED)], np.uint8)[None]
    lab = to_lab(swatches)[0]
    return CHANGED[int(np.linalg.norm(lab[1:] - lab[0], axis=1).argmax())]

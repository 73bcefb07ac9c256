"""What is measured of a picture that was colored with dabs: pure functions of bytes.

Every pixel of a drawing is in one of four places: `ink`; `white`, the background: areas of the
truth that are white and touch the frame of the picture; `hinted`, areas with a dab; `rest`. Areas
are those of `find_areas`. Differences are CIE76 at single pixels. "Bare" is paper so light that no
anti-aliased rim of a line counts. A measure of a place that the drawing lacks is nan.
"""

import numpy as np

from colorizer.preprocessing.hints import Hint

from ..metrics import ERROR_FLOOR, INK_BELOW, delta_e, delta_e_to, mean, psnr, squared_error

BARE_FROM = 240
"""Paper at least this light is bare: no rim of a line."""
BLACK_BELOW = 32
"""A line-art darker than this is black ink."""
WHITE_WITHIN = 5.0
"""An area is white if its median color is this near to white, CIE76."""
FLAT_WITHIN = 2.0
"""The truth of a flat area differs by at most this from its median on average, CIE76."""
PAINTED = 10.0
"""White that differs by more than this is painted, CIE76."""
STRAYED = 8.0
"""What changes by more than this strays where it should not change, CIE76."""
INK, WHITE, HINTED, REST = PLACES = ("ink", "white", "hinted", "rest")


def find_places(
    color_u8: np.ndarray, line_u8: np.ndarray, areas: np.ndarray, hints: list[Hint]
) -> dict[str, np.ndarray]:
    """Return the four places, each bool (H, W); together they are the whole picture."""
    framed = np.concatenate([areas[0], areas[-1], areas[:, 0], areas[:, -1]])
    white = [a for a in np.unique(framed[framed > 0]) if _is_white(color_u8[areas == a])]
    dabbed = np.unique([areas[int(h.y), int(h.x)] for h in hints])
    ink = line_u8 < INK_BELOW
    background = np.isin(areas, white) & ~ink
    hinted = np.isin(areas, dabbed) & ~ink & ~background
    places = {INK: ink, WHITE: background, HINTED: hinted}
    return places | {REST: ~(ink | background | hinted)}


def _median_of(pixels_u8: np.ndarray) -> np.ndarray:
    """Return the median color of pixels (N, 3), uint8 (3,)."""
    return np.median(pixels_u8, axis=0).round().astype(np.uint8)


def _is_white(pixels_u8: np.ndarray) -> bool:
    median = _median_of(pixels_u8)[None, None]
    return float(delta_e_to(median, (255, 255, 255))[0, 0]) <= WHITE_WITHIN


def error_by_place(
    result_u8: np.ndarray, truth_u8: np.ndarray, places: dict[str, np.ndarray]
) -> dict[str, float]:
    """Return what each place adds to the mean squared error of the whole picture."""
    squared = squared_error(result_u8, truth_u8)
    return {name: float(squared[at].sum() / squared.size) for name, at in places.items()}


def spill(
    result_u8: np.ndarray, truth_u8: np.ndarray, line_u8: np.ndarray, white: np.ndarray
) -> float:
    """Return the share of the bare background that is painted."""
    bare = white & (line_u8 >= BARE_FROM)
    return mean((delta_e(result_u8, truth_u8) > PAINTED)[bare])


def blotch(
    result_u8: np.ndarray,
    truth_u8: np.ndarray,
    line_u8: np.ndarray,
    areas: np.ndarray,
    white: np.ndarray,
) -> float:
    """Return how uneven the flat areas off the background became; 0 is flat, in whatever color.

    It is the mean difference, over their bare paper, to the result's own median color in the area.
    """
    bare = np.where(white | (line_u8 < BARE_FROM), 0, areas).ravel()
    order = np.argsort(bare, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(bare[order])) + 1)  # the pixels of each area
    result, truth = result_u8.reshape(-1, 3), truth_u8.reshape(-1, 3)
    uneven = [
        _unevenness(result[part])
        for part in parts
        if bare[part[0]] and _unevenness(truth[part]).mean() <= FLAT_WITHIN
    ]
    return mean(np.concatenate(uneven)) if uneven else float("nan")


def _unevenness(pixels_u8: np.ndarray) -> np.ndarray:
    """Return each pixel's difference to the pixels' median color, (N, 3) to (N,)."""
    return delta_e_to(pixels_u8[None], tuple(int(v) for v in _median_of(pixels_u8)))[0]


def ink_brightness(result_u8: np.ndarray, line_u8: np.ndarray) -> float:
    """Return the mean brightness of black ink, 0 to 255."""
    return mean(result_u8[line_u8 < BLACK_BELOW])


def measure_dabs(
    result_u8: np.ndarray,
    truth_u8: np.ndarray,
    line_u8: np.ndarray,
    areas: np.ndarray,
    hints: list[Hint],
) -> dict[str, float]:
    """Return all measures of one picture but stray; those without a place are left out."""
    places = find_places(truth_u8, line_u8, areas, hints)
    found = {
        "psnr_floored": psnr(result_u8, truth_u8, ERROR_FLOOR),
        "delta_e_hinted": mean(delta_e(result_u8, truth_u8)[places[HINTED]]),
        "blotch": blotch(result_u8, truth_u8, line_u8, areas, places[WHITE]),
        "spill": spill(result_u8, truth_u8, line_u8, places[WHITE]),
        "ink": ink_brightness(result_u8, line_u8),
    }
    errors = error_by_place(result_u8, truth_u8, places)
    found |= {f"error_{name}": error for name, error in errors.items()}
    return {name: value for name, value in found.items() if not np.isnan(value)}

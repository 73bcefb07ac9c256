"""What is measured of a picture that was colored with dabs: pure functions of bytes.

Every pixel of a drawing is in one of four places: `ink`, where the line-art is darker than 200;
`white`, the background: areas of the truth that are white and touch the frame of the picture;
`hinted`, areas with a dab; `rest`. Areas are those of `find_areas`. Measured are, where the
drawing has such places (ΔE is CIE76 at single pixels, and "bare" paper lighter than 240, so that
no anti-aliased rim of a line counts):

- PSNR, floored: from the mean squared error of the picture, but at least 20, so that a perfect
  flat fill of a drawing with a little shade counts as 35 dB and not as 60.
- ΔE hinted: mean difference between result and truth in `hinted`.
- blotch: how uneven what should be flat has become: the mean difference between the result and
  its own median color in the area, over the bare paper of all areas off the background whose truth
  differs from its median by at most 2 on average. 0 is flat, in whatever color.
- spill: share of the bare background whose result differs from the truth by more than 10.
- ink: mean of the result's three channels, 0 to 255, where the line-art is darker than 32.
- stray: share of the pixels more than 3 px outside an area whose color changes by more than 8
  when the area gets a dab besides those of all larger areas: the plan without and with its last.
- error by place: the sum of the squared errors in the place, divided by the pixels and channels
  of the whole picture, so that the four add up to its mean squared error.
"""

import numpy as np

from colorizer.preprocessing.hints import Hint

from .metrics import INK_BELOW, delta_e, delta_e_to, mean, moved_outside

ERROR_FLOOR = 20.0
"""Least mean squared error that counts, squared bytes: 35.1 dB."""
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


def psnr_floored(result_u8: np.ndarray, truth_u8: np.ndarray) -> float:
    """Return the PSNR in dB with a mean squared error of at least `ERROR_FLOOR`."""
    error = float(_squared(result_u8, truth_u8).mean())
    return 10 * float(np.log10(255**2 / max(error, ERROR_FLOOR)))


def _squared(result_u8: np.ndarray, truth_u8: np.ndarray) -> np.ndarray:
    """Return each pixel's squared error, mean of the channels, float64 (H, W)."""
    return ((result_u8.astype(np.float64) - truth_u8) ** 2).mean(axis=2)


def find_places(
    color_u8: np.ndarray, line_u8: np.ndarray, areas: np.ndarray, hints: list[Hint]
) -> dict[str, np.ndarray]:
    """Return the four places, each bool (H, W); together they are the whole picture.

    Args:
        color_u8: the truth, uint8 (H, W, 3).
        line_u8: its line-art, uint8 (H, W), paper 255.
        areas: int (H, W) from `find_areas`.
        hints: the dabs, in pixels.
    """
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
    squared = _squared(result_u8, truth_u8)
    return {name: float(squared[at].sum() / squared.size) for name, at in places.items()}


def spill(
    result_u8: np.ndarray, truth_u8: np.ndarray, line_u8: np.ndarray, white: np.ndarray
) -> float:
    """Return the share of the bare background that is painted; nan without any."""
    bare = white & (line_u8 >= BARE_FROM)
    return mean((delta_e(result_u8, truth_u8) > PAINTED)[bare])


def blotch(
    result_u8: np.ndarray,
    truth_u8: np.ndarray,
    line_u8: np.ndarray,
    areas: np.ndarray,
    white: np.ndarray,
) -> float:
    """Return how uneven the flat areas off the background became, CIE76; nan without any."""
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
    """Return each pixel's difference to the pixels' median color, CIE76: (N, 3) to (N,)."""
    return delta_e_to(pixels_u8[None], tuple(int(v) for v in _median_of(pixels_u8)))[0]


def ink_brightness(result_u8: np.ndarray, line_u8: np.ndarray) -> float:
    """Return the mean brightness of black ink, 0 to 255; nan without any."""
    return mean(result_u8[line_u8 < BLACK_BELOW])


def stray(before_u8: np.ndarray, after_u8: np.ndarray, area: np.ndarray) -> float:
    """Return the share of the pixels outside an area that a dab in it moved; nan without any.

    Args:
        before_u8: the picture without the dab.
        after_u8: the picture with it.
        area: bool (H, W), dilated by `REGION_MARGIN`.
    """
    return moved_outside(before_u8, after_u8, area, STRAYED)


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
        "psnr_floored": psnr_floored(result_u8, truth_u8),
        "delta_e_hinted": mean(delta_e(result_u8, truth_u8)[places[HINTED]]),
        "blotch": blotch(result_u8, truth_u8, line_u8, areas, places[WHITE]),
        "spill": spill(result_u8, truth_u8, line_u8, places[WHITE]),
        "ink": ink_brightness(result_u8, line_u8),
    }
    errors = error_by_place(result_u8, truth_u8, places)
    found |= {f"error_{name}": error for name, error in errors.items()}
    return {name: value for name, value in found.items() if not np.isnan(value)}

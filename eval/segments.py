"""The seven-segment plan of C-FID's hint points (Section 4.5, Figure 13)."""

import numpy as np

# a corner is a quarter of the width and of the height, and so on.
HINTS_PER_CORNER = 1
HINTS_PER_WING = 2
HINTS_IN_BODY = 20
HINTS_IN_PLAN = 4 * HINTS_PER_CORNER + 2 * HINTS_PER_WING + HINTS_IN_BODY
"""Points of the seven-segment plan in all: 28."""


def seven_segment_plan(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return the 28 hint places of C-FID (Section 4.5, Figure 13), int64 (28, 2) of x, y.

    One point in each corner (a quarter of the width by a quarter of the height), two in each
    wing (a quarter of the width, the middle half of the height, left and right) and 20 in the
    body (the middle half of the width, the whole height). The paper defines squares only; for
    other sizes each side is quartered by itself.

    Args:
        size: (width, height) in pixels, each at least 4.
        rng: where the places are drawn from.
    """
    width, height = size
    xs, ys = (0, width // 4, width - width // 4, width), (0, height // 4, height - height // 4)
    left, middle, right = (xs[0], xs[1]), (xs[1], xs[2]), (xs[2], xs[3])
    top, center, bottom = (ys[0], ys[1]), (ys[1], ys[2]), (ys[2], height)
    segments = [
        (left, top, HINTS_PER_CORNER),
        (right, top, HINTS_PER_CORNER),
        (left, bottom, HINTS_PER_CORNER),
        (right, bottom, HINTS_PER_CORNER),
        (left, center, HINTS_PER_WING),
        (right, center, HINTS_PER_WING),
        (middle, (0, height), HINTS_IN_BODY),
    ]
    return np.concatenate([_places(h, v, n, rng) for h, v, n in segments])


def _places(
    horizontal: tuple[int, int], vertical: tuple[int, int], count: int, rng: np.random.Generator
) -> np.ndarray:
    """Return `count` pixels (x, y) of a segment, different if it has as many, (count, 2)."""
    width, height = horizontal[1] - horizontal[0], vertical[1] - vertical[0]
    pixels = width * height
    ys, xs = np.divmod(rng.choice(pixels, count, replace=count > pixels), width)
    return np.stack([xs + horizontal[0], ys + vertical[0]], 1)

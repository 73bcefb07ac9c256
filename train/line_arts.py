"""Line-arts extracted from color pictures, each way as often as `--lines` says (Section 3.2)."""

from collections.abc import Callable

import numpy as np

from colorizer.images import InputError
from colorizer.preprocessing.lines import DILATE_KERNELS, XDOG_SIGMAS, dilate_abs_sub, to_gray, xdog

from .options import named_numbers

EXTRACTORS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "xdog": lambda color, rng: xdog(color, float(rng.choice(XDOG_SIGMAS))),
    "dilate": lambda color, rng: dilate_abs_sub(color, int(rng.choice(DILATE_KERNELS))),
    "gray": lambda color, rng: to_gray(color),  # the gray copy of contribution three
}
"""Each takes a picture, uint8 (H, W, 3), and returns its line-art, uint8 (H, W), paper 255."""


class Extraction:
    """Draws one of the `EXTRACTORS` for each picture."""

    def __init__(self, shares: tuple[str, ...]):
        """Take texts NAME=SHARE, whatever their sum; others, or a sum of 0, raise InputError."""
        numbers = named_numbers(shares)
        for name in numbers.keys() - EXTRACTORS.keys():
            raise InputError(f"--lines has {name!r}; there are {', '.join(EXTRACTORS)}.")
        total = sum(numbers.values())
        if not total:
            raise InputError("--lines has no share above 0.")
        self.names = list(numbers)  # functions do not reach spawned workers
        self.shares = np.array(list(numbers.values())) / total

    def __call__(self, color: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a line-art of a color picture (H, W, 3), uint8 (H, W)."""
        return EXTRACTORS[self.names[rng.choice(len(self.names), p=self.shares)]](color, rng)

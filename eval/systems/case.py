"""What every system is given, and what it returns."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from colorizer.images import load_image_rgba
from colorizer.pipeline import Hints, hint_layer
from colorizer.preprocessing.lines import line_of


@dataclass(frozen=True)
class Case:
    """What a system is given: a line-art and hints as `Colorizer` takes them.

    Its name is PLAN/KIND/NAME, and that of its picture in a folder.
    """

    line: np.ndarray
    hints: Hints = None
    name: str = ""

    def decoded(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the line-art as gray (H, W) and the hints as a layer (H, W, 4), uint8."""
        line = line_of(np.asarray(load_image_rgba(self.line)))
        size = line.shape[1::-1]
        return line, hint_layer(self.hints, size, size)


System = Callable[[Case], np.ndarray]
"""Returns RGB, uint8 (H, W, 3), of the line-art's size."""

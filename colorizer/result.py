"""A colored line-art."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from .images import InputError, resize_u8, save_image
from .preprocessing.hints import Hint, draw_hints
from .regions import FullSize, Settled, colors_of, enlarge_areas


@dataclass(frozen=True)
class Colorization:
    """A colored line-art.

    image: RGB, the size of the line-art. draft: RGB, the first stage's picture, a quarter of the
    working size. line: "L", the line-art as it was colored, full size. seconds: the time taken.
    full, settled: what its layers are made of.
    """

    image: Image.Image
    draft: Image.Image
    line: Image.Image
    seconds: float
    full: FullSize | None = None
    settled: Settled | None = None

    @cached_property
    def colors(self) -> np.ndarray:
        """The colors without lines, uint8 (H, W, 3); see `areas` for errors."""
        self._check()
        return colors_of(self.settled, self.full)

    @cached_property
    def areas(self) -> np.ndarray:
        """Which of `settled.flats` each pixel has, int32 (H, W).

        Raises:
            InputError: the result was read from files, which have no layers.
        """
        self._check()
        return enlarge_areas(self.settled.areas, self.full)

    @cached_property
    def shadows(self) -> np.ndarray | None:
        """What shadows leave of the colors, uint8 (H, W, 3), or None; see `areas` for errors."""
        self._check()
        found = self.settled.shadows
        return None if found is None else resize_u8(found, self.image.size)

    def _check(self) -> None:
        if self.settled is None:
            raise InputError(
                "This result is the pictures alone; color its line-art again for its layers."
            )

    def save(self, path: str | Path) -> None:
        """Write the colored picture as `save_image` does."""
        save_image(self.image, path)

    def _repr_png_(self) -> bytes:
        """Return the colored picture as PNG: how a notebook shows it."""
        file = io.BytesIO()
        self.image.save(file, "PNG")
        return file.getvalue()

    def side_by_side(self, hints: Sequence[Hint] = ()) -> Image.Image:
        """Return the line-art with the dabs of `hints` on it, and the colored picture beside it."""
        width, height = self.image.size
        sheet = Image.new("RGB", (2 * width, height))
        sheet.paste(self.line)
        dabs = Image.fromarray(draw_hints(list(hints), (width, height)))
        sheet.paste(dabs, mask=dabs)
        sheet.paste(self.image, (width, 0))
        return sheet

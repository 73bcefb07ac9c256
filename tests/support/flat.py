"""A colorizer without a network, and what the page sends for it."""

from types import SimpleNamespace

import torch
from PIL import Image

from colorizer.ui.canvas.component import CanvasData


def paint_it(line_art, hints=None) -> SimpleNamespace:
    """Return a flat picture of the line-art's size: the first hint's color, or gray."""
    if isinstance(hints, Image.Image):
        color = hints.getpixel((0, 0))[:3]
    else:
        color = hints[0].color if hints else "#808080"
    picture = Image.new("RGB", line_art.size, color)
    return SimpleNamespace(image=picture, draft=picture.resize((32, 32)))


class FlatColorizer:
    """A colorizer for tests, without a network."""

    name, revision, device = "flat", "1234567", "cpu"
    models = {"regions": torch.nn.Identity(), "draft": torch.nn.Identity()}

    def prepare(self) -> None:
        """Do nothing; a test may put a network here."""

    def __call__(self, line_art, hints=None, rest="network", shadows="none") -> SimpleNamespace:
        """Return what `paint_it` does."""
        self.prepare()
        return paint_it(line_art, hints)


def canvas_of(path, *hints, **more) -> CanvasData:
    """Return what the page sends for a picture file and hints as dicts."""
    return CanvasData(image={"path": str(path)}, hints=list(hints), **more)

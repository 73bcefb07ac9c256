"""A colorizer without a network: instant, deterministic, and its colors follow the hints."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from colorizer import Hint
from colorizer.pipeline import working_size
from colorizer.preprocessing.hints import draw_hints
from colorizer.preprocessing.lines import to_gray
from colorizer.preprocessing.palette import reference_palette
from colorizer.regions import Regions, fill_open, find_regions, reach_cells
from colorizer.regions.ink import nearest_of

SMALL = 64


@dataclass
class FakeColorizer:
    """Fills every pixel with the color of the nearest hint and multiplies by the line-art.

    Attributes:
        delay: seconds that each run takes at least.
        gate: while it is cleared, runs wait.
        calls: (size of the line-art, hints) of each run, in order.
        last_line: the line-art of the last run.
        last_shadows: where its light came from.
    """

    name: str = "fake"
    revision: str = "abc1234"
    device: str = "cpu"
    delay: float = 0.0
    calls: list[tuple[tuple[int, int], Any]] = field(default_factory=list)
    last_line: Image.Image | None = None
    last_shadows: str = ""
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def __call__(
        self,
        line_art: Image.Image,
        hints: Any = None,
        rest: str = "network",
        shadows: str = "none",
    ) -> "FakeResult":
        """Return an object with the attributes of a Colorization that the page reads."""
        assert rest == "automatic"
        self.calls.append((line_art.size, hints))
        self.last_line, self.last_shadows = line_art, shadows
        self.gate.wait(60)
        time.sleep(self.delay)
        if isinstance(hints, Image.Image):
            colors = hints.convert("RGB")
        else:
            colors = nearest_colors(hints or [], line_art.size)
        line = np.asarray(line_art.convert("L"), np.float32)[:, :, None] / 255
        image = Image.fromarray((np.asarray(colors, np.float32) * line).astype(np.uint8))
        image.info = line_art.info  # its dpi, as a colorizer keeps it
        return FakeResult(
            image, image.resize((SMALL, SMALL)), line_art.convert("L"), np.asarray(colors), hints
        )

    def deal(self, line_art: Image.Image, hints: Sequence[Hint] = (), **deal: Any) -> list[Hint]:
        """Return the hints and automatic ones, as a colorizer without region network does."""
        line = to_gray(np.asarray(line_art.convert("RGB")))
        regions = find_regions(line, None)
        layer = draw_hints(list(hints), line_art.size)
        return [*hints, *fill_open(regions, reach_cells(regions, layer), **deal)]

    def reference(self, picture: Image.Image) -> dict[str, Any]:
        """Return the palette of a reference picture, in which there is no figure."""
        return {"palette": reference_palette(np.asarray(picture)), "parts": {}}

    def regions_of(self, line_art: Image.Image) -> Regions:
        """Return the regions by ink alone, at the working size."""
        small = line_art.convert("L").resize(working_size(*line_art.size))
        return find_regions(np.asarray(small), None)


@dataclass
class FakeResult:
    """What the page reads of a Colorization; its areas are what ink closes."""

    image: Image.Image
    draft: Image.Image
    line: Image.Image
    colors: np.ndarray
    hints: Any
    shadows: None = None

    @cached_property
    def areas(self) -> np.ndarray:
        """Return the area of each pixel, int (H, W)."""
        opened = find_regions(np.asarray(self.line), None).open
        return opened.ravel()[nearest_of(opened > 0)]

    @property
    def settled(self) -> SimpleNamespace:
        """Return the median color of each area, white in those left bare, and which are."""
        count = int(self.areas.max()) + 1
        flats = np.full((count, 3), 255, np.uint8)
        for area in np.unique(self.areas):
            flats[area] = np.median(self.colors[self.areas == area], 0)
        white = [h for h in self.hints if h.color == "#ffffff"]
        bare = np.isin(np.arange(count), [self.areas[int(h.y), int(h.x)] for h in white])
        return SimpleNamespace(flats=flats, bare=bare, parts=np.zeros((SMALL, SMALL), int))


def nearest_colors(hints: Sequence[Any], size: tuple[int, int]) -> Image.Image:
    """Return RGB of `size` = (width, height): at each pixel the color of the nearest hint."""
    if not hints:
        return Image.new("RGB", size, "#c9d8ef")
    step = np.arange(SMALL) + 0.5
    places = np.array([(h.x * SMALL / size[0], h.y * SMALL / size[1]) for h in hints])
    reach = (step[None, :, None] - places[:, 0]) ** 2 + (step[:, None, None] - places[:, 1]) ** 2
    rgb = np.array([tuple(bytes.fromhex(h.color[1:])) for h in hints], np.uint8)
    return Image.fromarray(rgb[reach.argmin(-1)]).resize(size, Image.Resampling.NEAREST)

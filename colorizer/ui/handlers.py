"""What the page's scripts ask the model for. The public ones are also endpoints for programs.

The package's torch side is imported inside the functions: the page must paint before torch is in.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradio.data_classes import FileData
from PIL import Image

from .areas import areas_of
from .canvas.component import CanvasData
from .engine import Engine, paint
from .gpu import on_gpu
from .inputs import NO_LINE_ART, read_canvas, read_picture, shown, told
from .result.component import Colored, store_picture
from .stopping import Stopped, Stops

if TYPE_CHECKING:
    from ..result import Colorization


class Handlers:
    """The page's functions around one engine; `cache` is the folder for pictures."""

    def __init__(self, engine: Engine, cache: Path) -> None:
        """Take the model, and the folder for pictures made on the way."""
        self.engine = engine
        self.cache = cache
        self.stops = Stops()
        self._paint = on_gpu(self._paint)
        self._find_areas = on_gpu(self._find_areas)

    def colorize(self, canvas: CanvasData) -> Colored | None:
        """Color the line-art of `canvas` with its hints, the rest with automatic colors.

        Args:
            canvas: {"image": a file, "hints": [{"x", "y", "r", "color"}, ...]} in pixels of the
                image, colors as "#rrggbb"; "settings" may have {"shadows": "left", "above" or
                "right"}, where the light comes from; the other fields serve the page.

        Returns: None if the page stopped this run.

        Raises:
            gr.Error: no line-art, an unreadable or too large one, bad hints or shadows, or no
                model.
        """
        picture, hints, name = read_canvas(canvas)
        start = time.perf_counter()
        try:
            with self.stops.watching(canvas.tab, canvas.turn):
                colored = self.color(picture, hints, canvas.shadows)
        except Stopped:
            return None
        return Colored(
            image=colored.image,
            draft=colored.draft,
            line_art=FileData(path=canvas.image.path, orig_name=f"{name}.png"),
            name=name,
            hints=hints,
            seconds=time.perf_counter() - start,
            shadows=canvas.shadows,
        )

    def color(self, picture: Image.Image, hints: Any, shadows: str = "none") -> "Colorization":
        """Return a line-art colored; see `Colorizer`.

        Raises:
            gr.Error: the picture, the hints or the shadows cannot be used, or no model.
        """
        with told():
            self.stops.hook(self.engine.colorizer())
            return self.engine.run(self._paint, picture, hints, shadows)

    def _deal(self, picture: Image.Image, hints: list, seed: int) -> list:
        with told():
            return self.engine.run(lambda: self.engine.colorizer().deal(picture, hints, seed=seed))

    def _paint(self, picture: Image.Image, hints: Any, shadows: str) -> "Colorization":
        return paint(self.engine.colorizer(), picture, hints, shadows)

    def colorize_image(self, line_art: bytes | None, hint_layer: bytes | None) -> Image.Image:
        """Color a line-art file with the colors of an RGBA layer of the same size.

        Args:
            line_art: a PNG, JPEG or WebP.
            hint_layer: strokes, transparent where there is no hint, for automatic colors.

        Returns: the colored drawing, RGB, the size of the line-art.

        Raises:
            gr.Error: no line-art, one or a layer that is unreadable or too large, a layer of
                another size, or no model.
        """
        from ..images import load_image, load_image_rgba

        if not line_art:
            raise shown(NO_LINE_ART)
        with told():
            picture = load_image(line_art, "the line-art")
            layer = load_image_rgba(hint_layer, "the hint layer") if hint_layer else None
        if hint_layer and layer.size != picture.size:
            raise shown(f"The hint layer is {_size(layer)}; the line-art is {_size(picture)}.")
        return self.color(picture, layer).image

    def info(self) -> dict[str, Any]:
        """Return the model's name, revision and device, and which networks it has."""
        with told():
            colorizer = self.engine.colorizer()
        return {
            "name": colorizer.name,
            "revision": colorizer.revision,
            "device": str(colorizer.device),
            "networks": sorted(getattr(colorizer, "models", ())),
        }

    def model(self, _: None = None) -> Iterator[dict[str, str]]:
        """Yield `Engine.state()` while the model loads, and again when it has."""
        yield self.engine.state()
        if self.engine.state()["state"] == "loading":
            self.engine.wait()
            yield self.engine.state()

    def stop(self, request: dict[str, Any]) -> None:
        """Stop the turns of the page "tab" up to "turn"."""
        self.stops.stop(str(request["tab"])[:64], int(request["turn"]))

    def vary(self, canvas: CanvasData) -> Iterator[dict[str, Any]]:
        """Yield one, two, three, four alternatives with other colors in the open regions.

        Each is {"items": [{"image", "hints"}, ...], "width", "height", "kept"}: pictures at the
        working size, hints in pixels of the line-art; the first `kept` of them are the user's own.

        Raises:
            gr.Error: as for `colorize`.
        """
        import numpy as np

        from ..images import resize_u8
        from ..preprocessing.hints import hints_to_json, parse_hints
        from ..preprocessing.lines import to_gray
        from ..working import working_size
        from .alternatives import VARIATIONS

        picture, hints, name = read_canvas(canvas)
        hints = hints[: canvas.kept]
        line = to_gray(np.asarray(picture))
        # colored at the working size: these are thumbnails until one of them is taken
        small = Image.fromarray(resize_u8(line, working_size(*picture.size)))
        items = []
        for seed in range(1, VARIATIONS + 1):
            dealt = hints_to_json(self._deal(picture, hints, seed), picture.size)
            try:
                with self.stops.watching(canvas.tab, canvas.turn):
                    colored = self.color(small, parse_hints(dealt, small.size), canvas.shadows)
            except Stopped:
                return
            image = store_picture(colored.image, self.cache, f"{name}-variation-{seed}")
            items.append({"image": image.model_dump(), "hints": dealt["hints"]})
            size = {"width": picture.width, "height": picture.height}
            yield {"items": items, "kept": len(hints), **size}

    def areas(self, canvas: CanvasData) -> dict[str, str]:
        """Return the areas of the canvas's line-art as `areas_of` does.

        Raises:
            gr.Error: no picture, or an unreadable or too large one, or no model.
        """
        picture, _ = read_picture(canvas.image)
        with told():
            return self.engine.run(self._find_areas, picture)

    def _find_areas(self, picture: Image.Image) -> dict[str, str]:
        return areas_of(self.engine.colorizer(), picture)

    def prepare_line(self, canvas: CanvasData) -> dict[str, Any]:
        """Return a line-art of the canvas's picture, as its `kind` says, as a stored file.

        Raises:
            gr.Error: no picture, or an unreadable or too large one.
        """
        import numpy as np

        from ..preprocessing.scan import clean_scan, extract_lines

        picture, name = read_picture(canvas.image)
        prepare = {"scan": clean_scan, "colors": extract_lines}[canvas.kind]
        line = Image.fromarray(prepare(np.asarray(picture)))
        line.info = picture.info  # its dpi
        return store_picture(line, self.cache, Path(name).stem).model_dump()


def _size(picture: Image.Image) -> str:
    return f"{picture.width}x{picture.height}"

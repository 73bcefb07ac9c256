"""What the page's events call. The public ones are also endpoints for programs.

The package's torch side is imported inside the functions: the page must paint before torch is in.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from .canvas import CanvasData, HintPoint, status_html
from .engine import Engine, ModelUnavailableError
from .examples import Example
from .gpu import on_gpu
from .relays import PreparedLine, Variation, Variations
from .result import Colored, store_picture
from .stopping import Stopped, Stops

if TYPE_CHECKING:
    from ..pipeline import Colorization
    from ..preprocessing.hints import Hint

NO_LINE_ART = "Open or draw a line-art first."


class Handlers:
    """The page's event handlers around one engine and one list of examples."""

    def __init__(self, engine: Engine, examples: list[Example], cache: Path | None = None) -> None:
        """Take the model, the examples, and the folder for pictures made on the way."""
        self.engine = engine
        self.examples = examples
        self.cache = cache
        self.stops = Stops()
        self._paint = on_gpu(self._paint)

    def colorize(self, canvas: CanvasData, request: gr.Request | None = None) -> Colored:
        """Color the line-art of `canvas` with its hints; no hints means automatic colors.

        Args:
            canvas: {"image": a file, "hints": [{"x", "y", "r", "color"}, ...]} in pixels of the
                image, colors as "#rrggbb"; the other fields serve the page.
            request: given by gradio.

        Raises:
            gr.Error: no line-art, an unreadable or too large one, bad hints, or no model.
        """
        picture, hints, name = _read(canvas)
        start = time.perf_counter()
        try:
            with self.stops.watching(_session(request), canvas.turn):
                colored = self._color(picture, hints or "automatic")
        except Stopped:
            return gr.skip()
        return Colored(
            image=colored.image,
            draft=colored.draft,
            line_art=canvas.image,
            name=name,
            hints=hints,
            seconds=time.perf_counter() - start,
            turn=canvas.turn,
        )

    def _color(self, picture: Image.Image, hints: Any) -> "Colorization":
        from ..images import InputError

        try:
            self.stops.hook(self.engine.colorizer())
            return self._paint(picture, hints)
        except (InputError, ModelUnavailableError) as error:
            raise _shown(str(error)) from error

    def _paint(self, picture: Image.Image, hints: Any) -> "Colorization":
        return self.engine.colorizer()(picture, hints)

    def colorize_image(self, line_art: str | None, hint_layer: Image.Image | None) -> Image.Image:
        """Color a line-art file with the colors of an RGBA layer of the same size.

        Args:
            line_art: path of a PNG, JPEG or WebP.
            hint_layer: RGBA strokes, transparent where there is no hint; None for automatic colors.

        Returns: the colored drawing, RGB, the size of the line-art.

        Raises:
            gr.Error: no line-art, an unreadable or too large one, a layer of another size, or no
                model.
        """
        if not line_art:
            raise _shown(NO_LINE_ART)
        picture = _loaded(Path(line_art))
        if hint_layer is not None and hint_layer.size != picture.size:
            raise _shown(
                f"The hint layer is {_size(hint_layer)}; the line-art is {_size(picture)}."
            )
        return self._color(picture, "automatic" if hint_layer is None else hint_layer).image

    def info(self) -> dict[str, str]:
        """Return the model's name, revision and device."""
        try:
            colorizer = self.engine.colorizer()
        except ModelUnavailableError as error:
            raise _shown(str(error)) from error
        return {
            "name": colorizer.name,
            "revision": colorizer.revision,
            "device": str(colorizer.device),
        }

    def stop(self, canvas: CanvasData, request: gr.Request) -> None:
        """Stop the turns that the canvas does not want any more."""
        self.stops.stop(_session(request), canvas.stopped)

    def leave(self, request: gr.Request) -> None:
        """Stop what a page that was closed has started, and forget it."""
        self.stops.forget(_session(request))

    def vary(self, canvas: CanvasData, request: gr.Request | None = None) -> Iterator[Variations]:
        """Yield one, two, three, four alternatives with other colors in the open regions.

        Raises:
            gr.Error: as for `colorize`.
        """
        import numpy as np

        from ..images import resize_u8
        from ..pipeline import working_size
        from ..preprocessing.lines import to_gray
        from .alternatives import VARIATIONS, dealt_hints

        picture, hints, name = _read(canvas)
        hints = hints[: canvas.kept]
        line = to_gray(np.asarray(picture))
        # colored at the working size: these are thumbnails until one of them is taken
        small = Image.fromarray(resize_u8(line, working_size(*picture.size)))
        done = Variations(
            width=picture.width, height=picture.height, kept=len(hints), turn=canvas.turn
        )
        for seed in range(1, VARIATIONS + 1):
            dealt = dealt_hints(line, hints, seed=seed)
            try:
                with self.stops.watching(_session(request), canvas.turn):
                    colored = self._color(small, _shrunk(dealt, picture.size, small.size))
            except Stopped:
                return
            image = store_picture(colored.image, self.cache, f"{name}-variation-{seed}")
            points = [HintPoint(x=h.x, y=h.y, r=h.r, color=h.color) for h in dealt]
            done.items.append(Variation(image=image, hints=points))
            yield done

    def prepare_line(self, canvas: CanvasData) -> PreparedLine:
        """Return a line-art of the canvas's `source`, as its `kind` says.

        Raises:
            gr.Error: no picture, or an unreadable or too large one.
        """
        import numpy as np

        from ..preprocessing.scan import clean_scan, extract_lines

        if canvas.source is None:
            raise _shown(NO_LINE_ART)
        path = Path(canvas.source.path)
        name = Path(canvas.source.orig_name or path.name)
        picture = _loaded(path, name.name)
        prepare = {"scan": clean_scan, "colors": extract_lines}[canvas.kind]
        line = Image.fromarray(prepare(np.asarray(picture)))
        image = store_picture(line, self.cache, name.stem)
        return PreparedLine(image=image, kind=canvas.kind, turn=canvas.turn)

    def watch_model(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield badge and canvas update while the model loads, and again when it has."""
        yield self._model_updates()
        if self.engine.state()["state"] == "loading":
            self.engine.wait()
            yield self._model_updates()

    def _model_updates(self) -> tuple[str, dict[str, Any]]:
        state = self.engine.state()
        return status_html(state), gr.update(model=state)

    def open_example(self, event: gr.SelectData) -> dict[str, Any]:
        """Return the canvas value of the example that was clicked."""
        example = self.examples[int(event.index)]
        picture = {"path": str(example.picture), "orig_name": example.picture.name}
        return {"image": picture, "run": True, **example.hints}


def read_hints(request: dict[str, Any]) -> dict[str, Any]:
    """Return {"hints": [...]} scaled to the canvas, or {"error": sentence}, for the page's script.

    Args:
        request: "text" of the file, its "name", and "width" and "height" of the canvas in pixels.
    """
    from ..images import InputError
    from ..preprocessing.hints import hints_to_json, parse_hints

    size = (int(request["width"]), int(request["height"]))
    try:
        return hints_to_json(parse_hints(request["text"], size), size)
    except InputError as error:
        return {"error": f"Cannot use {request['name']}: {error}"}


def _read(canvas: CanvasData) -> tuple[Image.Image, list["Hint"], str]:
    """Return the canvas's picture, its hints in pixels of that picture, and its bare name."""
    from ..images import InputError
    from ..preprocessing.hints import parse_hints

    if canvas.image is None:
        raise _shown(NO_LINE_ART)
    path = Path(canvas.image.path)
    name = canvas.image.orig_name or path.name
    picture = _loaded(path, name)
    try:
        hints = parse_hints(_hints_object(canvas, picture.size), picture.size)
    except InputError as error:
        raise _shown(str(error)) from error
    return picture, hints, Path(name).stem


def _loaded(path: Path, name: str | None = None) -> Image.Image:
    from ..images import InputError, load_image

    try:
        return load_image(path, name)
    except InputError as error:
        raise _shown(str(error)) from error


def _hints_object(canvas: CanvasData, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "width": canvas.width or size[0],
        "height": canvas.height or size[1],
        "hints": [hint.model_dump() for hint in canvas.hints],
    }


def _shrunk(hints: list["Hint"], size: tuple[int, int], small: tuple[int, int]) -> list["Hint"]:
    from ..preprocessing.hints import hints_to_json, parse_hints

    return parse_hints(hints_to_json(hints, size), small)


def _session(request: gr.Request | None) -> str:
    return str(getattr(request, "session_hash", None) or "")


def _size(picture: Image.Image) -> str:
    return f"{picture.width}x{picture.height}"


def _shown(message: str) -> gr.Error:
    return gr.Error(message, print_exception=False)

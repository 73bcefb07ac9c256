"""What the page's events call. Every function is also an endpoint for programs.

The package's torch side is imported inside the functions: the page must paint before torch is in.
"""

import time
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from .canvas import CanvasData, status_html
from .engine import Engine, ModelUnavailableError
from .examples import Example
from .result import Colored

NO_LINE_ART = "Open or draw a line-art first."


class Handlers:
    """The page's event handlers around one engine and one list of examples."""

    def __init__(self, engine: Engine, examples: list[Example]) -> None:
        self.engine = engine
        self.examples = examples

    def colorize(self, canvas: CanvasData) -> Colored:
        """Color the line-art of `canvas` with its hints; no hints means automatic colors.

        Raises:
            gr.Error: no line-art, an unreadable or too large one, bad hints, or no model.
        """
        from ..images import InputError, load_image
        from ..preprocessing.hints import parse_hints

        if canvas.image is None:
            raise _shown(NO_LINE_ART)
        path = Path(canvas.image.path)
        name = canvas.image.orig_name or path.name
        try:
            picture = load_image(path, name)
            hints = parse_hints(_hints_object(canvas, picture.size), picture.size)
            return self._run(picture, hints, canvas, Path(name).stem)
        except (InputError, ModelUnavailableError) as error:
            raise _shown(str(error)) from error

    def _run(self, picture: Image.Image, hints: list, canvas: CanvasData, name: str) -> Colored:
        colorizer = self.engine.colorizer()
        start = time.perf_counter()
        colored = colorizer(picture, hints or "automatic")
        return Colored(
            image=colored.image,
            draft=colored.draft,
            line_art=canvas.image,
            name=name,
            hints=len(hints),
            seconds=time.perf_counter() - start,
        )

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
        from ..images import InputError, load_image

        if not line_art:
            raise _shown(NO_LINE_ART)
        try:
            picture = load_image(Path(line_art))
            if hint_layer is not None and hint_layer.size != picture.size:
                raise InputError(
                    f"The hint layer is {_size(hint_layer)}; the line-art is {_size(picture)}."
                )
            return self.engine.colorizer()(picture, hint_layer).image
        except (InputError, ModelUnavailableError) as error:
            raise _shown(str(error)) from error

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

    def watch_model(self):
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


def _hints_object(canvas: CanvasData, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "width": canvas.width or size[0],
        "height": canvas.height or size[1],
        "hints": [hint.model_dump() for hint in canvas.hints],
    }


def _size(picture: Image.Image) -> str:
    return f"{picture.width}x{picture.height}"


def _shown(message: str) -> gr.Error:
    return gr.Error(message, print_exception=False)

"""What a notebook's later cells read of a page that an earlier one opened."""

from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from .canvas.component import CanvasData
from .engine import Engine, paint
from .files import color_again, read_result
from .inputs import hints_object
from .result.component import ResultData

if TYPE_CHECKING:
    from ..layers import Layer
    from ..preprocessing.hints import Hint
    from ..result import Colorization


class ShownPage:
    """The page that `show` opened, and what is on it now."""

    def __init__(self, opened: CanvasData, engine: Engine) -> None:
        """Take what the page begins with, and what colors."""
        self.opened = self._canvas = opened
        self._engine = engine
        self._result: ResultData | None = None
        self._page: gr.Blocks | None = None

    @property
    def hints(self) -> list["Hint"]:
        """The hints on the canvas at this moment, in pixels of the line-art."""
        from ..preprocessing.hints import parse_hints

        return parse_hints(hints_object(self._canvas, (1, 1)))

    @property
    def result(self) -> "Colorization | None":
        """The result that the page shows at this moment; None: it shows none.

        While it colors, that is the one before.

        Raises:
            InputError: it is older than a day, and its pictures have been removed.
        """
        return self._result and read_result(self._result)

    def layers(self, by_color: bool = False) -> "list[Layer]":
        """Return the layers of the result, as the page saves them; see `picture_layers`.

        Its line-art is colored once more. `write_ora` and `write_psd` make a file of them.

        Raises:
            InputError: the page shows no result, or its line-art is older than a day and removed.
            ModelUnavailableError: the colorizer could not be loaded.
        """
        from ..images import InputError
        from ..layers import picture_layers

        if self._result is None:
            raise InputError("The page shows no result yet.")
        color = partial(self._engine.run, paint, self._engine.colorizer())
        colored, hints = color_again(self._result, color)
        return picture_layers(colored, hints, by_color)

    @property
    def url(self) -> str:
        """The page's address on the notebook's machine."""
        return self._page.local_url

    def close(self) -> None:
        """Stop serving the page; hints and result stay."""
        self._page.close(verbose=False)

    def __repr__(self) -> str:
        """Return the page's address and what is on it, for the end of a cell."""
        state = "colored" if self._result else "not colored"
        return f"<the page at {self.url}; hints: {len(self._canvas.hints)}; {state}>"

    def hear_hints(self, canvas: CanvasData) -> None:
        """Take the canvas as it is now; the page tells."""
        self._canvas = canvas

    def hear_result(self, result: ResultData | None) -> None:
        """Take the result as it is now; the page tells."""
        self._result = result

    def launch(self, page: gr.Blocks, root_path: str, **options: Any) -> None:
        """Serve the page and display it: under `root_path`, or where gradio would if it is ""."""
        page.launch(
            inline=False if root_path else None,
            prevent_thread_lock=True,
            quiet=True,
            footer_links=[],
            ssr_mode=False,
            **options,
        )
        self._page = page
        if root_path:
            from IPython.display import IFrame, display

            path = root_path.format(port=page.server_port).rstrip("/")
            page.root_path = page.app.root_path = path
            display(IFrame(f"{path}/", "100%", options["height"]))

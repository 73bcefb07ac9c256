"""The page in a notebook's cell."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from gradio.utils import get_upload_folder

from .canvas.component import CanvasData
from .engine import ColorizerLike, Engine
from .page.page import build_page
from .result.component import store_picture
from .shown import ShownPage

if TYPE_CHECKING:
    from ..images import ImageSource
    from ..preprocessing.hints import Hint

HEIGHTS = (460, 640)
"""Lowest and highest cell in pixels; up to 650 the page stands side by side (page/low.css)."""
BARS, SHARE = 226, 341
"""In a cell 830 wide: height of what is above and below the drawing, width of the drawing."""


def show(
    colorizer: ColorizerLike | Engine,
    line_art: "ImageSource | None" = None,
    hints: Sequence["Hint"] = (),
    *,
    height: int | None = None,
    root_path: str | None = None,
    share: bool = False,
) -> ShownPage:
    """Open the page in a notebook's cell and return what is on it, for the next cells.

        page = app.show(colorizer, "line.png")  # one cell
        page.hints, page.result, page.layers()  # another, after some dabs

    What works where: JupyterLab, Notebook and VS Code on the machine that the browser runs on, or
    with the page's port forwarded, open the page at 127.0.0.1. Behind a proxy where no second port
    is reached, `root_path` names the way: on a JupyterHub and Binder it is found by itself, and
    needs jupyter-server-proxy there. Colab passes the page on by itself. Where none of that is
    possible, such as in VS Code in a browser or on Kaggle, `share=True` makes a public link. Tried
    in JupyterLab, with and without that proxy; not tried in VS Code, Colab and Kaggle.
    The page lives as long as the kernel: in a notebook that is opened again, run the cell again.

    Args:
        colorizer: a colorizer, or an engine that loads one.
        line_art: what the page opens with, as `load_image` takes it; None: an empty canvas.
        hints: the dabs that it opens with, in pixels of the line-art.
        height: of the cell, in pixels; None: such that the line-art fits.
        root_path: the path under which the notebook's server passes the page on, with {port} for
            its port, as "/proxy/{port}"; None: that of a JupyterHub, "" elsewhere.
        share: make a public link through gradio.live, and show the page from there.

    Raises:
        InputError: no picture, a damaged or a too large one.
    """
    hub = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if root_path is None:
        root_path = f"{hub}proxy/{{port}}" if hub and not share else ""
    opened = _opened(line_art, hints)
    engine = colorizer if isinstance(colorizer, Engine) else Engine.holding(colorizer)
    shown = ShownPage(opened, engine)
    size = (opened.width or 4, opened.height or 3)
    page = build_page(engine, shown)
    shown.launch(page, root_path, height=height or _fitting(size), share=share)
    return shown


def _opened(line_art: "ImageSource | None", hints: Sequence["Hint"]) -> CanvasData:
    """Return what the page begins with; its `given` sets it apart from all others."""
    from ..images import load_image
    from ..preprocessing.hints import hints_to_json

    if line_art is None:
        return CanvasData(given=uuid4().hex)
    picture = load_image(line_art)
    name = Path(line_art).stem if isinstance(line_art, str | Path) else "line-art"
    image = store_picture(picture, Path(get_upload_folder()), name)
    dabs = hints_to_json(list(hints), picture.size)
    return CanvasData(image=image, given=uuid4().hex, **dabs)


def _fitting(size: tuple[int, int]) -> int:
    """Return the height of a cell in which a drawing of `size` = (width, height) is large."""
    lowest, highest = HEIGHTS
    return min(highest, max(lowest, BARS + SHARE * size[1] // size[0]))

"""The result as files for painting programs."""

import time
from pathlib import Path
from uuid import uuid4

import gradio as gr
import numpy as np
from gradio.data_classes import FileData
from PIL import Image

from .relays import SavedFile
from .result import ResultData

ENDINGS = {"colors": "-colors.png", "ora": ".ora", "psd": ".psd"}


def save_result(result: ResultData, cache: Path) -> SavedFile:
    """Write the result as the file that its `kind` names, into the page's cache.

    Raises:
        gr.Error: another kind, or the result's pictures have been swept from the cache.
    """
    from ..images import InputError, load_image
    from ..layers import color_only, picture_layers, write_ora, write_psd
    from ..pipeline import Colorization
    from ..preprocessing.hints import Hint
    from ..preprocessing.lines import to_gray

    if result is None or result.kind not in ENDINGS:
        raise gr.Error("There is no result to save yet.", print_exception=False)
    try:
        image, draft, line = (
            load_image(Path(file.path)) for file in (result.image, result.draft, result.line_art)
        )
    except InputError as error:
        raise gr.Error(f"{error} Colorize it again.", print_exception=False) from error
    line = Image.fromarray(to_gray(np.asarray(line)))
    colored = Colorization(image, draft, line, result.seconds)
    name = Path(result.name).name  # it comes from the page: no folders
    path = Path(cache) / uuid4().hex / f"{name}{ENDINGS[result.kind]}"
    path.parent.mkdir(parents=True)
    if result.kind == "colors":
        color_only(colored).save(path)
    else:
        hints = [Hint(p.x, p.y, p.r, p.color) for p in result.points]
        write = write_ora if result.kind == "ora" else write_psd
        write(path, picture_layers(colored, hints))
    return SavedFile(file=FileData(path=str(path), orig_name=path.name), stamp=time.time())

"""What needs no checkpoint: other ways to a picture, and folders of pictures."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from colorizer.images import SUFFIXES, InputError, load_image, resize_u8
from colorizer.regions import find_regions, multiply, walk_hints
from colorizer.working import hint_layer

from ..drawings import Case, System
from ..metrics import INK_BELOW, on_paper

GMIC_COMMAND = (
    "to_rgb[-1] fx_colorize_lineart_smart 1,95,0,0,1,24,200,0,75,2,60,20,90,1,10,1 keep[-1]"
)
"""G'MIC's smart coloring with its defaults, fed with spots; its last output is the colors."""


def line_alone(case: Case) -> np.ndarray:
    """Return the line-art itself."""
    return cv2.cvtColor(case.decoded()[0], cv2.COLOR_GRAY2RGB)


def nearest(case: Case) -> np.ndarray:
    """Return the color of the nearest hint, darkened by the line-art; the line-art without any."""
    line, layer = case.decoded()
    free = layer[:, :, 3] == 0
    if free.all():
        return line_alone(case)
    _, labels = cv2.distanceTransformWithLabels(
        free.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE, labelType=cv2.DIST_LABEL_PIXEL
    )
    palette = np.zeros((labels.max() + 1, 3), np.uint8)
    palette[labels[~free]] = layer[~free, :3]
    return multiply(palette[labels], line)


def spread(case: Case) -> np.ndarray:
    """Return our hints, spread by ink alone and darkened by the line-art: no network."""
    line, layer = case.decoded()
    flow = walk_hints(find_regions(line, None), layer)
    return multiply(flow.palette[flow.labels], line) if len(flow.palette) else line_alone(case)


def gmic(case: Case) -> np.ndarray:
    """Return G'MIC's smart coloring, darkened by the line-art.

    Hints on ink are left out, which is better for it; without any the line-art comes back.

    Raises:
        InputError: the Python package gmic is not installed.
    """
    module, interpreter = find_gmic()
    line, layer = case.decoded()
    if isinstance(case.hints, list):
        layer = hint_layer(on_paper(case.hints, line), line.shape[::-1], line.shape[::-1])
    layer[line < INK_BELOW] = 0
    if not layer[:, :, 3].any():
        return line_alone(case)
    # gmic's own order is x, y, z, channel
    planes = [layer.transpose(1, 0, 2)[:, :, None], line.T[:, :, None, None]]
    pictures = [module.Image(np.ascontiguousarray(plane, np.float32)) for plane in planes]
    spots = interpreter.run(GMIC_COMMAND, module.ImageList(pictures))
    color = spots[0].as_numpy()[:, :, 0, :3].transpose(1, 0, 2)
    return multiply(color.clip(0, 255).astype(np.uint8), line)


@cache
def find_gmic():
    """Return G'MIC's Python module and an interpreter; see `gmic`."""
    try:
        import gmic as module
    except ImportError as error:
        text = "To compare with gmic, run pip install -r eval/requirements.txt first."
        raise InputError(text) from error
    return module, module.Gmic()


PEERS: dict[str, System] = {"line": line_alone, "nearest": nearest, "spread": spread, "gmic": gmic}
"""What needs no checkpoint."""


class Folder:
    """Any tool's pictures: ROOT/PLAN/KIND/NAME or else ROOT/NAME, any format and size."""

    def __init__(self, root: Path):
        self.root = root

    def find(self, name: str) -> Path:
        """Return the picture of the case that has this name; InputError if there is none."""
        stems = self.root / name, self.root / name.split("/", 2)[-1]
        for stem in stems:
            for suffix in sorted(SUFFIXES):
                path = stem.with_name(stem.name + suffix)
                if path.is_file():
                    return path
        raise InputError(f"--against has no picture {stems[0]}.* and no {stems[1]}.*")

    def __call__(self, case: Case) -> np.ndarray:
        """Return the picture of a case, resized if it has another size."""
        picture = np.asarray(load_image(self.find(case.name)))
        return resize_u8(picture, case.line.shape[1::-1])


def folders_named(texts: Iterable[str], taken: Iterable[str] = ()) -> dict[str, Folder]:
    """Return the folders of --against by the last part of their paths, each name once."""
    folders: dict[str, Folder] = {}
    for path in map(Path, texts):
        name = path.resolve().name
        if name in folders or name in taken:
            raise InputError(f"--against has a second {name!r}; wanted are folders of other names.")
        folders[name] = Folder(path)
    return folders

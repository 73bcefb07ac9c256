"""What the fidelity report measures: the colorizer, its peers, and pictures of any other tool."""

import inspect
from pathlib import Path

import numpy as np

from colorizer.images import SUFFIXES, InputError, load_image, resize_u8
from colorizer.pipeline import Colorizer

from .drawings import SIDE, Drawing
from .peers import System, peers_named

OURS, PAINTED = "ours", "ours-painted"
"""The colorizer as it is, and with the paper's repainted lines."""


def ours(colorizer: Colorizer) -> System:
    """Return the colorizer as a function like its peers."""
    return lambda line, hints: np.asarray(colorizer(line, hints).image)


def ours_painted(colorizer: Colorizer | None) -> System:
    """Return the colorizer with painted lines as a function like its peers.

    Raises:
        InputError: there is no colorizer, or it knows one manner of lines only.
    """
    if colorizer is None:
        raise InputError(f"--compare has {PAINTED}, which needs a --checkpoint.")
    if "lines" not in inspect.signature(type(colorizer).__call__).parameters:
        raise InputError(f"--compare has {PAINTED}, but this colorizer has no choice of lines.")
    return lambda line, hints: np.asarray(colorizer(line, hints, lines="painted").image)


def systems_named(names: list[str], colorizer: Colorizer | None) -> dict[str, System]:
    """Return the peers, then the colorizer if there is one, by name.

    Args:
        names: peers, and perhaps `ours-painted`.
        colorizer: None leaves it out.

    Raises:
        InputError: an unknown name, or one that cannot be had.
    """
    systems = peers_named([name for name in names if name != PAINTED])
    systems |= {OURS: ours(colorizer)} if colorizer else {}
    return systems | ({PAINTED: ours_painted(colorizer)} if PAINTED in names else {})


def picture_path(root: Path, drawing: Drawing, plan: str) -> Path:
    """Return where a tool's picture of a drawing is, without the ending of its name.

    That is ROOT/PLAN/KIND/NAME, as --pictures writes them, the plan with "-" for ":".
    """
    return root / plan.replace(":", "-") / drawing.kind / Path(drawing.name).with_suffix("")


def find_picture(root: Path, drawing: Drawing, plan: str) -> Path:
    """Return a tool's picture of a drawing: ROOT/PLAN/KIND/NAME or else ROOT/NAME, any format.

    Raises:
        InputError: there is none.
    """
    stems = picture_path(root, drawing, plan), root / Path(drawing.name).with_suffix("")
    for stem in stems:
        for suffix in sorted(SUFFIXES):
            path = stem.with_name(stem.name + suffix)
            if path.is_file():
                return path
    raise InputError(f"--against has no picture {stems[0]}.* and no {stems[1]}.*")


def load_picture(root: Path, drawing: Drawing, plan: str) -> np.ndarray:
    """Return a tool's picture of a drawing, uint8 (512, 512, 3), resized if it has another size."""
    return resize_u8(np.asarray(load_image(find_picture(root, drawing, plan))), (SIDE, SIDE))

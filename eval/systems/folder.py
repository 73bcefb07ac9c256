"""Pictures of any other tool, as a system."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from colorizer.images import SUFFIXES, InputError, load_image, resize_u8

from .case import Case


class Folder:
    """Any tool's pictures: ROOT/PLAN/KIND/NAME or else ROOT/NAME, any format and size."""

    def __init__(self, root: Path):
        self.root = root

    def find(self, name: str) -> Path:
        """Return the picture of the case that has this name.

        Raises:
            InputError: there is none.
        """
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
    """Return the folders of --against by the last part of their paths.

    Raises:
        InputError: two of one name, or one that a system has.
    """
    folders: dict[str, Folder] = {}
    for path in map(Path, texts):
        name = path.resolve().name
        if name in folders or name in taken:
            raise InputError(f"--against has a second {name!r}; wanted are folders of other names.")
        folders[name] = Folder(path)
    return folders

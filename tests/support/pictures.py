"""Pictures that the tests write into folders."""

from pathlib import Path

from PIL import Image


def write_pictures(folder: Path, make, seeds, size=(512, 512)) -> Path:
    """Write the pictures that `make` (width, height, seed) makes as SEED.png; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        Image.fromarray(make(*size, seed)).save(folder / f"{seed}.png")
    return folder

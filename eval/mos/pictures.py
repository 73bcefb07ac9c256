"""The pictures of a study: a folder of each system, made alike so that nothing tells them apart."""

import io
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from colorizer.images import InputError, list_images, load_image

from .store import Picture


def list_systems(words: list[str]) -> dict[str, dict[str, Path]]:
    """Return each system's picture files by the drawing's name: the path below its folder.

    Raises:
        InputError: another form, fewer than two systems, no folder, or other drawings than the
            first system has.
    """
    systems: dict[str, dict[str, Path]] = {}
    for word in words:
        system, sign, folder = word.partition("=")
        if not (system and sign and folder) or system in systems:
            raise InputError(f"--system is {word!r}; wanted is NAME=FOLDER, each NAME once.")
        systems[system] = _files(Path(folder))
    if len(systems) < 2:
        raise InputError(f"The study has {len(systems)} systems; wanted are two or more --system.")
    first, *others = systems
    for other in others:
        if odd := sorted(systems[first].keys() ^ systems[other].keys()):
            raise InputError(f"Only one of {first} and {other} has a picture {odd[0]}.")
    return systems


def _files(folder: Path) -> dict[str, Path]:
    paths = list_images(folder)
    if not paths:
        raise InputError(f"There are no pictures in {folder}.")
    files = {path.relative_to(folder).with_suffix("").as_posix(): path for path in paths}
    if len(files) < len(paths):
        raise InputError(f"{folder} has two pictures of one name that differ in their endings.")
    return files


def load_pictures(systems: dict[str, dict[str, Path]]) -> list[Picture]:
    """Return all pictures as PNG of nothing but their RGB pixels: no metadata.

    Raises:
        InputError: a file is no picture, or the systems' pictures of a drawing differ in size.
    """
    loaded, sizes = [], {}
    jobs = [(s, name, path) for s, files in systems.items() for name, path in files.items()]
    for system, name, path in tqdm(jobs, unit="picture", dynamic_ncols=True):
        image = load_image(path)
        size = sizes.setdefault(name, image.size)
        if image.size != size:
            raise InputError(
                f"{path} is {image.width}x{image.height} and the other systems' pictures of it "
                f"are {size[0]}x{size[1]}: their size would tell them apart."
            )
        stream = io.BytesIO()
        Image.frombytes("RGB", size, image.tobytes()).save(stream, "PNG")
        loaded.append(Picture(system, name, stream.getvalue()))
    return loaded

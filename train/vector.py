"""Pairs from vector drawings: the picture, and its dark fills and strokes alone as its line-art.

    pip install -r train/requirements.txt
    python -m train.vector DRAWINGS -o PAIRS --unlike HELD_OUT

Of every .svg below DRAWINGS it writes PAIRS/color/NAME.png and PAIRS/line/NAME.png, for `--pairs`,
or PAIRS/plain/NAME.png, for `--data`, if it has no dark lines. NAME is its path with "_" for "/".
Left out is what cannot be drawn, what is gray or holds photographs, and what looks like another one
or like a picture below HELD_OUT: clip art goes around under many names.
"""

import argparse
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import resvg_py
from PIL import Image, ImageColor
from tqdm import tqdm

from colorizer.images import InputError, list_images, load_image, resize_u8

from .options import run_main

SIDE, MARGIN = 512, 12
"""The longer side of a picture and the paper around a drawing, pixels."""
DARK = 70
"""A fill or stroke below this luma, 0 to 255, is drawn in ink."""
INK = (0.015, 0.25)
"""Share of a line-art that is ink; outside it a drawing has no lines or is a silhouette."""
COLORED, LEAST = 40, 0.05
"""Channels of a colored pixel differ by more; a drawing with a smaller share of them is gray."""
THUMBNAIL, LIKE = (24, 24), 0.85
"""Size of gray thumbnails, pixels, and the correlation from which two are of one drawing: of 48
pairs above 0.92 all were, some recolored or stretched; what is below costs little."""
PAINTS = ("fill", "stroke", "stop-color")
"""Attributes of an SVG that hold a color."""

Pair = tuple[np.ndarray, np.ndarray | None]


def draw(svg: str) -> np.ndarray:
    """Return an SVG on white paper, uint8 (H, W, 3), `SIDE` pixels wide; ValueError if invalid."""
    png = resvg_py.svg_to_bytes(svg_string=svg, width=SIDE, dpi=96, background="white")
    return cv2.imdecode(np.frombuffer(bytes(png), np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]


def inked(svg: str) -> str:
    """Return an SVG in which what is dark is black and all else white; ParseError if it is none."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        for name in element.attrib.keys() & set(PAINTS):
            element.set(name, _ink_or_paper(name, element.attrib[name]))
        rules = [rule.split(":", 1) for rule in element.get("style", "").split(";") if ":" in rule]
        if rules:
            style = ((name.strip(), value.strip()) for name, value in rules)
            element.set("style", ";".join(f"{n}:{_ink_or_paper(n, value)}" for n, value in style))
    return ElementTree.tostring(root, "unicode")


def _ink_or_paper(name: str, value: str) -> str:
    """Return "black" or "white" for a color of `PAINTS`, any other value as it is."""
    if name not in PAINTS:
        return value
    try:
        red, green, blue = ImageColor.getrgb(value)[:3]
    except ValueError:  # "none", or a gradient, whose stops are colors
        return value
    dark = 0.3 * red + 0.59 * green + 0.11 * blue < DARK
    return "black" if dark and name != "stop-color" else "white"


def make_pair(path: Path) -> Pair | str:
    """Return a drawing's color (H, W, 3) and line-art (H, W), uint8, or why there are none.

    The line-art of a drawing without dark lines is None.
    """
    svg = path.read_text("utf-8", "replace")
    if "<image" in svg:
        return "hold photographs"
    try:
        color, line = draw(svg), draw(inked(svg))[:, :, 1]
    except (ValueError, ElementTree.ParseError):
        return "cannot be drawn"
    x, y, width, height = cv2.boundingRect((color.min(2) < 250).view(np.uint8))
    top, left = max(0, y - MARGIN), max(0, x - MARGIN)
    drawn = np.s_[top : y + height + MARGIN, left : x + width + MARGIN]
    scale = SIDE / max(color[drawn].shape)
    size = tuple(max(8, round(side * scale)) for side in color[drawn].shape[1::-1])
    color, line = (resize_u8(np.ascontiguousarray(p[drawn]), size) for p in (color, line))
    if (np.ptp(color, axis=2) > COLORED).mean() < LEAST:
        return "are gray"
    ink = line < 128
    outlined = INK[0] < ink.mean() < INK[1] and (color[ink].mean(1) > 140).mean() < 0.1
    return color, line if outlined else None


def thumbnails(color_u8: np.ndarray) -> np.ndarray:
    """Return unit vectors of a picture (H, W, 3) within its white margins, and of its mirror."""
    x, y, width, height = cv2.boundingRect((color_u8.min(2) < 250).view(np.uint8))
    drawn = color_u8[y : y + height, x : x + width] if width and height else color_u8
    small = resize_u8(cv2.cvtColor(np.ascontiguousarray(drawn), cv2.COLOR_RGB2GRAY), THUMBNAIL)
    both = np.stack([small, small[:, ::-1]]).reshape(2, -1).astype(np.float32)
    both -= both.mean(1, keepdims=True)
    return both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-6)


def write_pairs(drawings: Path, out: Path, seen: list[np.ndarray]) -> Counter:
    """Write what can be made of the drawings below a folder; return how many there are of what.

    Args:
        drawings: the folder.
        out: see above.
        seen: thumbnails that none may be like; those of what is written are added.
    """
    counts, paths = Counter(), sorted(drawings.rglob("*.svg"))
    with ThreadPoolExecutor() as pool:
        for path, made in zip(paths, tqdm(pool.map(make_pair, paths), total=len(paths))):
            if not isinstance(made, str):
                made = _write(
                    made, "_".join(path.relative_to(drawings).with_suffix("").parts), out, seen
                )
            counts[made] += 1
    return counts


def _write(pair: Pair, name: str, out: Path, seen: list[np.ndarray]) -> str:
    """Write a pair unless it resembles what was seen; return what became of it."""
    color, line = pair
    vectors = thumbnails(color)
    if seen and (np.stack(seen) @ vectors.T).max() > LIKE:
        return "resemble others"
    seen.append(vectors[0])
    pictures = {"plain": color} if line is None else {"color": color, "line": line}
    for folder, picture in pictures.items():
        (out / folder).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(out / folder / f"{name}.png")
    return "without lines" if line is None else "pairs"


def main(argv: Iterable[str] | None = None) -> None:
    """Make pairs of the folder that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("drawings", type=Path, metavar="DRAWINGS", help="folder of any depth")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="PAIRS")
    parser.add_argument(
        "--unlike", type=Path, nargs="+", default=[], metavar="HELD_OUT", help="folders of pictures"
    )
    args = parser.parse_args(argv)
    held = [path for folder in args.unlike for path in list_images(folder)]
    for folder in (args.drawings, *args.unlike):
        if not folder.is_dir():
            raise InputError(f"There is no folder {folder}.")
    seen = [thumbnails(np.asarray(load_image(path)))[0] for path in held]
    counts = write_pairs(args.drawings, args.out, seen)
    if not counts:
        raise InputError(f"{args.drawings} holds no .svg.")
    for what, count in counts.most_common():
        print(f"{count:9,} {what}")


if __name__ == "__main__":
    run_main(main)

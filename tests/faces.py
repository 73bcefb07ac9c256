"""Does skin get the color of skin without hints? Thirty held-out drawings with a face and hair.

    python -m tests.faces FOLDER [-o sheet.png]

FOLDER has illustrations/ and pairs/ with color/ and line/; faces.json says which pictures, and
where in each the face and the hair are: ellipses [x, y, rx, ry] in percent of width and height. An
illustration's lines are extracted by XDoG. Each drawing is colored by the automatic palette and by
the network alone. The table says how many faces have a skin tone, which are purple, blue or green,
and which have the hair's color, next to the true pictures; below it are the names of those that
fail. The picture gets the heads, with the ellipses on the line-art.

The skin tone was chosen by the true pictures and by people's skins, never by our results: the
medians of all true faces but one, which is painted yellow (hue 91), have hues of 54 to 85 degrees,
chroma 9 to 44 and lightness 61 to 95; the first nine of the Monk Skin Tone scale have hues of 49 to
89, chroma 5 to 28 and lightness 20 to 94; a blush is redder.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from colorizer import Colorizer, InputError
from colorizer.images import load_image, resize_u8
from colorizer.preprocessing.lines import line_of, xdog
from eval.drawings import SIDE, SIGMA
from eval.metrics import to_lab
from eval.sheet import compose, gray_rgb
from train.options import run_main

PAPER_ABOVE = 240
"""Colors are taken where the line-art is lighter than this."""
SKIN_HUE = (20.0, 90.0)
SKIN_CHROMA = (4.0, 55.0)
SKIN_LIGHTNESS = (20.0, 97.0)
"""Skin from very pale to dark brown, CIELAB; the hue in degrees."""
GRAY_BELOW = 8.0
"""Outside the skin tones a color of less chroma is gray; a true face's least is 8.7."""
TONES = {"yellow": 105.0, "green": 190.0, "blue": 280.0, "purple": 345.0}
"""Up to which hue the other colors go, degrees: from the skin's on; what is left is red."""
NEVER = ("purple", "blue", "green")
"""Colors that a face must not have."""
APART = 10.0
"""Face and hair that differ by less have one color, CIE76."""
WAYS = {"automatic": "automatic", "none": "network"}
"""The hints of each way to color without hints."""
MARGIN = 0.15
"""What a sheet shows around face and hair, as a share of their box."""

Ellipse = list[float]


@dataclass(frozen=True)
class Head:
    """A picture below the data folder, and where its face and its hair are."""

    picture: str
    face: Ellipse
    hair: list[Ellipse]

    @property
    def name(self) -> str:
        """The end of the path that tells one from another."""
        path = Path(self.picture)
        return f"{path.parent.name}/{path.stem}"

    def load(self, data: Path) -> tuple[np.ndarray, np.ndarray]:
        """Return color (H, W, 3) and line-art (H, W), uint8, the shorter side 512."""
        color = np.asarray(load_image(data / self.picture))
        height, width = color.shape[:2]
        scale = SIDE / min(height, width)
        size = (round(width * scale), round(height * scale))
        color, path = resize_u8(color, size), Path(self.picture)
        if path.parts[:2] != ("pairs", "color"):
            return color, xdog(color, SIGMA)
        line = load_image(data.joinpath("pairs", "line", *path.parts[2:]))
        return color, resize_u8(line_of(np.asarray(line.convert("RGBA"))), size)

    def box(self, size: tuple[int, int]) -> tuple[slice, slice]:
        """Return rows and columns of a square around face and hair, of a picture (H, W)."""
        x, y, rx, ry = np.array([self.face, *self.hair]).T / 100
        sides = [(y - ry, y + ry), (x - rx, x + rx)]
        ends = [(low.min() * full, high.max() * full) for (low, high), full in zip(sides, size)]
        side = min(max(high - low for low, high in ends) * (1 + 2 * MARGIN), *size)
        starts = [
            round(min(max((low + high - side) / 2, 0), full - side))
            for (low, high), full in zip(ends, size)
        ]
        return tuple(slice(start, start + round(side)) for start in starts)


def list_heads() -> list[Head]:
    """Return the heads of faces.json."""
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    return [Head(**head) for head in json.loads(text)]


def inside(ellipses: list[Ellipse], size: tuple[int, int]) -> np.ndarray:
    """Return the pixels of a picture (H, W) in any of the ellipses, bool (H, W)."""
    height, width = size
    y = (np.arange(height)[:, None] + 0.5) / height * 100
    x = (np.arange(width)[None] + 0.5) / width * 100
    found = [((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1 for cx, cy, rx, ry in ellipses]
    return np.any(found, axis=0)


def median_of(lab: np.ndarray, paper: np.ndarray, ellipses: list[Ellipse]) -> np.ndarray:
    """Return the median color of the paper in some ellipses, float (3,), each channel its own."""
    chosen = lab[inside(ellipses, paper.shape) & paper]
    if not len(chosen):
        raise InputError("The line-art has no paper in a face or in hair.")
    return np.median(chosen, axis=0)


def tone(lab: np.ndarray) -> str:
    """Return what a CIELAB color is as that of a face: "skin", or what it is instead."""
    hue = float(np.degrees(np.arctan2(lab[2], lab[1]))) % 360
    chroma = float(np.hypot(lab[1], lab[2]))
    measured = zip((hue, chroma, lab[0]), (SKIN_HUE, SKIN_CHROMA, SKIN_LIGHTNESS))
    if all(low <= value <= high for value, (low, high) in measured):
        return "skin"
    if chroma < GRAY_BELOW:
        return "gray"
    if hue < SKIN_HUE[0]:
        return "red"
    if hue <= SKIN_HUE[1]:
        return "too strong, dark or light"
    return next((name for name, end in TONES.items() if hue < end), "red")


def judge(color_u8: np.ndarray, line_u8: np.ndarray, head: Head) -> tuple[str, float]:
    """Return the tone of a face and how far its color is from the hair's, CIE76."""
    lab, paper = to_lab(np.ascontiguousarray(color_u8)), line_u8 > PAPER_ABOVE
    face = median_of(lab, paper, [head.face])
    return tone(face), float(np.linalg.norm(face - median_of(lab, paper, head.hair)))


def markdown(verdicts: dict[str, dict[str, tuple[str, float]]]) -> str:
    """Return the shares of each way to color as a table."""
    lines = ["| colors | skin tone | purple, blue or green | face as hair |"]
    lines += ["| --- | --- | --- | --- |"]
    for way, of_heads in verdicts.items():
        tones = [found for found, _ in of_heads.values()]
        counts = (
            tones.count("skin"),
            sum(found in NEVER for found in tones),
            sum(distance < APART for _, distance in of_heads.values()),
        )
        shares = (f"{count}/{len(tones)} ({count / len(tones):.0%})" for count in counts)
        lines.append(f"| {way} | {' | '.join(shares)} |")
    return "\n".join(lines)


def failures(verdicts: dict[str, dict[str, tuple[str, float]]]) -> Iterator[str]:
    """Yield a line for each face of each way to color that is not as it should be."""
    for way, of_heads in verdicts.items():
        for name, (found, distance) in of_heads.items():
            wrong = [] if found == "skin" else [found]
            wrong += [f"face as hair ({distance:.0f})"] if distance < APART else []
            if wrong:
                yield f"{way}: {name}: {', '.join(wrong)}"


def outlined(line_u8: np.ndarray, head: Head) -> np.ndarray:
    """Return the line-art with the face's ellipse in red and the hair's in blue, (H, W, 3)."""
    picture = gray_rgb(line_u8)
    for ellipses, ink in (([head.face], (230, 0, 0)), (head.hair, (0, 0, 230))):
        mask = inside(ellipses, line_u8.shape).astype(np.uint8)
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, outlines, -1, ink, 1)
    return picture


def main(argv: list[str] | None = None) -> None:
    """Print the table and the failures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--out", type=Path, help="picture of the heads to write")
    args = parser.parse_args(argv)
    colorizer = Colorizer.from_pretrained()
    verdicts, rows = {way: {} for way in ("truth", *WAYS)}, []
    for head in tqdm(list_heads(), "faces", dynamic_ncols=True):
        color, line = head.load(args.folder)
        colored = {"truth": color}
        colored |= {w: np.asarray(colorizer(line, rest=r).image) for w, r in WAYS.items()}
        for way, picture in colored.items():
            verdicts[way][head.name] = judge(picture, line, head)
        shown, box = {"line": outlined(line, head)} | colored, head.box(line.shape)
        rows.append({label: np.ascontiguousarray(p[box]) for label, p in shown.items()})
    print(markdown(verdicts))
    print(*failures(verdicts), sep="\n")
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        compose(rows).save(args.out)


if __name__ == "__main__":
    run_main(main)

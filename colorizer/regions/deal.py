"""The automatic palette: colors dealt out to the places of a line-art by what they are.

Ours, not the paper's, for people who want colors before they have chosen any. A network trained
on few pictures knows no palettes; left alone it paints the average of all, which is brown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

import cv2
import numpy as np

from ..models.regions import PARTS
from ..preprocessing.hints import Hint, draw_hints, hex_color
from .cells import CERTAIN, Regions
from .settle import to_bytes
from .walk import Flow, Reach, walk_hints

FIXED = {"skin": "#f7d8be", "mouth": "#d98880", "white of the eye": "#ffffff"}
"""What has the same color whatever the palette; drawn for this project."""
PALETTES = (
    ("#fcf8f1", "#efa68e", "#9ec8d4", "#f4d48c", "#baa7cf"),
    ("#f2f6fb", "#aab8e9", "#f0b3c5", "#f3dd9e", "#a9d0ad"),
    ("#f9f5f9", "#bca9e0", "#96cfca", "#f3be9b", "#e79cb0"),
    ("#f5f7ee", "#dda286", "#a0c69d", "#ecd497", "#97b6d0"),
    ("#faf6ef", "#785c53", "#c46660", "#e7c281", "#708fab"),
    ("#eff4f7", "#516c97", "#edb66e", "#e8edf1", "#82b4b4"),
    ("#fbf5f4", "#e490a2", "#8e7bb5", "#f4c9a5", "#a8ced7"),
    ("#f6f5ec", "#c68c52", "#61896b", "#efdfb1", "#a0555a"),
    ("#ffffff", "#c45651", "#ea9c32", "#f3e3c8", "#8a4b3a", "#5f86b5"),
)
"""Background, then hair, upper and lower cloth, and others; drawn for this project. The last is
what the network is shown without hints, too. The second largest place is often a muzzle, a face or
a shirt, which may be cream: where it was blue, 40 XDoG drawings lost 0.3 dB. Pictures are 1.05 and
1.16 times as colorful as 40 drawn and 40 XDoG drawings are, with the others 0.3 to 0.7 times."""
DOUBT = 0.2
"""A place that shares the color of another with this probability gets a shade of it, not a color
of its own. By eye on 120 drawings: with 0.12 clothes are of one color, without it a patchwork; on
28, with 0.15 muzzles and hats have the color of all else."""


def automatic_hints(
    regions: Regions,
    palette: Sequence[str] | None = None,
    seed: int = 0,
    parts: Mapping[str, str] | None = None,
    known: Sequence[tuple[int, str]] = (),
) -> list[Hint]:
    """Return a hint in the widest spot of each place, in pixels of the regions' size.

    Skin is skin, hair has one color, both eyes have the same; clothes, and all that is no figure,
    share a color where they are alike, and where that is in doubt they have shades of it. What is
    like a cell that has a color takes that, but hair only that of hair, and so on.

    Args:
        regions: of the line-art.
        palette: colors as "#rrggbb", as of a reference picture; the lightest is taken for its
            background and gives way to white. None takes one of `PALETTES`.
        seed: another number deals anew and, without a palette, takes another; 0 is the first of
            `PALETTES` for a picture with people, else the last.
        parts: colors that parts of a reference have, by name of `PARTS`.
        known: cells that have a color already, and that color.

    Raises:
        InputError: a color that is not "#rrggbb".
    """
    first = seed if shows_people(regions) else seed - 1
    ground, *colors = dealt_palette(palette) if palette else PALETTES[first % len(PALETTES)]
    turn = seed if palette else seed // len(PALETTES)
    colors = [colors[(n + turn) % len(colors)] for n in range(len(colors))]
    fixed = {"background": ground, "hair": colors[0], "iris": colors[-1]} | FIXED
    fixed |= dict(parts or {})
    hints, leaders, others = [], [], count(1)
    for cell, spot in regions.spots:
        color = fixed.get(part := PARTS[regions.part[cell]])
        kinds, least = ({part}, 0.5) if color else (set(PARTS).difference(fixed), DOUBT)
        if not color:
            color, like = _likest(regions, cell, leaders)
            if like < 0.5:  # less likely than not one color
                color = _shade(color) if like >= DOUBT else colors[next(others) % len(colors)]
                leaders.append((cell, color))
        kin = [(other, c) for other, c in known if PARTS[regions.part[other]] in kinds]
        theirs, like = _likest(regions, cell, kin)
        hints.append(Hint(*spot, theirs if like >= least else color))
    return hints


def _likest(regions: Regions, cell: int, known: Sequence[tuple[int, str]]) -> tuple[str, float]:
    """Return the color of the cell that likeliest shares it, and how likely; "" and 0 of none."""
    if not known:
        return "", 0.0
    like = regions.alike(np.array([cell]), np.array([other for other, _ in known]))[0]
    return known[int(like.argmax())][1], float(like.max())


def _shade(color: str) -> str:
    """Return a color whose CIE lightness is 13 less or, of a dark one, 13 more; see `DOUBT`."""
    lab = cv2.cvtColor(np.float32([[Hint(0, 0, 0, color).rgb]]) / 255, cv2.COLOR_RGB2LAB)
    lab[:, :, 0] += 13 if lab[0, 0, 0] < 60 else -13
    return hex_color(to_bytes(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)[0, 0] * 255))


def guess_colors(regions: Regions) -> Flow:
    """Return what the network is shown where there are no hints: a guess of every place's color.

    No hint reaches any. Shown nothing, a network paints the average of all palettes: brown.
    """
    hints = automatic_hints(regions, PALETTES[-1])
    flow = walk_hints(regions, draw_hints(hints, regions.line.shape[::-1]))
    return replace(flow, sure=np.zeros_like(flow.sure), likely=np.zeros_like(flow.likely))


def fill_open(regions: Regions, reach: Reach, **deal: object) -> list[Hint]:
    """Return automatic hints, in pixels of the regions' size, for places that others do not reach.

    Nor for those that may share a hint's color (`DOUBT`) and whose part is not `CERTAIN`.

    Args:
        regions: of the line-art.
        reach: of the other hints.
        deal: palette, seed and parts, see `automatic_hints`.

    Raises:
        InputError: see `automatic_hints`.
    """
    colors = [hex_color(color) for color in reach.dabs.colors]
    known = [(int(reach.seeds[:, k].argmax()), colors[k]) for k in reach.seeds.any(0).nonzero()[0]]
    dealt = automatic_hints(regions, known=known, **deal)
    hinted = np.array([cell for cell, _ in known], int)
    like = regions.alike(np.arange(len(regions.areas)), hinted).max(1, initial=0) >= DOUBT
    taken = reach.sure | (like & (regions.parts.max(1) < CERTAIN))
    return [h for h in dealt if not taken[regions.cells[int(h.y), int(h.x)]]]


def figure_colors(color_u8: np.ndarray, regions: Regions) -> dict[str, str]:
    """Return the colors of skin and hair in a picture (h, w, 3); empty where it has no figure.

    Args:
        color_u8: uint8 (h, w, 3).
        regions: of its lines.
    """
    if not shows_people(regions):
        return {}
    part = np.where(regions.paper, regions.part[regions.cells], -1)
    found = {name: part == PARTS.index(name) for name in ("skin", "hair")}
    return {name: hex_color(np.median(color_u8[mask], 0)) for name, mask in found.items()}


def shows_people(regions: Regions) -> bool:
    """Return whether a line-art has places of skin and of hair."""
    return {"skin", "hair"} <= {PARTS[regions.part[cell]] for cell, _ in regions.spots}


def dealt_palette(palette: Sequence[str]) -> list[str]:
    """Return white, for a quiet background, and what a reference has but its lightest color.

    Raises:
        InputError: a color that is not "#rrggbb".
    """
    rgb = np.array([Hint(0, 0, 0, color).rgb for color in palette], np.float32)
    lightest = int(cv2.cvtColor(rgb[None] / 255, cv2.COLOR_RGB2LAB)[0, :, 0].argmax())
    rest = [color for n, color in enumerate(palette) if n != lightest]
    return ["#ffffff", *(rest or palette)]

"""Flat colors: a layer for each of them by its name."""

import cv2
import numpy as np

from .models.regions import PARTS
from .preprocessing.hints import hex_color

ALIKE = 10.0
"""Flat colors up to this far apart share a layer: CIE76."""
MOST_GROUPS = 24
"""Most layers; what is left over joins the nearest."""
MOSTLY = 0.5
"""A layer is named by a part that has more than this share of it."""
NAMES = {
    "White": "#ffffff", "Light gray": "#c8c8c8", "Gray": "#808080", "Black": "#202020",
    "Red": "#d83030", "Dark red": "#802020", "Orange": "#f09030", "Yellow": "#f8e040",
    "Beige": "#f4d8bc", "Light brown": "#c89868", "Brown": "#8a5a34", "Dark brown": "#4a3020",
    "Green": "#40a040", "Light green": "#a8dc90", "Dark green": "#205030",
    "Turquoise": "#40b8b8", "Light blue": "#a0ccf0", "Blue": "#3060d0", "Dark blue": "#202860",
    "Violet": "#8050c0", "Lilac": "#c8b0e8", "Magenta": "#d030a0", "Pink": "#f4a8bc",
}  # fmt: skip


def color_groups(colors_u8: np.ndarray, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the group of each region, int (n), and the color of each group, uint8 (k, 3).

    The largest regions found groups; a region joins the nearest that is `ALIKE`.

    Args:
        colors_u8: the flat color of each region, uint8 (n, 3).
        areas: pixels of each region, int (n).
    """
    colors = lab(colors_u8)
    founders: list[int] = []
    for region in np.argsort(-areas, kind="stable"):
        far = np.linalg.norm(colors[founders] - colors[region], axis=1)
        if areas[region] and (far > ALIKE).all() and len(founders) < MOST_GROUPS:
            founders.append(int(region))
    far = np.linalg.norm(colors[:, None] - colors[None, founders], axis=2)
    return far.argmin(1), colors_u8[founders]


def part_names(groups: np.ndarray, parts: np.ndarray, count: int) -> list[str]:
    """Return the part that most of each group is, "" where none is known.

    Args:
        groups: int (H, W), the group of each pixel.
        parts: int (h, w), the part of each pixel by its index in `PARTS`, any size.
        count: how many groups there are.
    """
    rows, columns = (
        ((np.arange(small) + 0.5) * large / small).astype(int)
        for small, large in zip(parts.shape, groups.shape, strict=True)
    )
    seen = groups[rows[:, None], columns] * len(PARTS) + parts
    table = np.bincount(seen.ravel(), minlength=count * len(PARTS)).reshape(count, len(PARTS))
    most = table.argmax(1)
    clear = table.max(1) > MOSTLY * table.sum(1)
    return [PARTS[p] if c and PARTS[p] != "rest" else "" for p, c in zip(most, clear, strict=True)]


def color_name(color_u8: np.ndarray) -> str:
    """Return what people call a color, with its number: "Beige #f4d8bc"."""
    known = np.array([list(bytes.fromhex(text[1:])) for text in NAMES.values()], np.uint8)
    nearest = np.linalg.norm(lab(known) - lab(color_u8[None]), axis=1).argmin()
    return f"{list(NAMES)[nearest]} {hex_color(color_u8)}"


def lab(colors_u8: np.ndarray) -> np.ndarray:
    """Return colors, uint8 (n, 3), in CIELAB, float32 (n, 3)."""
    return cv2.cvtColor(colors_u8[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]


def apart(
    colors_u8: np.ndarray, regions: np.ndarray, parts: np.ndarray | None = None
) -> list[tuple[str, np.ndarray]]:
    """Return the name and the RGBA bytes (H, W, 4) of each color's layer, the largest first.

    Laid over one another they give the flat colors: each pixel is in one of them.

    Args:
        colors_u8: the flat color of each region, uint8 (n, 3).
        regions: int32 (H, W), from 0.
        parts: int (h, w), of each pixel, by its index in `PARTS`; None: unknown.
    """
    areas = np.bincount(regions.ravel(), minlength=len(colors_u8))
    group, colors = color_groups(colors_u8, areas)
    groups = group.astype(np.uint8)[regions]
    names = [color_name(color) for color in colors]
    if parts is not None:
        known = part_names(groups.astype(np.int32), parts, len(colors))
        names = [f"{name}, {part}" if part else name for name, part in zip(names, known)]
    flats = colors_u8[regions]
    return [
        (name, np.dstack([flats, np.where(groups == i, 255, 0).astype(np.uint8)]))
        for i, name in enumerate(names)
    ]

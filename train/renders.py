"""Rendered characters as training pictures, recolored anew at every draw.

A folder of renders holds pictures of the same names in id/ (a material of each pixel), line/ and
line_open/ (the line-art, whole and with gaps) and shade/ (NAME-0: red is lit, green deep shadow,
blue highlight). The second figure's materials are `SECOND_FIGURE` higher than the first's.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from colorizer.images import InputError, list_images, resize_u8

SECOND_FIGURE = 64
LINES = ("line", "line_open")
SCALE = (0.75, 1.5)
"""A render becomes so many times its size, but never smaller than the crop."""
PALETTE = 32
"""Colors taken from one picture."""
WARDROBES = 64
"""Renders wear the colors of so many pictures."""
CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
SKIN, HAIR, IRIS, INNER_HAIR, EAR = 1, 2, 4, 21, 39
HEAD = (HAIR, 3, IRIS)
"""Materials by which a head is found: hair, whites and irises of the eyes."""
CLOTH = (*range(10, 19), 20, *range(22, 32), *range(33, 38), 46, 47)
SKIN_TONES = np.array(
    [[255, 239, 228], [253, 223, 204], [241, 196, 166], [205, 148, 112], [128, 84, 62]], np.float64
)
"""From light to dark; a skin lies between two neighbors."""
HSV = {
    HAIR: ((0, 1), (0.1, 0.8), (0.3, 1)),
    IRIS: ((0, 1), (0.3, 0.9), (0.35, 0.9)),
    **dict.fromkeys((3, 8, 19, 41, 55, 56, 59), ((0, 1), (0, 0.04), (0.95, 1))),
    **dict.fromkeys((5, 9, 62), ((0, 1), (0, 0.35), (0.05, 0.25))),
    6: ((0.96, 1.02), (0.45, 0.7), (0.4, 0.65)),
    7: ((0.96, 1.02), (0.35, 0.6), (0.8, 0.95)),
    32: ((0.96, 1.04), (0.15, 0.35), (0.9, 1)),
    38: ((0.5, 0.7), (0.03, 0.2), (0.6, 0.9)),
    40: ((0.5, 0.62), (0.15, 0.6), (0.85, 1)),
    **dict.fromkeys((42, 43, 50, 53), ((0.22, 0.42), (0.2, 0.6), (0.4, 0.8))),
    **dict.fromkeys((44, 60), ((0, 1), (0, 0.3), (0.6, 0.98))),
    **dict.fromkeys((45, 54, 58), ((0.04, 0.12), (0.2, 0.6), (0.3, 0.8))),
    48: ((0.88, 1), (0.15, 0.5), (0.9, 1)),
    **dict.fromkeys((49, 51, 52), ((0.1, 0.17), (0.2, 0.7), (0.9, 1))),
    57: ((0.5, 0.6), (0.3, 0.7), (0.5, 0.9)),
}
"""Ranges of hue, saturation and value of materials, 0 to 1."""
ANY = ((0, 1), (0.08, 0.75), (0.35, 1))
"""Those of all others."""
NATURAL_HAIR = (
    ((0.0, 0.1), (0.1, 0.45), (0.1, 0.3)),
    ((0.02, 0.09), (0.4, 0.7), (0.3, 0.6)),
    ((0.09, 0.14), (0.3, 0.65), (0.8, 1)),
)
"""Black, brown and blond."""
RANGES = np.array([HSV.get(number, ANY) for number in range(SECOND_FIGURE)]).transpose(2, 0, 1)


def list_renders(folder: Path) -> list[Path]:
    """Return the id pictures of a folder of renders, sorted.

    Raises:
        InputError: it has no id/ and line/ or nothing is in them.
    """
    found = list_images(folder / "id")
    if not found or not (folder / "line").is_dir():
        raise InputError(f"{folder} holds no renders: wanted are id/ and line/ with pictures.")
    return found


def read_render(path: Path, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a render's line-art of a `kind`, one of `LINES`, and its ids, uint8 (H, W).

    Args:
        path: of the id picture; the line-art has its name in the folder `kind` beside.
        kind: name of that folder.

    Raises:
        InputError: one is missing or cannot be decoded.
    """
    return _read(path.parents[1] / kind / path.name, 0), _read(path, 0)


def read_shade(path: Path) -> np.ndarray:
    """Return the shade of the render with the id picture `path`, uint8 (H, W, 3), or raise so."""
    return _read(path.parents[1] / "shade" / f"{path.stem}-0{path.suffix}", 1)[:, :, ::-1]


def _read(path: Path, mode: int) -> np.ndarray:
    found = cv2.imread(str(path), mode)
    if found is None:
        raise InputError(f"{path} of a render is missing or cannot be decoded.")
    return found


def palette_of(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return `PALETTE` colors of a picture (H, W, 3), each as likely as its area; no white."""
    colors = resize_u8(picture, (32, 32)).reshape(-1, 3)
    colored = colors[colors.min(1) < 245]
    return rng.choice(colored if len(colored) else colors, PALETTE)


def recolor(
    ids: np.ndarray,
    shade: np.ndarray,
    line: np.ndarray,
    palettes: np.ndarray,
    least: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a render in new colors under its lines, uint8 (H, W, 3), its line-art, its walls.

    All are at a random scale with a short side of at least `least`. Walls are the line-art with
    ink wherever the material changes, uint8 (H, W): where the regions network is to stop hints.

    Args:
        ids: materials (H, W); one has one color.
        shade: (H, W, 3), see above.
        line: line-art (H, W).
        palettes: colors of real pictures (P, `PALETTE`, 3) that half of the figures wear; P may
            be 0.
        least: pixels.
        rng: makes the choices.
    """
    color = dress(ids, shade, line, palettes, rng)
    scale = max(rng.uniform(*SCALE), least / min(line.shape))
    size = tuple(max(least, round(length * scale)) for length in line.shape[::-1])
    walls = np.where(cv2.morphologyEx(ids, cv2.MORPH_GRADIENT, CROSS) > 0, 0, line)
    return tuple(resize_u8(picture, size) for picture in (color, line, walls))


def dress(
    ids: np.ndarray,
    shade: np.ndarray,
    line: np.ndarray,
    palettes: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a render in new colors under its lines, uint8 (H, W, 3); arguments of `recolor`."""
    flat = flat_colors(palettes, rng)
    color = shaded(ids, shade, flat, shadow_factors(rng), rng.uniform(0.25, 0.65))
    return draw_over(color, line, rng.integers(0, 80, 3) * (rng.random() < 0.2))


def paint_freely(
    color: np.ndarray, ids: np.ndarray, scenes: Sequence[np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """Return a dressed render (H, W, 3) as if another artist had painted it, uint8.

    Half of the figures stand before one of the scenes, uint8 (h, w, 3). Light changes over small or
    large areas; tones, balance, saturation, sharpness and grain are other ones. Hue about stays,
    and thus what a material looks like.
    """
    size = ids.shape[::-1]
    if len(scenes) and rng.random() < 0.5:
        scene = cv2.resize(scenes[rng.integers(len(scenes))], size, None, 0, 0, cv2.INTER_CUBIC)
        color = np.where((ids == 0)[:, :, None], scene, color)
    few = rng.normal(0, rng.uniform(0, 0.35), rng.integers(2, 20, 2)).astype(np.float32)
    light = np.exp(cv2.resize(few, size, None, 0, 0, cv2.INTER_CUBIC))[:, :, None]
    free = color * light * rng.uniform(0.88, 1.12, 3).astype(np.float32)
    gray = free.mean(2, keepdims=True)
    free = (gray + (free - gray) * rng.uniform(0.6, 1.3)).clip(0, 255)
    free = 255 * (free / 255) ** rng.uniform(0.7, 2.2)
    if rng.random() < 0.5:
        free = cv2.GaussianBlur(free, (0, 0), rng.uniform(0.5, 2))
    if rng.random() < 0.4:
        half = tuple(side // 2 for side in ids.shape)
        grain = rng.normal(0, rng.uniform(2, 12), (*half, 3)).astype(np.float32)
        free = free + cv2.resize(grain, size)
    return free.clip(0, 255).round().astype(np.uint8)


def close_up(
    picture: np.ndarray, ids: np.ndarray, zoom: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return a picture (H, W[, 3]) and ids (H, W) of a render, `zoom` times as large at its head.

    They keep their size. Without a head any place will do.
    """
    height, width = (round(length / zoom) for length in ids.shape)
    head = np.flatnonzero(np.isin(ids % SECOND_FIGURE, HEAD))
    y, x = divmod(int(rng.choice(head) if len(head) else rng.integers(ids.size)), ids.shape[1])
    top = int(np.clip(y - height * rng.random(), 0, ids.shape[0] - height))
    left = int(np.clip(x - width * rng.random(), 0, ids.shape[1] - width))
    window, size = np.s_[top : top + height, left : left + width], ids.shape[::-1]
    seen = cv2.resize(picture[window], size, None, 0, 0, cv2.INTER_CUBIC)
    return seen, cv2.resize(ids[window], size, None, 0, 0, cv2.INTER_NEAREST)


def flat_colors(palettes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return new colors of all material ids, uint8 (256, 3): two figures on one background."""
    figures = [_figure(palettes, rng) for _ in range(256 // SECOND_FIGURE)]
    white = rng.random() < 0.7
    figures[0][0] = 255 if white else figures[0][CLOTH[int(rng.integers(len(CLOTH)))]]
    return np.concatenate(figures).round().astype(np.uint8)


def _figure(palettes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the colors of the materials of a figure, (64, 3), 0 to 255."""
    ranges = RANGES.copy()
    if rng.random() < 0.5:
        ranges[:, HAIR] = np.transpose(NATURAL_HAIR[rng.integers(len(NATURAL_HAIR))])
    hsv = rng.uniform(*ranges).astype(np.float32)
    hsv[:, 0] *= 360
    hsv[:, 0] %= 360
    flat = cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0].astype(np.float64) * 255
    cloth = np.array(CLOTH)
    if len(palettes) and rng.random() < 0.5:
        wardrobe = palettes[rng.integers(len(palettes))]
        flat[cloth] = rng.choice(wardrobe, len(cloth))
        if rng.random() < 0.5:
            flat[HAIR] = rng.choice(wardrobe)
    plain = rng.random(len(cloth))
    flat[cloth[plain < 0.2]] = rng.uniform(235, 256)
    flat[cloth[plain > 0.85]] = rng.uniform(15, 60)
    tone = rng.uniform(0, 2) if rng.random() < 0.8 else rng.uniform(2, len(SKIN_TONES) - 1.01)
    low, part = SKIN_TONES[int(tone)], tone % 1
    flat[SKIN] = low + part * (SKIN_TONES[int(tone) + 1] - low)
    flat[INNER_HAIR], flat[EAR] = 0.45 * flat[HAIR], flat[HAIR]
    return flat.clip(0, 255)


def shadow_factors(rng: np.random.Generator) -> np.ndarray:
    """Return what is left of each material's color in shadow, (256, 3), 0 to 1."""
    cool, warm = np.array([0.7, 0.66, 0.8]), np.array([0.8, 0.68, 0.7])
    tint = warm + (cool - warm) * rng.random()
    factors = tint * rng.uniform(0.86, 1.1) + rng.normal(0, 0.02, (256, 3))
    factors[SKIN::SECOND_FIGURE] = np.array([0.95, 0.77, 0.75]) * rng.uniform(0.92, 1.03)
    return factors.clip(0.4, 0.98)


def shaded(
    ids: np.ndarray, shade: np.ndarray, flat: np.ndarray, factors: np.ndarray, highlight: float
) -> np.ndarray:
    """Return flat colors in light and shadow, and the hair with highlights, uint8 (H, W, 3).

    color = flat x (s + (1 - s) x lit) x (1 - 0.16 x deep), with s of `factors`; on hair then
    color += (1 - color) x `highlight` x the highlight of `shade`.
    """
    dark = (flat * factors).round().astype(np.uint8)
    planes = cv2.merge([ids] * 3)
    lit, deep, shine = cv2.split(shade)
    bright = cv2.multiply(cv2.LUT(planes, flat[None]), cv2.merge([lit] * 3), scale=1 / 255)
    dim = cv2.LUT(planes, dark[None])
    color = cv2.add(bright, cv2.multiply(dim, cv2.merge([255 - lit] * 3), scale=1 / 255))
    if deep.any():
        table = (255 - 0.16 * np.arange(256)).round().astype(np.uint8)
        color = cv2.multiply(color, cv2.merge([cv2.LUT(deep, table)] * 3), scale=1 / 255)
    on_hair = np.where(np.arange(256) % SECOND_FIGURE == HAIR, 255, 0).astype(np.uint8)
    shine = cv2.multiply(shine, cv2.LUT(ids, on_hair), scale=highlight / 255)
    return cv2.add(color, cv2.multiply(255 - color, cv2.merge([shine] * 3), scale=1 / 255))


def draw_over(color: np.ndarray, line: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Return a picture (H, W, 3) with the line-art (H, W) drawn over it in the color `ink`."""
    planes = cv2.merge([line] * 3)
    table = ((255 - np.arange(256))[:, None] * ink / 255).round().astype(np.uint8)
    return cv2.add(cv2.multiply(color, planes, scale=1 / 255), cv2.LUT(planes, table[None]))

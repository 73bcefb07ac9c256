"""Pictures that the tests write into folders."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

WHITE, RED, BLUE, BLACK = (255, 255, 255), (220, 40, 40), (40, 90, 220), (0, 0, 0)


def write_pictures(folder: Path, make, seeds, size=(512, 512)) -> Path:
    """Write the pictures that `make` (width, height, seed) makes as SEED.png; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        Image.fromarray(make(*size, seed)).save(folder / f"{seed}.png")
    return folder


def draw_shapes(seed, side=224):
    """Shapes with outlines, fills and a shade, on colored or white paper."""
    rng = np.random.default_rng(seed)
    ground = 255 if seed % 2 else rng.integers(150, 256, 3).tolist()
    picture = np.full((side, side, 3), ground, np.uint8)
    for _ in range(9):
        corners = (rng.integers(0, side, 2) + rng.integers(-70, 70, (5, 2))).astype(np.int32)
        hull = cv2.convexHull(corners)
        cv2.fillPoly(picture, [hull], rng.integers(40, 256, 3).tolist())
        cv2.polylines(picture, [hull], True, (25, 20, 30), 2)
    return picture


def write(path, picture):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture[:, :, ::-1])
    return path


def saved(folder, image, name="picture.png", **options):
    image.save(folder / name, **options)
    return folder / name


def framed_boxes():
    """Two framed boxes on white: 40 x 20 pixels of red, 20 x 20 of blue; truth and line-art."""
    color, line = np.full((64, 96, 3), 255, np.uint8), np.full((64, 96), 255, np.uint8)
    for left, width, rgb in ((8, 40, RED), (60, 20, BLUE)):
        color[18:42, left - 2 : left + width + 2] = 0
        line[18:42, left - 2 : left + width + 2] = 0
        color[20:40, left : left + width] = rgb
        line[20:40, left : left + width] = 255
    return color, line

"""The weights that come with the package."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from safetensors import safe_open
from skimage.color import deltaE_ciede2000, rgb2lab

from colorizer import Colorizer, Hint
from colorizer.preprocessing.lines import xdog
from colorizer.published import BUNDLED

ROOT = BUNDLED.parents[1]
PLACES = [(150, 160), (360, 330)]
COLORS = [("#d94f3a", "#3f7fd0"), ("#3f9f5f", "#d9b13a"), ("#8a4fc0", "#e08fb0")]
OFFLINE = """
import socket
def refuse(*_, **__):
    raise AssertionError("the network was asked")
socket.socket.connect = socket.getaddrinfo = refuse
from colorizer import Colorizer
print(Colorizer.from_pretrained().name)
"""


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.from_pretrained(device="cpu")


@pytest.fixture(scope="module")
def line():
    """Two overlapping figures of closed outlines, 512x512, as XDoG draws them."""
    picture = np.full((512, 512, 3), 255, np.uint8)
    for (x, y), radius in zip(PLACES, (110, 130)):
        cv2.circle(picture, (x, y), radius, (40, 40, 40), 4)
        cv2.ellipse(picture, (x, y + radius // 2), (radius // 3, 8), 0, 0, 180, (40, 40, 40), 3)
    return xdog(picture, 0.4)


def test_they_load_without_the_network():
    command = [sys.executable, "-c", OFFLINE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "bundled", done.stderr


def test_they_are_safetensors_with_config_and_card_within_25_mb():
    files = [p for p in BUNDLED.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) <= 25_000_000
    assert {p.suffix for p in files} == {".safetensors", ".json", ".md"}
    for path in BUNDLED.glob("*.safetensors"):
        with safe_open(path, "pt") as weights:
            assert len(list(weights.keys())) > 10


def test_their_config_says_spread_hints():
    config = json.loads((BUNDLED / "config.json").read_text())
    assert config["hints"] == "spread"
    assert {"draft", "colorization"} <= set(config["models"])


def distance(result, place, color):
    """Mean CIEDE2000 between the picture around a place and a color."""
    x, y = place
    around = np.asarray(result.image)[y - 30 : y + 31, x - 30 : x + 31]
    wanted = np.array(list(bytes.fromhex(color[1:])), np.uint8)[None, None]
    return deltaE_ciede2000(rgb2lab(around), rgb2lab(wanted)).mean()


def test_hints_at_least_halve_the_color_difference_around_them(colorizer, line):
    plain = colorizer(line)
    before, after = [], []
    for colors in COLORS:
        painted = colorizer(line, [Hint(*p, 6, c) for p, c in zip(PLACES, colors)])
        before += [distance(plain, p, c) for p, c in zip(PLACES, colors)]
        after += [distance(painted, p, c) for p, c in zip(PLACES, colors)]
    assert np.mean(after) <= np.mean(before) / 2


def test_without_hints_the_picture_is_finished_and_keeps_its_lines(colorizer, line):
    gray = np.asarray(colorizer(line).image.convert("L")).astype(float)
    assert gray[line < 140].mean() < gray[line == 255].mean() - 40

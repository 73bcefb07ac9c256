"""Drawings, pictures and small random checkpoints that the tests share."""

import os
import signal

os.environ["HF_HUB_OFFLINE"] = "1"  # before the first import of huggingface_hub

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from colorizer.models import ColorizationModel, DraftModel
from colorizer.published import ENVIRONMENT, write_checkpoint

from .support.pictures import write_pictures

TINY = {"width": 8, "blocks": 1, "cardinality": 4, "residual": False}
INK = (20, 20, 20)


@pytest.fixture(autouse=True)
def _clean_surroundings(monkeypatch):
    """No checkpoint of the developer's own, and the same random numbers in every test."""
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    torch.manual_seed(0)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def _shapes(width, height, seed):
    rng = np.random.default_rng(seed)
    side = min(width, height)
    for _ in range(6):
        center = (int(rng.integers(width)), int(rng.integers(height)))
        radius = int(rng.integers(max(2, side // 8), max(3, side // 3)))
        yield center, radius, tuple(int(v) for v in rng.integers(60, 256, 3))


@pytest.fixture(scope="session")
def make_picture():
    """(width, height, seed) -> uint8 RGB picture: flat colored disks with dark outlines."""

    def make(width, height, seed=0):
        picture = np.full((height, width, 3), 250, np.uint8)
        for center, radius, color in _shapes(width, height, seed):
            cv2.circle(picture, center, radius, color, -1)
            cv2.circle(picture, center, radius, INK, 2)
        return picture

    return make


@pytest.fixture(scope="session")
def make_line():
    """(width, height, seed) -> uint8 line-art: the outlines of `make_picture`, paper 255."""

    def make(width, height, seed=0):
        line = np.full((height, width), 255, np.uint8)
        for center, radius, _ in _shapes(width, height, seed):
            cv2.circle(line, center, radius, 255, -1)  # a disk hides the outlines below it
            cv2.circle(line, center, radius, 0, 2)
        return line

    return make


@pytest.fixture(scope="module")
def folders(tmp_path_factory, make_picture, make_line):
    """The folders data/a, data/b and pairs/color, pairs/line with two pictures each."""
    root = tmp_path_factory.mktemp("folders")
    for place in ("data/a", "data/b", "pairs/color"):
        write_pictures(root / place, make_picture, range(2), (540, 520))
    write_pictures(root / "pairs/line", make_line, range(2), (540, 520))
    return root


def _write(folder, hints, residual):
    torch.manual_seed(1)
    options = TINY | {"residual": residual}
    models = {"draft": DraftModel(**options), "colorization": ColorizationModel(**options)}
    write_checkpoint(folder, models, dict.fromkeys(models, options), hints)
    return folder


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    """Folder of a tiny random checkpoint for the paper's point hints."""
    return _write(tmp_path_factory.mktemp("points"), "points", residual=False)


@pytest.fixture(scope="session")
def spread_checkpoint(tmp_path_factory):
    """Folder of a tiny untrained residual checkpoint: it paints spread hints x line."""
    return _write(tmp_path_factory.mktemp("spread"), "spread", residual=True)


@pytest.fixture
def restore_sigterm():
    """Give the process its SIGTERM back: a training that is run here takes it."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def line_art(tmp_path):
    """A blank line-art file of 60x40."""
    Image.new("RGB", (60, 40), "white").save(tmp_path / "line.png")
    return tmp_path / "line.png"

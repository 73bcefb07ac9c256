"""The colorizer in a notebook: what prints itself, and what a shown page hands back."""

import io

import numpy as np
import pytest
from PIL import Image

from colorizer.pipeline import Colorization
from colorizer.preprocessing.hints import Hint


@pytest.fixture
def colored(make_picture, make_line) -> Colorization:
    image = Image.fromarray(make_picture(90, 60))
    return Colorization(image, image.resize((24, 16)), Image.fromarray(make_line(90, 60)), 0.5)


def test_a_colorization_prints_as_its_picture(colored) -> None:
    shown = Image.open(io.BytesIO(colored._repr_png_()))
    assert np.array_equal(shown, colored.image)


def test_side_by_side_is_the_line_art_with_its_dabs_and_the_picture(colored) -> None:
    sheet = np.asarray(colored.side_by_side([Hint(20, 30, 4, "#ff0000")]))
    assert np.array_equal(sheet[:, 90:], colored.image)
    assert sheet[30, 20].tolist() == [255, 0, 0]
    assert np.array_equal(sheet[:, 40:90, 0], np.asarray(colored.line)[:, 40:])

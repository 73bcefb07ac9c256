"""The colorizer in a notebook: what prints itself, and what a shown page hands back."""

import io
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gradio.data_classes import FileData
from PIL import Image

import app
from colorizer import Colorizer
from colorizer.images import InputError
from colorizer.layers import picture_layers
from colorizer.preprocessing.hints import Hint
from colorizer.result import Colorization
from colorizer.ui.canvas.component import CanvasData, HintPoint
from colorizer.ui.engine import Engine
from colorizer.ui.notebook import ShownPage
from colorizer.ui.result.component import ResultData
from tests.browser.fake import FakeColorizer


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


@pytest.fixture
def show() -> Iterator:
    """`app.show` with a fake colorizer; what it opened is closed afterwards."""
    opened = []

    def show_it(*arguments, **options) -> ShownPage:
        opened.append(app.show(FakeColorizer(), *arguments, **options))
        return opened[-1]

    yield show_it
    for page in opened:
        page.close()


def canvas_of(page: ShownPage) -> dict:
    """Return what the page's canvas begins with, as a browser gets it."""
    config = json.load(urllib.request.urlopen(f"{page.url}config"))
    values = [component["props"].get("value") for component in config["components"]]
    return next(value for value in values if isinstance(value, dict) and "given" in value)


@pytest.mark.parametrize("kind", ["path", "array", "picture"])
def test_a_shown_page_begins_with_its_line_art_and_hints(show, make_line, tmp_path, kind) -> None:
    line, dab = make_line(90, 60), Hint(20, 30, 4, "#ff0000")
    Image.fromarray(line).save(tmp_path / "circle.png")
    source = {"path": tmp_path / "circle.png", "array": line, "picture": Image.fromarray(line)}
    page = show(source[kind], [dab])
    canvas = canvas_of(page)
    with Image.open(canvas["image"]["path"]) as picture:
        assert np.array_equal(picture.convert("L"), line)
    assert canvas["image"]["orig_name"] == ("circle.png" if kind == "path" else "line-art.png")
    assert canvas["given"] != canvas_of(show(source[kind]))["given"]
    assert (page.hints, page.result) == ([dab], None)


def test_an_unreadable_line_art_is_named_and_nothing_starts(show) -> None:
    with pytest.raises(InputError, match=r"There is no file missing\.png"):
        show("missing.png")


def test_what_the_page_tells_is_there_to_read(colored, tmp_path) -> None:
    page = ShownPage(CanvasData(), Engine.holding(FakeColorizer()))
    page.hear_hints(
        CanvasData(width=90, height=60, hints=[{"x": 9, "y": 8, "r": 3, "color": "#00ff00"}])
    )
    assert page.hints == [Hint(9, 8, 3, "#00ff00")]
    files = {}
    for name, picture in {
        "image": colored.image,
        "draft": colored.draft,
        "line_art": colored.line,
    }.items():
        picture.save(tmp_path / f"{name}.png")
        files[name] = FileData(path=str(tmp_path / f"{name}.png"))
    page.hear_result(ResultData(**files, name="circle", width=90, height=60, hints=1, seconds=0.5))
    for name in ("image", "draft", "line"):
        assert np.array_equal(getattr(page.result, name), getattr(colored, name))
    Path(files["draft"].path).unlink()
    with pytest.raises(InputError, match="There is no file"):
        _ = page.result
    page.hear_result(None)
    assert page.result is None


def test_its_layers_are_those_of_the_same_line_art_and_hints(
    spread_checkpoint, make_line, tmp_path
) -> None:
    colorizer = Colorizer.from_pretrained(spread_checkpoint, device="cpu")
    page = ShownPage(CanvasData(), Engine.holding(colorizer))
    with pytest.raises(InputError, match="shows no result yet"):
        page.layers()
    path, dabs = tmp_path / "line.png", [Hint(20, 30, 4, "#ff0000"), Hint(70, 10, 3, "#00ff00")]
    Image.fromarray(make_line(90, 60)).save(path)
    files = dict.fromkeys(("image", "draft", "line_art"), FileData(path=str(path)))
    numbers = {"width": 90, "height": 60, "hints": 2, "seconds": 0.5}
    points = [HintPoint(**vars(dab)) for dab in dabs]
    page.hear_result(ResultData(**files, name="line", **numbers, points=points))
    shown = colorizer(path, dabs, rest="automatic")
    wanted = picture_layers(shown, dabs, by_color=True)
    found = page.layers(by_color=True)
    assert [layer.name for layer in found] == [layer.name for layer in wanted]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(found, wanted))
    assert len(page.layers()) == 4 < len(found)
    path.unlink()
    with pytest.raises(InputError, match="There is no file"):
        page.layers()


def test_on_a_hub_the_page_goes_by_the_way_that_the_hub_has(show, make_line, monkeypatch) -> None:
    display = pytest.importorskip("IPython.display")
    frames = []
    monkeypatch.setattr(display, "display", frames.append)
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/me/")
    page = show(make_line(90, 60))
    port = page.url.rstrip("/").rpartition(":")[2]
    assert frames[0].src == f"/user/me/proxy/{port}/"
    config = json.load(urllib.request.urlopen(f"{page.url}config"))
    assert config["root"].endswith(f"/user/me/proxy/{port}")


@pytest.mark.parametrize(
    ("size", "height"), [((300, 300), 567), ((90, 900), 640), ((900, 90), 460)]
)
def test_a_cell_is_as_high_as_its_drawing_needs(show, monkeypatch, size, height) -> None:
    asked = []
    monkeypatch.setattr(ShownPage, "launch", lambda self, *_, **options: asked.append(options))
    monkeypatch.setattr(ShownPage, "close", lambda self: None)
    show(Image.new("L", size))
    show(Image.new("L", size), height=500)
    assert [options["height"] for options in asked] == [height, 500]

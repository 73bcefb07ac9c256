"""`Colorizer` from input to picture, with tiny random and hand-made networks."""

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import sobel
from torch import nn

from colorizer import Colorization, Colorizer, Hint, InputError
from colorizer.models import ReliefModel
from colorizer.preprocessing.hints import draw_hints
from colorizer.published import ENVIRONMENT

HINTS = [Hint(20, 20, 6, "#ff2010"), Hint(70, 40, 6, "#1020ff")]


class Flat(nn.Module):
    """A draft model that paints everything orange."""

    def forward(self, line, hint):
        return torch.tensor([0.8, 0.1, -0.5])[:, None, None].expand(len(line), -1, *line.shape[2:])


class Tint(nn.Module):
    """A colorization model that darkens the draft by the line-art."""

    def forward(self, line, draft):
        return (draft + 1) * (line + 1) / 2 - 1


@pytest.fixture(scope="module")
def colorizer(checkpoint):
    return Colorizer.from_pretrained(checkpoint, device="cpu")


@pytest.fixture(scope="module")
def spreader(spread_checkpoint):
    return Colorizer.from_pretrained(spread_checkpoint, device="cpu")


@pytest.fixture
def tinter():
    return Colorizer({"draft": Flat(), "colorization": Tint()}, {}, "points")


def pixels(result):
    return np.asarray(result.image).astype(int)


@pytest.mark.parametrize(
    "size", [(1, 1), (16, 16), (37, 91), (512, 512), (1000, 700), (1600, 100), (3, 900)]
)
def test_the_picture_has_the_size_of_the_line_art(colorizer, make_line, size):
    result = colorizer(make_line(*size) if min(size) > 8 else Image.new("L", size, 255))
    assert isinstance(result, Colorization)
    assert (result.image.mode, result.image.size) == ("RGB", size)
    assert (result.line.mode, result.line.size) == ("L", size)
    assert result.draft.mode == "RGB"
    assert result.seconds > 0


def test_array_image_and_file_give_the_same_picture(colorizer, make_line, tmp_path):
    line = make_line(120, 80)
    Image.fromarray(line).save(tmp_path / "line.png")
    wanted = pixels(colorizer(line))
    for source in (Image.fromarray(line), tmp_path / "line.png", str(tmp_path / "line.png")):
        assert (pixels(colorizer(source)) == wanted).all()


def test_gray_palette_rgb_and_transparent_line_arts_give_the_same_picture(colorizer, make_line):
    line = make_line(120, 80)
    wanted = pixels(colorizer(line))
    clear = np.zeros((80, 120, 4), np.uint8)
    clear[:, :, 3] = 255 - line
    image = Image.fromarray(line)
    for source in (image.convert("RGB"), image.convert("P"), image.convert("LA"), clear):
        assert (pixels(colorizer(source)) == wanted).all()


def test_a_16_bit_line_art_is_the_8_bit_one(colorizer, make_line, tmp_path):
    line = (make_line(120, 80) // 2 + 100).astype(np.uint8)
    Image.fromarray(line.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    assert np.abs(pixels(colorizer(tmp_path / "deep.png")) - pixels(colorizer(line))).max() <= 2


def test_exif_rotation_turns_the_picture(colorizer, make_line, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(make_line(120, 80)).save(tmp_path / "turned.png", exif=exif)
    assert colorizer(tmp_path / "turned.png").image.size == (80, 120)


def test_a_list_of_hints_and_its_layer_agree(spreader, make_line):
    line = make_line(512, 512)
    hints = [Hint(h.x * 5, h.y * 5, h.r * 5, h.color) for h in HINTS]
    layer = Image.fromarray(draw_hints(hints, (512, 512)))
    assert (pixels(spreader(line, hints)) == pixels(spreader(line, layer))).all()


def test_a_list_of_hints_and_its_layer_nearly_agree_at_another_size(spreader, make_line):
    line = make_line(300, 200)
    layer = Image.fromarray(draw_hints(HINTS, (300, 200)))
    apart = np.abs(pixels(spreader(line, HINTS)) - pixels(spreader(line, layer)))
    assert np.median(apart) == 0
    assert apart.mean() < 4


@pytest.mark.parametrize("size", [(512, 512), (300, 200), (1000, 700)])
def test_an_untrained_residual_colorizer_paints_the_hint_s_color(spreader, size):
    width, height = size
    paper, hints = np.full((height, width), 255, np.uint8), [Hint(20, 20, 5, "#c86432")]
    assert np.abs(pixels(spreader(paper, hints)) - (200, 100, 50)).max() <= 3


def test_hints_change_the_picture_and_none_is_an_empty_list(colorizer, make_line):
    line = make_line(120, 80)
    empty = Image.new("RGBA", (120, 80))
    without = pixels(colorizer(line))
    assert (pixels(colorizer(line, [])) == without).all()
    assert (pixels(colorizer(line, empty)) == without).all()
    assert (pixels(colorizer(line, HINTS)) != without).any()


def test_the_same_input_gives_the_same_picture(colorizer, make_line):
    line = make_line(120, 80)
    assert (pixels(colorizer(line, HINTS)) == pixels(colorizer(line, HINTS))).all()


def test_hints_of_another_size_are_refused_with_both_sizes(colorizer, make_line):
    with pytest.raises(InputError, match=r"hints are 60x40.*line-art is 120x80"):
        colorizer(make_line(120, 80), Image.new("RGBA", (60, 40)))


@pytest.mark.parametrize("hints", [[(1, 2, 3)], ["#ffffff"], [None]])
def test_hints_that_are_no_hints_are_refused(colorizer, make_line, hints):
    with pytest.raises(InputError, match="hints"):
        colorizer(make_line(120, 80), hints)


@pytest.mark.parametrize("hints", [3, "hints.png", np.zeros((80, 120, 4), np.uint8), {"hints": []}])
def test_hints_of_another_type_are_refused(colorizer, make_line, hints):
    with pytest.raises(InputError, match="hints"):
        colorizer(make_line(120, 80), hints)


def test_a_line_art_that_cannot_be_used_is_refused(colorizer):
    with pytest.raises(InputError, match="float64"):
        colorizer(np.zeros((8, 8)))
    with pytest.raises(InputError, match="megapixels"):
        colorizer(Image.new("1", (8000, 5000)))


def test_lines_stay_sharp_at_2000_pixels(tinter, make_line):
    line = make_line(2000, 1400, 5)
    painted = pixels(tinter(line))[:, :, 0]

    def edges(plane):
        return np.hypot(sobel(plane.astype(float), 0), sobel(plane.astype(float), 1)).ravel()

    assert np.corrcoef(edges(painted), edges(line))[0, 1] > 0.95


def test_the_draft_is_a_quarter_of_the_working_size(tinter, make_line):
    assert tinter(make_line(512, 512)).draft.size == (128, 128)
    width, height = tinter(make_line(1000, 700)).draft.size
    assert width / height == pytest.approx(10 / 7, rel=0.02)


def test_a_saved_picture_is_the_picture(tinter, make_line, tmp_path):
    result = tinter(make_line(60, 40))
    result.save(tmp_path / "out.png")
    assert (np.asarray(Image.open(tmp_path / "out.png")) == pixels(result)).all()


def test_a_batch_gives_its_single_pictures(colorizer):
    line, small = torch.rand(2, 1, 128, 64), torch.rand(2, 1, 32, 16)
    hint = torch.rand(2, 4, 32, 16)
    together = colorizer.forward(line, small, hint)
    for i in range(2):
        alone = colorizer.forward(line[i : i + 1], small[i : i + 1], hint[i : i + 1])
        for one, many in zip(alone, together):
            torch.testing.assert_close(one[0], many[i], rtol=1e-4, atol=1e-5)


def test_a_saved_colorizer_comes_back_the_same(colorizer, make_line, tmp_path):
    colorizer.save_pretrained(tmp_path / "saved")
    again = Colorizer.from_pretrained(tmp_path / "saved", device="cpu")
    line = make_line(120, 80)
    assert (pixels(again(line, HINTS)) == pixels(colorizer(line, HINTS))).all()
    assert again.hints == colorizer.hints
    assert again.name == str(tmp_path / "saved")


def test_the_environment_names_the_checkpoint(spread_checkpoint, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, str(spread_checkpoint))
    colorizer = Colorizer.from_pretrained()
    assert colorizer.name == str(spread_checkpoint)
    assert colorizer.hints == "spread"


def test_an_argument_goes_before_the_environment(checkpoint, spread_checkpoint, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, str(spread_checkpoint))
    assert Colorizer.from_pretrained(checkpoint).hints == "points"


@pytest.mark.parametrize("name", ["nobody/nothing-at-all", "nobody/nothing-at-all@v1"])
def test_an_unknown_repository_is_named_and_nothing_else_is_loaded(name):
    with pytest.raises(InputError, match=name):
        Colorizer.from_pretrained(name)


def test_an_unknown_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="no-such-folder"):
        Colorizer.from_pretrained(tmp_path / "no-such-folder")


def test_the_models_go_to_the_device_that_is_asked_for(colorizer):
    assert colorizer.to("cpu").device == torch.device("cpu")
    assert colorizer.to(None).device.type in ("cuda", "cpu")


def test_networks_trained_on_smaller_squares_paint_at_their_size(tinter, make_line):
    tinter.side = 128
    assert tinter(make_line(128, 128)).draft.size == (32, 32)
    assert tinter(make_line(512, 512)).draft.size == (32, 32)


def test_few_large_line_arts_are_kept(tinter, make_line, monkeypatch):
    monkeypatch.setattr("colorizer.pipeline.KEPT_PIXELS", 2 * 64 * 64)
    kept = []
    for side in (64, 64, 80, 128):
        tinter(make_line(side, side))
        kept.append([full.line.shape[0] for full, _ in tinter._latest.values()])
    assert kept[-2:] == [[80], [128]]
    assert kept[0] == [64]


@pytest.fixture
def shaded(spread_checkpoint):
    """A colorizer whose relief lies in shadow whatever the light."""
    colorizer = Colorizer.from_pretrained(spread_checkpoint, device="cpu")
    colorizer.models["relief"] = relief = ReliefModel(4).eval()
    relief.relief.weight.data[:], relief.relief.bias.data[:] = 0, torch.tensor([0, 0, 0, -20.0])
    return colorizer


@pytest.mark.parametrize("lines", ["kept", "painted"])
@pytest.mark.parametrize("size", [(512, 512), (900, 700)])
def test_shadows_darken_the_colors_under_the_same_lines(shaded, make_line, size, lines):
    line = make_line(*size)
    flat = shaded(line, HINTS, lines=lines)
    result = shaded(line, HINTS, lines=lines, shadows="above")
    assert flat.shadows is None
    assert result.shadows.shape == (size[1], size[0], 3)
    wanted = pixels(flat) * (result.shadows / 255)
    assert np.abs(pixels(result) - wanted)[line == 255].max() <= 1
    assert np.array_equal(result.colors, flat.colors)
    assert (result.shadows < 210).all(2).mean() > 0.1


def test_shadows_need_their_network_and_a_side(shaded, spreader, make_line):
    line = make_line(64, 64)
    with pytest.raises(InputError, match="have no network for shadows, relief"):
        spreader(line, shadows="left")
    with pytest.raises(InputError, match="shadows is 'below'; wanted is none or left or above"):
        shaded(line, shadows="below")

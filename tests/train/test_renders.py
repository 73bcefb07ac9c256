"""Renders as training pictures: read from their folders, recolored at every draw."""

import colorsys

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

import train.data as data_module
from colorizer.images import InputError, to_u8
from tests.support.runs import write_regions
from train import renders
from train.data import Drawings
from train.index import list_entries
from train.options import DataConfig

PLAIN = {"hue": 0.0, "contrast": 0.0, "fade": 1.0, "equalize": 0.0, "crop": 256}
SKIN, HAIR, SCLERA, TOP = 1, 2, 3, 10
PATCHES = {
    SKIN: (60, 60),
    HAIR: (180, 60),
    SCLERA: (60, 180),
    TOP: (180, 180),
    SKIN + 64: (120, 30),
}
NONE = np.empty((0, renders.PALETTE, 3), np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of two renders of 256x256: disks of five materials."""
    root = tmp_path_factory.mktemp("renders")
    ids, line = np.zeros((256, 256), np.uint8), np.full((256, 256), 255, np.uint8)
    for number, center in PATCHES.items():
        cv2.circle(ids, center, 25, number, -1)
        cv2.circle(line, center, 25, 0, 2)
    gap = line.copy()
    gap[:90, 50:70] = 255
    shade = np.dstack(
        [np.where(np.arange(256) < 128, 255, 0)[:, None] * np.ones(256), 0 * ids, ids]
    )
    files = {"id": ids, "line": line, "line_open": gap}
    for name in ("a", "b"):
        for kind, picture in files.items():
            (root / kind).mkdir(exist_ok=True)
            Image.fromarray(picture).convert("RGB").save(
                root / f"{kind}/{name}.webp", lossless=True
            )
        (root / "shade").mkdir(exist_ok=True)
        lit = Image.fromarray(shade.astype(np.uint8))
        lit.save(root / f"shade/{name}-0.webp", lossless=True)
    return root


def config(folder, **options):
    return DataConfig(**({"renders": (str(folder),)} | PLAIN | options))


def test_the_same_seed_gives_the_same_sample_and_every_draw_other_colors(folder):
    first, again = (Drawings(config(folder), 3, large=True) for _ in range(2))
    for i in reversed(range(8)):
        assert all(torch.equal(first[i][k], again[i][k]) for k in first[i])
    assert len({first[i]["large_color"].mean().item() for i in range(8)}) == 8


def test_either_line_art_is_shown_about_half_of_the_time(folder, rng):
    dataset = Drawings(config(folder, real_share=1.0), 0)
    ink = [np.count_nonzero(dataset._read(0, rng)[1] < 128) for _ in range(60)]
    whole = [renders.read_render(folder / "id/a.webp", kind)[0] for kind in renders.LINES]
    assert np.count_nonzero(whole[0] < 128) > np.count_nonzero(whole[1] < 128)
    assert len(set(ink)) > 30  # many scales
    kinds = [renders.LINES[np.random.default_rng(i).integers(2)] for i in range(60)]
    assert 15 < kinds.count("line") < 45


def test_a_material_has_one_flat_color_in_each_figure(folder, rng):
    line, ids = renders.read_render(folder / "id/a.webp", "line")
    flat = renders.flat_colors(NONE, rng)
    lit = np.zeros((*ids.shape, 3), np.uint8)
    lit[:, :, 0] = 255
    color = renders.shaded(ids, lit, flat, np.ones((256, 3)), 0.5)
    np.testing.assert_array_equal(color, flat[ids])
    assert (flat[SKIN] != flat[SKIN + 64]).any()
    drawn = renders.draw_over(color, line, np.zeros(3))
    assert (drawn[line == 0] == 0).all()
    np.testing.assert_array_equal(drawn[line == 255], color[line == 255])


def test_color_is_flat_times_shade(rng):
    ids = np.full((1, 3), HAIR, np.uint8)
    shade = np.array([[[255, 0, 0], [0, 255, 0], [255, 0, 255]]], np.uint8)
    flat, factors = np.full((256, 3), 200, np.uint8), np.full((256, 3), 0.5)
    color = renders.shaded(ids, shade, flat, factors, 0.4)
    wanted = [200, 200 * 0.5 * (1 - 0.16), 200 + (255 - 200) * 0.4]
    np.testing.assert_allclose(color[0, :, 0], wanted, atol=1.5)
    ids[:] = TOP  # shines on hair alone
    assert renders.shaded(ids, shade, flat, factors, 0.4)[0, 2, 0] == 200


def test_skin_is_a_skin_tone_and_the_eyes_are_white(rng):
    palettes = np.full((3, renders.PALETTE, 3), (0, 200, 0), np.uint8)
    seen = np.array([renders.flat_colors(palettes, rng) for _ in range(200)])
    for red, green, blue in seen[:, [SKIN, SKIN + 64]].reshape(-1, 3) / 255.0:
        hue, saturation, _ = colorsys.rgb_to_hsv(red, green, blue)
        assert 10 <= 360 * hue <= 30
        assert 0.08 <= saturation <= 0.6
    assert seen[:, SCLERA].min() > 225
    assert seen[:, SKIN, 0].std() > 15
    green = (seen[:, TOP] == (0, 200, 0)).all(1).mean()
    assert 0.2 < green < 0.5  # half of the figures, but for white and black clothes
    assert 0.5 < (seen[:, 0] == 255).all(1).mean() < 0.9


def test_figures_wear_the_colors_of_real_pictures(folder, tmp_path):
    Image.new("RGB", (64, 64), (10, 120, 60)).save(tmp_path / "green.png")
    dataset = Drawings(config(folder, data=(str(tmp_path),)), 0)
    assert (dataset.palettes == (10, 120, 60)).all()
    assert len(dataset.palettes) == 1
    assert len(Drawings(config(folder), 0).palettes) == 0


def test_beside_a_region_network_fewer_renders_keep_their_exact_walls(
    folder, tmp_path, monkeypatch
):
    seen, run = [], str(write_regions(tmp_path, 0))
    monkeypatch.setattr(data_module, "spread_hints", lambda *a: seen.append(a) or a[1][::4, ::4])
    dataset = Drawings(config(folder, hints="spread", regions=run, real_share=1.0), 0)
    for i in range(80):
        dataset[i]
    models = [model for *_, model in seen]
    assert models.count(None) + models.count(dataset.regions) == 80
    assert models.count(None) == pytest.approx(80 * data_module.KNOWN_BESIDE, abs=12)


def test_renders_have_a_weight_and_can_be_held_out(folder, make_picture, tmp_path):
    Image.fromarray(make_picture(80, 80)).save(tmp_path / "a.png")
    options = config(folder, renders=(f"{folder}=3",), data=(str(tmp_path),))
    assert sorted(e.weight for e in list_entries(options)) == [1, 3, 3]
    with pytest.raises(InputError, match="no pictures"):
        list_entries(config(folder, hold_out=("id",)))
    with pytest.raises(InputError, match="holds no renders"):
        list_entries(config(tmp_path))


def test_a_render_without_shade_is_skipped_and_named(folder, tmp_path, capfd):
    for kind in ("id", "line", "line_open"):
        (tmp_path / kind).symlink_to(folder / kind)
    (tmp_path / "shade").mkdir()
    (tmp_path / "shade/b-0.webp").symlink_to(folder / "shade/b-0.webp")
    dataset = Drawings(config(tmp_path), 0)
    first = [dataset[i] for i in range(8)]
    assert capfd.readouterr().err.count("a-0.webp of a render is missing") == 1
    assert all(torch.equal(first[i]["color"], dataset[i]["color"]) for i in range(8))


def test_the_colors_lie_under_the_lines(folder):
    dataset = Drawings(config(folder, real_share=1.0, renders=(str(folder),)), 0, large=True)
    for i in range(12):
        sample = dataset[i]
        color, line = to_u8(sample["large_color"]), to_u8(sample["large_line"])
        assert color[line < 20].max() < 130


def test_another_artist_s_picture_has_other_tones_and_half_the_time_a_scene_behind(rng):
    ids = np.zeros((96, 128), np.uint8)
    ids[30:60, 40:90] = SKIN
    color = np.where(ids[:, :, None] == SKIN, np.uint8([241, 196, 166]), np.uint8(255))
    blue = np.full((8, 8, 3), (20, 40, 220), np.uint8)
    painted = [renders.paint_freely(color, ids, [blue], rng) for _ in range(40)]
    assert all(p.dtype == np.uint8 and p.shape == color.shape for p in painted)
    inside = np.array([np.median(p[ids == SKIN], 0) for p in painted])
    outside = np.array([np.median(p[ids == 0], 0) for p in painted])
    assert (inside[:, 0] > inside[:, 2]).mean() > 0.9  # skin stays warm
    assert inside.std(0).min() > 5
    assert 0.3 < (outside[:, 2] - outside[:, 0] > 80).mean() < 0.7

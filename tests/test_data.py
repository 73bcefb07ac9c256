"""Training samples: what is in them, and that (seed, index) alone decides it."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from colorizer.images import InputError, load_image, to_u8
from colorizer.preprocessing import lines
from colorizer.preprocessing.artifacts import NUMBERS
from train import index
from train.augment import jitter, paint_background, paint_hints, shift_hue
from train.data import DataConfig, Drawings, Entry, decode, list_entries, read_color

PLAIN = {"hue": 0.0, "contrast": 0.0, "fade": 1.0, "equalize": 0.0, "crop": 64}


@pytest.fixture(scope="module")
def folders(tmp_path_factory, make_picture, make_line):
    """The folders data/a, data/b and pairs/color, pairs/line with two pictures each."""
    root = tmp_path_factory.mktemp("folders")
    for place in ("data/a", "data/b", "pairs/color", "pairs/line"):
        (root / place).mkdir(parents=True)
        for seed in range(2):
            make = make_line if place == "pairs/line" else make_picture
            Image.fromarray(make(540, 520, seed)).save(root / place / f"{seed}.png")
    return root


def config(folders, **options):
    return DataConfig(**({"data": (str(folders / "data"),)} | PLAIN | options))


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("hints", ["points", "spread"])
def test_a_sample_has_the_shapes_and_ranges_of_the_models(folders, hints):
    sample = Drawings(config(folders, hints=hints, crop=128), 0, 8, large=True)[3]
    shapes = {name: tuple(t.shape) for name, t in sample.items()}
    assert shapes == {
        "color": (3, 32, 32),
        "line": (1, 32, 32),
        "hint": (4, 32, 32),
        "large_color": (3, 128, 128),
        "large_line": (1, 128, 128),
        "damage": (NUMBERS,),
    }
    for tensor in sample.values():
        assert tensor.dtype == torch.float32
        assert tensor.abs().max() <= 1
    assert sample["hint"][3].min() >= 0


def test_the_small_picture_is_the_large_one_averaged(folders):
    sample = Drawings(config(folders), 0, 8, large=True)[0]
    for name in ("color", "line"):
        small = torch.nn.functional.avg_pool2d(sample[f"large_{name}"], 4)
        np.testing.assert_allclose(sample[name], small, atol=1.01 / 127.5)


def test_a_sample_depends_on_seed_and_index_alone(folders):
    options = config(folders, hue=0.1, contrast=0.2, equalize=0.5, fade=0.5, flat_background=0.5)
    first, again = Drawings(options, 5, 100), Drawings(options, 5, 999)
    backwards = [again[i] for i in (3, 2, 1, 0)][::-1]
    assert all(same(first[i], backwards[i]) for i in range(4))
    assert not same(first[0], first[1])
    assert not same(first[0], Drawings(options, 6, 100)[0])


def test_workers_give_the_samples_of_one_process(folders):
    dataset = Drawings(config(folders), 5, 4)
    for i, sample in enumerate(DataLoader(dataset, batch_size=None, num_workers=2)):
        assert same(sample, dataset[i])


def test_a_cache_gives_the_samples_of_decoding(folders, tmp_path):
    plain = Drawings(config(folders), 0, 6)
    filled = Drawings(config(folders, cache=str(tmp_path / "cache")), 0, 6)
    for _ in ("written", "read"):
        assert all(same(plain[i], filled[i]) for i in range(6))
    kept = sorted(p.name for p in (tmp_path / "cache").iterdir())
    assert len(kept) <= 4
    assert not any("part" in name for name in kept)


def test_a_changed_picture_is_not_taken_from_the_cache(tmp_path, make_picture):
    (tmp_path / "data").mkdir()
    options = DataConfig(data=(str(tmp_path / "data"),), cache=str(tmp_path / "cache"), **PLAIN)
    seen = []
    for value in (10, 200):
        Image.new("RGB", (512, 512), (value,) * 3).save(tmp_path / "data/a.png")
        seen.append(to_u8(Drawings(options, 0, 1)[0]["color"])[0, 0, 0])
    assert seen == [10, 200]


def test_point_hints_show_the_picture_s_own_colors(folders):
    dataset = Drawings(config(folders), 0, 30)
    counts = []
    for i in range(30):
        sample = dataset[i]
        held = sample["hint"][3] > 0
        counts.append(int(held.sum()))
        assert torch.equal(sample["hint"][:3, held], sample["color"][:, held])
        assert (sample["hint"][:3, ~held] == 0).all()
    assert 0 in counts
    assert max(counts) > 40


def test_spread_hints_fill_the_picture_or_are_empty(folders):
    dataset = Drawings(config(folders, hints="spread", most_hints=20, dab=3), 0, 30)
    filled = [(dataset[i]["hint"][3] > 0).float().mean().item() for i in range(30)]
    assert 0.0 in filled
    assert filled.count(1.0) > 15


def test_most_hints_0_gives_none(folders):
    dataset = Drawings(config(folders, most_hints=0), 0, 4)
    assert all(dataset[i]["hint"].abs().sum() == 0 for i in range(4))


def test_the_line_art_is_the_method_s_that_the_shares_name(folders):
    dataset = Drawings(config(folders, xdog_share=0, dilate_share=0), 0, 4, large=True)
    for i in range(4):
        color = to_u8(dataset[i]["large_color"])
        line = to_u8(dataset[i]["large_line"])
        np.testing.assert_allclose(line, lines.to_gray(color).astype(int), atol=4)


def test_pairs_show_their_own_line_art(folders):
    options = {"data": (), "pairs": (str(folders / "pairs"),)}
    drawn = Drawings(config(folders, real_share=1.0, **options), 0, 8, large=True)
    values = {int(v) for i in range(8) for v in to_u8(drawn[i]["large_line"]).ravel()}
    assert values == {0, 255}
    extracted = Drawings(config(folders, real_share=0.0, xdog_share=1.0, **options), 0, 8, True)
    values = {int(v) for i in range(8) for v in to_u8(extracted[i]["large_line"]).ravel()}
    assert 127 in values


def test_picture_and_line_art_of_a_pair_stay_aligned(folders):
    pairs = {"data": (), "pairs": (str(folders / "pairs"),), "real_share": 1.0}
    sample = Drawings(config(folders, crop=512, **pairs), 0, 1, large=True)[0]
    ink = sample["large_line"][0] < 0
    assert (sample["large_color"][:, ink].mean(0) < -0.5).float().mean() > 0.9


@pytest.fixture
def spoiled(tmp_path, make_picture):
    """Three good pictures, one without pixels, one too small, one cut in its data."""
    (tmp_path / "data").mkdir()
    for seed in range(3):
        Image.fromarray(make_picture(512, 512, seed)).save(tmp_path / f"data/good{seed}.jpg")
    (tmp_path / "data/empty.png").write_bytes(b"")
    Image.fromarray(make_picture(63, 200)).save(tmp_path / "data/small.png")
    whole = (tmp_path / "data/good0.jpg").read_bytes()
    (tmp_path / "data/cut.jpg").write_bytes(whole[: len(whole) // 2])
    return tmp_path


def test_unreadable_and_too_small_pictures_are_skipped_and_named_once(spoiled, capfd):
    options = DataConfig(data=(str(spoiled / "data"),), **PLAIN)
    kept = {e.color.name for e in list_entries(options)}
    told = capfd.readouterr().err
    assert kept == {"good0.jpg", "good1.jpg", "good2.jpg", "cut.jpg"}
    assert "skipped 2 of 6 pictures: 1 unreadable, 1 below 64 pixels" in told
    assert told.count("empty.png") == told.count("small.png") == 1
    kept = {e.color.name for e in list_entries(dataclasses.replace(options, smallest=63))}
    assert "small.png" in kept


def test_a_picture_that_fails_in_decoding_is_replaced_and_named_once(spoiled, capfd):
    options = DataConfig(data=(str(spoiled / "data"),), smallest=1, **PLAIN)
    dataset = Drawings(options, 0, 40)
    capfd.readouterr()
    loaded = list(DataLoader(dataset, batch_size=None, num_workers=2))
    assert capfd.readouterr().err.count("/cut.jpg: ") == 1
    fresh = Drawings(options, 0, 40)
    backwards = [fresh[i] for i in reversed(range(40))][::-1]
    assert all(same(a, b) for a, b in zip(loaded, backwards))


def test_pictures_that_all_fail_end_the_run(spoiled):
    for path in (spoiled / "data").glob("good*"):
        path.unlink()
    with pytest.raises(InputError, match="100 pictures in a row"):
        Drawings(DataConfig(data=(str(spoiled / "data"),), **PLAIN), 0, 1)[0]


def test_a_cut_jpeg_is_refused_and_a_whole_one_is_pillow_s_picture(spoiled):
    with pytest.raises(InputError, match=r"Cannot read cut\.jpg"):
        read_color(spoiled / "data/cut.jpg")
    wanted = np.asarray(Image.open(spoiled / "data/good1.jpg").convert("RGB")).astype(int)
    assert np.abs(read_color(spoiled / "data/good1.jpg") - wanted).max() <= 2


def test_a_jpeg_is_turned_as_its_exif_says(tmp_path, make_picture):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter clockwise when shown
    Image.fromarray(make_picture(80, 40)).save(tmp_path / "turned.jpg", exif=exif)
    wanted = np.asarray(load_image(tmp_path / "turned.jpg")).astype(int)
    assert wanted.shape == (80, 40, 3)
    assert np.abs(read_color(tmp_path / "turned.jpg") - wanted).max() <= 2


def test_a_pair_without_line_art_is_skipped(folders, tmp_path, make_picture, capfd):
    (tmp_path / "color").mkdir()
    Image.fromarray(make_picture(80, 80)).save(tmp_path / "color/alone.png")
    both = DataConfig(pairs=(str(folders / "pairs"), str(tmp_path)))
    assert len(list_entries(both)) == 2
    assert "alone.png: without line-art" in capfd.readouterr().err


def headers_read(monkeypatch):
    """The names of files whose header is read from now on."""
    seen, header = [], index._header
    monkeypatch.setattr(index, "_header", lambda path: seen.append(path.name) or header(path))
    return seen


def test_the_index_reads_only_the_headers_of_new_and_changed_files(
    spoiled, tmp_path, make_picture, monkeypatch
):
    options, seen = DataConfig(data=(str(spoiled / "data"),)), headers_read(monkeypatch)
    first = list_entries(options, tmp_path / "index")
    assert len(seen) == 6
    assert list_entries(options, tmp_path / "index") == first
    assert len(seen) == 6
    Image.fromarray(make_picture(300, 300)).save(spoiled / "data/small.png")
    assert len(list_entries(options, tmp_path / "index")) == len(first) + 1
    assert seen[6:] == ["small.png"]
    (tmp_path / "index" / index.INDEX_NAME).write_text("{half")
    assert len(list_entries(options, tmp_path / "index")) == len(first) + 1


def test_many_skipped_pictures_are_listed_in_a_file(tmp_path, make_picture, capfd):
    for seed in range(12):
        (tmp_path / f"empty{seed:02}.png").write_bytes(b"")
    Image.fromarray(make_picture(64, 64)).save(tmp_path / "good.png")
    list_entries(DataConfig(data=(str(tmp_path),)), tmp_path / "index")
    assert "empty11" not in capfd.readouterr().err
    assert (tmp_path / "index/skipped.txt").read_text().count("unreadable") == 12


def test_a_folder_counts_as_often_as_its_weight_says(folders):
    data = (f"{folders}/data/a=0.5", f"{folders}/data/b")
    pairs = (f"{folders}/pairs=2",)
    weights = {
        e.color.parent.name: e.weight for e in list_entries(DataConfig(data=data, pairs=pairs))
    }
    assert weights == {"a": 0.5, "b": 1.0, "color": 2.0}
    kept = list_entries(DataConfig(data=(f"{folders}/data/a=0", f"{folders}/data/b")))
    assert {e.color.parent.name for e in kept} == {"b"}
    with pytest.raises(InputError, match="from 0 on"):
        list_entries(DataConfig(data=(f"{folders}/data/a=-1",)))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "no pictures"),
        ({"data": ("/nowhere/at/all",)}, "no folder /nowhere/at/all"),
        ({"pairs": ("/nowhere",)}, "no folder /nowhere/color"),
    ],
)
def test_folders_that_give_nothing_are_named(options, sentence):
    with pytest.raises(InputError, match=sentence):
        list_entries(DataConfig(**options))


def test_a_weight_that_is_no_number_is_named(folders):
    with pytest.raises(InputError, match="'a=much'"):
        list_entries(config(folders, weights=("a=much",)))


@pytest.mark.parametrize("crop", [100, 32])
def test_a_crop_that_64_does_not_divide_is_named(folders, crop):
    with pytest.raises(InputError, match=f"--crop is {crop}; wanted is a multiple of 64"):
        Drawings(config(folders, crop=crop), 0, 1)


def test_held_out_folders_and_files_are_left_out(folders):
    kept = list_entries(config(folders, hold_out=("b",)))
    assert {e.color.parent.name for e in kept} == {"a"}
    assert len(kept) == 2
    with pytest.raises(InputError, match="no pictures"):
        list_entries(config(folders, hold_out=("a", "b")))


def test_a_weight_counts_a_folder_so_many_times(folders):
    dataset = Drawings(config(folders, weights=("b=3",)), 0, 1)
    weights = {e.color.parent.name: e.weight for e in dataset.entries}
    assert weights == {"a": 1, "b": 3}
    np.testing.assert_allclose(np.diff(dataset.bounds, prepend=0), [1 / 8, 1 / 8, 3 / 8, 3 / 8])


def test_a_small_picture_is_enlarged_and_a_large_one_kept(tmp_path, make_picture):
    for name, size in (("small", (100, 150)), ("large", (700, 600))):
        Image.fromarray(make_picture(*size)).save(tmp_path / f"{name}.png")
    small = decode(Entry(tmp_path / "small.png", None, 1), 512)
    assert small.shape == (768, 512, 4)
    assert (small[:, :, 3] == 255).all()
    large = decode(Entry(tmp_path / "large.png", None, 1), 512)
    assert (large[:, :, :3] == make_picture(700, 600)).all()


def test_about_half_of_the_crops_are_mirrored(tmp_path):
    ramp = np.tile(np.linspace(0, 255, 512).astype(np.uint8)[None, :, None], (512, 1, 3))
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    options = DataConfig(data=(str(tmp_path),), cache=str(tmp_path / "cache"), **PLAIN)
    rows = [
        sample["color"][0, 0] for sample in map(Drawings(options, 0, 100).__getitem__, range(100))
    ]
    assert sum(bool(row[-1] > row[0]) for row in rows) == pytest.approx(50, abs=20)


@pytest.mark.parametrize("free", [True, False])
def test_no_jitter_changes_nothing(make_picture, make_line, rng, free):
    picture, options = make_picture(64, 64), DataConfig(hue=0, contrast=0)
    assert (jitter(picture, make_line(64, 64), options, free, rng) == picture).all()


def test_jitter_stays_near_the_picture(make_picture, make_line, rng):
    picture = make_picture(64, 64)
    changed = jitter(picture, make_line(64, 64), DataConfig(), True, rng)
    assert 0 < np.abs(changed.astype(int) - picture).mean() < 25


def test_without_hints_hue_and_background_stay(make_line, rng):
    red, options = np.full((64, 64, 3), 255, np.uint8), DataConfig(hue=0.5, flat_background=1.0)
    red[:, 32:] = (200, 20, 20)
    changed = jitter(red, make_line(64, 64), options, False, rng)
    assert (changed[:, 40, 0].astype(int) - changed[:, 40, 1]).min() > 120
    assert changed[0, 0].min() > 240


def test_hue_turns_the_color_circle():
    red = np.full((2, 2, 3), (200, 0, 0), np.uint8)
    np.testing.assert_allclose(shift_hue(red, 1 / 3, 1)[0, 0], (0, 200, 0), atol=6)
    np.testing.assert_allclose(shift_hue(red, -1 / 3, 1)[0, 0], (0, 0, 200), atol=6)
    np.testing.assert_allclose(shift_hue(red, 0, 0.5)[0, 0], (200, 100, 100), atol=2)


def test_only_white_that_touches_a_corner_is_background():
    picture, line = np.full((40, 40, 3), 255, np.uint8), np.full((40, 40), 255, np.uint8)
    picture[10:30, 10:30] = 0
    picture[15:25, 15:25] = 255
    painted = paint_background(picture, line, np.array([1, 2, 3]))
    assert (painted[0, 0] == (1, 2, 3)).all()
    assert (painted[20, 20] == 255).all()
    assert (painted[12, 12] == 0).all()
    assert (picture[0, 0] == 255).all()


def test_painted_hints_have_colors_of_the_picture(make_picture, rng):
    picture = make_picture(256, 256)
    layer = paint_hints(picture, 40, DataConfig(dab=4, strokes=0.5), rng)
    held = layer[:, :, 3] > 0
    known = {tuple(c) for c in picture.reshape(-1, 3).tolist()}
    assert {tuple(c) for c in layer[held][:, :3].tolist()} <= known
    assert held.sum() > 40


def test_a_stroke_stays_on_its_color(make_picture, rng):
    picture = make_picture(256, 256)
    options = dataclasses.replace(DataConfig(), dab=0, strokes=1.0)
    for _ in range(40):
        layer = paint_hints(picture, 1, options, rng)
        held = layer[:, :, 3] > 0
        apart = np.abs(picture[held].astype(int) - layer[held][:, :3]).max(1)
        assert np.median(apart) <= 40

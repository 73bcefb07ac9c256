"""Which pictures are trained on, and that bad ones are skipped and named once."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch.utils.data import DataLoader

from colorizer.images import InputError, load_image
from tests.support.runs import PLAIN, same_state
from train.data import Drawings, read_color
from train.index import Entry, choose, list_entries
from train.options import DataConfig


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
    dataset = Drawings(options, 0)
    capfd.readouterr()
    loaded = list(DataLoader(dataset, batch_size=None, sampler=range(40), num_workers=2))
    assert capfd.readouterr().err.count("/cut.jpg: ") == 1
    fresh = Drawings(options, 0)
    backwards = [fresh[i] for i in reversed(range(40))][::-1]
    assert all(same_state(a, b) for a, b in zip(loaded, backwards))


def test_pictures_that_all_fail_end_the_run(spoiled):
    for path in (spoiled / "data").glob("good*"):
        path.unlink()
    with pytest.raises(InputError, match="100 pictures in a row"):
        Drawings(DataConfig(data=(str(spoiled / "data"),), **PLAIN), 0)[0]


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


def test_all_skipped_pictures_are_named(tmp_path, make_picture, capfd):
    for seed in range(12):
        (tmp_path / f"empty{seed:02}.png").write_bytes(b"")
    Image.fromarray(make_picture(64, 64)).save(tmp_path / "good.png")
    assert len(list_entries(DataConfig(data=(str(tmp_path),)))) == 1
    told = capfd.readouterr().err
    assert all(told.count(f"empty{seed:02}.png: unreadable") == 1 for seed in range(12))
    assert "skipped 12 of 13 pictures: 12 unreadable" in told


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


def test_pictures_are_chosen_once_each_by_weight_and_no_renders(rng):
    weights = {"heavy": 9.0, "light": 1.0, "never": 0.0}
    entries = [Entry(Path(name), None, weight) for name, weight in weights.items()]
    entries.append(Entry(Path("render"), None, 9.0, render=True))
    first = [choose(entries, 1, rng)[0] for _ in range(200)]
    assert first.count(0) / 200 == pytest.approx(0.9, abs=0.06)
    assert sorted(choose(entries, 5, rng)) == [0, 1]
    assert choose(entries[3:], 5, rng) == []


def test_a_weight_that_is_no_number_is_named(folders):
    with pytest.raises(InputError, match="'a=much'"):
        list_entries(DataConfig(data=(f"{folders}/data",), weights=("a=much",)))


def test_held_out_folders_and_files_are_left_out(folders):
    kept = list_entries(DataConfig(data=(f"{folders}/data",), hold_out=("b",)))
    assert {e.color.parent.name for e in kept} == {"a"}
    assert len(kept) == 2
    with pytest.raises(InputError, match="no pictures"):
        list_entries(DataConfig(data=(f"{folders}/data",), hold_out=("a", "b")))

"""Training samples: what is in them, and that (seed, index) alone decides it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from colorizer.images import InputError, to_u8
from colorizer.preprocessing import lines
from tests.support.pictures import BLUE, RED, WHITE, framed_boxes
from tests.support.runs import PLAIN, same_state, write_regions
from train.artifacts import NUMBERS
from train.augment import paint_hints
from train.data import Drawings, decode
from train.index import Entry
from train.options import DataConfig


def config(folders, **options):
    return DataConfig(**({"data": (str(folders / "data"),)} | PLAIN | options))


@pytest.mark.parametrize("hints", ["points", "spread"])
def test_a_sample_has_the_shapes_and_ranges_of_the_models(folders, hints):
    sample = Drawings(config(folders, hints=hints, crop=128), 0, large=True)[3]
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
    sample = Drawings(config(folders), 0, large=True)[0]
    for name in ("color", "line"):
        small = torch.nn.functional.avg_pool2d(sample[f"large_{name}"], 4)
        np.testing.assert_allclose(sample[name], small, atol=1.01 / 127.5)


def test_a_sample_depends_on_seed_and_index_alone(folders):
    options = config(folders, hue=0.1, contrast=0.2, equalize=0.5, fade=0.5, flat_background=0.5)
    first, again = Drawings(options, 5), Drawings(options, 5)
    backwards = [again[i] for i in (3, 2, 1, 0)][::-1]
    assert all(same_state(first[i], backwards[i]) for i in range(4))
    assert not same_state(first[0], first[1])
    assert not same_state(first[0], Drawings(options, 6)[0])


def test_workers_give_the_samples_of_one_process(folders):
    dataset = Drawings(config(folders), 5)
    loader = DataLoader(dataset, batch_size=None, sampler=range(4), num_workers=2)
    for i, sample in enumerate(loader):
        assert same_state(sample, dataset[i])


def test_a_cache_gives_the_samples_of_decoding(folders, tmp_path):
    plain = Drawings(config(folders), 0)
    filled = Drawings(config(folders, cache=str(tmp_path / "cache")), 0)
    for _ in ("written", "read"):
        assert all(same_state(plain[i], filled[i]) for i in range(6))
    kept = sorted(p.name for p in (tmp_path / "cache").iterdir())
    assert len(kept) <= 4
    assert not any("part" in name for name in kept)


def test_a_changed_picture_is_not_taken_from_the_cache(tmp_path, make_picture):
    (tmp_path / "data").mkdir()
    options = DataConfig(data=(str(tmp_path / "data"),), cache=str(tmp_path / "cache"), **PLAIN)
    seen = []
    for value in (10, 200):
        Image.new("RGB", (512, 512), (value,) * 3).save(tmp_path / "data/a.png")
        seen.append(to_u8(Drawings(options, 0)[0]["color"])[0, 0, 0])
    assert seen == [10, 200]


def test_point_hints_show_the_picture_s_own_colors(folders):
    dataset = Drawings(config(folders), 0)
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
    dataset = Drawings(config(folders, hints="spread", most_hints=20, dab=3), 0)
    filled = [(dataset[i]["hint"][3] > 0).float().mean().item() for i in range(30)]
    assert 0.0 in filled
    assert filled.count(1.0) > 15


def test_a_region_network_spreads_the_hints_in_any_worker(folders, tmp_path):
    options = config(folders, hints="spread", dab=3, regions=str(write_regions(tmp_path, 0)))
    seeing, blind = (Drawings(o, 5) for o in (options, replace(options, regions="")))
    forked, spawned = (
        [*DataLoader(seeing, None, None, range(4), num_workers=1, multiprocessing_context=kind)]
        for kind in ("fork", "spawn")
    )
    assert all(map(same_state, forked, spawned))
    assert not all(torch.equal(blind[i]["hint"], forked[i]["hint"]) for i in range(4))


def test_placed_hints_lie_in_the_largest_areas_and_others_stay_as_they_are(folders):
    options = config(folders, hints="spread")
    plain = Drawings(options, 0)
    placed = Drawings(replace(options, placed=1.0), 0)
    rng = np.random.default_rng(0)
    color, line = framed_boxes()
    layer = placed._paint(color, line, 3, rng)
    assert {tuple(c) for c in layer[layer[:, :, 3] > 0][:, :3]} == {WHITE, RED, BLUE}
    assert not placed._paint(color, line, 0, rng).any()
    first, second = (np.random.default_rng(1) for _ in range(2))
    wanted = paint_hints(color, 5, options, first)
    assert (plain._paint(color, line, 5, second) == wanted).all()


def test_most_hints_0_gives_none(folders):
    dataset = Drawings(config(folders, most_hints=0), 0)
    assert all(dataset[i]["hint"].abs().sum() == 0 for i in range(4))


def test_the_line_art_is_the_method_s_that_the_shares_name(folders):
    dataset = Drawings(config(folders, lines=("gray=1",)), 0, large=True)
    for i in range(4):
        color = to_u8(dataset[i]["large_color"])
        line = to_u8(dataset[i]["large_line"])
        np.testing.assert_allclose(line, lines.to_gray(color).astype(int), atol=4)


def test_pairs_show_their_own_line_art(folders):
    options = {"data": (), "pairs": (str(folders / "pairs"),)}
    drawn = Drawings(config(folders, real_share=1.0, **options), 0, large=True)
    values = {int(v) for i in range(8) for v in to_u8(drawn[i]["large_line"]).ravel()}
    assert values == {0, 255}
    extracted = Drawings(config(folders, real_share=0.0, lines=("xdog=1",), **options), 0, True)
    values = {int(v) for i in range(8) for v in to_u8(extracted[i]["large_line"]).ravel()}
    assert 127 in values


def test_picture_and_line_art_of_a_pair_stay_aligned(folders):
    pairs = {"data": (), "pairs": (str(folders / "pairs"),), "real_share": 1.0}
    sample = Drawings(config(folders, crop=512, **pairs), 0, large=True)[0]
    ink = sample["large_line"][0] < 0
    assert (sample["large_color"][:, ink].mean(0) < -0.5).float().mean() > 0.9


@pytest.mark.parametrize("crop", [100, 32])
def test_a_crop_that_64_does_not_divide_is_named(folders, crop):
    with pytest.raises(InputError, match=f"--crop is {crop}; wanted is a multiple of 64"):
        Drawings(config(folders, crop=crop), 0)


def test_a_weight_counts_a_folder_so_many_times(folders):
    dataset = Drawings(config(folders, weights=("b=3",)), 0)
    weights = {e.color.parent.name: e.weight for e in dataset.entries}
    assert weights == {"a": 1, "b": 3}
    np.testing.assert_allclose(np.diff(dataset.bounds, prepend=0), [1 / 8, 1 / 8, 3 / 8, 3 / 8])


def test_a_small_picture_is_enlarged_and_a_large_one_kept(tmp_path, make_picture):
    for name, size in (("small", (100, 150)), ("large", (700, 600))):
        Image.fromarray(make_picture(*size)).save(tmp_path / f"{name}.png")
    small, line = decode(Entry(tmp_path / "small.png", None, 1), 512)
    assert small.shape == (768, 512, 3)
    assert line is None
    large, line = decode(Entry(tmp_path / "large.png", tmp_path / "small.png", 1), 512)
    assert (large == make_picture(700, 600)).all()
    assert line.shape == (600, 700)


def test_about_half_of_the_crops_are_mirrored(tmp_path):
    ramp = np.tile(np.linspace(0, 255, 512).astype(np.uint8)[None, :, None], (512, 1, 3))
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    options = DataConfig(data=(str(tmp_path),), cache=str(tmp_path / "cache"), **PLAIN)
    rows = [sample["color"][0, 0] for sample in map(Drawings(options, 0).__getitem__, range(100))]
    assert sum(bool(row[-1] > row[0]) for row in rows) == pytest.approx(50, abs=20)

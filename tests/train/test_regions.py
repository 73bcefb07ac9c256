"""The region network's training: what its samples say, and that it learns, resumes, is measured."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from skimage.color import rgb2lab

from colorizer.images import InputError
from colorizer.models.regions import PARTS, RegionModel
from tests.support.runs import QUICK, assert_ended_alike, rows_of
from train import regions
from train.augment import wear
from train.checkpoints import model_weights, newest_checkpoint
from train.losses import FIGURE, UNKNOWN
from train.region_samples import SPOTS, RegionSamples, RegionSamplesConfig
from train.targets import derived_targets, exact_targets

SKIN, HAIR, LASH, SECOND = 1, 2, 9, 64


@pytest.fixture(scope="module")
def root(tmp_path_factory, make_picture):
    """Two renders of a disk of skin with hair in renders, three pictures in data."""
    root = tmp_path_factory.mktemp("regions")
    ids, line = np.zeros((300, 300), np.uint8), np.full((300, 300), 255, np.uint8)
    cv2.circle(ids, (150, 150), 110, SKIN, -1)
    cv2.circle(ids, (150, 150), 60, HAIR + SECOND, -1)
    for radius in (60, 110):
        cv2.circle(line, (150, 150), radius, 0, 3)
    for kind, picture in {"id": ids, "line": line, "line_open": line}.items():
        (root / "renders" / kind).mkdir(parents=True)
        for name in "ab":
            Image.fromarray(picture).save(root / f"renders/{kind}/{name}.png")
    (root / "renders/shade").mkdir()
    for name in "ab":  # all in full light
        shade = np.full((300, 300, 3), (255, 0, 0), np.uint8)
        Image.fromarray(shade).save(root / f"renders/shade/{name}-0.png")
    (root / "data").mkdir()
    for seed in range(3):
        Image.fromarray(make_picture(400, 300, seed)).save(root / f"data/{seed}.png")
    return root


def test_a_render_says_exactly_where_borders_and_parts_are():
    ids = np.zeros((8, 8), np.uint8)
    ids[:, 4:], ids[6:, :4] = HAIR + SECOND, LASH
    border, part, color = exact_targets(ids)
    assert (border[2:4].sum(0) == [0, 0, 0, 2, 2, 0, 0, 0]).all()
    assert part[0].tolist() == [PARTS.index("background")] * 2 + [PARTS.index("hair")] * 2
    assert part[3, 0] == UNKNOWN
    assert (color == ids).all()


def test_a_picture_says_that_a_line_between_equal_colors_is_no_border():
    color = np.full((80, 80, 3), 255, np.uint8)
    color[20:60, 20:60] = (200, 60, 40)
    line = np.full((80, 80), 255, np.uint8)
    line[20:60, 39:41] = 0  # a line within the square, none around it
    color[line == 0] = 0
    border, part, lab = derived_targets(line, color)
    assert border[30:50, 30:50].max() == 0
    assert border[30, 18:22].max() == 1
    assert part[0, 0] == PARTS.index("background")
    assert part[15, 12] == FIGURE
    np.testing.assert_allclose(lab[30, 30], rgb2lab(color[30:31, 30:31])[0, 0], atol=0.5)


@pytest.mark.parametrize("folder", ["data", "renders"])
def test_a_sample_is_a_function_of_seed_and_number(root, folder):
    config = RegionSamplesConfig(crop=128, **{folder: (str(root / folder),)})
    first, again = RegionSamples(config, 3, 9), RegionSamples(config, 3, 9)
    for number in reversed(range(4)):
        sample = first[number]
        assert all(torch.equal(sample[name], again[number][name]) for name in sample)
        assert sample["line"].shape == sample["border"].shape == (1, 128, 128)
        assert sample["part"].shape == (64, 64)
        same = sample["same"]
        assert same.shape == (SPOTS, SPOTS)
        assert torch.equal(same, same.T)
        assert (same.diag() == 1).all()
        if folder == "renders":
            assert not (same == -1).any()


@pytest.mark.parametrize("extracted", [0.0, 1.0])
def test_a_close_up_shows_the_head_larger_with_its_lines_where_ids_change(root, rng, extracted):
    options = {"renders": (str(root / "renders"),), "lines": ("xdog=1",), "closest": 2.5}
    config = RegionSamplesConfig(extracted_share=extracted, close_share=1.0, **options)
    samples = RegionSamples(config, 0, 8)
    larger, path = [], root / "renders/id/a.png"
    for _ in range(8):
        line, color, ids = samples.read_as(path, rng)
        assert line.shape == ids.shape == color.shape[:2] == (300, 300)
        larger.append((ids == HAIR + SECOND).mean() / (np.pi * 60**2 / 300**2))
        border, _, _ = exact_targets(ids)
        near = cv2.erode(line, np.ones((15, 15), np.uint8)) < 200
        assert near[border > 0].mean() > 0.9
        assert near.mean() < 0.5
    assert max(larger) > 1.3


def test_worn_lines_are_still_a_line_art(rng, make_line):
    line = make_line(128, 128)
    worn = [wear(line, rng) for _ in range(20)]
    assert len({w.tobytes() for w in worn}) > 10
    assert all(w.dtype == np.uint8 and (w > 128).mean() > 0.5 for w in worn)


def train(root, runs, options):
    where = f"--data {root}/data --renders {root}/renders --runs {root}/{runs} --val {root}/data"
    small = f"--width 4 --embedding 4 --batch 2 --val-renders {root}/renders --val-samples 3"
    regions.main(f"{QUICK} {where} {small} {options}".split())
    return root / runs / "00000-regions"


def test_the_network_is_trained_measured_and_resumed_to_the_bit(root):
    whole = train(root, "whole", "--steps 4 --val-every 2 --sample-every 3")
    values = {name: v for row in rows_of(whole) for name, v in row.items()}
    for name in ("border", "part", "likeness"):
        assert values[name] > 0
    for kind in ("pictures", "renders"):
        for name in ("precision", "recall", "iou", "likeness"):
            assert 0 <= values[f"val_{kind}_{name}"] <= 1
    assert (whole / "samples/00000003.png").is_file()
    parts = train(root, "parts", "--steps 4 --minutes 0.0001")
    assert rows_of(parts)[-1]["step"] == 1
    regions.main(["--resume", str(parts), "--minutes", "0"])
    assert_ended_alike(parts, whole, 4)


class Perfect(torch.nn.Module):
    """Answers with what the batch says is true."""

    def __init__(self, batch):
        super().__init__()
        self.batch = batch

    def forward(self, line):
        part = self.batch["part"].clamp(max=len(PARTS) - 1)
        logits = torch.nn.functional.one_hot(part, len(PARTS)).permute(0, 3, 1, 2).float()
        return self.batch["border"] - 0.5, logits, torch.zeros(len(line), 2, *part.shape[1:]), None

    def same_color(self, one, other):
        return self.batch["same"] - 0.5


def test_perfect_answers_measure_one(root):
    samples = RegionSamples(RegionSamplesConfig(crop=64, renders=(str(root / "renders"),)), 0, 4)
    batch = torch.utils.data.default_collate([samples[i] for i in range(4)])
    context = torch.autocast("cpu", enabled=False)
    found = regions.validate(Perfect(batch), [batch], context)
    assert found == {"precision": 1, "recall": 1, "iou": 1, "likeness": 1}
    wrong = batch | {"part": (batch["part"] + 1) % len(PARTS)}
    assert regions.validate(Perfect(batch), [wrong], context)["iou"] == 0


def test_a_network_that_sees_colors_starts_as_the_one_that_sees_lines(root):
    torch.manual_seed(0)
    lines, colored = RegionModel(4, 4).eval(), regions.ColoredModel(4, 4).eval()
    colored.load_state_dict(lines.state_dict())
    batch = {"line": torch.rand(2, 1, 64, 64), "color": torch.rand(2, 3, 64, 64)}
    torch.testing.assert_close(regions.look(lines, batch), regions.look(colored, batch))


def test_a_teacher_tells_what_it_is_sure_of_where_nothing_better_is_known():
    class Sure(torch.nn.Module):
        def forward(self, line):
            part = torch.zeros(len(line), len(PARTS), 2, 3)
            part[:, SKIN, :, 0], part[:, 0, :, 1] = 9, 9  # nothing for the last column
            return None, part, None, None

    known = torch.tensor([[UNKNOWN, UNKNOWN, UNKNOWN], [FIGURE, FIGURE, HAIR]]).expand(2, 2, 3)
    batch = {"part": known, "taught": torch.tensor([True, False])}
    batch |= {"line": torch.zeros(2, 1, 4, 6), "color": torch.zeros(2, 3, 4, 6)}
    taught, other = regions.taught(Sure(), batch)
    assert taught.tolist() == [[SKIN, UNKNOWN, UNKNOWN], [SKIN, FIGURE, HAIR]]
    assert torch.equal(other, known[1])


def test_a_teacher_is_trained_and_teaches(root):
    teacher = train(root, "teacher", "--steps 2 --colored --render-share 0.5 --sample-every 2")
    options = f"--steps 2 --teacher {teacher} --taught data/* --render-share 0.5"
    assert rows_of(train(root, "pupil", options))[-1]["part"] > 0
    with pytest.raises(InputError, match="no region network that was trained with --colored"):
        train(root, "wrong", f"--steps 2 --teacher {root}/pupil/00000-regions --taught data/*")
    with pytest.raises(InputError, match="needs --taught PATTERNS"):
        train(root, "alone", f"--steps 2 --teacher {teacher}")
    with pytest.raises(InputError, match="need --teacher RUN, or --people"):
        train(root, "untold", "--steps 2 --taught data/*")


def test_people_are_learned_on_a_network_that_stays_as_it_is(root):
    first = train(root, "first", "--steps 2")
    options = f"--people --init {first} --taught data/0.* --render-share 0.3 --steps 3"
    run = train(root, "people", f"{options} --val-every 3 --sample-every 3")
    values = {name: v for row in rows_of(run) for name, v in row.items()}
    assert values["people"] > 0
    assert 0 <= values["val_renders_iou"] <= 1
    before, after = (model_weights(newest_checkpoint(r), "regions")[1] for r in (first, run))
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    own = {name: tensor for name, tensor in after.items() if name not in before}
    assert all(name.startswith("people.") for name in own)
    assert (own["people.up.0.0.weight"] != before["up.0.0.weight"]).any()
    with pytest.raises(InputError, match="--people needs --init RUN"):
        train(root, "nothing", "--people --steps 1")
    with pytest.raises(InputError, match="not for --colored"):
        train(root, "colored", f"--people --colored --init {first} --steps 1")


def test_a_network_that_knows_people_begins_as_the_one_that_it_is_added_to():
    first, people = RegionModel(4, 4), regions.PeopleModel(4, 4)
    people.load_state_dict(first.state_dict())
    weights, own = first.state_dict(), people.people.state_dict()
    assert all(torch.equal(own[name], weights[name]) for name in own if "shown" not in name)
    assert {name for name, p in people.named_parameters() if p.requires_grad} == {
        f"people.{name}" for name in own
    }
    again = regions.PeopleModel(4, 4)
    again.people.part.bias.data += 1
    again.load_state_dict(people.state_dict())
    assert torch.equal(again.people.part.bias, people.people.part.bias)


def test_renders_and_pictures_that_are_taught_show_people(root):
    folders = {"data": (str(root / "data"),), "renders": (str(root / "renders"),)}
    config = RegionSamplesConfig(crop=64, render_share=0.4, taught=("data/1.*",), **folders)
    samples = RegionSamples(config, 0, 40)
    shown = [samples[n]["people"].item() for n in range(40)]
    assert 0.4 < np.mean(shown) < 0.8  # all renders, and a third of the pictures
    without = RegionSamples(replace(config, renders=(), taught=()), 0, 5)
    assert [without[n]["people"].item() for n in range(5)] == [0] * 5

"""Artifact stimulation: each damage does what its name says, within range and repeatably."""

import numpy as np
import pytest
import torch
from torch import Generator

from train import artifacts
from train.artifacts import (
    _segment_distance,
    color_smear,
    color_spray,
    distort,
    dominant_colors,
    draw_numbers,
    stimulate,
)

ARTIFACTS = [color_spray, color_smear, distort]
LENGTHS = {
    color_spray: artifacts.SPRAY_NUMBERS,
    color_smear: artifacts.SMEAR_NUMBERS,
    distort: artifacts.WARP_NUMBERS,
    stimulate: artifacts.NUMBERS,
}


@pytest.fixture
def drafts():
    """Four drafts in which no color occurs twice."""
    values = torch.linspace(-1, 1, 4 * 3 * 32 * 48)
    return values[torch.randperm(len(values), generator=seeded(7))].view(4, 3, 32, 48)


def seeded(seed=0):
    return Generator().manual_seed(seed)


def damaged(artifact, drafts, seed=0, *share):
    """The drafts after a damage with random numbers of a seed."""
    numbers = torch.rand(len(drafts), LENGTHS[artifact], generator=seeded(seed))
    return artifact(drafts, numbers, *share)


def two_colors(share=0.7, side=32):
    """One picture, `share` of it red and the rest blue."""
    picture = torch.tensor([-0.9, -0.9, 0.8])[:, None, None].repeat(1, side, side)
    picture[:, : round(side * share)] = torch.tensor([0.9, -0.9, -0.9])[:, None, None]
    return picture[None]


@pytest.mark.parametrize("artifact", ARTIFACTS)
def test_each_damage_changes_every_picture_and_keeps_shape_and_range(drafts, artifact):
    before = drafts.clone()
    after = damaged(artifact, drafts)
    assert (drafts == before).all()
    assert (after.shape, after.dtype, after.device) == (
        drafts.shape,
        drafts.dtype,
        drafts.device,
    )
    assert after.abs().max() <= 1 + 1e-6
    assert (after != drafts).flatten(1).any(1).all()


@pytest.mark.parametrize("artifact", [*ARTIFACTS, stimulate])
def test_the_same_seed_gives_the_same_damage(drafts, artifact):
    assert (damaged(artifact, drafts, 3) == damaged(artifact, drafts, 3)).all()
    assert (damaged(artifact, drafts, 3) != damaged(artifact, drafts, 4)).any()


def test_the_damage_of_a_draft_does_not_depend_on_its_batch(drafts):
    many = drafts.repeat(8, 1, 1, 1)
    numbers = torch.rand(len(many), artifacts.NUMBERS, generator=seeded(1))
    whole = stimulate(many, numbers, 1)
    assert (whole != many).any()
    for rows in (slice(0, None, 2), slice(1, None, 2), slice(5, 8)):  # two ranks, a micro-batch
        part = stimulate(many[rows], numbers[rows], 1)
        torch.testing.assert_close(part, whole[rows], atol=1e-6, rtol=0)


def test_numbers_are_even_between_0_and_1(rng):
    numbers = np.stack([draw_numbers(rng) for _ in range(200)])
    assert numbers.dtype == np.float32
    assert numbers.shape == (200, artifacts.NUMBERS)
    assert 0 <= numbers.min() < 0.01 < 0.99 < numbers.max() < 1


def test_the_warp_s_shifts_have_the_stated_deviation():
    ramps = torch.linspace(-1, 1, 65).expand(400, 3, 65, 65)  # the middle pixel is a grid point
    moved = damaged(distort, ramps)[:, 0, 32, 32]
    assert moved.std().item() == pytest.approx(2 * artifacts.WARP_AMPLITUDE, rel=0.15)


def test_pictures_of_a_batch_are_damaged_differently():
    drafts = two_colors().repeat(2, 1, 1, 1)
    for artifact in ARTIFACTS:
        first, second = damaged(artifact, drafts)
        assert (first != second).any()


def test_share_0_damages_none_and_share_1_most(drafts):
    many = drafts.repeat(100, 1, 1, 1)
    assert (damaged(stimulate, many, 0, 0) == many).all()
    # at share 1 a draft stays whole when it misses all three: 1/8
    whole = (damaged(stimulate, many, 0, 1) == many).flatten(1).all(1).float().mean().item()
    assert whole == pytest.approx(1 / 8, abs=0.06)


def test_the_default_damages_about_six_in_ten(drafts):
    many = drafts.repeat(250, 1, 1, 1)
    touched = (damaged(stimulate, many) != many).flatten(1).any(1).float().mean().item()
    assert touched == pytest.approx(0.6 * 7 / 8, abs=0.05)


def test_a_smear_copies_whole_pixels_that_exist(drafts):
    for before, after in zip(drafts, damaged(color_smear, drafts)):
        known = {tuple(p) for p in before.flatten(1).T.tolist()}
        assert {tuple(p) for p in after.flatten(1).T.tolist()} <= known


def test_a_smear_copies_rectangles(drafts):
    moved = (damaged(color_smear, drafts) != drafts).any(1)
    # at most four rectangles with sides up to 0.3 of the picture's
    assert (moved.flatten(1).float().mean(1) <= 4 * 0.3**2).all()


def test_distortion_bends_and_does_not_recolor():
    flat = two_colors(share=1)
    torch.testing.assert_close(damaged(distort, flat), flat)
    bent = damaged(distort, two_colors())
    assert bent.mean().item() == pytest.approx(two_colors().mean().item(), abs=0.1)


def test_distortion_is_smooth():
    ramp = torch.linspace(-1, 1, 64).expand(1, 3, 64, 64).contiguous()
    step = (damaged(distort, ramp).diff(dim=3)).abs().max().item()
    assert step < 4 * 2 / 63


def test_the_most_frequent_color_comes_first():
    first = dominant_colors(two_colors())[0, 0]
    torch.testing.assert_close(first, torch.tensor([0.9, -0.9, -0.9]))


def test_every_dominant_color_occurs_in_the_picture():
    known = torch.tensor([[0.9, -0.9, -0.9], [-0.9, -0.9, 0.8]])
    apart = torch.cdist(dominant_colors(two_colors())[0], known).min(1).values
    assert apart.max() < 1e-5


def test_a_spray_mixes_dominant_colors_into_the_picture():
    sprayed = damaged(color_spray, two_colors(side=64), 5)
    red, blue = (torch.tensor(c)[:, None, None] for c in ([0.9, -0.9, -0.9], [-0.9, -0.9, 0.8]))
    # every pixel is a mixture of the two colors, so green never moves
    torch.testing.assert_close(sprayed[:, 1], torch.full_like(sprayed[:, 1], -0.9))
    share = (sprayed[0] - blue)[0] / (red - blue)[0]
    torch.testing.assert_close(sprayed[0], blue + share * (red - blue), atol=1e-5, rtol=0)


def test_the_distance_to_a_segment_is_that_of_geometry():
    # a segment from (8, 6) to (24, 6) on a grid of 32x12
    ends = torch.tensor([[0.25, 0.5, 0.75, 0.5]])
    distance = _segment_distance(ends, 12, 32)[0]
    assert distance[6, 15] == 0
    assert distance[2, 15] == pytest.approx(4)
    assert distance[6, 3] == pytest.approx(5)
    assert distance[10, 27] == pytest.approx(5)  # 3 beyond the end, 4 below it


def test_the_distance_to_a_slanted_segment_is_the_least_over_its_points():
    ends = torch.tensor([[0.1, 0.2, 0.8, 0.7]])
    x, y = (np.linspace(a, b, 5000) * side for a, b, side in ((0.1, 0.8, 40), (0.2, 0.7, 30)))
    distance = _segment_distance(ends, 30, 40)[0]
    for row, column in ((0, 0), (29, 39), (10, 20), (25, 5)):
        least = np.hypot(x - column, y - row).min()
        assert distance[row, column].item() == pytest.approx(least, abs=1e-2)


def test_a_segment_without_length_is_a_point():
    distance = _segment_distance(torch.tensor([[0.5, 0.5, 0.5, 0.5]]), 8, 8)[0]
    assert distance[0, 0].item() == pytest.approx(np.hypot(4, 4))

"""Colors that run into each other where no border parts them."""

import numpy as np
import pytest

from colorizer.regions.blend import blend

HEIGHT, WIDTH = 40, 60
LEFT, RIGHT = (200.0, 60.0, 40.0), (40.0, 60.0, 200.0)


def halves():
    """Two colors side by side, passages that are all open, and all colors counting alike."""
    colors = np.full((HEIGHT, WIDTH, 3), LEFT, np.float32)
    colors[:, WIDTH // 2 :] = RIGHT
    across, down = np.ones((2, HEIGHT, WIDTH), np.float32)
    across[:, -1] = down[-1] = 0
    return colors, (across, down), np.ones((HEIGHT, WIDTH), np.float32)


def test_a_step_becomes_a_slope():
    colors, passages, hold = halves()
    red = blend(colors, passages, hold)[:, :, 0]
    assert red.shape == (HEIGHT, WIDTH)
    steps = np.diff(red, axis=1)
    assert (steps < 0).all()
    assert -steps.min() < (LEFT[0] - RIGHT[0]) / 10
    assert abs(np.diff(red, axis=0)).max() < 0.01
    assert red.mean() == pytest.approx((LEFT[0] + RIGHT[0]) / 2, abs=0.01)


@pytest.mark.parametrize("turned", [False, True])
def test_nothing_crosses_a_closed_border_and_little_a_strong_one(turned):
    colors, (across, down), hold = halves()
    middle = WIDTH // 2 - 1
    for passage, most in ((0, 0.01), (1e-5, 2), (1, 90)):
        across[:, middle] = passage
        ways, now = (across, down), colors
        if turned:
            ways, now = (down.T, across.T), colors.transpose(1, 0, 2)
        found = blend(np.ascontiguousarray(now), ways, hold.T if turned else hold)
        off = abs(found - now).max()
        assert off < most
    assert off > 60


def test_what_counts_more_keeps_its_color_and_goes_on_around_it():
    colors, passages, hold = halves()
    colors[:] = LEFT
    colors[18:22, 28:32] = RIGHT
    assert blend(colors, passages, hold)[20, 30, 0] > 150
    hold[18:22, 28:32] = 1e4
    red = blend(colors, passages, hold)[:, :, 0]
    assert abs(red[18:22, 28:32] - RIGHT[0]).max() < 1.5
    around = red[20, [32, 36, 42, 50]]
    assert (np.diff(around) > 0).all()
    assert around[0] < 170

"""The size at which the networks work, and what is brought to it."""

import numpy as np
import pytest

from colorizer import Hint
from colorizer.working import WORKING_MULTIPLE, hint_layer, pad, working_size


def test_the_working_size_keeps_shape_and_area():
    for width, height in ((512, 512), (1000, 700), (700, 1000), (37, 91), (4000, 3000)):
        w, h = working_size(width, height)
        assert w / h == pytest.approx(width / height, rel=0.01)
        assert w * h == pytest.approx(512 * 512, rel=0.01)


@pytest.mark.parametrize("size", [(24_000_000, 1), (100_000, 20), (1, 60_000)])
def test_a_sliver_needs_no_more_than_twice_the_work_of_a_square(size):
    w, h = (-(-side // WORKING_MULTIPLE) * WORKING_MULTIPLE for side in working_size(*size))
    assert w * h <= 2 * 512 * 512


def test_padding_repeats_the_edges_at_right_and_bottom():
    array = np.arange(60 * 70).astype(np.uint8).reshape(60, 70)
    padded = pad(array, 64)
    assert padded.shape == (64, 128)
    assert (padded[:60, :70] == array).all()
    assert (padded[60:, :70] == array[-1]).all()
    assert (padded[:60, 70:] == array[:, -1:]).all()
    assert pad(np.zeros((64, 128, 4), np.uint8), 64).shape == (64, 128, 4)


def test_hints_are_scaled_to_the_working_size():
    layer = hint_layer([Hint(50, 20, 4, "#ffffff")], (100, 80), (400, 320))
    ys, xs = np.nonzero(layer[:, :, 3])
    assert (xs.mean(), ys.mean()) == pytest.approx((200, 80), abs=1)
    assert np.ptp(xs) == pytest.approx(2 * 16, abs=2)

"""The fidelity report's measures, against scikit-image's and counted by hand."""

import sys
from pathlib import Path

import numpy as np
import pytest
from skimage.color import deltaE_cie76, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from colorizer.preprocessing.hints import Hint
from eval import metrics


@pytest.fixture
def pictures():
    """Two different random pictures with some structure, uint8 (64, 48, 3)."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (2, 8, 6, 3)).astype(np.uint8)
    fine = coarse.repeat(8, 1).repeat(8, 2).astype(int) + rng.integers(-20, 20, (2, 64, 48, 3))
    return fine.clip(0, 255).astype(np.uint8)


def test_psnr_is_scikit_images(pictures):
    expected = peak_signal_noise_ratio(pictures[1], pictures[0], data_range=255)
    assert metrics.psnr(*pictures) == pytest.approx(expected, abs=1e-3)
    assert metrics.psnr(pictures[0], pictures[0]) == pytest.approx(99)


def test_ssim_is_scikit_images(pictures):
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    expected = structural_similarity(*pictures, channel_axis=2, data_range=255, **options)
    assert metrics.ssim(*pictures) == pytest.approx(expected, abs=1e-3)


def test_delta_e_is_scikit_images_cie76(pictures):
    expected = deltaE_cie76(rgb2lab(pictures[0]), rgb2lab(pictures[1]))
    np.testing.assert_allclose(metrics.delta_e(*pictures), expected, atol=0.05)


def test_chroma_is_the_distance_from_gray(pictures):
    expected = np.linalg.norm(rgb2lab(pictures[0])[:, :, 1:], axis=2).mean()
    assert metrics.mean_chroma(pictures[0]) == pytest.approx(expected, abs=0.01)
    assert metrics.mean_chroma(np.full((8, 8, 3), 90, np.uint8)) == pytest.approx(0, abs=0.01)


def test_delta_e_at_hints_looks_at_their_centers_alone():
    picture = np.zeros((20, 30, 3), np.uint8)
    picture[5, 25] = 255, 0, 0
    assert metrics.delta_e_at_hints(picture, [Hint(25, 5, 3, "#ff0000")]) == pytest.approx(0)
    both = [Hint(25, 5, 0, "#ff0000"), Hint(0, 0, 0, "#ffffff")]
    assert metrics.delta_e_at_hints(picture, both) == pytest.approx(50, abs=0.01)  # black: L 0
    assert np.isnan(metrics.delta_e_at_hints(picture, []))


def test_closed_region_is_the_paper_inside_the_outline(boxes):
    color, line = boxes
    inside = (color == (220, 40, 40)).all(2)
    np.testing.assert_array_equal(metrics.closed_region(line, 15, 30), inside)
    assert not metrics.closed_region(line, 5, 30).any()  # on ink


def test_bleeding_counts_what_moves_outside_the_region(boxes):
    before, line = boxes
    region = metrics.closed_region(line, 15, 30)
    after = before.copy()
    after[region] = 0, 200, 0
    assert metrics.moved_outside(before, after, region, metrics.BLED) == 0
    after[60:] = 0, 200, 0
    outside = 64 * 64 - (22 + 6) * (40 + 6)
    assert metrics.moved_outside(before, after, region, metrics.BLED) == pytest.approx(
        4 * 64 / outside, rel=0.03
    )
    assert np.isnan(metrics.moved_outside(before, after, np.ones((64, 64), bool), metrics.BLED))


def test_an_evaluation_without_its_packages_says_how_to_get_them(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchmetrics.functional.image", None)
    source = Path(metrics.__file__)
    with pytest.raises(SystemExit, match=r"pip install -r eval/requirements\.txt"):
        exec(compile(source.read_text("utf-8"), source, "exec"), {"__name__": "eval.metrics"})

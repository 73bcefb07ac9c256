"""FID and KID of features, against SciPy and torch-fidelity."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric

from colorizer.images import InputError
from eval.fid.features import distances
from train.distributed import Process


@pytest.fixture
def features():
    """Two sets of 60 correlated features of 8 numbers."""
    rng = np.random.default_rng(0)
    sets = [rng.normal(m, 1, (60, 8)) @ rng.normal(0, 1, (8, 8)) for m in (0, 0.5)]
    return [torch.from_numpy(s) for s in sets]


def distances_of(real, painted, batch=60):
    process = Process(0, 1, torch.device("cpu"))
    return distances(list(real.split(batch)), list(painted.split(batch)), real.shape[1], process)


def frechet(real, painted):
    """The formula of Heusel et al. 2017 with SciPy's matrix root."""
    means, covs = zip(*((s.mean(0).numpy(), np.cov(s.numpy().T)) for s in (real, painted)))
    root = sqrtm(covs[0] @ covs[1]).real
    return ((means[0] - means[1]) ** 2).sum() + np.trace(covs[0] + covs[1] - 2 * root)


def test_fid_is_scipys_and_torch_fidelitys(features):
    found = distances_of(*features)["fid"]
    statistics = [fid_features_to_statistics(s) for s in features]
    fidelity = fid_statistics_to_metric(*statistics, verbose=False)
    assert found == pytest.approx(frechet(*features), rel=1e-8)
    assert found == pytest.approx(fidelity["frechet_inception_distance"], rel=1e-8)


def test_kid_is_torch_fidelitys_over_one_subset_of_all(features):
    wanted = kid_features_to_metric(*features, kid_subsets=1, kid_subset_size=60, verbose=False)
    found = distances_of(*features)["kid"]
    assert found == pytest.approx(wanted["kernel_inception_distance_mean"], rel=1e-8)


def test_equal_sets_have_distance_0(features):
    found = distances_of(features[0], features[0])["fid"]
    assert abs(found) < 1e-8 * float(features[0].var(0).sum())


def test_how_the_pictures_are_batched_does_not_matter(features):
    whole = distances_of(*features)
    for batch in (1, 7, 32):
        parts = distances_of(*features, batch=batch)
        assert parts == pytest.approx(whole, rel=1e-10)


def test_sets_of_other_sizes_are_refused(features):
    with pytest.raises(InputError, match="60 real and 59 painted"):
        distances_of(features[0], features[1][1:])

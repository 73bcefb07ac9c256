"""The analysis of an opinion study against hand calculations and SciPy."""

import math

import numpy as np
import pytest
from scipy import stats

from colorizer.images import InputError
from eval.mos import statistics

N = 118 * 10
"""Ratings of one system in the paper's study."""


def ratings_of(matrix, systems=("a", "b", "c"), picture="p"):
    """Return ratings of one drawing: a row for each rater, 0 where there is none."""
    matrix = np.asarray(matrix)
    raters, columns = np.nonzero(matrix)
    names = np.array([picture] * len(raters))
    return statistics.Ratings(raters, np.array(systems)[columns], names, matrix[raters, columns])


@pytest.fixture
def study(rng):
    """40 raters, three systems, clearly different."""
    return rng.integers(1, 4, (40, 3)) + np.array([0, 1, 2])


def test_welch_of_table_1_by_hand() -> None:
    t, p = statistics.welch(3.82, 1.05, N, 2.75, 1.34, N)
    assert t == pytest.approx((3.82 - 2.75) / math.sqrt((1.05**2 + 1.34**2) / N))
    assert round(t, 2) == 21.59
    assert p < 0.01


def test_welch_from_statistics_is_that_from_the_scores(study) -> None:
    a, b = study[:, 0], study[:25, 1]
    moments = (a.mean(), a.std(ddof=1), len(a), b.mean(), b.std(ddof=1), len(b))
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert statistics.welch(*moments) == pytest.approx((expected.statistic, expected.pvalue))


def test_holm_by_a_worked_example() -> None:
    adjusted = statistics.holm([0.01, 0.04, 0.03, 0.005])
    np.testing.assert_allclose(adjusted, [0.03, 0.06, 0.06, 0.02])  # 3, then 2 capped, 2, 4 times
    np.testing.assert_allclose(statistics.holm([0.9, 0.6]), [1, 1])


def test_wilcoxon_by_hand() -> None:
    a = np.array([1.5, 2.6, 3.7, 4.8, 4.9])
    assert statistics.wilcoxon(a, np.ones(5)) == pytest.approx((0, 2 / 2**5))  # all one sign
    assert statistics.wilcoxon(a, a) == (0, 1)


def test_friedman_by_hand() -> None:
    report = statistics.analyze(ratings_of([[1, 2, 3], [2, 4, 5], [1, 3, 4], [2, 3, 5]]))
    # Everybody ranks alike: chi2 = n (k - 1), and with two degrees of freedom p = exp(-chi2 / 2).
    assert report["friedman"] == pytest.approx({"chi2": 8, "p": math.exp(-4), "dof": 2})


def test_bootstrap_interval_is_scipys(study) -> None:
    report = statistics.analyze(ratings_of(study))
    for row, scores in zip(report["systems"], study.T):
        expected = stats.bootstrap((scores,), np.mean, method="percentile", rng=1)
        interval = expected.confidence_interval
        assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high), abs=0.02)


def test_bootstrap_draws_raters_and_not_ratings() -> None:
    # Ten drawings scored alike by each rater say no more than one drawing does.
    one = ratings_of([[1, 2], [5, 4], [3, 3], [2, 5]], ("a", "b"))
    ten = statistics.Ratings(
        *(np.tile(v, 10) for v in (one.raters, one.systems, one.pictures, one.scores))
    )
    intervals = [
        [(row["low"], row["high"]) for row in statistics.analyze(ratings)["systems"]]
        for ratings in (one, ten)
    ]
    np.testing.assert_allclose(*intervals)


def test_table_1_and_pairs(study) -> None:
    report = statistics.analyze(ratings_of(study[:, ::-1]))
    assert [row["system"] for row in report["systems"]] == ["c", "b", "a"]  # worst first
    assert [row["mos"] for row in report["systems"]] == pytest.approx(study.mean(0))
    assert [row["std"] for row in report["systems"]] == pytest.approx(study.std(0, ddof=1))
    assert [(p["a"], p["b"]) for p in report["pairs"]] == [("b", "c"), ("a", "c"), ("a", "b")]
    raw = [stats.wilcoxon(study[:, i], study[:, j]).pvalue for i, j in ((1, 0), (2, 0), (2, 1))]
    assert [pair["p"] for pair in report["pairs"]] == pytest.approx(raw)
    assert report["pairs"][1]["difference"] == pytest.approx(
        study[:, 2].mean() - study[:, 0].mean()
    )


def test_raters_who_scored_some_systems_count_in_table_1_only(study) -> None:
    study[:10, 1] = 0
    report = statistics.analyze(ratings_of(study))
    assert report["raters_of_all_systems"] == 30
    assert [row["ratings"] for row in report["systems"]] == [40, 30, 40]
    expected = stats.friedmanchisquare(*study[10:].T)
    assert report["friedman"]["chi2"] == pytest.approx(expected.statistic)


def test_one_system_is_refused() -> None:
    with pytest.raises(InputError, match="ratings of 1 systems"):
        statistics.analyze(ratings_of([[3], [4]], ("a",)))

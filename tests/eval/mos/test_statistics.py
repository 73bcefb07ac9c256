"""The analysis of an opinion study against hand calculations and SciPy."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from colorizer.images import InputError
from eval.mos.analysis import analyze, compare, holm

N = 118 * 10
"""Ratings of one system in the paper's study."""


def ratings_of(matrix, systems=("a", "b", "c")):
    """Return ratings of one drawing: a row for each rater, 0 where there is none."""
    matrix = np.asarray(matrix)
    raters, columns = np.nonzero(matrix)
    found = {"rater": raters, "system": np.array(systems)[columns], "picture": "p"}
    return pd.DataFrame(found | {"score": matrix[raters, columns]})


@pytest.fixture
def study(rng):
    """40 raters, three systems, clearly different."""
    return rng.integers(1, 4, (40, 3)) + np.array([0, 1, 2])


def test_welch_of_table_1_by_hand() -> None:
    moments = {"pix2pix": (2.75, 1.34), "ours": (3.82, 1.05)}
    systems = [{"system": s, "mos": m, "std": d, "ratings": N} for s, (m, d) in moments.items()]
    (pair,) = compare(systems, np.zeros((9, 2)), np.zeros((9, 2)))
    assert pair["welch_t"] == pytest.approx((3.82 - 2.75) / math.sqrt((1.05**2 + 1.34**2) / N))
    assert round(pair["welch_t"], 2) == 21.59
    assert pair["welch_p"] < 0.01


def test_welch_is_scipys_over_the_ratings(study) -> None:
    study[25:, 1] = 0
    pair = analyze(ratings_of(study[:, :2], ("a", "b")))["pairs"][0]
    expected = stats.ttest_ind(study[:25, 1], study[:, 0], equal_var=False)
    assert (pair["a"], pair["b"]) == ("b", "a")
    assert (pair["welch_t"], pair["welch_p"]) == pytest.approx(tuple(expected))


def test_holm_by_a_worked_example() -> None:
    adjusted = holm([0.01, 0.04, 0.03, 0.005])
    np.testing.assert_allclose(adjusted, [0.03, 0.06, 0.06, 0.02])  # 3, then 2 capped, 2, 4 times
    np.testing.assert_allclose(holm([0.9, 0.6]), [1, 1])


def test_wilcoxon_by_hand() -> None:
    pair = analyze(ratings_of([[1, 2], [1, 3], [1, 4], [1, 5], [2, 3]], ("a", "b")))["pairs"][0]
    assert pair["wilcoxon"] == 0  # all one sign
    equal = analyze(ratings_of([[3, 3], [2, 2]], ("a", "b")))["pairs"][0]
    assert (equal["wilcoxon"], equal["p"]) == (0, 1)


def test_friedman_by_hand() -> None:
    report = analyze(ratings_of([[1, 2, 3], [2, 4, 5], [1, 3, 4], [2, 3, 5]]))
    # Everybody ranks alike: chi2 = n (k - 1), and with two degrees of freedom p = exp(-chi2 / 2).
    assert report["friedman"] == pytest.approx({"chi2": 8, "p": math.exp(-4), "dof": 2})


def test_bootstrap_interval_is_scipys(study) -> None:
    report = analyze(ratings_of(study))
    for row, scores in zip(report["systems"], study.T):
        expected = stats.bootstrap((scores,), np.mean, method="percentile", rng=1)
        interval = expected.confidence_interval
        assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high), abs=0.02)


def test_bootstrap_draws_raters_and_not_ratings() -> None:
    # Ten drawings scored alike by each rater say no more than one drawing does.
    one = ratings_of([[1, 2], [5, 4], [3, 3], [2, 5]], ("a", "b"))
    ten = pd.concat([one] * 10, ignore_index=True)
    intervals = [
        [(row["low"], row["high"]) for row in analyze(ratings)["systems"]] for ratings in (one, ten)
    ]
    np.testing.assert_allclose(*intervals)


def test_table_1_and_pairs(study) -> None:
    report = analyze(ratings_of(study[:, ::-1]))
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
    report = analyze(ratings_of(study))
    assert report["raters_of_all_systems"] == 30
    assert [row["ratings"] for row in report["systems"]] == [40, 30, 40]
    expected = stats.friedmanchisquare(*study[10:].T)
    assert report["friedman"]["chi2"] == pytest.approx(expected.statistic)


def test_one_system_is_refused() -> None:
    with pytest.raises(InputError, match="ratings of 1 systems"):
        analyze(ratings_of([[3], [4]], ("a",)))

"""The numbers of Table 1, their intervals, and the tests between systems.

The paper compares with a Welch test over all ratings, as if each were by somebody else. Ratings by
one person resemble each other, so the other tests and the intervals take a rater as the unit.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from colorizer.images import InputError

RESAMPLES = 10_000
"""Draws of the bootstrap."""
LEVEL = 0.95
"""Confidence of the intervals."""
ALPHA = 0.01
"""Level of significance (Section 4.4)."""


@dataclass(frozen=True)
class Ratings:
    """One entry for each rating: numbers of raters, names, and scores 1 to 5; arrays (N,)."""

    raters: np.ndarray
    systems: np.ndarray
    pictures: np.ndarray
    scores: np.ndarray

    def sums(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Return the systems (S), and sums and counts (R, S) of each rater's scores."""
        raters, row = np.unique(self.raters, return_inverse=True)
        names, column = np.unique(self.systems, return_inverse=True)
        sums, counts = np.zeros((2, len(raters), len(names)))
        np.add.at(sums, (row, column), self.scores)
        np.add.at(counts, (row, column), 1)
        return [str(name) for name in names], sums, counts


def welch(
    mean_a: float, std_a: float, n_a: int, mean_b: float, std_b: float, n_b: int
) -> tuple[float, float]:
    """Return Welch's t and its two-sided p from means, deviations (n - 1) and numbers."""
    result = stats.ttest_ind_from_stats(mean_a, std_a, n_a, mean_b, std_b, n_b, equal_var=False)
    return float(result.statistic), float(result.pvalue)


def wilcoxon(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Return Wilcoxon's signed-rank statistic and two-sided p of pairs (N,); p is 1 if equal."""
    if np.array_equal(a, b):
        return 0.0, 1.0
    result = stats.wilcoxon(a, b)
    return float(result.statistic), float(result.pvalue)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return p-values (N,) adjusted for N tests by Holm's step-down method."""
    p_values = np.asarray(p_values, float)
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(factors * p_values[order]))
    return adjusted


def resample_means(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return mean scores (RESAMPLES, S) of as many raters as in (R, S), drawn with replacement."""
    draws = np.full(len(sums), 1 / len(sums))
    weights = np.random.default_rng(0).multinomial(len(sums), draws, size=RESAMPLES)
    with np.errstate(invalid="ignore"):  # a draw without a rating of some system has no mean
        return (weights @ sums) / (weights @ counts)


def interval(values: np.ndarray) -> dict[str, float]:
    """Return the percentile interval of resampled values (RESAMPLES,), "low" and "high"."""
    low, high = np.nanquantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"low": float(low), "high": float(high)}


def analyze(ratings: Ratings) -> dict:
    """Return Table 1 (worst first), Friedman's test and the tests of all pairs of systems.

    Raters who scored only some systems count in Table 1 and Welch's test, not in the others.

    Raises:
        InputError: ratings of fewer than two systems, or no rater scored them all.
    """
    names, sums, counts = ratings.sums()
    full = (counts > 0).all(axis=1)
    if len(names) < 2 or not full.any():
        raise InputError(
            f"There are ratings of {len(names)} systems and {int(full.sum())} raters who scored "
            "them all; wanted are two systems and one such rater or more."
        )
    order = np.argsort(sums.sum(0) / counts.sum(0), kind="stable")
    means, resampled = (sums / np.maximum(counts, 1))[full], resample_means(sums, counts)
    systems = []
    for i in order:
        scores = ratings.scores[ratings.systems == names[i]]
        deviation = float(scores.std(ddof=1)) if len(scores) > 1 else 0.0
        row = {"system": names[i], "mos": float(scores.mean()), "std": deviation}
        systems.append(row | interval(resampled[:, i]) | {"ratings": len(scores)})
    return {
        "ratings": len(ratings.scores),
        "raters": len(sums),
        "raters_of_all_systems": int(full.sum()),
        "pictures": len(np.unique(ratings.pictures)),
        "systems": systems,
        "friedman": _friedman(means),
        "pairs": _pairs(systems, resampled[:, order], means[:, order]),
    }


def _friedman(means: np.ndarray) -> dict | None:
    """Return Friedman's chi-square over raters' means (R, S), or None for two systems."""
    if means.shape[1] == 2:
        return None
    result = stats.friedmanchisquare(*means.T)
    values = {"chi2": float(result.statistic), "p": float(result.pvalue)}
    return values | {"dof": means.shape[1] - 1}


def _pairs(systems: list[dict], resampled: np.ndarray, means: np.ndarray) -> list[dict]:
    """Return the tests of each pair of systems; the first of a pair has the higher MOS."""
    pairs = []
    for b, a in combinations(range(len(systems)), 2):
        one, other = systems[a], systems[b]
        pair = {"a": one["system"], "b": other["system"], "difference": one["mos"] - other["mos"]}
        pair |= interval(resampled[:, a] - resampled[:, b])
        pair["wilcoxon"], pair["p"] = wilcoxon(means[:, a], means[:, b])
        moments = [system[name] for system in (one, other) for name in ("mos", "std", "ratings")]
        pair["welch_t"], pair["welch_p"] = welch(*moments)
        pairs.append(pair)
    for pair, adjusted in zip(pairs, holm([pair["p"] for pair in pairs])):
        pair["holm"] = float(adjusted)
    return pairs

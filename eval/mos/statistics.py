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
FEWEST_FOR_FRIEDMAN = 3
"""Systems from which on Friedman's test is defined."""


@dataclass(frozen=True)
class Ratings:
    """One entry for each rating: numbers of raters, names, and scores 1 to 5; arrays (N,)."""

    raters: np.ndarray
    systems: np.ndarray
    pictures: np.ndarray
    scores: np.ndarray

    def means(self, of: np.ndarray) -> tuple[np.ndarray, list[str], np.ndarray, np.ndarray]:
        """Return groups (G,), systems (S), and sums and counts (G, S) of the scores.

        Args:
            of: what to group by: `raters` or `pictures`.
        """
        groups, row = np.unique(of, return_inverse=True)
        names, column = np.unique(self.systems, return_inverse=True)
        sums, counts = np.zeros((2, len(groups), len(names)))
        np.add.at(sums, (row, column), self.scores)
        np.add.at(counts, (row, column), 1)
        return groups, [str(name) for name in names], sums, counts


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


def resample_means(sums: np.ndarray, counts: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return mean scores (RESAMPLES, S) of as many raters drawn with replacement.

    Args:
        sums: of each rater's scores for each system, (R, S).
        counts: of the same.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    draws = np.full(len(sums), 1 / len(sums))
    weights = rng.multinomial(len(sums), draws, size=RESAMPLES)
    with np.errstate(invalid="ignore"):  # a draw without a rating of some system has no mean
        return (weights @ sums) / (weights @ counts)


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the percentile interval of resampled values (RESAMPLES,)."""
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.nanpercentile(values, [tail, 100 - tail])
    return float(low), float(high)


def analyze(ratings: Ratings) -> dict:
    """Return Table 1 (worst first), Friedman's test and the tests of all pairs of systems.

    Raters who scored only some systems count in Table 1 and Welch's test, not in the others.

    Raises:
        InputError: ratings of fewer than two systems, or no rater scored them all.
    """
    _, systems, sums, counts = ratings.means(ratings.raters)
    full = (counts > 0).all(axis=1)
    if len(systems) < 2 or not full.any():
        raise InputError(
            f"There are ratings of {len(systems)} systems and {int(full.sum())} raters who scored "
            "them all; wanted are two systems and one such rater or more."
        )
    resampled = resample_means(sums, counts)
    scores = [ratings.scores[ratings.systems == system] for system in systems]
    order = sorted(range(len(systems)), key=lambda i: scores[i].mean())
    matrix = sums[full] / counts[full]
    return {
        "ratings": len(ratings.scores),
        "raters": len(sums),
        "raters_of_all_systems": int(full.sum()),
        "pictures": len(np.unique(ratings.pictures)),
        "systems": [_system(systems[i], scores[i], resampled[:, i]) for i in order],
        "friedman": _friedman(matrix),
        "pairs": _pairs(
            [systems[i] for i in order],
            [scores[i] for i in order],
            resampled[:, order],
            matrix[:, order],
        ),
    }


def _system(name: str, scores: np.ndarray, resampled: np.ndarray) -> dict:
    low, high = interval(resampled)
    row = {"system": name, "mos": float(scores.mean()), "std": _deviation(scores)}
    return row | {"low": low, "high": high, "ratings": len(scores)}


def _deviation(scores: np.ndarray) -> float:
    return float(scores.std(ddof=1)) if len(scores) > 1 else 0.0


def _friedman(matrix: np.ndarray) -> dict | None:
    """Return Friedman's chi-square over raters' means (R, S), or None for two systems."""
    if matrix.shape[1] < FEWEST_FOR_FRIEDMAN:
        return None
    result = stats.friedmanchisquare(*matrix.T)
    values = {"chi2": float(result.statistic), "p": float(result.pvalue)}
    return values | {"dof": matrix.shape[1] - 1}


def _pairs(
    systems: list[str], scores: list[np.ndarray], resampled: np.ndarray, matrix: np.ndarray
) -> list[dict]:
    pairs = []
    for b, a in combinations(range(len(systems)), 2):  # a has the higher MOS
        low, high = interval(resampled[:, a] - resampled[:, b])
        w, p = wilcoxon(matrix[:, a], matrix[:, b])
        moments = [(s.mean(), _deviation(s), len(s)) for s in (scores[a], scores[b])]
        t, welch_p = welch(*moments[0], *moments[1])
        pair = {"a": systems[a], "b": systems[b], "difference": moments[0][0] - moments[1][0]}
        pair |= {"low": low, "high": high, "wilcoxon": w, "p": p}
        pairs.append(pair | {"welch_t": t, "welch_p": welch_p})
    for pair, adjusted in zip(pairs, holm([pair["p"] for pair in pairs])):
        pair["holm"] = float(adjusted)
    return pairs

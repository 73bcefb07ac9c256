"""The numbers of Table 1, their intervals, the tests between systems, and Figure 12.

The paper compares with a Welch test over all ratings, as if each were by somebody else. Ratings by
one person resemble each other, so the other tests and the intervals take a rater as the unit.
Ratings are a table of `COLUMNS`, a row for each.
"""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from colorizer.images import InputError

from ..commands import table

COLUMNS = ["rater", "system", "picture", "score"]
SCORES = {1: "Bad", 2: "Poor", 3: "Fair", 4: "Good", 5: "Excellent"}
RESAMPLES = 10_000
"""Draws of the bootstrap."""
LEVEL = 0.95
"""Confidence of the intervals."""
ALPHA = 0.01
"""Level of significance (Section 4.4)."""


def read_csv(path: Path) -> pd.DataFrame:
    """Return the ratings of a file with rater, system, picture and score, other columns or not.

    Raises:
        InputError: no such file, no CSV, a column is missing, or a score is not 1 to 5.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    try:
        found = pd.read_csv(path, dtype=str, keep_default_na=False).reindex(columns=COLUMNS)
    except ValueError as error:
        raise InputError(f"{path} is no CSV: {error}") from error
    wrong = found.isna().any(axis=1) | found.eq("").any(axis=1)
    wrong |= ~found["score"].isin([str(score) for score in SCORES])
    for line, row in found[wrong].iterrows():
        seen = row.to_dict()
        raise InputError(f"{path}, line {line + 2} is {seen}; wanted are {COLUMNS}, score 1 to 5.")
    return found.astype({"score": int})


def holm(p_values: list[float]) -> np.ndarray:
    """Return p-values (N,) adjusted for N tests by Holm's step-down method."""
    order = np.argsort(p_values, kind="stable")
    factors, adjusted = np.arange(len(p_values), 0, -1), np.empty(len(p_values))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(factors * np.take(p_values, order)))
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


def analyze(ratings: pd.DataFrame) -> dict:
    """Return Table 1 (worst first), Friedman's test and the tests of all pairs of systems.

    Raters who scored only some systems count in Table 1 and Welch's test, not in the others;
    Friedman's is None for two systems.

    Raises:
        InputError: ratings of fewer than two systems, or no rater scored them all.
    """
    cells = ratings.groupby(["rater", "system"])["score"]
    found = [t.unstack(fill_value=0).astype(float) for t in (cells.sum(), cells.count())]
    names, (sums, counts) = list(found[0]), (cells.to_numpy() for cells in found)
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
        scores = ratings["score"].to_numpy()[ratings["system"] == names[i]]
        deviation = float(scores.std(ddof=1)) if len(scores) > 1 else 0.0
        row = {"system": names[i], "mos": float(scores.mean()), "std": deviation}
        systems.append(row | interval(resampled[:, i]) | {"ratings": len(scores)})
    friedman = None
    if len(names) > 2:
        chi2, p = map(float, stats.friedmanchisquare(*means.T))
        friedman = {"chi2": chi2, "p": p, "dof": len(names) - 1}
    told = {"ratings": len(ratings), "raters": len(sums), "raters_of_all_systems": int(full.sum())}
    told |= {"pictures": ratings["picture"].nunique(), "systems": systems, "friedman": friedman}
    return told | {"pairs": compare(systems, resampled[:, order], means[:, order])}


def compare(systems: list[dict], resampled: np.ndarray, means: np.ndarray) -> list[dict]:
    """Return the tests of each pair of systems; the first of a pair has the higher MOS."""
    pairs = []
    for b, a in combinations(range(len(systems)), 2):
        one, other = systems[a], systems[b]
        pair = {"a": one["system"], "b": other["system"], "difference": one["mos"] - other["mos"]}
        pair |= interval(resampled[:, a] - resampled[:, b])
        equal = np.array_equal(means[:, a], means[:, b])  # nothing to rank
        ranks = (0, 1) if equal else stats.wilcoxon(means[:, a], means[:, b])
        pair["wilcoxon"], pair["p"] = map(float, ranks)
        moments = [system[name] for system in (one, other) for name in ("mos", "std", "ratings")]
        test = stats.ttest_ind_from_stats(*moments, equal_var=False)  # Welch's
        pair["welch_t"], pair["welch_p"] = map(float, test)
        pairs.append(pair)
    for pair, adjusted in zip(pairs, holm([pair["p"] for pair in pairs])):
        pair["holm"] = float(adjusted)
    return pairs


def markdown(report: dict) -> str:
    """Return what `analyze` found: Table 1 and the tests."""
    text = "{ratings} ratings by {raters} raters of {pictures} drawings.".format(**report)
    if friedman := report["friedman"]:
        chi = f"χ²({friedman['dof']}) = {friedman['chi2']:.2f}"
        text += f" Friedman: {chi}, p = {_p(friedman['p'])}"
        text += f" over {report['raters_of_all_systems']} raters' means."
    systems = [
        [row["system"], f"{row['mos']:.2f}", f"{row['std']:.2f}", _span(row, ""), row["ratings"]]
        for row in report["systems"]
    ]
    systems[-1][:3] = [f"**{cell}**" for cell in systems[-1][:3]]  # the best is the last
    pairs = [
        [f"{p['a']} - {p['b']}", f"{p['difference']:+.2f}", _span(p, "+"), f"{p['wilcoxon']:.1f}"]
        + [_p(p["holm"]), f"{p['welch_t']:.2f}", _p(p["welch_p"])]
        for p in report["pairs"]
    ]
    level = f"{LEVEL:.0%} interval"
    heads = ["pair", "difference", level, "Wilcoxon W", "p (Holm)", "Welch t", "p"]
    notes = (
        f"Bold p: below {ALPHA}. Intervals: bootstrap over raters. Wilcoxon: signed ranks of the "
        "raters' means, p by Holm's method. Welch: over ratings, as if each were by somebody else."
    )
    tables = table(["Model", "MOS", "STD", level, "ratings"], systems), table(heads, pairs)
    return "\n".join([text + "\n", *tables, notes + "\n"])


def _span(row: dict, sign: str) -> str:
    return f"{row['low']:{sign}.2f} to {row['high']:{sign}.2f}"


def _p(value: float) -> str:
    if np.isnan(value):
        return "none"  # nobody told the systems apart, and the test has nothing to rank
    text = f"{value:.2g}" if value > 0 else "< 1e-300"
    return f"**{text}**" if value < ALPHA else text


def heatmap(ratings: pd.DataFrame) -> Figure:
    """Return Figure 12: how often each system got each score, in percent.

    The paper does not say what its heat map shows. Systems stand from the worst to the best, with
    their MOS.
    """
    means = ratings.groupby("system")["score"].mean().sort_values(kind="stable")
    shares = pd.crosstab(ratings["score"], ratings["system"], normalize="columns")
    cells = shares.reindex(list(SCORES)[::-1], fill_value=0)[means.index].to_numpy()
    figure = Figure((2 + 1.2 * len(means), 3.5), layout="tight")
    axes = figure.subplots()
    axes.imshow(cells, aspect="auto")
    axes.set_xticks(range(len(means)), [f"{name[:12]} {mean:.2f}" for name, mean in means.items()])
    axes.set_yticks(range(len(SCORES)), [f"{n} {word}" for n, word in SCORES.items()][::-1])
    for (row, column), share in np.ndenumerate(cells):
        ink = "black" if share > cells.max() / 2 else "white"
        axes.text(column, row, f"{share:.0%}", color=ink, ha="center", va="center")
    return figure

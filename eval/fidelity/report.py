"""The tables of a fidelity report, as Markdown."""

import numpy as np
import pandas as pd

from ..commands import table
from ..systems import OURS, PAINTED
from .measure import PLACES

Columns = dict[str, tuple[str, str]]
COLUMNS: Columns = {
    "psnr": ("PSNR dB", "{:.1f}"),
    "ssim": ("SSIM", "{:.3f}"),
    "delta_e": ("ΔE", "{:.1f}"),
    "delta_e_hints": ("ΔE at hints", "{:.1f}"),
    "delta_e_changed": ("ΔE changed", "{:.1f}"),
    "bleeding": ("bleeding %", "{:.1f}"),
    "chroma_ratio": ("chroma / truth", "{:.2f}"),
}
"""Heading and format of each measure; the chroma ratio is for plans that know no color."""
DAB_COLUMNS: Columns = {
    "psnr_floored": ("PSNR floored dB", "{:.2f}"),
    "delta_e_hinted": ("ΔE hinted", "{:.1f}"),
    "blotch": ("blotch", "{:.2f}"),
    "spill": ("spill %", "{:.1f}"),
    "ink": ("ink", "{:.1f}"),
    "stray": ("stray %", "{:.2f}"),
    **{f"error_{place}": (f"error {place}", "{:.0f}") for place in PLACES},
}
"""Heading and format of each measure of a plan of dabs."""
PERCENT = ("bleeding", "spill", "stray")
"""Measures that are shares and are shown as percentages."""
TIE = 0.01
"""Differences of PSNR up to this are ties, dB."""
TIMED = "28"
"""The hint plan of C-FID is what systems are timed with, where it was measured."""


def summarize(records: list[dict]) -> pd.DataFrame:
    """Return the means over the drawings for each kind of lines, plan and system, a row of each.

    Shares become percentages. The chroma ratio is that of the means, for plans without colors.
    """
    found = pd.DataFrame(records)
    known = [n for n in (*COLUMNS, *DAB_COLUMNS, "chroma", "chroma_truth") if n in found]
    groups = found.groupby(["kind", "hints", "system"], sort=False)
    means = groups[known].mean().assign(drawings=groups.size()).reset_index()
    means[[n for n in PERCENT if n in means]] *= 100
    colorless = (means["hints"] == "0") & (means["chroma_truth"] > 0)
    means["chroma_ratio"] = (means["chroma"] / means["chroma_truth"]).where(colorless)
    return means


def duels(records: list[dict]) -> list[dict]:
    """Return how each of ours does against each other system, for each kind and plan of dabs.

    Each row has the share of wins, ties within `TIE` counting half; the mean difference of the
    floored PSNR, ours less the other's; and its worst tenth: the mean over the tenth of the
    drawings (rounded, at least one) in which ours does worst.
    """
    scored, rows = [r for r in records if "psnr_floored" in r], []
    groups = pd.DataFrame(scored).groupby(["kind", "hints"], sort=False) if scored else ()
    for (kind, plan), group in groups:
        names = list(group["system"].unique())
        scores = group.pivot_table("psnr_floored", "drawing", "system", "last")
        for mine in (name for name in (OURS, PAINTED) if name in names):
            for other in (name for name in names if name not in (OURS, PAINTED)):
                who = {"kind": kind, "hints": plan, "system": mine, "against": other}
                rows.append(who | duel((scores[mine] - scores[other]).to_numpy()))
    return rows


def duel(gains: np.ndarray) -> dict[str, float]:
    """Return wins in percent, mean and worst tenth of some differences in dB (N,)."""
    wins = np.where(np.abs(gains) <= TIE, 0.5, gains > 0)
    worst = np.sort(gains)[: max(1, round(len(gains) / 10))]
    means = {"wins": 100 * wins.mean(), "gain": gains.mean(), "worst_tenth": worst.mean()}
    return {name: float(value) for name, value in means.items()}


def median_seconds(records: list[dict]) -> dict[str, dict]:
    """Return each system's median seconds, and the ratio to G'MIC's or else the first system's.

    Only pictures with `TIMED` hints count where there are any, else those with hints: without,
    most systems do nothing.
    """
    painted = pd.DataFrame(records, columns=["system", "hints", "seconds"]).dropna()
    choices = painted[painted["hints"] == TIMED], painted[painted["hints"] != "0"], painted
    counted = next((found for found in choices if len(found)), painted)
    medians = counted.groupby("system", sort=False)["seconds"].median().to_dict()
    base = "gmic" if "gmic" in medians else next(iter(medians), "")
    return {n: {"seconds": m, "ratio": m / medians[base], "to": base} for n, m in medians.items()}


def markdown(report: dict) -> str:
    """Return the report's tables: fidelity, dabs, ours against others, and time."""
    summary, times = summarize(report["records"]), report["time"]
    tables = [_of_columns(summary, COLUMNS)]
    if "psnr_floored" in summary:
        tables.append(_of_columns(summary[summary["psnr_floored"].notna()], DAB_COLUMNS))
    if compared := duels(report["records"]):
        heads = ["lines", "hints", "system", "against", "wins %", "mean dB", "worst tenth dB"]
        rows = [
            [*list(row.values())[:4], f"{row['wins']:.0f}"]
            + [f"{row[name]:+.2f}" for name in ("gain", "worst_tenth")]
            for row in compared
        ]
        tables.append(table(heads, rows))
    if times:
        heads = ["system", "median seconds", f"times {next(iter(times.values()))['to']}"]
        rows = [[n, f"{t['seconds']:.3f}", f"{t['ratio']:.2f}"] for n, t in times.items()]
        tables.append(table(heads, rows))
    return "\n".join(tables)


def _of_columns(summary: pd.DataFrame, columns: Columns) -> str:
    heads = ["lines", "hints", "system", "drawings", *(head for head, _ in columns.values())]
    rows = [
        [*(row[name] for name in ("kind", "hints", "system", "drawings"))]
        + [form.format(row[n]) if pd.notna(row.get(n)) else "" for n, (_, form) in columns.items()]
        for row in summary.to_dict("records")
    ]
    return table(heads, rows)

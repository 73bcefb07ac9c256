"""The tables of a fidelity report, as Markdown."""

import numpy as np

from ..commands import table
from ..systems import OURS, PAINTED
from .dabs import PLACES

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


def summarize(records: list[dict]) -> list[dict]:
    """Return the means over the drawings for each kind of lines, plan and system.

    Shares become percentages. The chroma ratio is that of the means. A measure that no
    drawing has is left out.
    """
    groups: dict[tuple, list[dict]] = {}
    for record in records:
        key = (record["kind"], record["hints"], record["system"])
        groups.setdefault(key, []).append(record)
    return [_mean_row(key, group) for key, group in groups.items()]


def _mean_row(key: tuple[str, str, str], group: list[dict]) -> dict:
    row = dict(zip(("kind", "hints", "system"), key)) | {"drawings": len(group)}
    for name in (*COLUMNS, *DAB_COLUMNS, "chroma", "chroma_truth"):
        known = [record[name] for record in group if name in record]
        if known:
            row[name] = float(np.mean(known)) * (100 if name in PERCENT else 1)
    if row.get("chroma_truth") and row["hints"] == "0":
        row["chroma_ratio"] = row["chroma"] / row["chroma_truth"]
    return row


def duels(records: list[dict]) -> list[dict]:
    """Return how each of ours does against each other system, for each kind and plan of dabs.

    Each row has the share of wins, ties within `TIE` counting half; the mean difference of the
    floored PSNR, ours less the other's; and its worst tenth: the mean over the tenth of the
    drawings (rounded, at least one) in which ours does worst.
    """
    scores: dict[tuple, dict[str, dict[str, float]]] = {}
    for r in records:
        if "psnr_floored" in r:
            group = scores.setdefault((r["kind"], r["hints"]), {})
            group.setdefault(r["system"], {})[r["drawing"]] = r["psnr_floored"]
    rows = []
    for (kind, plan), group in scores.items():
        for mine in (name for name in (OURS, PAINTED) if name in group):
            for other in (name for name in group if name not in (OURS, PAINTED)):
                gains = [group[mine][d] - group[other][d] for d in group[mine]]
                names = {"kind": kind, "hints": plan, "system": mine, "against": other}
                rows.append(names | duel(np.array(gains)))
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
    painted = [r for r in records if "seconds" in r]
    timed = [r for r in painted if r["hints"] == TIMED]
    counted = timed or [r for r in painted if r["hints"] != "0"] or painted
    seconds: dict[str, list[float]] = {}
    for record in counted:
        seconds.setdefault(record["system"], []).append(record["seconds"])
    medians = {name: float(np.median(found)) for name, found in seconds.items()}
    base = "gmic" if "gmic" in medians else next(iter(medians), "")
    return {n: {"seconds": m, "ratio": m / medians[base], "to": base} for n, m in medians.items()}


def markdown(report: dict) -> str:
    """Return the report's tables: fidelity, dabs, ours against others, and time."""
    summary, times = summarize(report["records"]), report["time"]
    tables = [_of_columns(summary, COLUMNS)]
    if dabs := [row for row in summary if "psnr_floored" in row]:
        tables.append(_of_columns(dabs, DAB_COLUMNS))
    if compared := duels(report["records"]):
        heads = ["lines", "hints", "system", "against", "wins %", "mean dB", "worst tenth dB"]
        rows = [
            [*(r[n] for n in ("kind", "hints", "system", "against")), f"{r['wins']:.0f}"]
            + [f"{r[name]:+.2f}" for name in ("gain", "worst_tenth")]
            for r in compared
        ]
        tables.append(table(heads, rows))
    if times:
        heads = ["system", "median seconds", f"times {next(iter(times.values()))['to']}"]
        rows = [[n, f"{t['seconds']:.3f}", f"{t['ratio']:.2f}"] for n, t in times.items()]
        tables.append(table(heads, rows))
    return "\n".join(tables)


def _of_columns(summary: list[dict], columns: Columns) -> str:
    heads = ["lines", "hints", "system", "drawings", *(head for head, _ in columns.values())]
    rows = [
        [*(row[name] for name in ("kind", "hints", "system", "drawings"))]
        + [form.format(row[name]) if name in row else "" for name, (_, form) in columns.items()]
        for row in summary
    ]
    return table(heads, rows)

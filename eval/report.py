"""The tables of a fidelity report, as Markdown."""

from collections.abc import Iterable

import numpy as np

from colorizer.pipeline import AUTOMATIC

from .measures import PLACES
from .systems import OURS, PAINTED

COLUMNS = {
    "psnr": ("PSNR dB", "{:.1f}"),
    "ssim": ("SSIM", "{:.3f}"),
    "delta_e": ("ΔE", "{:.1f}"),
    "delta_e_hints": ("ΔE at hints", "{:.1f}"),
    "bleeding": ("bleeding %", "{:.1f}"),
    "chroma_ratio": ("chroma / truth", "{:.2f}"),
}
"""Heading and format of each measure."""


DAB_COLUMNS = {
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
    names = dict.fromkeys([*COLUMNS, *DAB_COLUMNS, "chroma", "chroma_truth"])
    means = {name: _mean(r.get(name) for r in group) for name in names}
    row = dict(zip(("kind", "hints", "system"), key)) | {"drawings": len(group)}
    row |= {name: mean for name, mean in means.items() if mean is not None}
    row |= {name: 100 * row[name] for name in PERCENT if name in row}
    if row.get("chroma_truth"):
        row["chroma_ratio"] = row["chroma"] / row["chroma_truth"]
    return row


def _mean(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.mean(known)) if known else None


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


def markdown(report: dict) -> str:
    """Return the report's tables: fidelity, dabs, time, and the effect of a single hint.

    Args:
        report: records, time and effect as `eval.fidelity` collects them.
    """
    summary = summarize(report["records"])
    times = [
        [name, f"{t['seconds']:.3f}", f"{t['ratio']:.2f}"] for name, t in report["time"].items()
    ]
    effects = [
        [name, *(f"{e[k]:.1f}" for k in ("without", "with")), f"{e['ratio']:.2f}"]
        for name, e in report["effect"].items()
    ]
    base = next((t["to"] for t in report["time"].values()), "")
    tables = [
        _means(summary, COLUMNS),
        _means([row for row in summary if "psnr_floored" in row], DAB_COLUMNS),
        _duel_table(duels(report["records"])),
        table(["system", "median seconds", f"times {base}"], times) if times else "",
        table(["system", "ΔE to a hint's color without it", "with it", "ratio"], effects)
        if effects
        else "",
    ]
    return "\n".join(text for text in tables if text)


def _means(summary: list[dict], columns: dict[str, tuple[str, str]]) -> str:
    heads = ["lines", "hints", "system", "drawings", *(head for head, _ in columns.values())]
    rows = [
        [row["kind"], row["hints"], row["system"], str(row["drawings"]), *_cells(row, columns)]
        for row in summary
    ]
    return table(heads, rows) if rows else ""


def _duel_table(rows: list[dict]) -> str:
    heads = ["lines", "hints", "system", "against", "wins %", "mean dB", "worst tenth dB"]
    texts = [
        [r["kind"], r["hints"], r["system"], r["against"], f"{r['wins']:.0f}"]
        + [f"{r[name]:+.2f}" for name in ("gain", "worst_tenth")]
        for r in rows
    ]
    return table(heads, texts) if rows else ""


def _cells(row: dict, columns: dict[str, tuple[str, str]]) -> list[str]:
    """Return a row's measures as text; the chroma ratio is for plans that know no color."""
    free = row["hints"] in ("0", AUTOMATIC)
    shown = {k: v for k, v in row.items() if k != "chroma_ratio" or free}
    return [form.format(shown[k]) if k in shown else "" for k, (_, form) in columns.items()]


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"

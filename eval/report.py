"""The tables of a fidelity report, as Markdown."""

from collections.abc import Iterable

import numpy as np

from colorizer.pipeline import AUTOMATIC

COLUMNS = {
    "psnr": ("PSNR dB", "{:.1f}"),
    "ssim": ("SSIM", "{:.3f}"),
    "delta_e": ("ΔE", "{:.1f}"),
    "delta_e_hints": ("ΔE at hints", "{:.1f}"),
    "bleeding": ("bleeding %", "{:.1f}"),
    "chroma_ratio": ("chroma / truth", "{:.2f}"),
}
"""Heading and format of each measure."""


def summarize(records: list[dict]) -> list[dict]:
    """Return the means over the drawings for each kind of lines, plan and system.

    Bleeding becomes a percentage. The chroma ratio is that of the means. A measure that no
    drawing has is left out.
    """
    groups: dict[tuple, list[dict]] = {}
    for record in records:
        key = (record["kind"], record["hints"], record["system"])
        groups.setdefault(key, []).append(record)
    return [_mean_row(key, group) for key, group in groups.items()]


def _mean_row(key: tuple[str, str, str], group: list[dict]) -> dict:
    names = ("psnr", "ssim", "delta_e", "delta_e_hints", "bleeding", "chroma", "chroma_truth")
    means = {name: _mean(r.get(name) for r in group) for name in names}
    row = dict(zip(("kind", "hints", "system"), key)) | {"drawings": len(group)}
    row |= {name: mean for name, mean in means.items() if mean is not None}
    if "bleeding" in row:
        row["bleeding"] *= 100
    if row.get("chroma_truth"):
        row["chroma_ratio"] = row["chroma"] / row["chroma_truth"]
    return row


def _mean(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.mean(known)) if known else None


def markdown(report: dict) -> str:
    """Return the report's three tables: fidelity, time, and the effect of a single hint.

    Args:
        report: records, time and effect as `eval.fidelity` collects them.
    """
    heads = ["lines", "hints", "system", "drawings", *(head for head, _ in COLUMNS.values())]
    rows = [
        [row["kind"], row["hints"], row["system"], str(row["drawings"]), *_cells(row)]
        for row in summarize(report["records"])
    ]
    base = next(iter(report["time"].values()))["to"]
    times = [
        [name, f"{t['seconds']:.3f}", f"{t['ratio']:.2f}"] for name, t in report["time"].items()
    ]
    effects = [
        [name, *(f"{e[k]:.1f}" for k in ("without", "with")), f"{e['ratio']:.2f}"]
        for name, e in report["effect"].items()
    ]
    tables = [
        table(heads, rows),
        table(["system", "median seconds", f"times {base}"], times),
        table(["system", "ΔE to a hint's color without it", "with it", "ratio"], effects),
    ]
    return "\n".join(tables)


def _cells(row: dict) -> list[str]:
    """Return a row's measures as text; the chroma ratio is for plans that know no color."""
    free = row["hints"] in ("0", AUTOMATIC)
    shown = {k: v for k, v in row.items() if k != "chroma_ratio" or free}
    return [form.format(shown[k]) if k in shown else "" for k, (_, form) in COLUMNS.items()]


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"

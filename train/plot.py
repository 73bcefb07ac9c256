"""Draw the curves of one or more runs from their stats.jsonl.

    python -m train.plot runs/00001-draft
    python -m train.plot runs/00001-draft runs/00002-draft -o compared.png

One panel for each figure that a run logged: the losses, what --val measured, learning rate and
speed. Each run has its color; the pale line is what was logged, the strong one its running mean.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from colorizer.images import InputError

from .folders import read_stats
from .options import run_main

LAST = ("lr", "steps_per_s")
"""The panels after the losses."""
ACROSS = 3
"""Panels side by side."""
SHARE = 0.1
"""Share of a curve that its running mean covers."""
LOG_RATIO = 20
"""A panel is logarithmic if its highest value is at least this many times its lowest, above 0."""

Curves = dict[str, np.ndarray]
"""Steps and values of each figure of a run, (2, N)."""


def read_curves(run: Path) -> Curves:
    """Return the finite values of a run folder's stats.jsonl; InputError if there are none."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in read_stats(run):
        for name, value in row.items():
            if np.isfinite(value):
                points.setdefault(name, []).append((row["step"], value))
    points.pop("step", None)
    if not points:
        raise InputError(f"{run} has no figures in stats.jsonl.")
    return {name: np.array(found, float).T for name, found in points.items()}


def smooth(values: np.ndarray, share: float) -> np.ndarray:
    """Return the running mean over a share of all values, half before and half after each."""
    window = np.ones(2 * int(share * len(values) / 2) + 1)
    return np.convolve(values, window, "same") / np.convolve(np.ones(len(values)), window, "same")


def draw(runs: dict[str, Curves]) -> Figure:
    """Return the figure: a panel for each name, a color for each run."""
    names = list(dict.fromkeys(name for curves in runs.values() for name in curves))
    names.sort(key=lambda name: (name in LAST, name.startswith("val_")))  # stable: as logged
    rows = -(-len(names) // ACROSS)
    figure = Figure((15, 3.6 * rows), layout="constrained")
    panels = figure.subplots(rows, ACROSS, squeeze=False).ravel()
    for panel, name in zip(panels, names):
        shown = {number: c[name] for number, c in enumerate(runs.values()) if name in c}
        for number, (steps, values) in shown.items():
            panel.plot(steps, values, color=f"C{number}", alpha=0.3, linewidth=0.8)
            mark = "." if len(values) < 10 else ""
            panel.plot(steps, smooth(values, SHARE), color=f"C{number}", marker=mark)
        every = np.concatenate([values for _, values in shown.values()])
        if 0 < every.min() * LOG_RATIO <= every.max():
            panel.set_yscale("log")
        panel.set(title=name, xlabel="step")
        panel.grid(alpha=0.3)
    for panel in panels[len(names) :]:
        panel.set_axis_off()
    lines = [Line2D([], [], color=f"C{number}", label=run) for number, run in enumerate(runs)]
    figure.legend(handles=lines, loc="outside upper center", ncols=4, frameon=False)
    return figure


def main(argv: list[str] | None = None) -> None:
    """Write the picture that the command line describes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run folder")
    parser.add_argument("-o", "--out", type=Path, help="PNG to write [RUN/curves.png]")
    args = parser.parse_args(argv)
    out = args.out or args.runs[0] / "curves.png"
    figure = draw({run.resolve().name: read_curves(run) for run in args.runs})
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=100)
    print(out)


if __name__ == "__main__":
    run_main(main)

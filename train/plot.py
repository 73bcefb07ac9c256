"""Draw the curves of one or more runs from their stats.jsonl.

    python -m train.plot runs/00001-draft
    python -m train.plot runs/00001-draft runs/00002-draft -o compared.png

One panel for each figure that a run logged: the losses, what --val measured, learning rate and
speed. Each run has its color; the pale line is what was logged, the strong one its running mean.
"""

import argparse
import json
import math
from pathlib import Path

import matplotlib
import numpy as np

from colorizer.images import InputError

from .options import run_main

matplotlib.use("Agg")  # a file, no window
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

LAST = ("lr", "steps_per_s")
"""The panels after the losses."""
ACROSS = 3
"""Panels side by side."""
LOG_RATIO = 20
"""A panel is logarithmic if its highest value is at least this many times its lowest, above 0."""
NOTHING = np.empty((2, 0))

Curve = np.ndarray
"""Steps and values, (2, N)."""


def read_curves(run: Path) -> dict[str, Curve]:
    """Return {figure: (steps, values)} of a run folder, without values that are not finite.

    A last line that is still being written is left out.

    Raises:
        InputError: no stats.jsonl, or nothing in it.
    """
    path = run / "stats.jsonl"
    if not path.is_file():
        raise InputError(f"{run} is no run folder: it has no stats.jsonl.")
    points: dict[str, list[tuple[float, float]]] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(keepends=True), 1):
        try:
            row = json.loads(line)
        except ValueError as error:
            if line.endswith("\n"):
                raise InputError(f"Line {number} of {path} is no JSON.") from error
            continue
        for name, value in row.items():
            points.setdefault(name, []).append((row["step"], value))
    points.pop("step", None)
    curves = {name: np.array(found, float).T for name, found in points.items()}
    curves = {name: curve[:, np.isfinite(curve[1])] for name, curve in curves.items()}
    if not any(curve.size for curve in curves.values()):
        raise InputError(f"{path} has no figures yet.")
    return curves


def smooth(values: np.ndarray, share: float) -> np.ndarray:
    """Return the running mean over a share of all values, half before and half after each."""
    window = np.ones(2 * int(share * len(values) / 2) + 1)
    if not len(values):
        return values
    return np.convolve(values, window, "same") / np.convolve(np.ones(len(values)), window, "same")


def draw(runs: dict[str, dict[str, Curve]], share: float) -> Figure:
    """Return the figure: a panel for each name, a color for each run."""
    names = list(dict.fromkeys(name for curves in runs.values() for name in curves))
    names.sort(key=lambda name: (name in LAST, name.startswith("val_")))  # stable: as logged
    rows = math.ceil(len(names) / ACROSS)
    figure, axes = plt.subplots(
        *(rows, min(ACROSS, len(names))), figsize=(15, 3.6 * rows), squeeze=False
    )
    for panel, name in zip(axes.flat, names):
        _draw_panel(panel, name, [curves.get(name, NOTHING) for curves in runs.values()], share)
    for panel in axes.flat[len(names) :]:
        panel.set_axis_off()
    lines = [Line2D([], [], color=f"C{number % 10}", label=run) for number, run in enumerate(runs)]
    figure.legend(handles=lines, loc="upper center", ncols=4, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.35 / (3.6 * rows)))
    return figure


def _draw_panel(panel: Axes, name: str, curves: list[Curve], share: float) -> None:
    for number, (steps, values) in enumerate(curves):
        color, mark = f"C{number % 10}", "." if len(values) < 10 else ""
        panel.plot(steps, values, color=color, alpha=0.3, linewidth=0.8)
        mean = values if name == "lr" else smooth(values, share)
        panel.plot(steps, mean, color=color, marker=mark)
    every = np.concatenate([values for _, values in curves])
    if every.size and 0 < every.min() * LOG_RATIO <= every.max():
        panel.set_yscale("log")
    panel.set_title(name)
    panel.set_xlabel("step")
    panel.grid(alpha=0.3)


def main(argv: list[str] | None = None) -> None:
    """Write the picture that the command line describes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run folder")
    parser.add_argument("-o", "--out", type=Path, help="PNG to write [RUN/curves.png]")
    text = "share of the run that a mean covers [%(default)s]"
    parser.add_argument("--smooth", type=float, default=0.1, help=text)
    args = parser.parse_args(argv)
    if not 0 <= args.smooth < 1:
        parser.error(f"--smooth is {args.smooth}; wanted is 0 or more and less than 1")
    out = args.out or args.runs[0] / "curves.png"
    figure = draw({run.resolve().name: read_curves(run) for run in args.runs}, args.smooth)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=100)
    plt.close(figure)
    print(out)


if __name__ == "__main__":
    run_main(main)

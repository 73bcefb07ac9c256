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
"""A panel is logarithmic if its highest value is at least this many times its lowest."""

Curve = tuple[np.ndarray, np.ndarray]


def read_curves(run: Path) -> dict[str, Curve]:
    """Return {figure: (steps, values)} of a run folder, without values that are not finite.

    A last line that is still being written is left out.

    Raises:
        InputError: no stats.jsonl, or nothing in it.
    """
    path = run / "stats.jsonl"
    if not path.is_file():
        raise InputError(f"{run} is no run folder: it has no stats.jsonl.")
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(keepends=True), 1):
        try:
            rows.append(json.loads(line))
        except ValueError as error:
            if line.endswith("\n"):
                raise InputError(f"Line {number} of {path} is no JSON.") from error
    names = dict.fromkeys(name for row in rows for name in row if name != "step")
    curves = {name: _curve(rows, name) for name in names}
    if not any(len(steps) for steps, _ in curves.values()):
        raise InputError(f"{path} has no figures yet.")
    return curves


def _curve(rows: list[dict], name: str) -> Curve:
    points = [(r["step"], r[name]) for r in rows if name in r and math.isfinite(r[name])]
    steps, values = np.array(points, float).reshape(-1, 2).T
    return steps, values


def smooth(values: np.ndarray, share: float) -> np.ndarray:
    """Return the running mean over a share of all values, half before and half after each."""
    half, places = int(share * len(values) / 2), np.arange(len(values))
    first, last = np.maximum(places - half, 0), np.minimum(places + half + 1, len(values))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return (sums[last] - sums[first]) / (last - first)


def is_logarithmic(curves: list[Curve]) -> bool:
    """Whether the values are all positive and span more than `LOG_RATIO`."""
    values = np.concatenate([values for _, values in curves])
    return bool(values.size and values.min() > 0 and values.max() >= LOG_RATIO * values.min())


def draw(runs: dict[str, dict[str, Curve]], share: float) -> Figure:
    """Return the figure: a panel for each name, a color for each run."""
    names = list(dict.fromkeys(name for curves in runs.values() for name in curves))
    names.sort(key=lambda name: (name in LAST, name.startswith("val_")))  # stable: as logged
    rows = math.ceil(len(names) / ACROSS)
    figure, axes = plt.subplots(
        *(rows, min(ACROSS, len(names))), figsize=(15, 3.6 * rows), squeeze=False
    )
    for panel, name in zip(axes.flat, names):
        _draw_panel(panel, name, list(runs.values()), share)
    for panel in axes.flat[len(names) :]:
        panel.set_axis_off()
    lines = [Line2D([], [], color=f"C{number % 10}", label=run) for number, run in enumerate(runs)]
    figure.legend(handles=lines, loc="upper center", ncols=4, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.35 / (3.6 * rows)))
    return figure


def _draw_panel(panel: Axes, name: str, runs: list[dict[str, Curve]], share: float) -> None:
    nothing = (np.empty(0), np.empty(0))
    for number, curves in enumerate(runs):
        steps, values = curves.get(name, nothing)
        color, mark = f"C{number % 10}", "." if len(values) < 10 else ""
        panel.plot(steps, values, color=color, alpha=0.3, linewidth=0.8)
        mean = values if name == "lr" else smooth(values, share)
        panel.plot(steps, mean, color=color, marker=mark)
    if is_logarithmic([curves[name] for curves in runs if name in curves]):
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
    parser.add_argument(
        "--smooth",
        type=float,
        default=0.1,
        help="share of the run that a mean covers [%(default)s]",
    )
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

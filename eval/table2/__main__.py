"""Table 2: Base, Pix2Pix and our three variants, trained and measured in one command.

    python -m eval.table2 --data PICTURES --pairs PAIRS --hold-out A B --only A B --ldm RUN -o OUT
    python -m eval.table2 --small --data PICTURES --pairs PAIRS --hold-out A B --only A B -o OUT

Trains the rows that OUT does not have yet, measures FID and C-FID on XDoG and on real lines, and
writes OUT/table2.md, OUT/table2.csv and OUT/figures. A row that is finished is not trained again,
and a row that was stopped goes on.

--small is for one CPU, an hour in all: squares of 128 pixels, narrow networks, as many steps for
each row, which are enough to obey spread hints but not single pixels; our steps are dealt half to
the draft and half to the colorization stage. Its numbers can be compared with each other, not with
the paper's. The other flags come after it and change it;
--train-flags, for example, replaces all of those that it stands for.

Our rows are the networks alone, as the paper measures them; "settled" beside a title is the same
weights as the colorizer uses them, with settled colors and kept lines.
"""

import csv
import io
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from train.checkpoints import write_atomic
from train.options import option, run_main

from ..baselines.train import BASELINES
from ..commands import parse as parse_options
from ..commands import table, with_deviation, words
from ..drawings import KINDS, DrawingConfig
from ..fid.__main__ import described
from ..fid.evaluation import (
    MEASURES,
    PLANS,
    Evaluation,
    FeatureConfig,
    join,
    mark_of,
    over,
    summarize,
)
from ..figures import write_figures
from ..systems import NETWORK, OURS, of_checkpoint
from .rows import TrainingConfig, minutes_of, run_row, taken_runs

SMALL = shlex.split(
    "--steps 1200 --side 128 --crops 3 --limit 60 --repeats 2 --batch 16 --feature vgg "
    "--train-flags '--crop 128 --batch 8 --precision bf16 --workers 1 --lr 0.0005 "
    "--schedule cosine --warmup 50 --most-hints 32 --hints spread --save-every 200' "
    "--base-flags '--width 8 --blocks 4 --groups 8 --critic-width 16' "
    "--pix2pix-flags '--width 16 --depth 6 --critic-width 16' "
    "--ldm-flags '--width 8 --ink-weight 10' "
    "--draft-flags '--width 16 --blocks 1 --cardinality 8' "
    "--colorization-flags '--width 16 --blocks 1 --cardinality 8'"
)
"""What --small stands for."""
TITLES = {
    "base": "Base",
    "pix2pix": "Pix2Pix",
    "line": "Ours (line loss only)",
    "equalize": "Ours (histogram equalization only)",
    "both": "Ours",
}
SETTLED = "-settled"
"""Ends the name of one of our rows as the colorizer uses it."""
LABELS = {
    "line": "ours: line loss",
    "equalize": "ours: equalization",
    "both": "ours: both",
}
"""Shorter titles, for figures."""
PAPER = {
    "base": ((44.70, 2.01), (35.83, 1.81), (109.39, 0.40), (87.95, 0.36)),
    "pix2pix": ((41.14, 1.51), (34.21, 1.12), (117.24, 0.38), (94.14, 0.31)),
    "line": ((43.87, 1.91), (35.51, 1.74), (99.40, 0.32), (61.83, 0.26)),
    "equalize": ((39.54, 1.84), (33.29, 1.51), (92.63, 0.24), (60.45, 0.24)),
    "both": ((39.77, 1.75), (32.16, 1.57), (98.75, 0.17), (57.51, 0.23)),
}
"""The paper's means and deviations, in the order of `COLUMNS`."""
COLUMNS = [(kind, plan) for kind in KINDS for plan in PLANS]
OTHERS = (("KID x 1000", "kid", 1000), ("PSNR dB", "psnr", 1), ("ΔE", "delta_e", 1))
"""Heading, name and scale of what stands in the second table."""


@dataclass(frozen=True)
class Config(DrawingConfig, TrainingConfig, FeatureConfig):
    """What is trained and measured."""

    figure_rows: int = option(4, "drawings of each kind in the figures; 0 writes none")
    out: str = option("table2", "folder to write into; also -o")


def over_seeds(summaries: list[list[dict]]) -> dict[tuple[str, str], dict]:
    """Return a row's cells by kind and plan from the summaries of its seeds.

    With several seeds the mean and sample deviation are over them; with one, over the draws.
    """
    cells = {}
    for same in zip(*summaries):
        cell = dict(same[0])
        if len(same) > 1:
            cell |= over(list(same))
        cells[cell["kind"], cell["plan"]] = cell
    return cells


def markdown(results: dict[str, dict], config: Config, features: str) -> str:
    """Return the distances beside the paper's, fidelity, ours over Base, and what they rest on.

    Args:
        results: for each row its cells, parameters and minutes.
        config: the options.
        features: extractor and resizer, in a sentence.
    """
    cells = next(iter(results.values()))["cells"]
    columns = [c for c in COLUMNS if c in cells]
    names = [f"{plan} {kind}" for kind, plan in columns]
    heads = ["model", *[h for n in names for h in (n, "paper")], "parameters", "minutes"]
    parts = [table(heads, [_distance_row(row, r, columns) for row, r in results.items()])]
    others = [
        [title, title_of(row), *(_cell(r["cells"][c], name, scale) for c in columns)]
        for title, name, scale in OTHERS
        for row, r in results.items()
    ]
    parts.append(table(["measure", "model", *names], others))
    if {"both", "base"} <= set(results):
        parts.append(table(["ours / Base", *names], _ratios(results, columns)))
    pictures = ", ".join(f"{cells[c]['pictures']} in {n}" for c, n in zip(columns, names))
    spread = "seeds" if len(words(config.seeds)) > 1 else "draws of the hints"
    parts.append(f"{features} Pictures: {pictures}. ± is the deviation over {spread}.\n")
    return "\n".join(parts)


def title_of(row: str) -> str:
    """Return a row's title, that of a settled one too."""
    return TITLES[row.removesuffix(SETTLED)] + (", settled" if row.endswith(SETTLED) else "")


def _distance_row(row: str, result: dict, columns: list[tuple[str, str]]) -> list[str]:
    cells = [title_of(row)]
    for column in columns:
        cells.append(_cell(result["cells"][column], "fid", 1))
        paper = PAPER.get(row)
        cells.append(with_deviation(*paper[COLUMNS.index(column)]) if paper else "")
    return [*cells, f"{result['parameters'] / 1e6:.1f} M", f"{result['minutes']:.0f}"]


def _cell(cell: dict, name: str, scale: float) -> str:
    std = cell[f"{name}_std"]
    digits = 2 if scale * cell[name] >= 1 else 4
    return with_deviation(scale * cell[name], None if std is None else scale * std, digits)


def _ratios(results: dict[str, dict], columns: list[tuple[str, str]]) -> list[list[str]]:
    """Return our distances as a share of Base's: the paper's, and here."""
    ours, base = (results[row]["cells"] for row in ("both", "base"))
    here = [ours[c]["fid"] / base[c]["fid"] for c in columns]
    means = {row: [PAPER[row][COLUMNS.index(c)][0] for c in columns] for row in ("both", "base")}
    paper = [a / b for a, b in zip(means["both"], means["base"])]
    both = {"here": here, "paper": paper}
    return [[title, *(f"{ratio:.2f}" for ratio in found)] for title, found in both.items()]


def to_csv(results: dict[str, dict]) -> str:
    """Return every cell as a line of CSV, with the paper's mean and deviation."""
    names = [name + end for name in MEASURES for end in ("", "_std")]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    heads = ["model", "lines", "measure", *names, "pictures", "paper", "paper_std"]
    writer.writerow([*heads, "parameters", "minutes"])
    for row, result in results.items():
        for column, cell in result["cells"].items():
            paper = PAPER[row][COLUMNS.index(column)] if row in PAPER else ("", "")
            numbers = [cell[name] for name in names]
            ends = [result["parameters"], f"{result['minutes']:.2f}"]
            writer.writerow([row, *column, *numbers, cell["pictures"], *paper, *ends])
    return stream.getvalue()


def parse(argv: list[str] | None) -> Config:
    """Return the options; --small stands for `SMALL`, before the others."""
    given = sys.argv[1:] if argv is None else argv
    rest = [word for word in given if word != "--small"]
    return parse_options(Config, __doc__, rest if rest == given else [*SMALL, *rest])


def measured_as(row: str) -> dict[str, str]:
    """Return the systems that a row's checkpoint is measured as, and the rows that they fill."""
    return {row: row} if row in BASELINES else {NETWORK: row, OURS: row + SETTLED}


def main(argv: list[str] | None = None) -> None:
    """Train and measure what the command line describes."""
    config = parse(argv)
    out, seeds, taken = Path(config.out), words(config.seeds), taken_runs(config)
    place = join("")
    evaluation = Evaluation(config, place)
    results: dict[str, dict] = {}
    shown = {}
    for row in words(config.rows):
        summaries: dict[str, list[list[dict]]] = {name: [] for name in measured_as(row).values()}
        minutes = 0.0
        for seed in map(int, seeds[:1] if row in taken else seeds):
            run = str(run_row(config, row, seed, out))
            minutes += minutes_of(row, seed, out)
            systems, parameters = of_checkpoint(run, place.device, config.side)
            for system, name in measured_as(row).items():
                draws, mark = out / "draws" / f"{name}-{seed}", f"{system} {mark_of(run)}"
                records = evaluation.measure(systems[system], draws, mark)
                summaries[name].append(summarize(records))
            shown.setdefault(LABELS.get(row, TITLES[row]), systems[next(iter(measured_as(row)))])
        sizes = {"parameters": parameters, "minutes": minutes}
        results |= {name: {"cells": over_seeds(s)} | sizes for name, s in summaries.items()}
        text = markdown(results, config, described(evaluation.extractor))
        write_atomic(out / "table2.md", text.encode())
        write_atomic(out / "table2.csv", to_csv(results).encode())
    print(text)
    if config.figure_rows:
        squares = evaluation.squares
        write_figures(shown, squares, out / "figures", config.figure_rows, config.seed)


if __name__ == "__main__":
    run_main(main)

"""Table 2: Base, Pix2Pix and our three variants, trained and measured in one command.

    python -m eval.table2 --data PICTURES --pairs PAIRS --hold-out A B --only A B --ldm RUN -o OUT
    python -m eval.table2 --small --data PICTURES --pairs PAIRS --hold-out A B --only A B -o OUT

Trains the rows that OUT does not have yet, measures FID and C-FID on XDoG and on real lines, and
writes OUT/table2.md, OUT/table2.csv and OUT/figures. A row that is finished is not trained again,
and a row that was stopped goes on.

--small is for one CPU, an hour in all: narrow networks on squares of 128 pixels. Its numbers can be
compared with each other, not with the paper's. Other flags change what it stands for. Our rows are
the networks alone; "settled" beside a title is the same weights as the colorizer uses them.
"""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from train.checkpoints import write_atomic
from train.distributed import join
from train.options import option, run_main

from ..commands import parse as parse_options
from ..commands import table, with_deviation, words, write_csv
from ..drawings import KINDS
from ..fid import evaluation as fid
from ..systems import NETWORK, OURS, of_checkpoint
from .figures import write_figures
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
    "base": ("Base", "Base"),
    "pix2pix": ("Pix2Pix", "Pix2Pix"),
    "line": ("Ours (line loss only)", "ours: line loss"),
    "equalize": ("Ours (histogram equalization only)", "ours: equalization"),
    "both": ("Ours", "ours: both"),
}
"""Each row's title in the tables, and in the figures."""
SETTLED = "-settled"
"""Ends the name of one of our rows as the colorizer uses it."""
PAPER = {
    "base": ((44.70, 2.01), (35.83, 1.81), (109.39, 0.40), (87.95, 0.36)),
    "pix2pix": ((41.14, 1.51), (34.21, 1.12), (117.24, 0.38), (94.14, 0.31)),
    "line": ((43.87, 1.91), (35.51, 1.74), (99.40, 0.32), (61.83, 0.26)),
    "equalize": ((39.54, 1.84), (33.29, 1.51), (92.63, 0.24), (60.45, 0.24)),
    "both": ((39.77, 1.75), (32.16, 1.57), (98.75, 0.17), (57.51, 0.23)),
}
"""The paper's means and deviations, in the order of `COLUMNS`."""
COLUMNS = [(kind, plan) for kind in KINDS for plan in fid.PLANS]
OTHERS = (("KID x 1000", "kid", 1000), ("PSNR dB", "psnr", 1), ("ΔE", "delta_e", 1))
"""Heading, name and scale of what stands in the second table."""


@dataclass(frozen=True)
class Config(fid.EvaluationConfig, TrainingConfig):
    """What is trained and measured."""

    figure_rows: int = option(4, "drawings of each kind in the figures; 0 writes none")
    out: str = option("table2", "folder to write into; also -o")


def over_seeds(summaries: list[list[dict]]) -> dict[tuple[str, str], dict]:
    """Return a row's cells by kind and plan from the summaries of its seeds.

    With several seeds the mean and sample deviation are over them; with one, over the draws.
    """
    cells = {}
    for same in zip(*summaries):
        found = fid.over(list(same)) if len(same) > 1 else {}
        cells[same[0]["kind"], same[0]["plan"]] = same[0] | found
    return cells


def markdown(results: dict[str, dict], config: Config, features: str) -> str:
    """Return the distances beside the paper's, fidelity, ours over Base, and what they rest on.

    A row's result has its cells, parameters and minutes; `features` is a sentence.
    """
    first = next(iter(results.values()))["cells"]
    columns = [c for c in COLUMNS if c in first]
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
    pictures = ", ".join(f"{first[c]['pictures']} in {n}" for c, n in zip(columns, names))
    spread = "seeds" if len(words(config.seeds)) > 1 else "draws of the hints"
    parts.append(f"{features} Pictures: {pictures}. ± is the deviation over {spread}.\n")
    return "\n".join(parts)


def title_of(row: str) -> str:
    """Return a row's title, that of a settled one too."""
    return TITLES[row.removesuffix(SETTLED)][0] + (", settled" if row.endswith(SETTLED) else "")


def paper_of(row: str, column: tuple[str, str]) -> tuple[float, ...]:
    """Return the paper's mean and deviation, or nothing for a row that it does not have."""
    return PAPER[row][COLUMNS.index(column)] if row in PAPER else ()


def _distance_row(row: str, result: dict, columns: list[tuple[str, str]]) -> list[str]:
    cells = [title_of(row)]
    for column in columns:
        paper = paper_of(row, column)
        cells += [_cell(result["cells"][column], "fid", 1), with_deviation(*paper) if paper else ""]
    return [*cells, f"{result['parameters'] / 1e6:.1f} M", f"{result['minutes']:.0f}"]


def _cell(found: dict, name: str, scale: float) -> str:
    return fid.cell(found, name, scale, 2 if scale * found[name] >= 1 else 4)


def _ratios(results: dict[str, dict], columns: list[tuple[str, str]]) -> list[list[str]]:
    """Return our distances as a share of Base's: here, and the paper's."""
    ours, base = (results[row]["cells"] for row in ("both", "base"))
    here = [ours[c]["fid"] / base[c]["fid"] for c in columns]
    paper = [paper_of("both", c)[0] / paper_of("base", c)[0] for c in columns]
    found = {"here": here, "paper": paper}
    return [[title, *(f"{ratio:.2f}" for ratio in ratios)] for title, ratios in found.items()]


def csv_rows(results: dict[str, dict]) -> list[dict]:
    """Return every cell with the paper's mean and deviation, for `write_csv`."""
    names = [name + end for name in fid.MEASURES for end in ("", "_std")]
    return [
        {"model": row, "lines": column[0], "measure": column[1]}
        | {name: found[name] for name in (*names, "pictures")}
        | dict(zip(("paper", "paper_std"), paper_of(row, column) or ("", "")))
        | {"parameters": result["parameters"], "minutes": f"{result['minutes']:.2f}"}
        for row, result in results.items()
        for column, found in result["cells"].items()
    ]


def parse(argv: list[str] | None) -> Config:
    """Return the options; --small stands for `SMALL`, before the others."""
    given = sys.argv[1:] if argv is None else argv
    rest = [word for word in given if word != "--small"]
    return parse_options(Config, __doc__, rest if rest == given else [*SMALL, *rest])


def measure_row(row: str, config: Config, evaluation: fid.Evaluation) -> tuple[dict, dict]:
    """Return the results of a row with all its seeds, and what it paints as.

    Ours is measured as the networks alone, and settled under a name of its own.
    """
    out, seeds, minutes = Path(config.out), words(config.seeds), 0.0
    summaries: dict[str, list[list[dict]]] = {}
    for seed in map(int, seeds[:1] if row in taken_runs(config) else seeds):
        run = str(run_row(config, row, seed, out))
        minutes += minutes_of(row, seed, out)
        systems, parameters = of_checkpoint(run, evaluation.place.device, config.side)
        names = {row: row} if row in systems else {NETWORK: row, OURS: row + SETTLED}
        for system, name in names.items():
            draws, mark = out / "draws" / f"{name}-{seed}", f"{system} {fid.mark_of(run)}"
            records = evaluation.measure(systems[system], draws, mark)
            summaries.setdefault(name, []).append(fid.summarize(records))
    sizes = {"parameters": parameters, "minutes": minutes}
    results = {name: {"cells": over_seeds(found)} | sizes for name, found in summaries.items()}
    return results, {TITLES[row][1]: systems[next(iter(names))]}


def main(argv: list[str] | None = None) -> None:
    """Train and measure what the command line describes."""
    config = parse(argv)
    taken_runs(config)  # unknown rows are named before anything is trained
    out, evaluation = Path(config.out), fid.Evaluation(config, join(""))
    results: dict[str, dict] = {}
    systems = {}
    for row in words(config.rows):
        found, painting = measure_row(row, config, evaluation)
        results |= found
        systems |= painting
        text = markdown(results, config, evaluation.described)
        write_atomic(out / "table2.md", text.encode())
        write_csv(out / "table2.csv", csv_rows(results))
    print(text)
    if config.figure_rows:
        figures = out / "figures"
        write_figures(systems, evaluation.squares, figures, config.figure_rows, config.seed)


if __name__ == "__main__":
    run_main(main)

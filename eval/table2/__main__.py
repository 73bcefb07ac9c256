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

from colorizer.images import InputError
from train.checkpoints import write_atomic
from train.distributed import join
from train.options import option, parse_config, run_main

from ..commands import table, words, write_csv
from ..drawings import KINDS
from ..fid import evaluation as fid
from ..systems import NETWORK, OURS, of_checkpoint
from .figures import write_figures
from .rows import ROWS, TrainingConfig, minutes_of, run_row

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
    out: str = option("table2", "folder to write into", short="-o")


def cells_of(row: str, summaries: list[list[dict]], parameters: int, minutes: float) -> list[dict]:
    """Return a row's cells, one for each kind of lines and plan, with the paper's beside.

    With several seeds' summaries mean and sample deviation are over them; with one, over the draws.
    """
    cells = []
    for same in zip(*summaries):
        found = same[0] | (fid.over(list(same)) if len(same) > 1 else {})
        column = found["kind"], found["plan"]
        paper = dict(zip(COLUMNS, PAPER.get(row, ()))).get(column, ("", ""))
        cell = {"model": row, "lines": column[0], "measure": column[1]}
        cell |= {name + end: found[name + end] for name in fid.MEASURES for end in ("", "_std")}
        cell |= {"pictures": found["pictures"]} | dict(zip(("paper", "paper_std"), paper))
        cells.append(cell | {"parameters": parameters, "minutes": f"{minutes:.2f}"})
    return cells


def markdown(cells: list[dict], config: Config, features: str) -> str:
    """Return the distances beside the paper's, fidelity, ours over Base, and what they rest on.

    `features` is a sentence.
    """
    rows: dict[str, dict[tuple[str, str], dict]] = {}
    for cell in cells:
        rows.setdefault(cell["model"], {})[cell["lines"], cell["measure"]] = cell
    columns = list(next(iter(rows.values())))
    names = [f"{plan} {kind}" for kind, plan in columns]
    heads = ["model", *[h for n in names for h in (n, "paper")], "parameters", "minutes"]
    parts = [table(heads, map(_distance_row, rows.values()))]
    others = [
        [title, title_of(row), *(_text(found[c], name, scale) for c in columns)]
        for title, name, scale in OTHERS
        for row, found in rows.items()
    ]
    parts.append(table(["measure", "model", *names], others))
    if {"both", "base"} <= set(rows):
        ratios = [
            [title, *(f"{rows['both'][c][name] / rows['base'][c][name]:.2f}" for c in columns)]
            for title, name in (("here", "fid"), ("paper", "paper"))
        ]
        parts.append(table(["ours / Base", *names], ratios))
    first = next(iter(rows.values())).values()
    pictures = ", ".join(f"{cell['pictures']} in {n}" for cell, n in zip(first, names))
    spread = "seeds" if len(words(config.seeds)) > 1 else "draws of the hints"
    parts.append(f"{features} Pictures: {pictures}. ± is the deviation over {spread}.\n")
    return "\n".join(parts)


def title_of(row: str) -> str:
    """Return a row's title, that of a settled one too."""
    return TITLES[row.removesuffix(SETTLED)][0] + (", settled" if row.endswith(SETTLED) else "")


def _distance_row(found: dict[tuple[str, str], dict]) -> list[str]:
    texts: list[str] = []
    for cell in found.values():
        texts += [_text(cell, "fid", 1), fid.cell(cell, "paper", 1, 2) if cell["paper"] else ""]
    parameters, minutes = f"{cell['parameters'] / 1e6:.1f} M", f"{float(cell['minutes']):.0f}"
    return [title_of(cell["model"]), *texts, parameters, minutes]


def _text(cell: dict, name: str, scale: float) -> str:
    return fid.cell(cell, name, scale, 2 if scale * cell[name] >= 1 else 4)


def parse(argv: list[str] | None) -> Config:
    """Return the options; --small stands for `SMALL`, before the others."""
    given = sys.argv[1:] if argv is None else argv
    rest = [word for word in given if word != "--small"]
    return parse_config(Config, __doc__, rest if rest == given else [*SMALL, *rest])


def measure_row(row: str, config: Config, evaluation: fid.Evaluation) -> tuple[list[dict], dict]:
    """Return the cells of a row over all its seeds, and what it paints as.

    Ours is measured as the networks alone, and settled under a name of its own.
    """
    out, minutes = Path(config.out), 0.0
    summaries: dict[str, list[list[dict]]] = {}
    for seed in map(int, words(config.seeds)):
        run = str(run_row(config, row, seed, out))
        minutes += minutes_of(row, seed, out)
        systems, parameters = of_checkpoint(run, evaluation.process.device, config.side)
        names = {row: row} if row in systems else {NETWORK: row, OURS: row + SETTLED}
        for system, name in names.items():
            draws, mark = out / "draws" / f"{name}-{seed}", f"{system} {fid.mark_of(run)}"
            records = evaluation.measure(systems[system], draws, mark)
            summaries.setdefault(name, []).append(fid.summarize(records))
    found = [c for n, s in summaries.items() for c in cells_of(n, s, parameters, minutes)]
    return found, {TITLES[row][1]: systems[next(iter(names))]}


def main(argv: list[str] | None = None) -> None:
    """Train and measure what the command line describes."""
    config = parse(argv)
    if unknown := [row for row in words(config.rows) if row not in ROWS]:
        raise InputError(f"There is no row {unknown[0]!r}; wanted are some of {', '.join(ROWS)}.")
    out, evaluation = Path(config.out), fid.Evaluation(config, join(""))
    cells: list[dict] = []
    systems = {}
    for row in words(config.rows):
        found, painting = measure_row(row, config, evaluation)
        cells += found
        systems |= painting
        text = markdown(cells, config, evaluation.described)
        write_atomic(out / "table2.md", text.encode())
        write_csv(out / "table2.csv", cells)
    print(text)
    if config.figure_rows:
        figures = out / "figures"
        write_figures(systems, evaluation.squares, figures, config.figure_rows, config.seed)


if __name__ == "__main__":
    run_main(main)

"""How fast the parts are, as Markdown tables.

    python -m eval.speed data        training samples against decoding alone
    python -m eval.speed step        share of a training step outside the model
    python -m eval.speed artifacts   artifact stimulation against the draft model's forward pass
    python -m eval.speed systems     a picture by each system; --compare, --checkpoint
    python -m eval.speed networks    our networks against Base's and Pix2Pix's, untrained
    python -m eval.speed sizes       large line-arts: exponent, seconds and memory
    python -m eval.speed page        a stroke on the page until its new picture

Each figure is the median of repeats that take turns with what they are compared with, so that
other work on the machine touches both alike. Training is timed in processor time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tqdm import tqdm

from colorizer.preprocessing.hints import Hint
from train.options import option, run_main

from ..commands import first_word, parse, table
from ..fidelity.report import median_seconds
from ..systems import Case, SystemConfig, load_systems
from .networks import time_networks
from .page import MIDDLES, circles, time_page
from .sizes import time_sizes
from .training import Row, time_artifacts, time_data, time_step

COLORS = ("#e07040", "#4070e0", "#40a060", "#f0c8a0")
DAB = 6
"""Radius of a dab, pixels."""


@dataclass(frozen=True)
class Config(SystemConfig):
    """What is timed."""

    repeats: int = option(15, "repeats, of which the median counts")


def time_systems(config: Config) -> list[Row]:
    """Return the median seconds of each system for a line-art of 512x512 with 16 dabs."""
    places = [(x, y) for y in MIDDLES for x in MIDDLES]
    hints = [Hint(x, y, DAB, COLORS[i % len(COLORS)]) for i, (x, y) in enumerate(places)]
    systems, records = load_systems(config), []
    for repeat in tqdm(range(config.repeats + 1), "pictures"):
        for name, system in systems.items():
            began = time.perf_counter()
            system(Case(circles(), hints))
            record = {"system": name, "hints": "", "seconds": time.perf_counter() - began}
            records += [record] if repeat else []  # the first takes memory
    rows = []
    for name, t in median_seconds(records).items():
        ratio = {f"times {t['to']}": f"{t['ratio']:.2f}"}
        rows.append({"system": name, "median, s": f"{t['seconds']:.3f}"} | ratio)
    return rows


TABLES: dict[str, Callable[[Config], list[Row]]] = {
    "data": lambda config: time_data(config.repeats),
    "step": lambda config: time_step(config.repeats),
    "artifacts": lambda config: time_artifacts(config.repeats),
    "systems": time_systems,
    "networks": lambda config: time_networks(config.repeats, config.checkpoint or None),
    "sizes": lambda config: time_sizes(),
    "page": lambda config: time_page(config.repeats, config.checkpoint or None),
}
"""What the command line's first word prints."""


def main(argv: list[str] | None = None) -> None:
    """Print the table that the command line names."""
    name, rest = first_word(TABLES, argv)
    rows = TABLES[name](parse(Config, __doc__, rest))
    print(table(rows[0], (row.values() for row in rows)))


if __name__ == "__main__":
    run_main(main)

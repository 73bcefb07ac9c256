"""How fast the parts are, as Markdown tables.

    python -m eval.speed data        training samples against decoding alone
    python -m eval.speed step        share of a training step outside the model
    python -m eval.speed artifacts   artifact stimulation against the draft model's forward pass
    python -m eval.speed systems     a picture by each system; --compare, --checkpoint
    python -m eval.speed networks    our networks against Base's and Pix2Pix's, untrained
    python -m eval.speed sizes       large line-arts: exponent, seconds and memory
    python -m eval.speed page        a stroke on the page until its new picture; memory
    python -m eval.speed start       from `python app.py` to its first picture

Each figure is the median of repeats that take turns with what they are compared with, so that
other work on the machine touches both alike. Training is timed in processor time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch

from colorizer.models import DraftModel
from colorizer.preprocessing.hints import Hint
from train import draft
from train.artifacts import NUMBERS, stimulate
from train.data import Drawings
from train.distributed import start
from train.loop import Run
from train.options import DataConfig, option, parse_config, run_main

from ..commands import first_word, table
from ..systems import Case, SystemConfig, load_systems
from .circles import MIDDLES, circles
from .networks import Row, in_turns, time_networks
from .page import time_page, time_start
from .sizes import time_sizes

PICTURES = 8
PICTURE_SIZE = (1000, 1400)
JPEG_QUALITY = 90
WARM_UP = 3
"""First steps that do not count: workers start, memory is taken."""
DRAFT = {"width": 16, "blocks": 4, "cardinality": 8, "batch": 16, "workers": 1}
"""The training whose steps are timed: options of train.draft."""
ARTIFACTS = 64
"""Drafts that are stimulated at a time, the paper's batch."""
COLORS = ("#e07040", "#4070e0", "#40a060", "#f0c8a0")
DAB = 6
"""Radius of a dab, pixels."""


@dataclass(frozen=True)
class Config(SystemConfig):
    """What is timed."""

    repeats: int = option(15, "repeats, of which the median counts")


def write_pictures(folder: Path) -> list[Path]:
    """Write JPEGs of outlined shapes with shading and grain, and return their paths.

    They have about 0.3 bytes a pixel, like illustrations of the same size.
    """
    paths, (width, height) = [folder / f"{seed}.jpg" for seed in range(PICTURES)], PICTURE_SIZE
    for seed, path in enumerate(paths):
        rng, picture = np.random.default_rng(seed), np.full((height, width, 3), 250, np.uint8)
        for _ in range(400):
            center, axes = rng.integers((0, 0), PICTURE_SIZE), rng.integers(5, 150, 2)
            color = rng.integers(0, 256, 3).tolist()
            ellipse = (center.tolist(), axes.tolist(), float(rng.uniform(0, 180)), 0, 360)
            cv2.ellipse(picture, *ellipse, color, -1, cv2.LINE_AA)
            cv2.ellipse(picture, *ellipse, (30, 20, 20), 2, cv2.LINE_AA)
        coarse = rng.normal(0, 12, (height // 8, width // 8, 3)).astype(np.float32)
        shading = cv2.resize(coarse, PICTURE_SIZE, interpolation=cv2.INTER_CUBIC)
        shaded = (picture + shading + rng.normal(0, 3, picture.shape)).clip(0, 255)
        cv2.imwrite(str(path), shaded.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return paths


def time_data(config: Config) -> list[Row]:
    """Return the time of a training sample beside cv2's decoding alone, for each stage."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    rows = []
    with TemporaryDirectory() as folder:
        paths = write_pictures(Path(folder))
        for stage, equalize in (("draft", 0.5), ("colorization", 0.0)):
            options = DataConfig(data=(folder,), equalize=equalize)
            samples, numbers = Drawings(options, 0, large=not equalize), count()
            works = {
                "decode": lambda: [cv2.imread(str(path)) for path in paths],
                "sample": lambda s=samples, n=numbers: [s[next(n)] for _ in paths],
            }
            taken = in_turns(works, config.repeats, time.process_time).values()
            decode, sample = (seconds / len(paths) for seconds in taken)
            row = {"stage": stage, "cv2 decode, ms": f"{1000 * np.median(decode):.1f}"}
            row |= {"sample, ms": f"{1000 * np.median(sample):.1f}"}
            row |= {"samples / s and core": f"{1 / np.median(sample):.0f}"}
            rows.append(row | {"times decode": f"{np.median(sample / decode):.2f}"})
    return rows


def time_step(config: Config) -> list[Row]:
    """Return where the time of a draft's training step goes; pictures come from a cache.

    A step waits, computes and keeps books, by the wall clock.
    """
    clock, taken = time.perf_counter, []
    with TemporaryDirectory() as folder:
        (Path(folder) / "pictures").mkdir()
        write_pictures(Path(folder) / "pictures")
        options = draft.Config(
            data=(f"{folder}/pictures",),
            **{"cache": f"{folder}/cache", "runs": f"{folder}/runs", "device": "cpu"},
            **{"w_gan": 0.0, "w_content": 0.0, "w_line": 0.0, "steps": config.repeats + WARM_UP},
            **DRAFT,
        )
        pictures, losses = Drawings(options, 0), partial(draft.losses, options, {})
        models, process = draft.build_models(options), start(options)
        run = Run(options, process, models, pictures, losses, draft.columns, None)
        began = clock()
        for micros in run:
            waited = clock()
            means = run.step(micros)
            computed = clock()
            run.log(means)
            taken.append((waited - began, computed - waited, clock() - computed))
            began = clock()
    waiting, model, rest = parts = np.median(taken[WARM_UP:], 0)
    row = {"draft": ", ".join(f"{name} {value}" for name, value in DRAFT.items())}
    row |= {"model, ms": f"{1000 * model:.0f}", "waiting for data, ms": f"{1000 * waiting:.1f}"}
    row |= {"bookkeeping, ms": f"{1000 * rest:.1f}"}
    return [row | {"outside the model": f"{100 * (waiting + rest) / parts.sum():.1f} %"}]


@torch.no_grad()
def time_artifacts(config: Config) -> list[Row]:
    """Return the cost of artifact stimulation as a share of the default draft's forward pass."""
    torch.set_num_threads(1)
    rng, model, batch = np.random.default_rng(0), DraftModel().eval(), ARTIFACTS
    line, hint = torch.rand(batch, 1, 128, 128), torch.zeros(batch, 4, 128, 128)
    drafts = torch.rand(batch, 3, 128, 128) * 2 - 1
    works = {
        "damage": lambda: stimulate(
            drafts, torch.from_numpy(rng.random((batch, NUMBERS), np.float32))
        ),
        "forward": lambda: model(line, hint),
    }
    damage, forward = in_turns(works, config.repeats, time.process_time).values()
    row = {"drafts of 128x128": batch, "stimulation, ms": f"{1000 * np.median(damage):.0f}"}
    row |= {"default draft model's forward, ms": f"{1000 * np.median(forward):.0f}"}
    return [row | {"share": f"{100 * np.median(damage / forward):.1f} %"}]


def time_systems(config: Config) -> list[Row]:
    """Return the median seconds of each system for a line-art of 512x512 with 16 dabs."""
    places = [(x, y) for y in MIDDLES for x in MIDDLES]
    hints = [Hint(x, y, DAB, COLORS[i % len(COLORS)]) for i, (x, y) in enumerate(places)]
    case, systems = Case(circles(), hints), load_systems(config)
    works = {name: partial(system, case) for name, system in systems.items()}
    taken = in_turns(works, config.repeats, time.perf_counter)
    medians = {name: np.median(seconds) for name, seconds in taken.items()}
    base = "gmic" if "gmic" in medians else next(iter(medians))
    return [
        {"system": n, "median, s": f"{s:.3f}", f"times {base}": f"{s / medians[base]:.2f}"}
        for n, s in medians.items()
    ]


TABLES: dict[str, Callable[[Config], list[Row]]] = {
    "data": time_data,
    "step": time_step,
    "artifacts": time_artifacts,
    "systems": time_systems,
    "networks": lambda config: time_networks(config.repeats, config.checkpoint or None),
    "sizes": lambda config: time_sizes(),
    "page": lambda config: time_page(config.repeats, config.checkpoint or None),
    "start": lambda config: time_start(config.repeats, config.checkpoint or None),
}
"""What the command line's first word prints."""


def main(argv: list[str] | None = None) -> None:
    """Print the table that the command line names."""
    name, rest = first_word(TABLES, argv)
    rows = TABLES[name](parse_config(Config, __doc__, rest))
    print(table(rows[0], (row.values() for row in rows)))


if __name__ == "__main__":
    run_main(main)

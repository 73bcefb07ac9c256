"""How fast the parts are, as Markdown tables.

    python -m eval.speed data
    python -m eval.speed step
    python -m eval.speed artifacts
    python -m eval.speed page

Each figure is the median of repeats that take turns with what they are compared with, so that
other work on the machine touches both alike. What runs in one process is timed in processor time.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch
from tqdm import tqdm

from colorizer.models import DraftModel
from train import draft
from train.artifacts import draw_numbers, stimulate
from train.data import Drawings, drawings
from train.distributed import start
from train.loop import Run
from train.options import DataConfig, run_main

from .commands import table
from .page_speed import time_page

PICTURES = 8
PICTURE_SIZE = (1000, 1400)
JPEG_QUALITY = 90
WARM_UP = 3
"""First steps that do not count: workers start, memory is taken."""

Row = dict[str, object]


def processor_seconds(work: Callable[[], object]) -> float:
    """Return the processor time of a call, over all threads of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def paint_picture(size: tuple[int, int], seed: int) -> np.ndarray:
    """Return outlined shapes with shading and grain, uint8 (H, W, 3), for `size` = (W, H).

    As JPEG it has about 0.3 bytes a pixel, like an illustration of the same size.
    """
    rng, (width, height) = np.random.default_rng(seed), size
    picture = np.full((height, width, 3), 250, np.uint8)
    for _ in range(400):
        center, axes = rng.integers((0, 0), size), rng.integers(5, 150, 2)
        color = rng.integers(0, 256, 3).tolist()
        ellipse = (center.tolist(), axes.tolist(), float(rng.uniform(0, 180)), 0, 360)
        cv2.ellipse(picture, *ellipse, color, -1, cv2.LINE_AA)
        cv2.ellipse(picture, *ellipse, (30, 20, 20), 2, cv2.LINE_AA)
    coarse = rng.normal(0, 12, (height // 8, width // 8, 3)).astype(np.float32)
    shading = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, 3, picture.shape)
    return (picture + shading + grain).clip(0, 255).astype(np.uint8)


def write_pictures(folder: Path) -> list[Path]:
    """Write `PICTURES` JPEGs of `PICTURE_SIZE` and return their paths."""
    paths = [folder / f"{seed}.jpg" for seed in range(PICTURES)]
    for seed, path in enumerate(paths):
        picture = paint_picture(PICTURE_SIZE, seed)
        cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return paths


def time_data(repeats: int) -> list[Row]:
    """Return the cost of a training sample, as a multiple of decoding alone, for each stage."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    with TemporaryDirectory() as folder:
        paths = write_pictures(Path(folder))
        return [_data_row(stage, paths, repeats) for stage in ("draft", "colorization")]


def _data_row(stage: str, paths: list[Path], repeats: int) -> Row:
    config = DataConfig(data=(str(paths[0].parent),), equalize=0.5 if stage == "draft" else 0.0)
    samples = Drawings(config, 0, len(paths) * repeats, large=stage == "colorization")
    taken: list[tuple[float, float]] = []
    for repeat in tqdm(range(repeats), stage):
        decoding = processor_seconds(lambda: [cv2.imread(str(path)) for path in paths])
        first = repeat * len(paths)
        numbers = range(first, first + len(paths))
        whole = processor_seconds(lambda numbers=numbers: [samples[i] for i in numbers])
        taken.append((decoding / len(paths), whole / len(paths)))
    decoding, whole = (median(column) for column in zip(*taken))
    return {
        "stage": stage,
        "cv2 decode, ms": f"{1000 * decoding:.1f}",
        "sample, ms": f"{1000 * whole:.1f}",
        "samples / s and core": f"{1 / whole:.0f}",
        "times decode": f"{median(w / d for d, w in taken):.2f}",
    }


def time_step(steps: int, width: int, batch: int, workers: int) -> list[Row]:
    """Return where the time of a draft's training step goes; pictures come from a cache."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "pictures").mkdir()
        write_pictures(Path(folder) / "pictures")
        config = draft.Config(
            data=(f"{folder}/pictures",),
            cache=f"{folder}/cache",
            **{"steps": steps + WARM_UP, "width": width, "blocks": 4, "cardinality": 8},
            **{"batch": batch, "workers": workers, "device": "cpu", "runs": f"{folder}/runs"},
            **{"w_gan": 0.0, "w_content": 0.0, "w_line": 0.0, "log_every": 1},
        )
        parts = np.median(_timed_steps(config)[WARM_UP:], 0)
    waiting, model, rest = parts
    return [
        {
            "draft": f"width {width}, batch {batch}, reconstruction loss alone, {workers} workers",
            "model, ms": f"{1000 * model:.0f}",
            "waiting for data, ms": f"{1000 * waiting:.1f}",
            "bookkeeping, ms": f"{1000 * rest:.1f}",
            "outside the model": f"{100 * (waiting + rest) / parts.sum():.1f} %",
        }
    ]


def _timed_steps(config: draft.Config) -> list[tuple[float, float, float]]:
    """Return the seconds that each step waited, computed and kept books, by the wall clock."""
    pictures, losses = drawings(config), partial(draft.losses, config, {})
    models = draft.build_models(config)
    run = Run(config, start(config), models, pictures, losses, draft.columns, None)
    stream, taken = iter(run), []
    for _ in range(config.steps):
        clock = [time.perf_counter()]
        micros = next(stream)
        clock.append(time.perf_counter())
        means = run.step(micros)
        clock.append(time.perf_counter())
        run.log(means)
        clock.append(time.perf_counter())
        taken.append(tuple(np.diff(clock)))
    return taken


@torch.no_grad()
def time_artifacts(repeats: int, batch: int) -> list[Row]:
    """Return the cost of artifact stimulation as a share of the default draft's forward pass."""
    torch.set_num_threads(1)
    rng, model = np.random.default_rng(0), DraftModel().eval()
    line, hint = torch.rand(batch, 1, 128, 128), torch.zeros(batch, 4, 128, 128)
    drafts, taken = torch.rand(batch, 3, 128, 128) * 2 - 1, []
    for _ in tqdm(range(repeats), "artifacts"):
        numbers = torch.from_numpy(np.stack([draw_numbers(rng) for _ in range(batch)]))
        damage = processor_seconds(lambda numbers=numbers: stimulate(drafts, numbers))
        taken.append((damage, processor_seconds(lambda: model(line, hint))))
    damage, forward = (median(column) for column in zip(*taken))
    return [
        {
            "drafts of 128x128": batch,
            "stimulation, ms": f"{1000 * damage:.0f}",
            "default draft model's forward, ms": f"{1000 * forward:.0f}",
            "share": f"{100 * median(d / f for d, f in taken):.1f} %",
        }
    ]


def main(argv: list[str] | None = None) -> None:
    """Print the table that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    data = commands.add_parser("data", help="training samples against decoding alone")
    data.add_argument("--repeats", type=int, default=15)
    data.set_defaults(table=lambda a: time_data(a.repeats))
    step = commands.add_parser("step", help="share of a step outside the model")
    step.add_argument("--steps", type=int, default=20)
    step.add_argument("--width", type=int, default=16)
    step.add_argument("--batch", type=int, default=16)
    step.add_argument("--workers", type=int, default=1)
    step.set_defaults(table=lambda a: time_step(a.steps, a.width, a.batch, a.workers))
    artifacts = commands.add_parser("artifacts", help="stimulation against the draft's forward")
    artifacts.add_argument("--repeats", type=int, default=5)
    artifacts.add_argument("--batch", type=int, default=64)
    artifacts.set_defaults(table=lambda a: time_artifacts(a.repeats, a.batch))
    page = commands.add_parser("page", help="a stroke on the page until its new picture")
    page.add_argument("--strokes", type=int, default=24)
    page.add_argument("--checkpoint", help="as for app.py; the bundled weights if not given")
    page.set_defaults(table=lambda a: time_page(a.strokes, a.checkpoint))
    args = parser.parse_args(argv)
    rows = args.table(args)
    print(table(rows[0], (row.values() for row in rows)))


if __name__ == "__main__":
    run_main(main)

"""How fast training is: its data, its steps and artifact stimulation."""

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
from train.options import DataConfig

PICTURES = 8
PICTURE_SIZE = (1000, 1400)
JPEG_QUALITY = 90
WARM_UP = 3
"""First steps that do not count: workers start, memory is taken."""
DRAFT = {"width": 16, "blocks": 4, "cardinality": 8, "batch": 16, "workers": 1}
"""The training whose steps are timed: options of train.draft."""
ARTIFACTS = 64
"""Drafts that are stimulated at a time, the paper's batch."""

Row = dict[str, object]


def processor_seconds(work: Callable[[], object]) -> float:
    """Return the processor time of a call, over all threads of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


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


def time_data(repeats: int) -> list[Row]:
    """Return the cost of a training sample, as a multiple of decoding alone, for each stage."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    rows = []
    with TemporaryDirectory() as folder:
        paths = write_pictures(Path(folder))
        for stage, equalize in (("draft", 0.5), ("colorization", 0.0)):
            config, count = DataConfig(data=(folder,), equalize=equalize), len(paths)
            samples, taken = Drawings(config, 0, count * repeats, large=not equalize), []
            for first in tqdm(range(0, count * repeats, count), stage):
                decoding = processor_seconds(lambda: [cv2.imread(str(path)) for path in paths])
                numbers = range(first, first + count)
                whole = processor_seconds(lambda n=numbers, s=samples: [s[i] for i in n])
                taken.append((decoding / count, whole / count))
            decoding, whole = (median(column) for column in zip(*taken))
            row = {"stage": stage, "cv2 decode, ms": f"{1000 * decoding:.1f}"}
            row |= {"sample, ms": f"{1000 * whole:.1f}", "samples / s and core": f"{1 / whole:.0f}"}
            rows.append(row | {"times decode": f"{median(w / d for d, w in taken):.2f}"})
    return rows


def time_step(steps: int) -> list[Row]:
    """Return where the time of a draft's training step goes; pictures come from a cache."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "pictures").mkdir()
        write_pictures(Path(folder) / "pictures")
        config = draft.Config(
            data=(f"{folder}/pictures",),
            **{"cache": f"{folder}/cache", "runs": f"{folder}/runs", "device": "cpu"},
            **{"w_gan": 0.0, "w_content": 0.0, "w_line": 0.0, "steps": steps + WARM_UP},
            **DRAFT,
        )
        parts = np.median(_timed_steps(config)[WARM_UP:], 0)
    waiting, model, rest = parts
    return [
        {
            "draft": ", ".join(f"{name} {value}" for name, value in DRAFT.items()),
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
    clock, taken = time.perf_counter, []
    began = clock()
    for micros in run:
        waited = clock()
        means = run.step(micros)
        computed = clock()
        run.log(means)
        taken.append((waited - began, computed - waited, clock() - computed))
        began = clock()
    return taken


@torch.no_grad()
def time_artifacts(repeats: int) -> list[Row]:
    """Return the cost of artifact stimulation as a share of the default draft's forward pass."""
    torch.set_num_threads(1)
    rng, model, batch = np.random.default_rng(0), DraftModel().eval(), ARTIFACTS
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

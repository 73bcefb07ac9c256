"""Small runs: their pictures, options and folders, and what they wrote."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torchvision.models.vgg import make_layers

from colorizer.models import ColorizationModel, DraftModel, LineDetectionModel, RegionModel
from train import colorization, draft, ldm, regions
from train.checkpoints import newest_checkpoint, read_checkpoint, save_checkpoint

ROOT = Path(__file__).parents[2]
QUICK = "--crop 64 --workers 0 --device cpu --log-every 1"
MODEL = "--width 8 --blocks 1 --cardinality 4"
TINY = {"width": 8, "blocks": 1, "cardinality": 4}
STEPS = {"ldm": 30, "draft": 1200, "colorization": 20, "regions": 40, "relief": 30}
PLAIN = {"hue": 0.0, "contrast": 0.0, "fade": 1.0, "equalize": 0.0, "crop": 64}
"""Options under which a sample shows its picture and line-art as they are."""


def write_vgg(path: Path) -> Path:
    """Write random VGG16 weights up to the fourth convolution."""
    torch.manual_seed(0)
    layers = make_layers([64, 64, "M", 128, 128])[:9].state_dict()
    save_file({f"features.{name}": tensor for name, tensor in layers.items()}, path)
    return path


def rows_of(run: Path) -> list[dict]:
    """Return the finished lines of a run's stats.jsonl, none if it does not exist yet."""
    path = run / "stats.jsonl"
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def losses_of(run: Path, name: str) -> np.ndarray:
    """Return a run's logged values of a loss."""
    return np.array([row[name] for row in rows_of(run)])


def state_of(run: Path) -> dict:
    """Return what is in a run's newest checkpoint."""
    return read_checkpoint(newest_checkpoint(run))


def same_state(a, b) -> bool:
    """Whether two states hold equal tensors and values."""
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same_state(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same_state, a, b))
    return a == b


def assert_ended_alike(run: Path, other: Path, step: int) -> None:
    """Both runs' newest checkpoints are of a step and hold the same, but for their options."""
    found, wanted = state_of(run), state_of(other)
    assert found["step"] == wanted["step"] == step
    for name in wanted.keys() - {"config"}:
        assert same_state(wanted[name], found[name]), name


def write_run(root: Path, number: int, kind: str, script, model, **options) -> Path:
    """Write a run folder with one checkpoint and two lines of stats.jsonl, and return it."""
    run, step = root / f"{number:05d}-{kind}", STEPS[kind]
    (run / "checkpoints").mkdir(parents=True)
    config = script.Config(steps=2 * step, **options)
    (run / "config.json").write_text(json.dumps(dataclasses.asdict(config)))
    save_checkpoint(run, config, step, {kind: model})
    rows = [{"step": step // 2, "recon": 0.5, "val_recon": 0.625, "lr": 1e-4, "steps_per_s": 2.0}]
    rows += [{"step": step, "recon": 0.25, "lr": 1e-4}, {"step": step + 1, "recon": 0.0}]
    (run / "stats.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return run


def write_runs(root: Path) -> dict[str, Path]:
    """Write an LDM, a draft and a colorization run that build on each other."""
    torch.manual_seed(2)
    first = write_run(root, 0, "ldm", ldm, LineDetectionModel(8), width=8)
    second = write_run(root, 1, "draft", draft, DraftModel(**TINY), ldm=str(first), **TINY)
    model = ColorizationModel(**TINY)
    third = write_run(root, 2, "colorization", colorization, model, draft=str(second), **TINY)
    return {"ldm": first, "draft": second, "colorization": third}


def write_regions(root: Path, number: int, **options) -> Path:
    """Write a run of the region network."""
    sizes = {"width": 8, "embedding": 4}
    return write_run(root, number, "regions", regions, RegionModel(**sizes), **sizes, **options)

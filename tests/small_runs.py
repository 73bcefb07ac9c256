"""Run folders of tiny untrained models, as the three training scripts leave them."""

import dataclasses
import json
from pathlib import Path

import torch

from colorizer.models import ColorizationModel, DraftModel, LineDetectionModel
from train import colorization, draft, ldm
from train.checkpoints import save_checkpoint

TINY = {"width": 8, "blocks": 1, "cardinality": 4}
STEPS = {"ldm": 30, "draft": 1200, "colorization": 20}


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

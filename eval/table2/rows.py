"""Table 2's five rows as trainings: each is trained once, and goes on where it was stopped."""

import json
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from colorizer.images import InputError
from train import colorization, draft, ldm
from train.checkpoints import newest_checkpoint, read_checkpoint, write_atomic
from train.options import option

from ..baselines import train as baselines

ROWS = ("base", "pix2pix", "line", "equalize", "both")
OURS = {"line": ["--equalize", "0"], "equalize": ["--w-line", "0"], "both": []}
"""Our rows, and what their draft stage leaves out."""
SCRIPTS: dict[str, Callable[[list[str]], None]] = {
    "base": lambda argv: baselines.main(["base", *argv]),
    "pix2pix": lambda argv: baselines.main(["pix2pix", *argv]),
    "ldm": ldm.main,
    "draft": draft.main,
    "colorization": colorization.main,
}


@dataclass(frozen=True)
class TrainingConfig:
    """What is trained."""

    rows: tuple[str, ...] = option(ROWS, "rows to train and measure, of " + ", ".join(ROWS))
    seeds: tuple[str, ...] = option(("0",), "seeds to train each row with, such as 0,1,2")
    hold_out: tuple[str, ...] = option((), "train without pictures with this folder in their path")
    cache: str = option("", "folder for decoded pictures; empty decodes every time")
    steps: int = option(0, "steps of each row; ours deals them to both stages; 0: as published")
    draft_share: float = option(0.5, "share of --steps that our draft stage gets")
    ldm: str = option("", "run of train.ldm for the line loss; empty trains one first")
    train_flags: str = option("", "more flags for all trainings, in quotes")
    base_flags: str = option("", "more flags for eval.baselines.train base")
    pix2pix_flags: str = option("", "more flags for eval.baselines.train pix2pix")
    ldm_flags: str = option("", "more flags for train.ldm")
    draft_flags: str = option("", "more flags for train.draft")
    colorization_flags: str = option("", "more flags for train.colorization")


def flags_of(config, script: str, seed: int, steps: int) -> list[str]:
    """Return the command line of one of the `SCRIPTS`, but for what depends on the row.

    The options are a `TrainingConfig` that also has data, pairs, vgg_weights and vgg_scale; 0 steps
    leave the script its own.
    """
    flags = ["--seed", str(seed)]
    for name in ("data", "pairs", "hold_out"):
        values = getattr(config, name)
        flags += ["--" + name.replace("_", "-"), *values] if values else []
    if script in ("base", "draft"):
        flags += ["--vgg-weights", config.vgg_weights, "--vgg-scale", str(config.vgg_scale)]
    flags += ["--cache", config.cache] if config.cache else []
    flags += ["--steps", str(steps)] if steps else []
    return flags + shlex.split(config.train_flags) + shlex.split(getattr(config, f"{script}_flags"))


def run_row(config, row: str, seed: int, out: Path) -> Path:
    """Return the finished run of a row, trained as far as it is not yet.

    The rows of a seed share their LDM.
    """
    folder = out / "runs" / f"{row}-{seed}"
    if row not in OURS:
        return run_stage(row, flags_of(config, row, seed, config.steps), folder)
    ldm = config.ldm
    if row != "equalize" and not ldm:
        flags = flags_of(config, "ldm", seed, config.steps)
        ldm = str(run_stage("ldm", flags, out / "runs" / f"ldm-{seed}"))
    first = round(config.steps * config.draft_share)
    flags = flags_of(config, "draft", seed, first) + ["--ldm", ldm] * (row != "equalize")
    drafted = run_stage("draft", flags + OURS[row], folder)
    flags = flags_of(config, "colorization", seed, config.steps - first)
    return run_stage("colorization", [*flags, "--draft", str(drafted)], folder)


def run_stage(script: str, flags: list[str], folder: Path) -> Path:
    """Return a script's finished run below a folder, after starting or resuming it if need be.

    Raises:
        InputError: the folder has one with other flags, or it was stopped again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / f"{script}.training.json"
    known = json.loads(note.read_text("utf-8")) if note.is_file() else {"seconds": 0.0}
    if known.get("flags", flags) != flags:
        raise InputError(
            f"{folder} was trained with the flags {shlex.join(known['flags'])}, now they are "
            f"{shlex.join(flags)}; wanted are the same, or another folder."
        )
    run, finished = _newest(folder, script)
    if not finished:
        began = time.monotonic()
        write_atomic(note, json.dumps(known | {"flags": flags}).encode())
        SCRIPTS[script](["--resume", str(run)] if run else [*flags, "--runs", str(folder)])
        known["seconds"] += time.monotonic() - began
        write_atomic(note, json.dumps(known | {"flags": flags}).encode())
        run, finished = _newest(folder, script)
    if not finished:
        raise InputError(f"The training {run or folder} was stopped; the same command goes on.")
    return run


def _newest(folder: Path, script: str) -> tuple[Path | None, bool]:
    """Return a script's newest run that has a checkpoint, and whether that is of its last step."""
    runs = [r for r in sorted(folder.glob(f"*-{script}")) if any(r.glob("checkpoints/step-*.pt"))]
    if not runs:
        return None, False
    state = read_checkpoint(newest_checkpoint(runs[-1]))
    return runs[-1], state["step"] >= state["config"]["steps"]


def minutes_of(row: str, seed: int, out: Path) -> float:
    """Return how long a row was trained, without the LDM."""
    notes = (out / "runs" / f"{row}-{seed}").glob("*.training.json")
    return sum(json.loads(note.read_text("utf-8"))["seconds"] for note in notes) / 60

"""The model card of a checkpoint, filled from its runs: commands, data, numbers, licence."""

import csv
import dataclasses
import json
import re
from collections import Counter
from pathlib import Path

from colorizer.images import InputError

from . import colorization, draft, ldm
from .checkpoints import find_weights, read_checkpoint
from .data import DataConfig, list_entries

SCRIPTS = {"ldm": ldm, "draft": draft, "colorization": colorization}
MACHINE_OPTIONS = {"runs", "resume", "cache", "workers", "device", "data", "pairs", "minutes"}
"""Options that say nothing about the result, or where things lie on one machine."""
COMMAND = r"[\d,]+ steps of\n\n```bash\n"
"""What a card's command begins with, as a regular expression."""
UNSAID = {"step", "lr", "steps_per_s"}
"""Columns of stats.jsonl that are no result."""
CARD = """---
license: {license}
library_name: line-art-colorizer
pipeline_tag: image-to-image
tags: [line-art, colorization, anime]
---
# Line-art colorizer weights

The two-stage generator of "Automatic Colorization of Anime Style Illustrations Using a Two-Stage
Generator" (Lee & Lee 2020). Models here: {models}.

```python
from colorizer import Colorizer

colorizer = Colorizer.from_pretrained("{name}")
colorizer("line.png").save("colored.png")
```

## How it was trained

{commands}

RUN is the run before, RUN RUN the mean of the two before. Hints: `{hints}`. Weights are stored as
float16.

## Numbers

{numbers}

## Data and licence

The licence of the weights is `{license}`. They were trained on {pictures}; left out for validation:
{held_out}.

{attribution}
"""


def lineage(path: Path) -> list[Path]:
    """Return the checkpoints that a checkpoint's weights went through, the oldest first."""
    if path.is_dir():  # published: its card says what went before
        return [path]
    start = read_checkpoint(path)["config"]["init"]
    starts = [start] if isinstance(start, str) else start  # one text in older checkpoints
    before = [p for source in starts if source for p in lineage(find_weights(source))]
    return [*dict.fromkeys(before), path]


def describe_run(name: str, path: Path) -> str:
    """Return the command and the steps that made a checkpoint, as Markdown.

    For a published folder these are the commands that its card names for this model.
    """
    if path.is_dir():
        card = path / "README.md"
        text = card.read_text("utf-8") if card.is_file() else ""
        return "\n\n".join(re.findall(rf"{COMMAND}python -m train\.{name} [^`]*```", text))
    state = read_checkpoint(path)
    default = dataclasses.asdict(SCRIPTS[name].Config())
    changed = {
        key: value
        for key, value in state["config"].items()
        if key not in MACHINE_OPTIONS | {"ldm", "draft", "init"} and value != default.get(key)
    }
    given = [f"--{key} {key.upper()}" for key in ("data", "pairs") if state["config"][key]]
    given += [f"--{key} RUN" for key in ("ldm", "draft") if state["config"].get(key)]
    if start := state["config"].get("init"):
        given.append("--init" + " RUN" * (1 if isinstance(start, str) else len(start)))
    flags = " ".join([*given, *(_flag(key, value) for key, value in changed.items())])
    return f"{state['step']:,} steps of\n\n```bash\npython -m train.{name} {flags}\n```"


def _flag(key: str, value: object) -> str:
    flag = "--" + key.replace("_", "-")
    if isinstance(value, bool):
        return flag if value else flag.replace("--", "--no-", 1)
    if isinstance(value, list | tuple):
        return " ".join([flag, *map(str, value)])
    return f"{flag} {Path(value).name if key == 'vgg_weights' else value}"


def attribution(manifest: Path, held_out: set[str]) -> str:
    """Return a table of sources, licences, authors and numbers of pictures trained on."""
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] not in held_out]
    colored = [row for row in rows if "/line/" not in row["path"]]
    groups = Counter((r["source"], r["licence"], r["author"]) for r in colored)
    lines = ["| source | pictures | licence | authors |", "|---|---|---|---|"]
    for (source, licence), count in sorted(Counter((g[0], g[1]) for g in groups).items()):
        authors = sorted({g[2] for g in groups if g[:2] == (source, licence)})
        pictures = sum(n for g, n in groups.items() if g[:2] == (source, licence))
        named = ", ".join(authors) if count <= 1000 else f"{count} authors"
        lines.append(f"| {source} | {pictures} | {licence} | {named} |")
    return "\n".join(lines)


def last_numbers(path: Path) -> dict[str, float]:
    """Return the last line of the stats.jsonl of a checkpoint's run, up to the checkpoint."""
    stats = path.parents[1] / "stats.jsonl"
    lines = stats.read_text("utf-8").splitlines() if stats.is_file() else []
    last = read_checkpoint(path)["step"]
    rows = [row for row in map(json.loads, lines) if row["step"] <= last]
    return {key: row[key] for row in rows for key in row if key not in UNSAID}


def numbers_table(paths: dict[str, Path]) -> str:
    """Return each run's last logged losses and validation figures as a Markdown table."""
    lines = ["| run | step | figure | value |", "|---|---|---|---|"]
    for kind, path in reversed(paths.items()):
        if path.is_dir():
            continue
        step = read_checkpoint(path)["step"]
        lines += [f"| {kind} | {step:,} | {k} | {v:.4g} |" for k, v in last_numbers(path).items()]
    return "\n".join(lines) if len(lines) > 2 else "The runs logged none."


def describe_pictures(options: dict) -> str:
    """Return how many pictures a run saw and the names of their folders."""
    names = {field.name for field in dataclasses.fields(DataConfig)}
    config = DataConfig(**{key: value for key, value in options.items() if key in names})
    folders = ", ".join(f"`{Path(f).name}`" for f in (*config.data, *config.pairs))
    try:
        return f"{len(list_entries(config)):,} pictures of {folders}"
    except InputError:  # they are on another machine
        return f"the pictures of {folders}"


def model_card(
    name: str, paths: dict[str, Path], licence: str, manifest: Path | None, numbers: Path | None
) -> str:
    """Return the text of README.md for a checkpoint."""
    run = next(paths[kind] for kind in ("draft", "colorization") if paths[kind].is_file())
    options = read_checkpoint(run)["config"]
    held_out = sorted(options["hold_out"])
    measured = numbers.read_text("utf-8").strip() if numbers else ""
    return CARD.format(
        name=name,
        license=licence,
        models=", ".join(sorted(paths)),
        commands="\n\n".join(
            describe_run(n, p) for n in reversed(paths) for p in lineage(paths[n])
        ),
        hints=options["hints"],
        numbers="\n\n".join(filter(None, (measured, numbers_table(paths)))),
        pictures=describe_pictures(options),
        held_out=", ".join(held_out) or "none",
        attribution=attribution(manifest, set(held_out)) if manifest else "",
    )

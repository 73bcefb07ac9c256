"""The model card of a checkpoint, filled from its runs: commands, data, numbers, licence."""

import csv
import json
import re
from collections import Counter
from dataclasses import asdict, fields
from pathlib import Path

from colorizer.checkpoint import CheckpointFiles
from colorizer.images import InputError

from . import colorization, draft, ldm, regions
from .checkpoints import find_weights, read_checkpoint
from .index import list_entries, weighed_folder
from .options import DataConfig, Folders, Machine, Validation

SCRIPTS = {"ldm": ldm, "draft": draft, "colorization": colorization, "regions": regions}
SOURCES = ("data", "pairs", "renders")
LOCAL = {*SOURCES, "ldm", "draft", "regions", "cache", "val_renders"}
LOCAL |= {field.name for part in (Folders, Machine, Validation) for field in fields(part)}
LOCAL -= {"precision", "accumulate", "reuse"}
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
Generator" (Lee & Lee 2020). Models here: {models}. `regions`, where there is one, is ours and not
the paper's: it tells borders, parts and which places share a color.

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
    starts = read_checkpoint(path)["config"]["init"]
    before = [p for source in starts for p in lineage(find_weights(source))]
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
    options, default = state["config"], asdict(SCRIPTS[name].Config())
    flags = []
    for key in SOURCES:
        weights = [weight for _, weight in map(weighed_folder, options.get(key, ()))]
        named = [key.upper() + (f"={weight:g}" if weight != 1 else "") for weight in weights]
        flags += [" ".join([f"--{key}", *named])] if named else []
    flags += [f"--{key} RUN" for key in ("ldm", "draft", "regions") if options.get(key)]
    if options["init"]:
        flags.append("--init" + " RUN" * len(options["init"]))
    changed = {k: v for k, v in options.items() if k not in LOCAL and v != default.get(k)}
    flags += [_flag(key, value) for key, value in changed.items()]
    return f"{state['step']:,} steps of\n\n```bash\npython -m train.{name} {' '.join(flags)}\n```"


def _flag(key: str, value: object) -> str:
    if isinstance(value, bool):
        key, value = key if value else f"no-{key}", ()
    words = value if isinstance(value, list | tuple) else [value]
    if key == "vgg_weights":
        words = [Path(value).name]
    return " ".join(["--" + key.replace("_", "-"), *map(str, words)])


def attribution(manifest: Path, held_out: set[str]) -> str:
    """Return a table of sources, licences, authors and numbers of pictures trained on."""
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] not in held_out]
    colored = [row for row in rows if "/line/" not in row["path"]]
    counts = Counter((row["source"], row["licence"]) for row in colored)
    lines = ["| source | pictures | licence | authors |", "|---|---|---|---|"]
    for group, count in sorted(counts.items()):
        authors = {row["author"] for row in colored if (row["source"], row["licence"]) == group}
        named = ", ".join(sorted(authors)) if len(authors) <= 1000 else f"{len(authors)} authors"
        lines.append(f"| {group[0]} | {count} | {group[1]} | {named} |")
    return "\n".join(lines)


def numbers_table(paths: dict[str, Path]) -> str:
    """Return each run's last logged losses and validation figures as a Markdown table."""
    lines = ["| run | step | figure | value |", "|---|---|---|---|"]
    for kind, path in paths.items():
        stats = path.parents[1] / "stats.jsonl"
        if path.is_file() and stats.is_file():
            step = read_checkpoint(path)["step"]
            rows = map(json.loads, stats.read_text("utf-8").splitlines())
            last = {k: v for row in rows if row["step"] <= step for k, v in row.items()}
            said = {k: v for k, v in last.items() if k not in UNSAID}
            lines += [f"| {kind} | {step:,} | {name} | {v:.4g} |" for name, v in said.items()]
    return "\n".join(lines) if len(lines) > 2 else "The runs logged none."


def hint_kind(draft: Path) -> str:
    """Return which hints a draft model was trained on, from its checkpoint or published folder."""
    if draft.is_dir():
        return CheckpointFiles(str(draft)).config()["hints"]
    return read_checkpoint(draft)["config"]["hints"]


def describe_pictures(options: dict) -> str:
    """Return how many pictures a run saw and the names of their folders."""
    names = {field.name for field in fields(DataConfig)}
    config = DataConfig(**{key: value for key, value in options.items() if key in names})
    folders = [weighed_folder(f)[0] for key in SOURCES for f in getattr(config, key)]
    named = ", ".join(f"`{folder.name}`" for folder in folders)
    try:
        return f"{len(list_entries(config)):,} pictures of {named}"
    except InputError:  # they are on another machine
        return f"the pictures of {named}"


def model_card(
    name: str, paths: dict[str, Path], licence: str, manifest: Path | None, numbers: Path | None
) -> str:
    """Return the text of README.md for a checkpoint."""
    runs = [read_checkpoint(path)["config"] for path in paths.values() if path.is_file()]
    runs = [options for options in runs if any(options.get(key) for key in SOURCES)] or runs
    held_out = sorted(set.intersection(*(set(options["hold_out"]) for options in runs)))
    published = sorted({path.name for path in paths.values() if path.is_dir()})
    seen = [*map(describe_pictures, runs), *(f"what the card of `{n}` names" for n in published)]
    measured = numbers.read_text("utf-8").strip() if numbers else ""
    return CARD.format(
        name=name,
        license=licence,
        models=", ".join(paths),
        commands="\n\n".join(describe_run(n, p) for n in paths for p in lineage(paths[n])),
        hints=hint_kind(paths["draft"]),
        numbers="\n\n".join(filter(None, (measured, numbers_table(paths)))),
        pictures=" and ".join(dict.fromkeys(seen)),
        held_out=", ".join(held_out) or "none",
        attribution=attribution(manifest, set(held_out)) if manifest else "",
    )

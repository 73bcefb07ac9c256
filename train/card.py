"""The model card of a checkpoint, filled from its runs: commands, data, numbers, licence."""

import csv
import re
from dataclasses import asdict, fields
from pathlib import Path

from colorizer.published import CheckpointFiles

from . import colorization, draft, ldm, regions, relief
from .checkpoints import find_weights, read_checkpoint
from .folders import read_stats
from .index import weighed_folder
from .options import Machine

SCRIPTS = {"ldm": ldm, "draft": draft, "colorization": colorization}
SCRIPTS |= {"regions": regions, "relief": relief}
SOURCES = ("data", "pairs", "renders")
RUNS = ("ldm", "draft", "regions", "teacher", "init")
"""Options that name other runs."""
LOCAL = {field.name for field in fields(Machine)} | {"cache", "val_renders"}
LOCAL -= {"precision", "accumulate", "reuse", "init"}
"""Options that say nothing about the result, or where things lie on one machine."""
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
Generator" (Lee & Lee 2020). Models here: {models}. `regions` and `relief`, where
they are, are ours and not the paper's: one tells borders, parts and which places share a color, the
other where light falls.

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

The licence of the weights is `{license}`. They were trained on the pictures of
{pictures}; left out for validation:
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
        command = rf"[\d,]+ steps of\n\n```bash\npython -m train\.{name} [^`]*```"
        return "\n\n".join(re.findall(command, text))
    state, default = read_checkpoint(path), asdict(SCRIPTS[name].Config())
    options = {k: v for k, v in state["config"].items() if k not in LOCAL and v != default.get(k)}
    flags = " ".join(_flag(key, value) for key, value in options.items())
    return f"{state['step']:,} steps of\n\n```bash\npython -m train.{name} {flags}\n```"


def _flag(key: str, value: object) -> str:
    words = value if isinstance(value, list | tuple) else [value]
    if key in SOURCES:
        weights = [weight for _, weight in map(weighed_folder, words)]
        words = [key.upper() + (f"={weight:g}" if weight != 1 else "") for weight in weights]
    elif key in RUNS:
        words = ["RUN"] * len(words)
    elif key == "vgg_weights":
        words = [Path(value).name]
    elif isinstance(value, bool):
        key, words = key if value else f"no-{key}", []
    return " ".join(["--" + key.replace("_", "-"), *map(str, words)])


def attribution(manifest: Path, held_out: set[str]) -> str:
    """Return a table of sources, licences, authors and numbers of pictures trained on."""
    authors: dict[tuple[str, str], list[str]] = {}
    with manifest.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["source"] not in held_out and "/line/" not in row["path"]:
                authors.setdefault((row["source"], row["licence"]), []).append(row["author"])
    lines = ["| source | pictures | licence | authors |", "|---|---|---|---|"]
    for (source, licence), named in sorted(authors.items()):
        lines += [f"| {source} | {len(named)} | {licence} | {', '.join(sorted(set(named)))} |"]
    return "\n".join(lines)


def numbers_table(paths: dict[str, Path]) -> str:
    """Return each run's last logged losses and validation figures as a Markdown table."""
    lines = ["| run | step | figure | value |", "|---|---|---|---|"]
    for kind, path in paths.items():
        if path.is_file():
            step, last = read_checkpoint(path)["step"], {}
            for row in read_stats(path.parents[1]):
                last |= row if row["step"] <= step else {}
            said = {name: value for name, value in last.items() if name not in UNSAID}
            lines += [f"| {kind} | {step:,} | {name} | {v:.4g} |" for name, v in said.items()]
    return "\n".join(lines)


def hint_kind(draft: Path) -> str:
    """Return which hints a draft model was trained on, from its checkpoint or published folder."""
    if draft.is_dir():
        return CheckpointFiles(str(draft)).config()["hints"]
    return read_checkpoint(draft)["config"]["hints"]


def model_card(name: str, paths: dict[str, Path], licence: str, manifest: Path | None) -> str:
    """Return the text of README.md for a checkpoint."""
    runs = [read_checkpoint(path)["config"] for path in paths.values() if path.is_file()]
    runs = [options for options in runs if any(options.get(key) for key in SOURCES)] or runs
    held_out = sorted(set.intersection(*(set(options["hold_out"]) for options in runs)))
    folders = [f for options in runs for key in SOURCES for f in options.get(key, ())]
    seen = [f"`{weighed_folder(folder)[0].name}`" for folder in folders]
    seen += [
        f"those that the card of `{path.name}` names" for path in paths.values() if path.is_dir()
    ]
    return CARD.format(
        name=name,
        license=licence,
        models=", ".join(paths),
        commands="\n\n".join(describe_run(n, p) for n in paths for p in lineage(paths[n])),
        hints=hint_kind(paths["draft"]),
        numbers=numbers_table(paths),
        pictures=", ".join(dict.fromkeys(seen)),
        held_out=", ".join(held_out) or "none",
        attribution=attribution(manifest, set(held_out)) if manifest else "",
    )

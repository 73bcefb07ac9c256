"""Turn finished runs into a checkpoint: a folder, or a repository on the Hugging Face Hub.

    python -m train.publish runs/00002-colorization --folder colorizer/weights
    python -m train.publish runs/00002-colorization --push user/repo

The colorization run names its draft run, and that one its LDM run; all three go into the
checkpoint with a model card that says how they were made. --manifest adds the attribution of the
pictures (a CSV with the columns path, source, author and licence), --numbers a Markdown file.
"""

import argparse
import csv
import dataclasses
import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from huggingface_hub import HfApi

from colorizer import Colorizer
from colorizer.checkpoint import HINT_KINDS, MODELS
from colorizer.images import InputError

from . import colorization, draft, ldm
from .checkpoints import load_weights, model_weights, newest_checkpoint, read_checkpoint
from .common import run_main

OPTIONS = {
    "draft": ("width", "blocks", "cardinality", "residual"),
    "colorization": ("width", "blocks", "cardinality", "residual"),
    "ldm": ("width",),
}
"""What each model is built with."""
SCRIPTS = {"ldm": ldm, "draft": draft, "colorization": colorization}
MACHINE_OPTIONS = {"runs", "resume", "cache", "workers", "device", "data", "pairs", "minutes"}
"""Options that say nothing about the result, or where things lie on one machine."""
CARD = """---
license: cc-by-sa-4.0
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

RUN is the run before. Hints: `{hints}`. Weights are stored as float16.

## Numbers

{numbers}

## Data and licence

The weights are under CC BY-SA 4.0. They were trained on openly licensed pictures; sources left
out of training, for validation: {held_out}.

{attribution}
"""


def read_runs(run: str) -> dict[str, Path]:
    """Return the newest checkpoints of a colorization run and the runs that it builds on.

    Raises:
        InputError: one of them is missing or of another kind.
    """
    paths = {"colorization": newest_checkpoint(run)}
    paths["draft"] = newest_checkpoint(_option(paths["colorization"], "draft"))
    ldm_run = _option(paths["draft"], "ldm")
    if ldm_run:
        paths["ldm"] = newest_checkpoint(ldm_run)
    return paths


def _option(path: Path, name: str) -> str:
    options = read_checkpoint(path)["config"]
    if name not in options:
        raise InputError(f"{path} is of another kind: its options have no {name}.")
    return options[name]


def assemble(paths: dict[str, Path]) -> Colorizer:
    """Return the colorizer made of the checkpoints' averaged weights, where they have them."""
    models, built = {}, {}
    for name, path in paths.items():
        options, _ = model_weights(path, name)
        built[name] = {key: options[key] for key in OPTIONS[name]}
        models[name] = MODELS[name](**built[name])
        load_weights(models[name], path, name)
    hints = read_checkpoint(paths["draft"])["config"]["hints"]
    if hints not in HINT_KINDS:
        raise InputError(f"{paths['draft']} was trained on hints {hints!r}.")
    return Colorizer(models, built, hints)


def lineage(path: Path) -> list[Path]:
    """Return the checkpoints that a checkpoint's weights went through, the oldest first."""
    start = read_checkpoint(path)["config"]["init"]
    return [*(lineage(newest_checkpoint(start)) if start else []), path]


def describe_run(name: str, path: Path) -> str:
    """Return the command and the steps that made a checkpoint, as Markdown."""
    state = read_checkpoint(path)
    default = dataclasses.asdict(SCRIPTS[name].Config())
    changed = {
        key: value
        for key, value in state["config"].items()
        if key not in MACHINE_OPTIONS | {"ldm", "draft", "init"} and value != default.get(key)
    }
    given = [f"--{key} {key.upper()}" for key in ("data", "pairs") if state["config"][key]]
    given += [f"--{key} RUN" for key in ("ldm", "draft", "init") if state["config"].get(key)]
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


def model_card(
    name: str, paths: dict[str, Path], manifest: Path | None, numbers: Path | None
) -> str:
    """Return the text of README.md for a checkpoint."""
    options = read_checkpoint(paths["draft"])["config"]
    held_out = sorted(options["hold_out"])
    return CARD.format(
        name=name,
        models=", ".join(sorted(paths)),
        commands="\n\n".join(
            describe_run(n, p) for n in reversed(paths) for p in lineage(paths[n])
        ),
        hints=options["hints"],
        numbers=numbers.read_text("utf-8").strip() if numbers else "Not measured.",
        held_out=", ".join(held_out) or "none",
        attribution=attribution(manifest, set(held_out)) if manifest else "",
    )


def main() -> None:
    """Write or push the checkpoint that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", help="run folder of train.colorization")
    parser.add_argument("--folder", type=Path, help="write the checkpoint here")
    parser.add_argument("--push", metavar="USER/REPO", help="push it to the Hub")
    parser.add_argument("--manifest", type=Path, help="CSV of the pictures' authors and licences")
    parser.add_argument("--numbers", type=Path, help="Markdown with measured numbers")
    args = parser.parse_args()
    if bool(args.folder) == bool(args.push):
        parser.error("give one of --folder and --push")
    paths = read_runs(args.run)
    card = model_card(args.push or "path/of/this/folder", paths, args.manifest, args.numbers)
    publish(assemble(paths), card, args.folder, args.push)
    print(json.dumps({name: str(path) for name, path in paths.items()}, indent=2))


def publish(colorizer: Colorizer, card: str, folder: Path | None, push: str | None) -> None:
    """Save the checkpoint and its card into a folder, or push both to the Hub."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "README.md").write_text(card, "utf-8")
        colorizer.save_pretrained(folder)
    if push:
        with TemporaryDirectory() as whole:
            publish(colorizer, card, Path(whole), None)
            api = HfApi()
            repository = api.create_repo(push, exist_ok=True).repo_id
            api.upload_folder(repo_id=repository, folder_path=whole)


if __name__ == "__main__":
    run_main(main)

"""Turn finished runs into a checkpoint: a folder, or a repository on the Hugging Face Hub.

    python -m train.publish runs/00002-colorization --folder my-weights
    python -m train.publish runs/00002-colorization --push user/repo
    python -m train.publish runs/00002-colorization runs/00003-draft --folder my-weights

A colorization run names its draft run, and that one its LDM run; all three go into the checkpoint
with a model card that says how they were made. A draft run without an LDM takes that of the run
that it started from. A draft run alone finds the newest colorization run
beside it that was trained on it. Runs that are named take the place of those that others name.
Where a run was built on a published folder, that folder's model goes in, and what its card says of
how it was made.

--manifest adds the attribution of the pictures (a CSV with the columns path, source, author and
licence), --numbers a Markdown file.
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from huggingface_hub import HfApi, get_token

from colorizer import Colorizer
from colorizer.checkpoint import HINT_KINDS, MODELS, CheckpointFiles
from colorizer.hub import DOWNLOAD_ERRORS, explain
from colorizer.images import InputError

from .card import lineage, model_card
from .checkpoints import (
    find_weights,
    load_weights,
    model_weights,
    newest_checkpoint,
    read_checkpoint,
    stored_names,
)
from .options import run_main

OPTIONS = {
    "draft": ("width", "blocks", "cardinality", "residual"),
    "colorization": ("width", "blocks", "cardinality", "residual"),
    "ldm": ("width",),
}
"""What each model is built with."""
KINDS = ("ldm", "draft", "colorization")
"""The kinds of runs, in the order in which they are made."""
BUILDS_ON = {"colorization": "draft", "draft": "ldm"}
"""The option with which a run names the run that it builds on; it is that run's kind."""


def read_runs(runs: list[str]) -> dict[str, Path]:
    """Return the newest checkpoints of the runs and of those that they build on, by kind.

    A path is a folder where a run was built on a published one.

    Raises:
        InputError: one is missing, two are of one kind, or no colorization run is among them.
    """
    paths: dict[str, Path] = {}
    for run in runs:
        path = newest_checkpoint(run)
        kind = kind_of(path)
        if kind in paths:
            raise InputError(f"{paths[kind]} and {path} are both of a {kind} run; wanted is one.")
        paths[kind] = path
    if "draft" in paths and "colorization" not in paths:
        paths["colorization"] = colorization_on(paths["draft"])
    if "colorization" not in paths:
        raise InputError(f"{runs[0]} is a run of the LDM alone; wanted is a colorization run.")
    for kind, base in BUILDS_ON.items():
        if base in paths:
            continue
        if named := built_on(paths[kind], base):
            paths[base] = find_weights(named)
    return {kind: paths[kind] for kind in reversed(KINDS) if kind in paths}


def built_on(path: Path, base: str) -> str | Path:
    """Return the run or published folder that a checkpoint was built on, "" if on none.

    Where it names none itself, as a draft run without line loss names no LDM, those count that its
    weights went through before, the last first.
    """
    for earlier in reversed(lineage(path)):
        if earlier.is_file():
            named = read_checkpoint(earlier)["config"][base]
        else:
            named = earlier if base in stored_names(earlier) else ""
        if named:
            return named
    return ""


def kind_of(path: Path) -> str:
    """Return which script wrote a checkpoint: the name of the model that it trained."""
    state = read_checkpoint(path)
    kind = next((name for name in KINDS if name in state), None)
    if kind is None:
        raise InputError(f"{path} holds none of the models {', '.join(KINDS)}.")
    return kind


def colorization_on(draft_path: Path) -> Path:
    """Return the newest checkpoint of the last colorization run beside a draft's and trained on it.

    Raises:
        InputError: there is none.
    """
    run = draft_path.resolve().parents[1]
    for config in sorted(run.parent.glob("*-colorization/config.json"), reverse=True):
        named = json.loads(config.read_text("utf-8")).get("draft", "")
        if run in (Path(named).resolve(), run.parent / Path(named).name):
            return newest_checkpoint(config.parent)
    raise InputError(f"No colorization run beside {run} was trained on it; name one.")


def assemble(paths: dict[str, Path]) -> Colorizer:
    """Return the colorizer made of the checkpoints' averaged weights, where they have them."""
    models, built = {}, {}
    for name, path in paths.items():
        options, _ = model_weights(path, name)
        built[name] = {key: options[key] for key in OPTIONS[name]}
        models[name] = MODELS[name](**built[name])
        load_weights(models[name], name, path)
    hints = hint_kind(paths["draft"])
    if hints not in HINT_KINDS:
        raise InputError(f"{paths['draft']} was trained on hints {hints!r}.")
    return Colorizer(models, built, hints)


def hint_kind(draft_path: Path) -> str:
    """Return which hints a draft model was trained on, from its checkpoint or published folder."""
    if draft_path.is_dir():
        return CheckpointFiles(str(draft_path)).config()["hints"]
    return read_checkpoint(draft_path)["config"]["hints"]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folder or checkpoint")
    parser.add_argument("--folder", type=Path, help="write the checkpoint here")
    parser.add_argument("--push", metavar="USER/REPO", help="push it to the Hub")
    parser.add_argument(
        "--license", default="cc-by-sa-4.0", help="licence of the weights [%(default)s]"
    )
    parser.add_argument("--manifest", type=Path, help="CSV of the pictures' authors and licences")
    parser.add_argument("--numbers", type=Path, help="Markdown with measured numbers")
    return parser


def main(argv: list[str] | None = None) -> None:
    """Write or push the checkpoint that the command line names."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if bool(args.folder) == bool(args.push):
        parser.error("give one of --folder and --push")
    paths = read_runs(args.runs)
    name = args.push or "path/of/this/folder"
    card = model_card(name, paths, args.license, args.manifest, args.numbers)
    colorizer = assemble(paths)
    print(json.dumps({name: str(path) for name, path in paths.items()}, indent=2))
    if args.folder:
        write_folder(colorizer, card, args.folder)
    else:
        print(f"{args.push}@{push(colorizer, card, args.push)}")


def write_folder(colorizer: Colorizer, card: str, folder: Path) -> None:
    """Write the checkpoint and its card into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(card, "utf-8")
    colorizer.save_pretrained(folder)


def push(colorizer: Colorizer, card: str, repository: str) -> str:
    """Push the checkpoint and its card to the Hub in one commit and return that commit.

    Raises:
        InputError: there is no token, it may not write, or the Hub cannot be reached.
    """
    if not get_token():
        raise InputError("Pushing needs a token of the Hub: `hf auth login`, or set HF_TOKEN.")
    api = HfApi()
    with TemporaryDirectory() as folder:
        write_folder(colorizer, card, Path(folder))
        try:
            name = api.create_repo(repository, exist_ok=True).repo_id
            return api.upload_folder(repo_id=name, folder_path=folder).oid
        except DOWNLOAD_ERRORS as error:
            raise InputError(f"{repository} was not pushed: {explain(error)}.") from error


if __name__ == "__main__":
    run_main(main)

"""Turn finished runs into a checkpoint: a folder, or a repository on the Hugging Face Hub.

    python -m train.publish runs/00002-colorization --folder my-weights
    python -m train.publish runs/00002-colorization --push user/repo
    python -m train.publish runs/00002-colorization runs/00003-regions --folder my-weights
    python -m train.publish colorizer/weights runs/00003-regions --folder my-weights

A colorization run names its draft run, and that one its LDM run; all go into the checkpoint with a
model card that says how they were made. A draft run without an LDM takes that of the run that it
started from. A region network is named, or is that of a published folder that the others were
built on, and a relief network is named; a checkpoint may lack them. Runs that are named take the
place of those that others name. A published folder may be named like a run: its models go in where
no run brings one, and what its card says of how they were made.
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from huggingface_hub import HfApi, get_token

from colorizer import Colorizer
from colorizer.hub import DOWNLOAD_ERRORS, explain
from colorizer.images import InputError

from .card import SCRIPTS, hint_kind, lineage, model_card
from .checkpoints import find_weights, frozen, model_weights, read_checkpoint, sizes_of, stored
from .options import run_main

BUILDS_ON = {"colorization": ("draft", "regions"), "draft": ("ldm", "regions")}
"""The models that a run may bring along: of the run that its option of that name names, or of a
published folder that its weights went through."""


def read_runs(runs: list[str]) -> dict[str, Path]:
    """Return the newest checkpoints of the runs and of those that they build on, by kind.

    A path is a folder where the model is a published one's.

    Raises:
        InputError: one is missing, two are of one kind, or no colorization run is among them.
    """
    paths: dict[str, Path] = {}
    found = [find_weights(run) for run in runs]
    for path in filter(Path.is_file, found):
        kind = next((name for name in SCRIPTS if name in read_checkpoint(path)), "unknown")
        if kind in paths:
            raise InputError(f"{paths[kind]} and {path} are both of a {kind} run; wanted is one.")
        paths[kind] = path
    if not paths:
        raise InputError(f"{runs[0]} is published already; wanted is a run.")
    for folder in filter(Path.is_dir, found):
        paths = dict.fromkeys(stored(folder), folder) | paths
    if "colorization" not in paths:
        named = ", ".join(f"a {kind} run" for kind in paths)
        raise InputError(f"There is {named}; wanted is a colorization run.")
    for kind, bases in BUILDS_ON.items():
        for base in bases:
            if base not in paths and (named := built_on(paths[kind], base)):
                paths[base] = find_weights(named)
    return {kind: paths[kind] for kind in SCRIPTS if kind in paths}


def built_on(path: Path, base: str) -> str | Path:
    """Return the run or published folder that a checkpoint was built on, "" if on none.

    Where it names none itself, as a draft run without line loss names no LDM, those count that its
    weights went through before, the last first.
    """
    for earlier in reversed(lineage(path)):
        if earlier.is_file():
            named = read_checkpoint(earlier)["config"].get(base)
        else:
            named = earlier if base in stored(earlier) else ""
        if named:
            return named
    return ""


def assemble(paths: dict[str, Path]) -> Colorizer:
    """Return the colorizer made of the checkpoints' averaged weights, where they have them."""
    models = {name: frozen(path, name) for name, path in paths.items()}
    built = {n: sizes_of(type(models[n]), model_weights(path, n)[0]) for n, path in paths.items()}
    return Colorizer(models, built, hint_kind(paths["draft"]))


def main(argv: list[str] | None = None) -> None:
    """Write or push the checkpoint that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folder or checkpoint")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--folder", type=Path, help="write the checkpoint here")
    target.add_argument("--push", metavar="USER/REPO", help="push it to the Hub")
    parser.add_argument(
        "--license", default="cc-by-sa-4.0", help="licence of the weights [%(default)s]"
    )
    parser.add_argument(
        "--manifest", type=Path, help="CSV of the pictures: path, source, author, licence"
    )
    args = parser.parse_args(argv)
    paths = read_runs(args.runs)
    name = args.push or "path/of/this/folder"
    card = model_card(name, paths, args.license, args.manifest)
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

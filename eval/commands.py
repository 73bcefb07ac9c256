"""What the evaluation's commands share: words in; tables, CSV and reports out."""

import json
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd

from colorizer.images import InputError
from train.checkpoints import write_atomic


def first_word(known: Collection[str], argv: list[str] | None = None) -> tuple[str, list[str]]:
    """Return the first word of a command line, one of those that are known, and the rest.

    Before an option, such as --help, it is the first of them. Another or none is an InputError.
    """
    word, *rest = (sys.argv[1:] if argv is None else argv) or ["nothing"]
    if word.startswith("-"):
        return next(iter(known)), [word, *rest]
    if word not in known:
        raise InputError(f"The first word is {word!r}; wanted is one of {', '.join(known)}.")
    return word, rest


def words(texts: Iterable[str]) -> list[str]:
    """Return options that may be given apart or joined by commas as one list."""
    return [word for text in texts for word in text.split(",") if word]


def table(heads: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    heads = [str(head) for head in heads]
    lines = [heads, ["---"] * len(heads), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def write_csv(path: Path, rows: list[dict], heads: list[str] | None = None) -> None:
    """Write a line of CSV for each row, of all names that rows have or of `heads` alone."""
    text = pd.DataFrame(rows, columns=heads).to_csv(index=False, lineterminator="\n")
    write_atomic(path, text.encode())


def write_report(out: str | Path, name: str, report: object, text: str) -> None:
    """Write OUT/NAME.json and OUT/NAME.md, and print the latter."""
    Path(out).mkdir(parents=True, exist_ok=True)
    (Path(out) / f"{name}.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    (Path(out) / f"{name}.md").write_text(text, "utf-8")
    print(text)

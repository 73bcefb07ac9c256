"""Read damaged files until one is neither read nor refused in a sentence, or takes too much.

    python -m tests.fuzz pictures|hints [--seconds 600] [--seed N]

What falls is kept in tests/fuzz/corpus, which the tests read again, and its error is printed.
"""

import argparse
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

import numpy as np

from colorizer.images import LONGEST_SENTENCE, InputError, load_image
from colorizer.preprocessing.hints import read_hints

from . import hints, pictures

CORPUS = Path(__file__).parent / "corpus"
SECONDS, BYTES = 5, 1_000_000_000
"""What one file may take: processor time, and memory beyond the most that the process has had."""


@dataclass(frozen=True)
class Target:
    """What is read, and how its files are made: `damaged` draws one, `read` takes its path."""

    damaged: Callable[[np.random.Generator], bytes]
    read: Callable[[Path], object]


TARGETS = {
    "pictures": Target(pictures.damaged, load_image),
    "hints": Target(hints.damaged, lambda path: read_hints(path, (600, 300))),
}


def fault_of(read: Callable[[Path], object], path: Path) -> str | None:
    """Return what is wrong with how a file is read, or None if it is read or refused well."""
    began, peak = time.process_time(), _peak()
    try:
        read(path)
    except InputError as error:
        if "\n" in str(error) or len(str(error)) > LONGEST_SENTENCE:
            return f"no single short sentence: {error}"
    except Exception:  # whatever it is, it is what is looked for
        return traceback.format_exc()
    if time.process_time() - began > SECONDS:
        return f"took {time.process_time() - began:.1f} s"
    return "took more than a gigabyte" if _peak() - peak > BYTES else None


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in KiB


def falls(name: str, seeds: range, seconds: float, folder: Path) -> tuple[int, dict[bytes, str]]:
    """Read damaged files until the seeds or the seconds are over.

    Returns: how many were read, and the content and the fault of the first of each kind to fall.
    """
    target, path = TARGETS[name], folder / "damaged.png"
    kinds, found, count = set(), {}, 0
    end = time.monotonic() + seconds
    for count, seed in enumerate(seeds, 1):  # noqa: B007
        content = target.damaged(np.random.default_rng(seed))
        path.write_bytes(content)
        fault = fault_of(target.read, path)
        if fault and (kind := fault[-200:]) not in kinds:
            kinds.add(kind)
            found[content] = f"seed {seed}: {fault}"
        if time.monotonic() > end:
            break
    return count, found


def main(argv: list[str] | None = None) -> int:
    """Print what fell, keep it in the corpus, and return 1 if anything did."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0, help="the first; others follow")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        seeds = range(args.seed, sys.maxsize)
        count, found = falls(args.target, seeds, args.seconds, Path(folder))
    for content, fault in found.items():
        kept = CORPUS / args.target / sha1(content).hexdigest()[:12]
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content)
        print(f"{kept}: {fault}")
    print(f"{count} damaged {args.target} read, {len(found)} kinds of fall")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

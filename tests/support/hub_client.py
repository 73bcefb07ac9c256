"""A process that pulls checkpoints: `HF_*` variables are read when huggingface_hub is imported.

Each line of standard input is the keyword arguments of `Colorizer.from_pretrained` as JSON; the
answer is a line with the picture's hash, the error or the warnings, and the seconds taken.
{"push": RUN, "repository", "token"} pushes instead.
"""

import hashlib
import json
import logging
import os
import sys
import time

import numpy as np

from colorizer import Colorizer
from colorizer.images import InputError
from train import publish


def picture_hash(colorizer: Colorizer) -> str:
    """Return the SHA-1 of what a colorizer makes of a fixed line-art."""
    line = np.full((64, 64), 255, np.uint8)
    line[8:56, 30:34] = 0
    return hashlib.sha1(np.asarray(colorizer(line).image).tobytes()).hexdigest()


class _Warnings(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


def pull(arguments: dict) -> dict:
    """Return what came of one pull."""
    warned, began = _Warnings(), time.monotonic()
    logging.getLogger("colorizer").addHandler(warned)
    try:
        colorizer = Colorizer.from_pretrained(**arguments)
    except InputError as error:
        return {"error": str(error), "seconds": time.monotonic() - began}
    finally:
        logging.getLogger("colorizer").removeHandler(warned)
    seconds = time.monotonic() - began
    return {"picture": picture_hash(colorizer), "warnings": warned.texts, "seconds": seconds}


def push(run: str, repository: str, token: str) -> dict:
    """Return what came of pushing a run with a token."""
    os.environ["HF_TOKEN"] = token
    began = time.monotonic()
    try:
        publish.main([run, "--push", repository])
    except InputError as error:
        return {"error": str(error), "seconds": time.monotonic() - began}
    finally:
        del os.environ["HF_TOKEN"]
    return {"seconds": time.monotonic() - began}


def answer(request: dict) -> dict:
    """Return what came of one line of standard input."""
    if "push" in request:
        return push(request["push"], request["repository"], request["token"])
    return pull(request)


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # what `publish` prints is no answer
    print("ready", file=answers, flush=True)
    for request in sys.stdin:
        print(json.dumps(answer(json.loads(request))), file=answers, flush=True)

"""From `python app.py` to the first picture, and the memory of the page's process."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import cv2
from gradio_client import Client, handle_file
from tqdm import tqdm

import app

from .circles import MIDDLES, circles

DAB = {"x": MIDDLES[0], "y": MIDDLES[0], "r": 8, "color": "#e07040"}
PATIENCE = 120
"""Seconds until the page must listen."""
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(app.__file__).parent)}


@contextmanager
def open_page(checkpoint: str | None = None) -> Iterator[tuple[str, int]]:
    """Yield address and process id of a page in a process of its own, once it listens there.

    Raises:
        TimeoutError: it does not.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, app.__file__, "--port", str(port)]
    command += ["--checkpoint", checkpoint] if checkpoint else []
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/", process.pid
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    raise TimeoutError("The page did not start.")


def time_start(repeats: int, checkpoint: str | None = None) -> list[dict[str, object]]:
    """Return the median seconds from the start of the page to a picture from its API.

    They are compared with those of importing torch and gradio in a fresh process, in turns.
    """
    taken = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "circles.png"
        cv2.imwrite(str(path), circles())
        for repeat in tqdm(range(repeats + 1), "starts"):
            began = time.perf_counter()
            with open_page(checkpoint) as (url, _):
                client = Client(url, verbose=False, analytics_enabled=False)
                client.predict({"image": handle_file(path), "hints": [DAB]}, api_name="/colorize")
                first = time.perf_counter() - began
                client.close()
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", "import torch, gradio"], check=True)
            if repeat:  # the first fills the system's cache
                taken.append((first, time.perf_counter() - began))
    first, imports = (f"{median(column):.2f}" for column in zip(*taken))
    ratio = f"{median(f / i for f, i in taken):.2f}"
    return [{"times imports": ratio, "first picture, s": first, "import torch, gradio, s": imports}]


def resident(process: int) -> dict[str, str]:
    """Return the resident memory of a process and its own part of it, in MB; Linux alone has it."""
    status = Path(f"/proc/{process}/status").read_text()
    kilobytes = (int(status.partition(name)[2].split()[0]) for name in ("VmRSS:", "RssAnon:"))
    whole, own = (f"{1024 * size / 1e6:.0f}" for size in kilobytes)
    return {"resident, MB": whole, "its own, MB": own}

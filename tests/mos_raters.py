"""Simulated raters of a study, and a server that is killed while they rate.

    python -m tests.mos_raters --raters 118

Ten drawings of three systems, as in Section 4.4. Every rater calls the page's endpoints as the
page does, repeats what is not answered, sends some ratings twice and takes some back. At half of
the ratings the server is killed with SIGKILL and started again.
"""

import argparse
import http.client
import json
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from eval.mos import study as store

SYSTEMS = ("base", "pix2pix", "ours")
DRAWINGS = 10
AT_ONCE = 12
"""Raters who rate at the same time."""
PATIENCE = 900
"""Seconds that anything may take: the machine may be busy with other work."""


@dataclass
class Server:
    """The study's server as a process of its own, on a port that stays the same."""

    study: Path
    folders: dict[str, Path]
    port: int = 0
    process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start the command and wait until it answers."""
        self.port = self.port or free_port()
        words = [f"--system={name}={folder}" for name, folder in self.folders.items()]
        command = [sys.executable, "-m", "eval.mos", "serve", str(self.study), *words]
        self.process = subprocess.Popen([*command, "--port", str(self.port)])
        self.call("expect", "0" * 32)

    def kill(self) -> None:
        """Send SIGKILL: the process gets no chance to tidy up."""
        self.process.kill()
        self.process.wait()

    def call(self, name: str, *data: object) -> object:
        """Return an endpoint's answer, asking again until there is one."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                return self._ask(name, data)
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
        raise TimeoutError(f"{name} was not answered in {PATIENCE} s")

    def _ask(self, name: str, data: tuple) -> object:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/json"}
            body = json.dumps({"data": data})
            line.request("POST", f"/gradio_api/run/{name}", body, headers)
            response = line.getresponse()
            answer = json.loads(response.read())
        finally:
            line.close()
        if response.status != 200:
            raise RuntimeError(f"{name}{data}: {response.status} {answer}")
        return answer["data"][0]


@dataclass
class Tally:
    """What the raters were told is stored: scores by token and position."""

    half: int
    acknowledged: dict = field(default_factory=dict)
    at_half: threading.Event = field(default_factory=threading.Event)

    def add(self, token: str, position: int, score: int) -> None:
        """Note an acknowledged rating."""
        self.acknowledged[token, position] = score
        if len(self.acknowledged) >= self.half:
            self.at_half.set()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def draw_systems(folder: Path) -> dict[str, Path]:
    """Write small random pictures of ten drawings by three systems; return their folders."""
    rng = np.random.default_rng(0)
    for system in SYSTEMS:
        (folder / system).mkdir(parents=True)
        for number in range(DRAWINGS):
            picture = Image.fromarray(rng.integers(0, 256, (24, 32, 3), np.uint8))
            picture.save(folder / system / f"drawing{number}.png")
    return {system: folder / system for system in SYSTEMS}


def rate_all(server: Server, tally: Tally, number: int) -> None:
    """Do all of one rater's work; some ratings twice, some taken back first."""
    rng = random.Random(number)
    token = f"{number:032x}"
    state = server.call("join", token)
    while state["position"] < state["total"]:
        position, score = state["position"], rng.randint(1, 5)
        if rng.random() < 0.1:
            server.call("rate", token, position, 6 - score)
            server.call("rate", token, position, None)
        state = server.call("rate", token, position, score)
        tally.add(token, position, score)
        if rng.random() < 0.1:
            state = server.call("rate", token, position, score)


def simulate(folder: Path, raters: int) -> tuple[dict, dict]:
    """Return acknowledged and stored scores by token and position, after one SIGKILL half-way."""
    server = Server(folder / "study", draw_systems(folder / "pictures"))
    tally = Tally(raters * len(SYSTEMS) * DRAWINGS // 2)
    server.start()
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = [pool.submit(rate_all, server, tally, n) for n in range(raters)]
            for future in done:  # who fails before half-way is reported at once
                future.add_done_callback(lambda f: f.exception() and tally.at_half.set())
            if not tally.at_half.wait(PATIENCE):
                raise TimeoutError(f"{len(tally.acknowledged)} ratings in {PATIENCE} s")
            server.kill()
            server.start()
            for future in done:
                future.result()
    finally:
        server.kill()
    return tally.acknowledged, stored_scores(folder / "study")


def stored_scores(study: Path) -> dict:
    """Return the scores of a study's file by token and position."""
    with closing(sqlite3.connect(study / store.FILE)) as db:
        rows = db.execute("SELECT token, position, score FROM turn WHERE score NOT NULL")
        return {(token, position): score for token, position, score in rows}


def main() -> None:
    """Simulate a study and say what is stored."""
    parser = argparse.ArgumentParser(description="Simulate raters and a killed server.")
    parser.add_argument("--raters", type=int, default=118, help="number of raters")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        acknowledged, stored = simulate(Path(folder), options.raters)
    lost = sum(stored.get(key) != score for key, score in acknowledged.items())
    extra = len(stored.keys() - acknowledged.keys())
    seconds = time.monotonic() - began
    print(f"{len(stored)} ratings stored, {lost} lost, {extra} unexpected, {seconds:.0f} s")
    raise SystemExit(bool(lost or extra))


if __name__ == "__main__":
    main()

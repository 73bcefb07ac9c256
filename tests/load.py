"""Many users at once: every picture right, every refusal a sentence, and the memory comes back.

    python -m tests.load [--users 32] [--requests 2000] [--seed N]

It starts the page, sends it good and bad requests of users with internet addresses of their own,
and compares each picture with that of a direct call. It prints how often the page answered what,
the page's resident memory after 100 requests and at the end, and the time of two users at once as
a multiple of one after the other. The exit status is 1 if an answer was wrong, the memory grew by
more than a tenth, or two at once were slower by more than a tenth.
"""

import argparse
import io
import json
import random
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
from PIL import Image, ImageDraw

from colorizer.preprocessing.hints import Hint

PATIENCE = 300.0
"""Seconds that an answer may take."""
DRAWINGS = 8
"""Different good requests; each is sent many times."""
GROWTH = 1.1
"""Most that memory, and the time of two at once, may be of what they are compared with."""
BAD = ("broken picture", "bad color", "no picture", "too many hints", "too long", "left alone")

Direct = Callable[[Image.Image, Sequence[Hint]], Image.Image]


def drawing(seed: int) -> tuple[Image.Image, list[Hint]]:
    """Return a line-art of circles and a few dabs, other ones for each seed."""
    rng = random.Random(seed)
    line = Image.new("RGB", (rng.randrange(120, 400), rng.randrange(120, 400)), "white")
    for _ in range(5):
        x, y, r = rng.randrange(line.width), rng.randrange(line.height), rng.randrange(15, 60)
        ImageDraw.Draw(line).ellipse((x - r, y - r, x + r, y + r), "white", "black", 3)
    places = [(rng.randrange(line.width), rng.randrange(line.height)) for _ in range(4)]
    return line, [Hint(x, y, 5, f"#{rng.randrange(1 << 24):06x}") for x, y in places]


def direct_of(colorizer: Callable) -> Direct:
    """Return what colors a line-art without a page."""
    return lambda line, hints: colorizer(line, list(hints), rest="automatic").image


class User:
    """Somebody with an internet address, who asks again when the page is busy."""

    def __init__(self, url: str, number: int) -> None:
        """Come to the page at `url` from the address 127.0.1.`number`."""
        self.url = f"{url}gradio_api"
        transport = httpx.HTTPTransport(local_address=f"127.0.1.{number}")
        self.web = httpx.Client(transport=transport, timeout=PATIENCE)
        self.busy = 0

    def _ask(self, canvas: object, listen: bool = True) -> tuple[str, object]:
        """Return the last event and its content, or what the page said at once."""
        while True:
            posted = self.web.post(f"{self.url}/call/colorize", json={"data": [canvas]})
            said = posted.json()
            if posted.status_code != 429:
                break
            if not re.fullmatch(r"The server is busy: \d+ .*ahead.*\.", said["detail"]):
                return "busy without a sentence", said
            self.busy += 1
            time.sleep(0.2)
        if posted.status_code != 200 or not listen:
            return "error", {"error": said.get("detail", "left.")}
        events = self.web.get(f"{self.url}/call/colorize/{said['event_id']}").text
        event, content = re.findall(r"event: (\w+)\ndata: (.*)", events)[-1]
        return event, json.loads(content)

    def _upload(self, content: bytes) -> dict[str, object]:
        [path] = self.web.post(f"{self.url}/upload", files={"files": ("a.png", content)}).json()
        return {"path": path, "meta": {"_type": "gradio.FileData"}}

    def good(self, seed: int, wanted: Image.Image) -> str:
        """Have a drawing colored; return "equal" if it is as wanted."""
        line, hints = drawing(seed)
        content = io.BytesIO()
        line.save(content, "PNG")
        canvas = {"image": self._upload(content.getvalue()), "hints": [vars(h) for h in hints]}
        event, answer = self._ask(canvas)
        if event != "complete":
            return f"{event}: {answer}"
        path = answer[0]["image"]["path"]
        colored = Image.open(io.BytesIO(self.web.get(f"{self.url}/file={path}").content))
        return "equal" if np.array_equal(np.asarray(colored), np.asarray(wanted)) else "different"

    def bad(self, kind: str) -> str:
        """Send a bad request; return "refused" if it is answered by a sentence."""
        canvas: dict[str, object] = {"hints": [{"x": 1, "y": 1, "r": 1, "color": "#00ff00"}]}
        if kind == "broken picture":
            canvas["image"] = self._upload(b"\x89PNG\r\n\x1a\n")
        if kind == "bad color":
            canvas["hints"] = [{"x": 1, "y": 1, "r": 1, "color": 3}]
        if kind == "too many hints":
            canvas["hints"] *= 5000
        if kind == "too long":
            canvas["settings"] = {"": "x" * 3_000_000}
        event, answer = self._ask(canvas, listen=kind != "left alone")
        sentence = answer.get("error") if isinstance(answer, dict) else None
        refused = event == "error" and re.fullmatch(r"\S.{3,299}\.", sentence or "")
        return "refused" if refused else f"{kind}: {event} {answer}"


def load(url: str, users: int, requests: int, seed: int, direct: Direct) -> Counter[str]:
    """Send requests, three of four of them good; return how often the page answered what."""
    wanted = {s: direct(*drawing(s)) for s in range(DRAWINGS)}
    rng = random.Random(seed)
    tasks = [
        rng.randrange(DRAWINGS) if rng.random() < 0.75 else rng.choice(BAD) for _ in range(requests)
    ]
    crowd = [User(url, number + 1) for number in range(users)]

    def work(number: int) -> list[str]:
        own, user = tasks[number::users], crowd[number]
        return [user.bad(t) if isinstance(t, str) else user.good(t, wanted[t]) for t in own]

    with ThreadPoolExecutor(users) as threads:
        answers = Counter(a for some in threads.map(work, range(users)) for a in some)
    if busy := sum(user.busy for user in crowd):
        answers["busy"] = busy
    return answers


def two_at_once(url: str, direct: Direct, rounds: int = 3, pictures: int = 8) -> float:
    """Return the time of two users at once as a multiple of one after the other."""
    wanted = direct(*drawing(0))
    pair, seconds = [User(url, 101), User(url, 102)], {1: 0.0, 2: 0.0}
    for together in (1, 2) * rounds:  # in turns, so that other work on the machine touches both
        with ThreadPoolExecutor(together) as threads:
            began = time.perf_counter()
            list(threads.map(lambda n: pair[n % 2].good(0, wanted), range(2 * pictures)))
            seconds[together] += time.perf_counter() - began
    return seconds[2] / seconds[1]


@contextmanager
def page():
    """Yield the URL and the process of a page with the bundled weights."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "app.py", "--port", str(port)])
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(600):
            try:
                httpx.get(url, timeout=PATIENCE)
                break
            except httpx.TransportError:
                time.sleep(0.5)
        yield url, process
    finally:
        process.kill()


def resident(process: subprocess.Popen) -> float:
    """Return the resident memory of a process in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1000


def main(argv: list[str] | None = None) -> int:
    """Print what the module says, and return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=32)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    from colorizer import Colorizer

    colorizer = Colorizer.from_pretrained()
    with page() as (url, process):
        load(url, args.users, min(100, args.requests), args.seed, direct := direct_of(colorizer))
        before, began = resident(process), time.perf_counter()
        answers = load(url, args.users, args.requests, args.seed, direct)
        seconds = time.perf_counter() - began
        time.sleep(10)
        after, ratio = resident(process), two_at_once(url, direct)
    for name, count in answers.most_common():
        print(f"{name}: {count}")
    print(f"{args.requests} requests of {args.users} users in {seconds:.0f} s")
    print(f"resident memory: {after:.0f} MB, {after / before:.2f} of {before:.0f} MB")
    print(f"two users at once: {ratio:.2f} of the time of one after the other")
    wrong = answers.keys() - {"equal", "refused", "busy"}
    return int(bool(wrong) or after > GROWTH * before or ratio > GROWTH)


if __name__ == "__main__":
    sys.exit(main())

"""How time and memory grow with the size of a line-art.

Each has a process of its own, in which what is imported here counts as memory, too.
"""

import json
import math
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import cv2
from tqdm import tqdm

from colorizer import Colorizer, Hint, images
from colorizer.memory import keep_freed_memory
from colorizer.working import WORKING_SIDE

from .circles import MIDDLES, circles

SIDES = (1024, 2048, 4096, 8192)
"""Sides of the line-arts; the last has more pixels than the limit, which is lifted for it."""


def time_sizes(sides: tuple[int, ...] = SIDES) -> list[dict[str, object]]:
    """Return exponent of time in pixels from the side before, processor seconds and peak memory.

    Each line-art has a process of its own, which has loaded the model and colored a small one.
    """
    rows, before = [], None
    for side in tqdm(sides, "sizes"):
        command = [sys.executable, "-m", __name__, str(side)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
        seconds, peak = json.loads(done.stdout)
        row = {"line-art": f"{side}x{side}", "exponent": ""}
        if before:
            pixels = 2 * math.log(side / before[0])
            row["exponent"] = f"{math.log(seconds / before[1]) / pixels:.2f}"
        rows.append(row | {"processor seconds": f"{seconds:.2f}", "peak, MB": f"{peak:.0f}"})
        before = side, seconds
    return rows


def color_large(side: int) -> tuple[float, float]:
    """Return the processor seconds of a line-art of this side, and this process's peak in MB."""
    keep_freed_memory()
    colorizer = Colorizer.from_pretrained(device="cpu")
    colorizer(circles())
    larger = side / WORKING_SIDE
    line = cv2.resize(circles(), (side, side), interpolation=cv2.INTER_CUBIC)
    hints = [Hint(x * larger, y * larger, 6 * larger, "#e07040") for x in MIDDLES for y in MIDDLES]
    with mock.patch.object(images, "MAX_PIXELS", max(images.MAX_PIXELS, side * side)):
        began = time.process_time()
        colorizer(line, hints)
        seconds = time.process_time() - began
    # not getrusage's, which may be that of the process that started this one; Linux alone has it
    status = Path("/proc/self/status").read_text()
    return seconds, int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(color_large(int(sys.argv[1]))))

"""Memory that is freed stays with a process that asked for it."""

import gc
import platform
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from colorizer.memory import no_collection

FAULTS = """
import resource, sys
import numpy as np
from colorizer.memory import keep_freed_memory

if sys.argv[1] == "keep":
    assert keep_freed_memory()
held = np.ones(1 << 20, np.uint8)
for count in range(12):
    if count == 2:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    buffers = [np.ones(20 << 20, np.uint8) for _ in range(3)]
    del buffers
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def told_by(script: str, how: str) -> int:
    """Return the number that a script prints in a process of its own."""
    command = [sys.executable, "-c", script, how]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's malloc is told")
def test_freed_buffers_are_used_again():
    faults = {how: told_by(FAULTS, how) for how in ("keep", "leave")}
    assert faults["keep"] * 10 < faults["leave"], faults


FILES = """
import sys
import cv2
import numpy as np
from colorizer.memory import forget_files

def size():
    return int(open("/proc/self/status").read().partition("RssFile:")[2].split()[0])

picture = np.arange(3000, dtype=np.uint8).reshape(100, 10, 3)
before = cv2.GaussianBlur(picture, (0, 0), 2)
if sys.argv[1] == "forget":
    forget_files()
print(size())
assert (cv2.GaussianBlur(picture, (0, 0), 2) == before).all()
"""


@pytest.mark.skipif(not Path("/proc/self/smaps").is_file(), reason="nothing is given back there")
def test_pages_of_libraries_are_given_back_and_come_again():
    size = {how: told_by(FILES, how) for how in ("forget", "leave")}
    assert size["forget"] * 4 < size["leave"], size


ARENAS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from colorizer.memory import few_arenas

def size():
    return int(open("/proc/self/status").read().partition("VmSize:")[2].split()[0])

def take(_):
    barrier.wait()
    return bytearray(100_000)

if sys.argv[1] == "few":
    assert few_arenas()
before, barrier = size(), Barrier(8)
with ThreadPoolExecutor(8) as threads:
    held = list(threads.map(take, range(8)))
    print(size() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's malloc is told")
def test_threads_take_memory_from_one_place():
    grown = {how: told_by(ARENAS, how) for how in ("few", "leave")}
    assert grown["few"] * 2 < grown["leave"], grown


def test_garbage_is_looked_for_again_afterwards():
    assert gc.isenabled()
    with suppress(KeyError), no_collection():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()
    with no_collection():
        with no_collection():
            pass
        assert not gc.isenabled()  # the outer one is not over
    assert gc.isenabled()


def test_what_is_there_for_good_is_looked_through_no_more():
    code = (
        "import gc\n"
        "from colorizer.memory import no_collection\n"
        "things = [[] for _ in range(9999)]\n"
        "with no_collection(): pass\n"
        "assert not gc.get_freeze_count()\n"
        "with no_collection(for_good=True): pass\n"
        "assert gc.get_freeze_count() > 9999 and gc.isenabled()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

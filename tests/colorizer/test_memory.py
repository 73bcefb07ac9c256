"""Memory that is freed stays with a process that asked for it."""

import platform
import subprocess
import sys

import pytest

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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's malloc is told")
def test_freed_buffers_are_used_again():
    faults = {}
    for how in ("keep", "leave"):
        command = [sys.executable, "-c", FAULTS, how]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        faults[how] = int(run.stdout)
    assert faults["keep"] * 10 < faults["leave"], faults

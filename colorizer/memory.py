"""The memory of a process that colors one picture after the other."""

import ctypes
import gc
import platform
from collections.abc import Iterator
from contextlib import contextmanager

KEPT = 128 << 20
"""Bytes of free memory that stay with the process. 64 to 512 MB take the same time for small
pictures; from 256 MB on, a large one leaves behind what it was decoded into."""
LARGEST = 32 << 20
"""Buffers up to this size are taken from it; glibc's own limit."""
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Names of glibc's malloc.h."""


def keep_freed_memory() -> bool:
    """Let this process keep the memory that it frees, for its next picture; False without glibc.

    Each picture needs the same large buffers for some milliseconds. glibc gives them back to the
    system, which has to clear every page of the next ones. It changes the whole process, so our
    programs call it and the package does not.
    """
    return _mallopt(M_MMAP_THRESHOLD, LARGEST) and _mallopt(M_TRIM_THRESHOLD, KEPT)


def few_arenas() -> bool:
    """Let all threads of this process take memory from one place; False without glibc.

    Else each has its own, with gaps of its own. It holds for threads that take their first memory
    later.
    """
    return _mallopt(M_ARENA_MAX, 1)


def _mallopt(name: int, value: int) -> bool:
    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(name, value))


@contextmanager
def no_collection() -> Iterator[None]:
    """Look for no garbage meanwhile.

    Imports leave little, and looking through all that they make takes a fifth of their time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()

"""The memory of a process that colors one picture after the other."""

import ctypes
import gc
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEPT = 128 << 20
"""Bytes of free memory that stay with the process. 64 to 512 MB take the same time for small
pictures; from 256 MB on, a large one leaves behind what it was decoded into."""
LARGEST = 32 << 20
"""Buffers up to this size are taken from it; glibc's own limit."""
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Names of glibc's malloc.h."""
MADV_DONTNEED = 4
"""A name of Linux's mman.h."""
MAPPING = re.compile(r"(\w+)-(\w+) r-.p \w+ \S+ [1-9].*^Anonymous: +0 kB", re.DOTALL | re.MULTILINE)
"""What /proc/self/smaps says of a part of a file that is only read and as it is in the file."""


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


def forget_files() -> None:
    """Give back the pages of libraries that this process has read so far, where /proc names them.

    Loading and starting them touches many that are never needed again, of a CUDA build 139 MB on a
    machine without a GPU. What is needed again comes from the system's cache of files.
    """
    smaps = Path("/proc/self/smaps")
    if not smaps.is_file():
        return
    madvise = ctypes.CDLL(None).madvise
    for mapping in re.split(r"^(?=\w+-)", smaps.read_text(), flags=re.MULTILINE):
        if found := MAPPING.match(mapping):
            start, end = (int(address, 16) for address in found.groups())
            madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), MADV_DONTNEED)


def _mallopt(name: int, value: int) -> bool:
    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(name, value))


@contextmanager
def no_collection(for_good: bool = False) -> Iterator[None]:
    """Look for no garbage meanwhile; `for_good`, never again in what is there at the end.

    Imports leave little, and looking through all that they make takes a fifth of their time, and
    a quarter of a second at the first look after them.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if for_good:
            gc.freeze()
        if enabled:
            gc.enable()

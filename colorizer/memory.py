"""The memory of a process that colors one picture after the other."""

import ctypes
import platform

KEPT = 512 << 20
"""Bytes of free memory that stay with the process."""
LARGEST = 32 << 20
"""Buffers up to this size are taken from it; glibc's own limit."""
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Names of glibc's malloc.h."""


def keep_freed_memory() -> bool:
    """Let this process keep the memory that it frees, for its next picture; False without glibc.

    Each picture needs the same large buffers for some milliseconds. glibc gives them back to the
    system, which has to clear every page of the next ones. It changes the whole process, so our
    programs call it and the package does not.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST) and mallopt(M_TRIM_THRESHOLD, KEPT))

"""The heap of this process, where the C library can be told how to keep it (glibc); elsewhere nothing is done."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # M_TRIM_THRESHOLD and so on of malloc.h
_LARGE = 128 * 1024  # octets; said, glibc does not raise it by what was freed last
_SPARE = (
    1024 * 1024
)  # octets at the end of the heap that stay; what was freed while the program was read raised it to many


def be_sparing() -> None:
    """From now on give back each large block, and the end of the heap, when they are free; have one heap for all threads."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_TRIM_THRESHOLD, _SPARE)


def give_back() -> None:
    """Give back what is free anywhere in the heap: after work that took much for a moment. It takes milliseconds."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def held() -> int:
    """Megabytes that this process holds, with what it shares; 0 where the machine does not tell (elsewhere than on Linux)."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20

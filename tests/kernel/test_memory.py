"""The heap of a process: what is free goes back to the system, where the C library can be told."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loudou.kernel import memory

# Blocks too small to be given back one by one, with one at their end that stays: freed, they lie in the heap until told.
_HOLES = """
import ctypes, sys
from loudou.kernel import memory
libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
memory.be_sparing()
def held():
    pages = open("/proc/self/statm").read().split()[1]
    return int(pages) * 4096
blocks = [libc.malloc(64 * 1024) for _ in range(512)]
for block in blocks:
    ctypes.memset(block, 1, 64 * 1024)
stays = libc.malloc(96 * 1024)
for block in blocks:
    libc.free(block)
before = held()
memory.give_back()
print(before - held())
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not Path("/proc/self/statm").exists(),
    reason="tells of glibc alone",
)
def test_what_lies_free_in_the_middle_of_the_heap_goes_back() -> None:
    told = subprocess.run([sys.executable, "-c", _HOLES], capture_output=True, text=True, check=True)
    assert int(told.stdout) > 16 * 1024 * 1024


def test_without_glibc_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise OSError(name)

    asked: list[str] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda name: asked.append(name) or missing(name))
    memory.be_sparing()
    memory.give_back()
    assert asked == ["libc.so.6"] * 2


def test_large_blocks_and_the_end_of_the_heap_go_back_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, tuple[int, ...]]] = []

    class Libc:
        def __getattr__(self, name: str) -> Any:
            return lambda *values: told.append((name, values))

    monkeypatch.setattr(ctypes, "CDLL", lambda name: Libc())
    memory.be_sparing()
    memory.give_back()
    one_heap, large, spare = (
        ("mallopt", (-8, 1)),
        ("mallopt", (-3, 128 * 1024)),
        ("mallopt", (-1, 1024 * 1024)),
    )
    assert told == [one_heap, large, spare, ("malloc_trim", (0,))]

"""How fast the machine itself is: a plain loop, timed before and after a run.

A machine that others share, or that grows hot, runs now at one speed and now at another. A page that took twice as long
is no slower if the loop did too.
"""

from __future__ import annotations

import time

STEPS = 5_000_000
MOST_APART = 1.25  # the slower of two loops over the quicker one, of a machine that keeps its speed
_TIMES = 3


def loop() -> float:
    """Milliseconds that a loop of `STEPS` which does nothing takes: the least of three."""
    return round(min(_once() for _ in range(_TIMES)), 1)


def _once() -> float:
    began = time.perf_counter()
    for _step in range(STEPS):
        pass
    return (time.perf_counter() - began) * 1000


def line(loops: dict[str, float]) -> str:
    """What is said of the machine's speed before and after a run."""
    before, after = loops["before"], loops["after"]
    said = f"plain loop of {STEPS:,} steps: {before} ms before the run, {after} ms after it"
    if max(before, after) > MOST_APART * min(before, after):
        return f"{said}; the machine did not keep its speed"
    return said

"""The word to stop comes from a signal, in the middle of whatever the program does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# A thousand signals, each somewhere in a wait or between two: what is not made for that waits for ever before long.
_INTERRUPTED = """
import random, signal
from loudou.launch.serve import Stop

dice = random.Random(1)
for _time in range(1_000):
    stop = Stop()
    signal.signal(signal.SIGALRM, lambda *_: stop.set())
    signal.setitimer(signal.ITIMER_REAL, dice.uniform(0.00002, 0.0004))
    while not stop.wait(0.00001):
        assert not stop.is_set() or stop.wait(0)
print("told")
"""


def test_the_word_to_stop_is_heard_whenever_it_comes() -> None:
    command = [sys.executable, "-c", _INTERRUPTED]
    root = Path(__file__).resolve().parents[2]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=900, check=True).stdout
    assert said == "told\n"

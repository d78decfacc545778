"""Asking: one client for how long a page takes, eight at once for how many a second."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from bench.client import Ask, Browser


@dataclass(frozen=True)
class Times:
    """What one page took: milliseconds, and how many a second there were."""

    p50: float
    p95: float
    a_second: float
    failed: int
    kilobytes: float


def measure(
    port: int, cookies: dict[str, str], asks: Sequence[Ask], *, rounds: int, clients: int, warm: int
) -> Times:
    """Ask `rounds` times with each client, after `warm` times that do not count, the requests in turn."""
    shares = [asks[first::clients] or asks for first in range(clients)] if clients > 1 else [asks]
    if asks and asks[0].form is not None and "reason" in asks[1 % len(asks)].form:  # type: ignore[operator]
        pairs = [asks[place : place + 2] for place in range(0, len(asks), 2)]
        shares = [[ask for pair in pairs[first::clients] for ask in pair] for first in range(clients)]
    shares = [share for share in shares if share]
    began = time.perf_counter()
    if clients == 1:
        parts = [_ask(port, cookies, shares[0], rounds, warm)]
        wall = sum(seconds for _status, seconds, _size in parts[0])
    else:
        with ProcessPoolExecutor(len(shares), mp_context=get_context("fork")) as pool:
            list(pool.map(_nothing, range(len(shares))))
            began = time.perf_counter()
            parts = list(pool.map(_ask_one, [(port, cookies, share, rounds, warm) for share in shares]))
        wall = time.perf_counter() - began
    answers = [answer for part in parts for answer in part]
    took = sorted(seconds * 1000 for _status, seconds, _size in answers)
    asked = len(answers) + (warm * len(shares) if clients > 1 else 0)
    return Times(
        p50=statistics.median(took),
        p95=took[max(math.ceil(len(took) * 0.95) - 1, 0)],
        a_second=asked / wall,
        failed=sum(status >= 400 for status, _seconds, _size in answers),
        kilobytes=statistics.mean(size for _status, _seconds, size in answers) / 1024,
    )


def _ask_one(work: tuple[int, dict[str, str], list[Ask], int, int]) -> list[tuple[int, float, int]]:
    return _ask(*work)


def _ask(
    port: int, cookies: dict[str, str], asks: Sequence[Ask], rounds: int, warm: int
) -> list[tuple[int, float, int]]:
    browser = Browser(port, dict(cookies))
    answers = []
    for number in range(rounds + warm):
        status, seconds, body = browser.send(asks[number % len(asks)])
        if number >= warm:
            answers.append((status, seconds, len(body)))
    return answers


def _nothing(number: int) -> int:
    """Has the pool start its processes before the clock does."""
    time.sleep(0.05)
    return number

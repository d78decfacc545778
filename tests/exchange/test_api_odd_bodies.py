"""What nobody sends, to every operation that writes, about records that are there: refused, never a fault of ours (IN-09).

Schemathesis seldom guesses a key that leads somewhere; here each operation gets the body that its door is tried with,
less one field, and with one value that is odd.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from django.db import transaction

from tests.cast import Cast
from tests.doors import PEOPLE, person
from tests.exchange.api_doors import ROWS
from tests.exchange.api_doors.row import Row
from tests.exchange.api_doors.world import World
from tests.exchange.calling import Calls

ODD: tuple[Any, ...] = (
    *(None, "", "\x00", "\ud800", "漏" * 5000, "NaN", "-0", "1e400", "0001-01-01", "9999-12-31", "9999-12"),
    *(0, -1, 2**63, 1.5, True, [], {}, [None], [{}], {"id": 1}, "1" * 4000),
)


@pytest.mark.slow
def test_nothing_odd_makes_us_stumble(db: None) -> None:
    Calls(Cast().shiyun)
    world, odd, sent, stumbled = World(), cycle(ODD), 0, []
    callers = {kind: Calls(person(world.cast, kind)) for kind in list(PEOPLE)[1:]}
    for name, row in ROWS.items():
        method, path = name.split(" ")
        kind = _welcome(row)
        if method in ("GET", "DELETE") or kind is None:
            continue
        filled, usual = path.format(**row.keys(world)), row.body(world)
        for body in _odd_bodies(usual, odd):
            mark = transaction.savepoint()
            status = callers[kind].send(method, filled, body).status_code
            transaction.savepoint_rollback(mark)
            sent += 1
            if status >= 500:
                stumbled.append((name, str(body)[:200]))
    assert stumbled == []
    assert sent > 800


def _welcome(row: Row) -> str | None:
    """Somebody the operation lets in."""
    return next((kind for kind, status in row.statuses().items() if status < 300 or status == 422), None)


def _odd_bodies(usual: dict[str, Any], odd: Iterator[Any]) -> Iterator[Any]:
    """Nothing, no object at all, and for each field: without it, and with two odd values."""
    yield {}
    yield []
    for name in usual:
        yield {field: value for field, value in usual.items() if field != name}
        yield {**usual, name: next(odd)}
        yield {**usual, name: next(odd)}

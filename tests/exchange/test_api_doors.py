"""Every operation of the API × every kind of person → the status they get. An operation without a row fails."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.doors import PEOPLE, person
from tests.exchange.api_doors import ROWS
from tests.exchange.api_doors.world import World
from tests.exchange.calling import Calls, operations, send


def test_every_operation_is_in_the_table() -> None:
    served = {f"{method} {path}" for method, path, _operation in operations()}
    assert sorted(served - set(ROWS)) == []
    assert sorted(set(ROWS) - served) == []


@pytest.mark.parametrize("name", ROWS)
def test_everybody_gets_what_the_table_says(name: str, db: None) -> None:
    from django.db import transaction

    row, cast = ROWS[name], Cast()
    method, path = name.split(" ")
    Calls(cast.shiyun)
    world = World()
    filled = path.format(**row.keys(world))
    body = row.body(world) if method not in ("GET", "DELETE") else None
    callers = {kind: Calls(person(cast, kind)) for kind in list(PEOPLE)[1:]}
    found = {}
    for kind in PEOPLE:
        mark = transaction.savepoint()
        if kind == "anonymous":
            response = send(callers["owner"].client, method, filled, body)
        else:
            response = callers[kind].send(method, filled, body)
        found[kind] = response.status_code
        transaction.savepoint_rollback(mark)
    assert found == row.statuses(), (name, filled)

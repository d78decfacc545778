"""What a row of the table is, and the ways to say what it is called with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.doors import PEOPLE
from tests.exchange.api_doors.world import World

Of = Callable[[World], Any]


@dataclass(frozen=True)
class Row:
    """An operation, what it is called with, and the statuses of everybody who says who they are.

    The statuses are those of owner, colleague, outsider, manager, director, operations, finance, control, admin,
    security and auditor; one stands for all.
    """

    expect: str
    keys: Of = field(default=lambda world: {})
    body: Of = field(default=lambda world: {})

    def statuses(self) -> dict[str, int]:
        found = [int(part) for part in self.expect.split()]
        found = found * (len(PEOPLE) - 1) if len(found) == 1 else found
        return {"anonymous": 401, **dict(zip(list(PEOPLE)[1:], found, strict=True))}


def key(name: str, **more: str) -> Of:
    """The `id` of a record of the world, and further keys of others."""
    return lambda world: {
        "id": getattr(world, name).pk,
        **{field: getattr(world, other).pk for field, other in more.items()},
    }


def sent(**values: Any) -> Of:
    """A body; callables are asked with the world."""
    return lambda world: {name: value(world) if callable(value) else value for name, value in values.items()}


def of(name: str) -> Of:
    return lambda world: getattr(world, name).pk


def version(name: str) -> Of:
    return lambda world: type(getattr(world, name))._default_manager.get(pk=getattr(world, name).pk).version


# What statuses are about, in the order of PEOPLE after "anonymous", who always gets 401.
#                owner col out man dir ope fin con adm sec aud
ANSWERS = "     200   404 404 200 200 200 403 403 404 404 403"
SEES_DEAL = "    200   404 404 200 200 200 200 200 404 404 200"
EDITS_DEAL = "   200   404 404 200 200 200 403 403 404 404 403"
ADDS_TO_DEAL = " 201   404 404 201 201 201 403 403 404 404 403"
MOVES_DEAL = "   200   404 404 200 200 403 403 403 404 404 403"
SEES_CUSTOMER = "200   404 404 200 200 200 200 200 404 404 200"
EDITS_CUSTOMER = "200  404 404 200 200 200 403 403 404 404 403"
LEADS = "        403   404 404 200 200 200 403 403 404 404 403"
MAY_SEE = "      200   200 200 200 200 200 200 200 403 403 200"
SETS_UP = "      403   403 403 403 403 403 403 403 200 403 403"
SELLS = "        201   201 201 201 201 201 403 403 403 403 403"

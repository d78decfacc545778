"""What people hold that outlives their account. Rooms above say so here; this room knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from loudou.people.models import User


@dataclass(frozen=True)
class Holding:
    """One kind of things: its name in history, how many somebody holds, how that is said, how all of it is passed on.

    `pass_on(leaver, heir, reason)` is called inside the act that closes the account, which has the right to it: it
    acts as the system, and refuses an heir who could do nothing with it.
    """

    name: str
    count: Callable[[User], int]
    told: Callable[[int], str]
    pass_on: Callable[[User, User, str], None]


_holdings: list[Holding] = []


def outlives(holding: Holding) -> None:
    """Let this be counted and passed on when an account is closed, in the order in which rooms say so."""
    _holdings.append(holding)


def held_by(user: User) -> list[tuple[Holding, int]]:
    """What somebody holds, of which there is any, and how much."""
    counted = [(holding, holding.count(user)) for holding in _holdings]
    return [(holding, count) for holding, count in counted if count]

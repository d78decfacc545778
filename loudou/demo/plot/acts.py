"""What a story is made of: acts, and those who sell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from loudou.demo import extras
from loudou.demo.cast import Role

ZONE = ZoneInfo("Asia/Shanghai")
MONTHS = 18


@dataclass(frozen=True, order=True)
class Act:
    """Something somebody does: when, in which order, what, by whom, to which deal or customer."""

    at: datetime
    number: int
    kind: str = field(compare=False)
    who: str = field(compare=False)
    about: str = field(compare=False, default="")
    with_: Mapping[str, Any] = field(compare=False, default_factory=dict)


def wins_of(acts: Iterable[Act]) -> Iterator[tuple[datetime, str, str]]:
    """When, by whom and which deals are won: a win counts once its contract is signed, not when it is asked for (C7)."""
    asked: dict[str, str] = {}
    for act in acts:
        if act.kind == "win":
            asked[act.about] = act.who
        elif act.kind == "sign" and act.with_["act"] == "pipeline.win":
            yield act.at, asked[act.about], act.about


@dataclass(frozen=True)
class Seller:
    """A person who sells, with their region, funnel and the stretch they are there."""

    role: Role
    region: str
    funnel: str
    first: date
    last: date


def manager_of(role: Role) -> str:
    """The superior of a seller: the one of their role, else the manager of their unit."""
    if role.manager:
        return role.manager
    return next(
        other.username for other in extras.OTHERS if other.unit == role.unit and "manager" in other.roles
    )

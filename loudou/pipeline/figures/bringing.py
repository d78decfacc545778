"""Putting an imported past in order: which fact comes first, which is the birth, what each step jumped over.

Rows of a past may come in any order and in several files; the same rows always make the same past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loudou.pipeline.figures.history import CLOSING


@dataclass(frozen=True)
class Told:
    """One fact as it was told: `number` is its place among equals, `amount` only what it states itself."""

    kind: str
    at: datetime
    number: int
    stage: int | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class Step:
    """What a fact means after those before it: stages jumped over, whether it went back, the amount it stands at."""

    skipped: int
    backward: bool
    amount: Decimal


def in_order(told: Sequence[Told]) -> list[Told]:
    """The facts by time. Of several at one instant (files often know only the day) a close comes last.

    Where a deal was reopened at that very instant, the order in which it was told is the only one there is. The unit
    its owner comes to is the deal's from that instant on: before what else happens then, but after it is theirs.
    """
    reopened = {fact.at for fact in told if fact.kind == "reopen"}
    given = (
        {fact.at for fact in told if fact.kind == "owner"} | {min(fact.at for fact in told)}
        if told
        else set()
    )

    def rank(fact: Told) -> int:
        if fact.kind == "unit":
            return 1 if fact.at in given else -1
        return 2 if fact.kind in CLOSING and fact.at not in reopened else 0

    return sorted(told, key=lambda fact: (fact.at, rank(fact), fact.number))


def steps(facts: Sequence[Told], order: Mapping[int, int], *, amount: Decimal) -> list[Step]:
    """What every fact of an ordered past means. The first is the birth, at `amount` unless it states its own."""
    found: list[Step] = []
    here: int | None = None
    for fact in facts:
        amount = fact.amount if fact.amount is not None else amount
        skipped, backward = 0, False
        if fact.kind in ("enter", "reopen") and fact.stage is not None:
            if here is not None:
                way = order[fact.stage] - order[here]
                skipped, backward = max(way - 1, 0), way < 0
            here = fact.stage
        elif fact.kind == "migrate":  # a changed funnel renames where the deal stands
            here = fact.stage
        found.append(Step(skipped, backward, amount))
    return found

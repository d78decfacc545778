"""From when to when a deal was planned to be delivered in which parts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from loudou.kernel.numbers import CENT
from loudou.pipeline.figures.deliveries import Part, Plan, Share, Stretch, stretches
from loudou.pipeline.figures.history import Stand

DAYS = [datetime(2026, 4, number, tzinfo=UTC) for number in range(1, 6)]
HALVES = (Part(date(2026, 5, 1), Decimal(40)), Part(date(2026, 6, 1), Decimal(60)))


def stand(place: int, plan: Plan, amount: int = 100, outcome: str = "open") -> Stand:
    value = Decimal(amount)
    return Stand(
        *(DAYS[place], DAYS[place + 1], outcome, 1, 1, None),
        *(value, "CNY", value, None, None, ""),
        plan=plan,
    )


def test_a_plan_is_one_stretch_for_as_long_as_its_parts_are_the_same() -> None:
    told = [stand(0, ()), stand(1, HALVES), stand(2, HALVES, outcome="on_hold"), stand(3, ())]
    parts = tuple(Share(*part, part.amount) for part in HALVES)
    assert list(stretches(told, CENT)) == [Stretch(DAYS[1], DAYS[3], parts)]
    assert list(stretches(told[:1], CENT)) == []


def test_another_amount_begins_another_stretch() -> None:
    found = list(stretches([stand(0, HALVES), stand(1, HALVES, amount=200)], CENT))
    assert [(one.since, one.until) for one in found] == [(DAYS[0], DAYS[1]), (DAYS[1], DAYS[2])]
    assert [[share.amount for share in one.shares] for one in found] == [[40, 60], [80, 120]]

"""What became of starts by who had the deals, kept: whatever is done to the past, it is what counting anew gives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from loudou.insight.figures.scope import Scope
from loudou.insight.figures.slippage import Outcomes
from loudou.insight.figures.waterfall import Between, Rates
from loudou.insight.lens import InsightLens
from loudou.insight.queries.kept.starts import starts
from loudou.insight.queries.slippage import by_holder
from loudou.insight.queries.ways import Asked
from loudou.kernel import clock
from loudou.kernel.periods import Grain, Period
from loudou.people.queries import organisation
from loudou.pipeline.models import Kept
from loudou.pipeline.verbs._history import rebuild
from tests.cast import Cast
from tests.histories import Histories
from tests.insight.test_kept_waterfall import NOW, _act, cast, found

__all__ = ["cast", "found"]
STEPS, ACTS = 6, 100


def asks(scope: Scope, *, last: int = 3) -> list[Asked]:
    """The starts of the months from January on, so many."""
    company = organisation()
    months = [company.fiscal.of(date(2026, month, 1), Grain.MONTH) for month in range(1, last + 1)]
    return [_of(month, scope) for month in months]


def _of(month: Period, scope: Scope) -> Asked:
    zone = organisation().zone
    since, until = (datetime(one.year, one.month, 1, tzinfo=zone) for one in (month.start, month.end))
    return Asked(Between(since, until, zone, scope.takes, month, Rates(start={"USD": Decimal(7)})), scope)


def told(some: Sequence[Asked]) -> tuple[Any, Any]:
    """By owner of all starts and by unit of each, what is kept (or kept now) and what is counted anew."""
    with clock.at(NOW):
        quick = starts(some)
    slow_owners: dict[int, Outcomes] = {}
    slow_units: list[dict[int | None, Outcomes]] = []
    for each in by_holder(some):
        units: dict[int | None, Outcomes] = {}
        for holder, one in each.items():
            slow_owners[holder.owner] = slow_owners.get(holder.owner, Outcomes()) + one
            units[holder.unit] = units.get(holder.unit, Outcomes()) + one
        slow_units.append(units)
    return _said(quick.of_owner, quick.of_unit), _said(slow_owners, slow_units)


def _said(owners: Any, units: Any) -> Any:
    """But for those of whom nothing stood."""
    return [{key: one for key, one in each.items() if one != Outcomes()} for each in (owners, *units)]


def test_it_stays_true_whatever_is_done_to_the_past(cast: Cast, found: list[bool]) -> None:
    dice = random.Random(31)
    world = Histories([cast.chenan, cast.sunqiang, cast.lina]).write(80, seed=29)
    with clock.at(NOW):
        department = InsightLens.read({"unit": "D1"}, None).scope
    looks = []
    for step in range(STEPS):
        # Nothing, then facts as they happen, then whatever can be done to a past.
        touched = {_act(dice, world, (0, 1, 2)[step % 3]) for _ in range(ACTS if step % 3 else 0)}
        deals = [world.deals[key] for key in sorted(touched) if key in world.deals]
        rebuild(deals)
        for deal in deals:
            deal.save()
        found.clear()
        for scope in (Scope(), department):
            quick, slow = told(asks(scope))
            assert quick == slow, (step, scope)
            assert all(quick)
        looks.append(found[:])
    # A storm is counted anew, and kept until the next.
    assert looks == [[False] * 2, [True] * 2, [False] * 2, [True] * 2, [True] * 2, [False] * 2]


def test_what_is_not_over_or_may_be_another_tomorrow_is_not_kept(cast: Cast, found: list[bool]) -> None:
    Histories([cast.chenan]).write(40, seed=5)
    some = asks(Scope())

    def with_rates(rates: Rates) -> list[Asked]:
        return [replace(one, between=replace(one.between, rates=rates)) for one in some]

    others = [
        asks(Scope(), last=5),
        asks(Scope(source="web")),
        [replace(one, funnels=[1]) for one in some],
        with_rates(Rates(frozen=True)),
        with_rates(Rates(on=lambda _code, _at: Decimal(1))),
    ]
    for one in others:
        quick, slow = told(one)
        assert quick == slow and not found
    assert not Kept.objects.exists()
    told(some)
    told(with_rates(Rates(start={"USD": Decimal(8)})))
    assert found == [False, False] and Kept.objects.count() == 2


def test_few_are_kept_as_well(cast: Cast, found: list[bool]) -> None:
    """In a house of a million they are found among those of all others."""
    Histories([cast.chenan]).write(1, seed=5)
    for before in (False, True):
        quick, slow = told(asks(Scope()))
        assert quick == slow and found == [False, before][: len(found)]
    assert len(found) == 2 and Kept.objects.count() == 1

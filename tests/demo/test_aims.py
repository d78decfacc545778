"""The demo company's targets: every quarter, everybody who sells and every unit above them, people at 120 %; of all
quarters the months, which sum to them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from loudou.demo.aims import OVER, STEP
from loudou.demo.plot import Act
from loudou.demo.story import tell
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.people.models import Unit
from loudou.targets.models import Target


class Enough(Exception):
    """The stage is set; the story need not be told."""


def _stop(act: Act, number: int, total: int) -> None:
    raise Enough


def test_people_carry_120_percent_of_what_their_unit_carries(empty_database: str) -> None:
    with pytest.raises(Enough):
        tell(until=date(2025, 2, 3), heard=_stop)
    found = {Fiscal().of(one.starts_on, Grain.QUARTER) for one in Target.objects.exclude(person=None)}
    quarters = sorted(found, key=lambda one: one.start)
    assert quarters[0].start == date(2023, 7, 1) and quarters[-1].start == date(2025, 10, 1)
    unit = Unit.objects.get(code="D1")
    for quarter in quarters:
        whole = Target.objects.get(
            unit=unit, person=None, starts_on=quarter.start, ends_on=quarter.end
        ).amount
        kept = Target.objects.filter(unit=unit, starts_on=quarter.start, ends_on=quarter.end)
        # Whoever will leave carries on top of what the unit does.
        people = kept.exclude(person=None).exclude(person__name="黄磊")
        assert people.count() >= 4
        carried = sum((target.amount for target in people), Decimal())
        assert whole > 0
        assert abs(carried / OVER - whole) <= STEP * people.count()
    _months_sum_to_their_quarter()


def _months_sum_to_their_quarter() -> None:
    """Of everybody and of every unit, the director's too, and of all of them nothing else is kept."""
    wholes: dict[tuple[int | None, int | None, Period], Decimal] = {}
    months: dict[tuple[int | None, int | None, Period], list[Decimal]] = {}
    for one in Target.objects.all():
        quarter = Fiscal().of(one.starts_on, Grain.QUARTER)
        whose = (one.unit_id, one.person_id, quarter)
        if one.period == quarter:
            wholes[whose] = one.amount
        else:
            assert one.period == Fiscal().of(one.starts_on, Grain.MONTH)
            months.setdefault(whose, []).append(one.amount)
    assert {key: sum(some) for key, some in months.items()} == wholes
    assert {len(some) for some in months.values()} == {3}
    assert {Unit.objects.get(code=code).pk for code in ("HQ", "CENTER", "D1", "N1")} <= {
        unit for unit, person, _q in wholes if person is None
    }

"""The demo company's targets: every quarter, everybody who sells and every unit above them, people at 120 %."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from loudou.demo.aims import OVER, STEP
from loudou.demo.plot import Act
from loudou.demo.story import tell
from loudou.people.models import Unit
from loudou.targets.models import Target


class Enough(Exception):
    """The stage is set; the story need not be told."""


def _stop(act: Act, number: int, total: int) -> None:
    raise Enough


def test_people_carry_120_percent_of_what_their_unit_carries(empty_database: str) -> None:
    with pytest.raises(Enough):
        tell(until=date(2025, 2, 3), heard=_stop)
    quarters = set(Target.objects.values_list("starts_on", flat=True))
    assert min(quarters) == date(2023, 7, 1) and max(quarters) == date(2025, 10, 1)
    unit = Unit.objects.get(code="D1")
    for start in quarters:
        whole = Target.objects.get(unit=unit, person=None, starts_on=start).amount
        people = Target.objects.filter(unit=unit, starts_on=start).exclude(person=None)
        assert people.count() >= 4
        carried = sum((target.amount for target in people), Decimal())
        assert whole > 0
        assert abs(carried / OVER - whole) <= STEP * people.count()

"""As of a past instant a report has the units, the people and the numbers of targets of then (B0.1, B0.8)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.people import verbs as people
from loudou.people.models import Unit
from loudou.people.queries import units_on
from loudou.targets import verbs as targets
from loudou.targets.models import Cause, Target
from tests import make
from tests.cast import Cast
from tests.make import instant

FEBRUARY = {"as_of": "2026-02-15T00:00:00+08:00", "period": "2026-Q1"}


def _target(cast: Cast, unit: Unit, amount: int) -> Target:
    period: Period = Fiscal().of(date(2026, 2, 1), Grain.QUARTER)
    return targets.set_target(
        unit=unit, metric="bookings", period=period, amount=Decimal(amount), by=cast.linjing
    )


def _rows(**params: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run("target-progress", {**FEBRUARY, **params}, None)["rows"]
    return found


def test_a_changed_target_has_the_number_it_had(cast: Cast) -> None:
    unit = cast.unit("D1")
    with clock.at(instant("2026-01-05")):
        target = _target(cast, unit, 900_000)
    with clock.at(instant("2026-03-01")):
        target = targets.adjust_target(target, by=cast.linjing, amount=Decimal(1_200_000), cause="market")
    with clock.at(instant("2026-03-10")):
        assert [row["target"] for row in _rows(unit="D1")] == ["900000.00"]
        assert run("coverage", {**FEBRUARY, "unit": "D1"}, None)["target"] == "900000.00"
        now = run("target-progress", {"unit": "D1", "period": "2026-Q1"}, None)["rows"]
        assert [row["target"] for row in now] == ["1200000.00"]
        targets.adjust_target(target, by=cast.linjing, amount=Decimal(1_000_000), cause=Cause.IMPORT)
        assert [row["target"] for row in _rows(unit="D1")] == ["1000000.00"]  # a file corrects what was meant


def test_a_target_that_was_set_afterwards_counts_for_its_period(cast: Cast) -> None:
    with clock.at(instant("2026-03-10")):
        assert run("coverage", {**FEBRUARY, "unit": "D1"}, None)["target"] is None
        _target(cast, cast.unit("D1"), 900_000)
        assert [row["target"] for row in _rows(unit="D1")] == ["900000.00"]


def test_a_unit_has_below_it_what_it_had_then(cast: Cast) -> None:
    with clock.at(instant("2026-01-05")):
        _target(cast, cast.unit("D1"), 900_000)
        above = cast.unit("D1").parent
        assert above is not None
    with clock.at(instant("2026-03-01")):
        people.move_unit(cast.unit("D1"), to=cast.unit("SOUTH"), by=None)
    with clock.at(instant("2026-03-10")):
        for user in (None, cast.hezong):
            then = run("target-progress", {**FEBRUARY, "unit": above.code}, user)["rows"]
            assert [row["unit"] for row in then] == ["D1"]
            assert run("target-progress", {"unit": above.code, "period": "2026-Q1"}, user)["rows"] == []


def test_a_quota_stands_in_the_unit_of_then(cast: Cast) -> None:
    with clock.at(instant("2026-01-05")):
        make.deal(cast.chenan)
    with clock.at(instant("2026-03-01")):
        people.join_unit(cast.chenan, unit=cast.unit("D2"), by=None)
    with clock.at(instant("2026-03-10")):
        assert [row["unit"] for row in run("quota", FEBRUARY, None)["rows"]] == ["D1"]
        assert [row["unit"] for row in run("quota", {}, None)["rows"]] == ["D2"]
        people.join_unit(cast.chenan, unit=None, by=None, on=date(2026, 3, 10))
        asked = [cast.chenan.pk, cast.lina.pk]
        assert units_on(date(2026, 3, 9), asked) == {
            cast.chenan.pk: cast.unit("D2"),
            cast.lina.pk: cast.unit("D1"),
        }
        assert units_on(date(2026, 3, 10), asked) == {cast.lina.pk: cast.unit("D1")}

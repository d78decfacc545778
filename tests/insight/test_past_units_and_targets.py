"""As of a past instant a report has the units, the people and the numbers of targets of then (B0.1, B0.8)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from loudou.insight.reports import run
from loudou.journal import channel
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.people import verbs as people
from loudou.people.employment import employment_then
from loudou.people.models import Unit, User
from loudou.people.queries import organisation, units_on
from loudou.pipeline import verbs as pipeline
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


LEAVING = date(2026, 2, 10)


def _quota_of(cast: Cast, **params: str) -> str:
    [row] = run("target-progress", {"owner": "lina", "period": "2026-Q1", **params}, None)["rows"]
    return str(row["target"])


def test_who_was_not_known_to_leave_carried_the_whole_target(cast: Cast) -> None:
    """Li Na's target is as many as the quarter has working days; on 15 January nobody knew she would leave, and she came back."""
    period: Period = Fiscal().of(date(2026, 2, 1), Grain.QUARTER)
    days = organisation().calendar.work_calendar().days
    there = len(days(Period(period.start, date(2026, 2, 11))))
    with clock.at(instant("2026-01-05")):
        amount = Decimal(len(days(period)))
        targets.set_target(
            unit=None, person=cast.lina, metric="bookings", period=period, amount=amount, by=None
        )
    with clock.at(instant("2026-02-01")):
        people.edit_person(cast.lina, by=None, phone="13800000000")
        people.edit_person(cast.lina, by=None, left_on=LEAVING)
    with clock.at(instant("2026-02-11")):
        people.deactivate(cast.lina, by=None)
    with clock.at(instant("2026-03-01")):
        people.reactivate(User.objects.get(username="lina"), by=None)
    with clock.at(instant("2026-03-10")):
        whole, part = f"{len(days(period))}.00", f"{there}.00"
        as_of = {f"2026-{day}": _quota_of(cast, as_of=f"2026-{day}T00:00:00+08:00") for day in _DAYS}
        assert as_of == dict(zip([f"2026-{day}" for day in _DAYS], [whole, part, part, whole], strict=True))
        assert _quota_of(cast) == whole


_DAYS = ("01-15", "02-02", "02-20", "03-02")


def test_a_leaving_date_that_a_file_brought_was_meant_from_the_beginning(cast: Cast) -> None:
    lina = people.edit_person(cast.lina, by=None, joined_on=date(2026, 1, 6))
    with channel.through("import"):
        people.edit_person(lina, by=None, left_on=LEAVING)
    early = datetime(2020, 1, 1, tzinfo=UTC)
    fresh = User.objects.get(username="lina")
    assert employment_then([fresh], early) == {lina.pk: (date(2026, 1, 6), LEAVING)}
    assert employment_then([fresh], None) == {lina.pk: (date(2026, 1, 6), LEAVING)}
    assert employment_then([], early) == {}


def test_an_owner_who_was_not_known_to_have_left_is_no_anomaly(cast: Cast) -> None:
    with clock.at(instant("2026-01-05")):
        make.deal(cast.lina)
    with clock.at(instant("2026-02-20")):
        people.deactivate(cast.lina, on=LEAVING, by=None)
    with clock.at(instant("2026-03-10")):
        for day, many in (("2026-02-15", 0), ("2026-02-21", 1)):
            found = run("anomalies", {"as_of": f"{day}T00:00:00+08:00"}, None)["kinds"]
            assert [one["count"] for one in found if one["kind"] == "owner_left"] == [many]


def _moved_at_a_midnight(cast: Cast) -> Unit:
    """A deal of D1, which goes from what is told to SOUTH as April begins; the deal grows in May."""
    with clock.at(instant("2026-01-05")):
        deal = make.deal(cast.chenan, expected_on=date(2026, 5, 20))
        above = cast.unit("D1").parent
        assert above is not None
    with clock.at(instant("2026-04-01")):
        people.move_unit(cast.unit("D1"), to=cast.unit("SOUTH"), by=None)
    with clock.at(instant("2026-05-10")):
        pipeline.edit(deal, by=cast.chenan, amount=Decimal(120_000), reason="加订")
    return above


def test_a_unit_that_is_moved_at_a_midnight_is_moved_in_the_period_that_begins_with_it(cast: Cast) -> None:
    """A fact at exactly T is not yet known at T and belongs to the period that starts at T (B0.11)."""
    above = _moved_at_a_midnight(cast)
    with clock.at(instant("2026-07-10")):
        for code, before, after in ((above.code, 1, 0), ("SOUTH", 0, 1)):
            first, second = (
                run("funnel", {"unit": code, "funnel": "b2b", "as_of": as_of, **days}, None)["stages"][0]
                for as_of, days in (
                    ("2026-04-01T00:00:00+08:00", {"from": "2026-01-01", "to": "2026-04-01"}),
                    ("2026-07-01T00:00:00+08:00", {"from": "2026-04-01", "to": "2026-07-01"}),
                )
            )
            assert [first["count"], first["stay"], second["start"]] == [before] * 3
            assert [second["count"], second["stay"], second["handed_over"]] == [after, after, after - before]
            days = {"from": "2026-04-01", "to": "2026-07-01"}
            kept = run("slippage", {"unit": code, "as_of": "2026-07-01T00:00:00+08:00", **days}, None)
            assert kept["start_amount"] == ("100000.00" if before else "0.00")


def test_the_waterfall_has_such_a_unit_s_deals_come_in_the_period_that_begins_with_it(cast: Cast) -> None:
    """As `transfer_in`, with what they grow by after."""
    above = _moved_at_a_midnight(cast)
    old = {"start": "100000.00", "transfer_out": "100000.00"}
    new = {"transfer_in": "100000.00", "increase": "20000.00", "end": "120000.00"}
    january, april, july = (f"2026-0{month}-01T00:00:00+08:00" for month in (1, 4, 7))
    with clock.at(instant("2026-07-10")):
        for code, before, moved in ((above.code, "100000.00", old), ("SOUTH", "0.00", new)):
            way = run("waterfall", {"unit": code, "from": april, "to": july}, None)
            told = {name: way[name] for name in ("start", "transfer_in", "increase", "transfer_out", "end")}
            assert told == dict.fromkeys(told, "0.00") | moved
            assert run("waterfall", {"unit": code, "from": january, "to": april}, None)["end"] == before

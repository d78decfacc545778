"""Selling days: where weekends and holidays weigh more, targets fall on them, and time progress counts so (M62)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from loudou.exchange.importing.handing import Order, hand_in
from loudou.insight.reports import run
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Period
from loudou.kernel.refusals import Refused
from loudou.kernel.workdays import WorkCalendar
from loudou.people.queries import organisation
from loudou.pipeline.models import Funnel, Stage
from loudou.targets import verbs
from loudou.targets.figures.selling import SellingDays
from loudou.targets.models import SellingCalendar
from loudou.targets.proposals import Asked, propose
from loudou.targets.queries import timing, timings
from tests.cast import Cast
from tests.make import instant

APRIL = Fiscal().parse("2026-04")
WEEK = [Decimal(1)] * 5 + [Decimal(3), Decimal(2)]


def test_days_weigh_what_they_are_said_to() -> None:
    official = WorkCalendar({date(2026, 4, 6): False, date(2026, 4, 5): False})
    days = SellingDays(official, tuple(WEEK), Decimal(4))
    assert (days.weight(date(2026, 4, 6)), days.weight(date(2026, 4, 5))) == (4, 4)
    assert days.weigh(APRIL) == 21 + 4 * 3 + 3 * 2 + 2 * 4  # a Monday and a Sunday are holidays
    assert SellingDays(official, tuple(WEEK)).weight(date(2026, 4, 6)) == 1
    shut = SellingDays(official, (Decimal(0), *WEEK[1:]))
    assert not shut.works(date(2026, 4, 13)) and shut.count(APRIL) == 26
    assert not days.provisional(APRIL)
    assert WorkCalendar().weigh(APRIL) == 22


def test_a_target_falls_on_selling_days(cast: Cast) -> None:
    unit = cast.chenan.unit
    verbs.set_selling_days(unit=unit, weekdays=WEEK, by=cast.gaoming)
    asked = {"unit": unit.code, "metric": "bookings", "period": "2026-04", "total": "4200", "step": "100"}
    days = propose(Asked.read(**asked, by="day")).plain()["parts"]
    assert len(days) == 30 and sum(Decimal(part["amount"]) for part in days) == 4200
    assert [Decimal(part["weight"]) for part in days[:5]] == [1, 1, 1, 3, 2]  # 1 April is a Wednesday
    weeks = propose(Asked.read(**asked, by="week")).plain()["parts"]
    assert [Decimal(part["weight"]) for part in weeks] == [8, 10, 10, 10, 4]
    assert [part["amount"] for part in weeks] == ["800.00", "1000.00", "1000.00", "1000.00", "400.00"]
    other = propose(Asked.read(**{**asked, "unit": cast.sunqiang.unit.code}, by="day")).plain()["parts"]
    assert len(other) == 21
    named = propose(Asked.read(**asked, by="day", calendar="CN")).plain()["parts"]
    assert len(named) == 21


def test_time_passes_by_selling_days(cast: Cast) -> None:
    with clock.at(instant("2026-01-02")):
        verbs.set_selling_days(unit=cast.chenan.unit, weekdays=WEEK, by=None)
        for person in (cast.chenan, cast.sunqiang):
            verbs.set_target(
                unit=None, person=person, metric="bookings", period=APRIL, amount=Decimal(42), by=None
            )
    asked = {"period": "2026-04", "as_of": "2026-04-06T00:00:00+08:00"}
    told = {row["owner"]: row for row in run("target-progress", asked, None)["rows"]}
    assert told["chenan"]["time_progress"] == "0.190476"  # 8 of 42
    assert told["sunqiang"]["time_progress"] == "0.142857"  # 3 of 21 working days
    assert (told["chenan"]["required_daily"], told["chenan"]["days_left"]) == ("1.68", 25)


def test_a_funnel_has_some_for_its_units_and_stages(cast: Cast) -> None:
    funnel = Funnel.objects.get(code="car")
    weekend = [Decimal(0)] * 5 + [Decimal(1)] * 2
    verbs.set_selling_days(funnel=funnel, weekdays=weekend, by=None)
    company = cast.chenan.unit
    stage = Stage.objects.filter(funnel=funnel).first()
    assert timing(stage=stage).calendar.count(APRIL) == 8
    assert timing(unit=company).calendar.count(APRIL) == 21
    funnel.units.add(company)
    assert timing(unit=company).calendar.count(APRIL) == 8
    verbs.set_selling_days(unit=company, weekdays=WEEK, by=None)
    assert timing(unit=company).weight(APRIL) == 42


def test_they_are_set_changed_and_withdrawn(cast: Cast) -> None:
    unit = cast.chenan.unit
    made = verbs.set_selling_days(unit=unit, weekdays=WEEK, by=cast.gaoming)
    again = verbs.set_selling_days(unit=unit, weekdays=WEEK, by=cast.gaoming)
    changed = verbs.set_selling_days(unit=unit, weekdays=WEEK, holiday=Decimal(2), by=cast.gaoming)
    assert (made.pk, again.version, changed.version, changed.holiday) == (changed.pk, 1, 2, 2)
    verbs.withdraw_selling_days([made.pk], by=cast.gaoming)
    assert not SellingCalendar.objects.exists()
    written = Entry.objects.filter(event__startswith="selling.", subject_id=made.pk).order_by("pk")
    assert [entry.event for entry in written] == ["selling.set", "selling.set", "selling.withdrawn"]


@pytest.mark.parametrize(
    "weekdays",
    [
        WEEK[:6],
        [Decimal(0)] * 7,
        [Decimal(-1), *WEEK[1:]],
        [Decimal("1.001"), *WEEK[1:]],
        [Decimal(101), *WEEK[1:]],
    ],
)
def test_what_weighs_nothing_is_refused(cast: Cast, weekdays: list[Decimal]) -> None:
    with pytest.raises(Refused):
        verbs.set_selling_days(unit=cast.chenan.unit, weekdays=weekdays, by=None)
    with pytest.raises(Refused) as refusal:
        verbs.set_selling_days(weekdays=WEEK, by=None)
    assert refusal.value.field == "unit"


def test_a_file_brings_them(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "selling.csv"
    head = "unit_code,漏斗,周一,周二,周三,周四,周五,周六,周日,holiday"
    rows = (
        "D1,,1,1,1,1,1,3,2,4",
        ",car,0,0,0,0,0,1,1,",
        "NO,,1,1,1,1,1,1,1,",
        ",none,1,1,1,1,1,1,1,",
        "D2,,x,1,1,1,1,1,1,",
    )
    file.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    result = hand_in(Order("selling-days", file), dry_run=False, all_or_nothing=False)
    assert result.refused == 3, result.as_text()
    assert SellingCalendar.objects.count() == 2
    file.write_text("\n".join([head, "D1,,1,1,1,1,1,3,2,4", ",car,0,0,0,0,0,2,1,"]) + "\n", "utf-8")
    assert (
        "changed 1, unchanged 1"
        in hand_in(Order("selling-days", file), dry_run=False, all_or_nothing=True).as_text()
    )


def test_the_page_sets_them(cast: Cast, client: Client) -> None:
    client.force_login(cast.gaoming)
    unit = cast.chenan.unit
    said = {
        "whose": f"u{unit.pk}",
        "holiday": "",
        **dict(zip(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], map(str, WEEK), strict=True)),
    }
    assert client.post("/targets/selling-days/set/", said).status_code == 302
    row = SellingCalendar.objects.get()
    assert row.days(WorkCalendar()).weigh(Period(date(2026, 4, 6), date(2026, 4, 13))) == 10
    client.force_login(cast.linjing)
    page = client.get("/targets/selling-days/").content.decode()
    assert unit.name in page and "3.00" in page
    assert (
        f'value="u{unit.pk}" selected'
        in client.get(f"/targets/selling-days/set/?of={row.pk}").content.decode()
    )
    assert client.post("/targets/selling-days/set/", {**said, "mon": "-1"}).status_code == 422
    assert client.post(f"/targets/selling-days/{row.pk}/withdraw/").status_code == 302
    assert not SellingCalendar.objects.exists() and timings(organisation()).units == {}

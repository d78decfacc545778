"""The organisation's own settings."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs
from loudou.people.models import Calendar, Rate
from loudou.people.queries import currencies, organisation, plan_rate, rates, spot_rate
from tests.cast import Cast
from tests.doors import enter


def test_settings_change_and_are_written_down(cast: Cast) -> None:
    fresh = verbs.set_organisation(fiscal_first_month=4, hold_days=60, by=cast.gaoming)
    assert (fresh.fiscal.first_month, fresh.hold_days) == (4, 60)
    assert Entry.objects.get(event="organisation.set").particulars["changes"]["hold_days"] == [90, 60]
    assert verbs.set_organisation(hold_days=60, by=cast.gaoming).version == fresh.version
    assert verbs.set_organisation(narrowed={"x": 1}, by=cast.gaoming).narrowed == {}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"base_currency": "yuan"}, "base_currency"),
        ({"base_currency": "ÄÖÜ"}, "base_currency"),
        ({"base_currency": "C1Y"}, "base_currency"),
        ({"fiscal_first_month": 13}, "fiscal_first_month"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"back_date_days": 366}, "back_date_days"),
        ({"reopen_days": 4000}, "reopen_days"),
        ({"hold_days": 366}, "hold_days"),
        ({"confirm_amount": Decimal(-1)}, "confirm_amount"),
    ],
)
def test_what_nobody_could_count_with_is_refused(cast: Cast, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as caught:
        verbs.set_organisation(by=cast.gaoming, **values)
    assert caught.value.field == field
    assert not Entry.objects.filter(event="organisation.set").exists()


def test_the_base_currency_stays_once_amounts_are_counted_in_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loudou.people.verbs.organisation.counted_in_base", [lambda: False])
    assert verbs.set_organisation(base_currency="TWD", by=cast.gaoming).base_currency == "TWD"
    monkeypatch.setattr("loudou.people.verbs.organisation.counted_in_base", [lambda: False, lambda: True])
    with pytest.raises(Refused) as caught:
        verbs.set_organisation(base_currency="CNY", by=cast.gaoming)
    assert caught.value.field == "base_currency"


def test_a_deal_is_counted_in_it(cast: Cast) -> None:
    from tests import make

    make.deal(cast.chenan)
    with pytest.raises(Refused):
        verbs.set_organisation(base_currency="USD", by=cast.gaoming)


def test_an_older_version_is_stale(cast: Cast) -> None:
    version = organisation().version
    verbs.set_organisation(hold_days=30, by=cast.gaoming, version=version)
    with pytest.raises(Stale):
        verbs.set_organisation(hold_days=40, by=cast.gaoming, version=version)


@pytest.mark.parametrize("who", ["hezong", "linjing", "anran", "yanzheng", "chenan"])
def test_others_may_not(cast: Cast, who: str) -> None:
    with pytest.raises(Forbidden):
        verbs.set_organisation(name="x", by=getattr(cast, who))


def test_its_days_begin_where_it_is(cast: Cast) -> None:
    verbs.set_organisation(time_zone="America/New_York", by=cast.gaoming)
    client = enter(Client(), cast.gaoming)
    noon = clock.now().replace(hour=3, minute=30)
    with clock.at(noon):
        assert organisation().today == (noon - timedelta(hours=6)).date()
        assert client.get("/").status_code == 200


# Rates ----------------------------------------------------------------------------------------------------------


def test_a_rate_holds_from_its_day_on(cast: Cast) -> None:
    for day, rate in ((date(2026, 1, 1), "7.1"), (date(2026, 7, 1), "7.25")):
        verbs.set_rate(currency="USD", kind="plan", valid_from=day, rate=Decimal(rate), by=cast.qianjin)
    assert plan_rate("USD", date(2025, 12, 31)) is None
    assert plan_rate("USD", date(2026, 6, 30)) == Decimal("7.1")
    assert plan_rate("USD", date(2026, 7, 1)) == Decimal("7.25")
    assert plan_rate("CNY", date(2026, 7, 1)) == 1
    assert spot_rate("USD", date(2026, 7, 1)) == Decimal("7.25")  # none known: the plan's
    verbs.set_rate(currency="USD", kind="spot", valid_from=date(2026, 7, 1), rate=Decimal("7.3"), by=None)
    assert spot_rate("USD", date(2026, 7, 2)) == Decimal("7.3")
    assert currencies() == ["CNY", "USD"]
    assert [row.rate for row in rates()["USD", "plan"]] == [Decimal("7.25"), Decimal("7.1")]


def test_a_rate_of_a_day_is_corrected_and_both_are_on_record(cast: Cast) -> None:
    given = {"currency": "USD", "kind": "plan", "valid_from": date(2026, 1, 1)}
    verbs.set_rate(**given, rate=Decimal("7.1"), by=cast.qianjin)
    verbs.set_rate(**given, rate=Decimal("7.1"), by=cast.qianjin)
    verbs.set_rate(**given, rate=Decimal("7.2"), by=cast.gaoming)
    assert Rate.objects.get().rate == Decimal("7.2")
    told = [entry.particulars["before"] for entry in Entry.objects.filter(event="rate.set").order_by("id")]
    assert told == [None, "7.10000000"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"currency": "CNY"}, "currency"),
        ({"currency": "usd"}, "currency"),
        ({"currency": "DOLLAR"}, "currency"),
        ({"kind": "guess"}, "kind"),
        ({"rate": Decimal(0)}, "rate"),
        ({"rate": Decimal(-1)}, "rate"),
        ({"rate": Decimal("NaN")}, "rate"),
        ({"rate": Decimal("Infinity")}, "rate"),
        ({"rate": Decimal(10) ** 9}, "rate"),
        ({"valid_from": date(1, 1, 1)}, "valid_from"),
    ],
)
def test_a_rate_that_is_none_is_refused(cast: Cast, given: dict[str, Any], field: str) -> None:
    usual = {"currency": "USD", "kind": "plan", "valid_from": date(2026, 1, 1), "rate": Decimal("7.1")}
    with pytest.raises(Refused) as caught:
        verbs.set_rate(**{**usual, **given}, by=cast.qianjin)
    assert caught.value.field == field


def test_sales_sets_no_rates(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.set_rate(
            currency="USD", kind="plan", valid_from=date(2026, 1, 1), rate=Decimal(7), by=cast.heli
        )


# Narrowing ------------------------------------------------------------------------------------------------------


def test_a_narrowed_right_reaches_less_far_at_once(cast: Cast) -> None:
    from loudou.people.access import reach
    from loudou.people.grants import Reach

    assert reach(cast.wumin, "pipeline.see") is Reach.BRANCH
    verbs.narrow(verb_name="pipeline.see", role="manager", reach="OWN", by=cast.anran)
    assert reach(Cast().wumin, "pipeline.see") is Reach.OWN
    verbs.narrow(verb_name="pipeline.see", role="manager", reach="NONE", by=cast.anran)
    assert reach(Cast().wumin, "pipeline.see") is Reach.NONE
    company = verbs.narrow(verb_name="pipeline.see", role="manager", reach="", by=cast.anran)
    assert company.narrowed == {}
    assert reach(Cast().wumin, "pipeline.see") is Reach.BRANCH
    told = Entry.objects.filter(event="organisation.narrowed").order_by("id").first()
    assert told is not None and told.particulars["role"] == "manager"


def test_as_far_as_the_table_goes_is_no_narrowing(cast: Cast) -> None:
    assert verbs.narrow(verb_name="pipeline.see", role="rep", reach="OWN", by=cast.anran).narrowed == {}


@pytest.mark.parametrize(
    ("verb_name", "role", "reach", "field"),
    [
        ("pipeline.see", "rep", "ALL", "reach"),
        ("pipeline.see", "rep", "GALAXY", "reach"),
        ("pipeline.see", "hr", "OWN", "role"),
        ("no.verb", "rep", "OWN", "role"),
    ],
)
def test_rights_are_never_widened(cast: Cast, verb_name: str, role: str, reach: str, field: str) -> None:
    with pytest.raises(Refused) as caught:
        verbs.narrow(verb_name=verb_name, role=role, reach=reach, by=cast.anran)
    assert caught.value.field == field


def test_only_the_security_administrator_narrows(cast: Cast) -> None:
    for who in (cast.gaoming, cast.hezong, cast.yanzheng):
        with pytest.raises(Forbidden):
            verbs.narrow(verb_name="pipeline.see", role="rep", reach="NONE", by=who)


# Calendars ------------------------------------------------------------------------------------------------------


def test_a_day_is_set_corrected_and_given_back(cast: Cast) -> None:
    calendar, day = Calendar.objects.get(code="CN"), date(2026, 4, 17)
    verbs.set_calendar_day(calendar, day=day, working=False, name="厂庆", by=cast.renli)
    assert not calendar.work_calendar().works(day)
    verbs.set_calendar_day(calendar, day=day, working=True, by=cast.gaoming)
    assert calendar.work_calendar().works(day)
    verbs.set_calendar_day(calendar, day=day, working=None, by=cast.gaoming)
    version = Calendar.objects.get(code="CN").version
    assert verbs.set_calendar_day(calendar, day=day, working=None, by=cast.gaoming).version == version
    assert Entry.objects.filter(event="calendar.set").count() == 3
    with pytest.raises(Refused):
        verbs.set_calendar_day(calendar, day=date(1, 1, 1), working=True, by=cast.gaoming)
    with pytest.raises(Forbidden):
        verbs.set_calendar_day(calendar, day=day, working=True, by=cast.chenan)


def test_an_own_calendar_has_its_own_week(cast: Cast) -> None:
    made = verbs.add_calendar(code=" plant ", name="二厂", weekend=[6, 6], by=cast.renli)
    assert (made.code, made.weekend) == ("PLANT", [6])
    assert made.work_calendar().works(date(2026, 4, 18))  # a Saturday
    changed = verbs.edit_calendar(made, name="二厂", weekend=[4, 5], by=cast.renli, version=made.version)
    assert not changed.work_calendar().works(date(2026, 4, 17))
    assert verbs.edit_calendar(changed, name="二厂", weekend=[5, 4], by=cast.renli).version == changed.version
    with pytest.raises(Stale):
        verbs.edit_calendar(made, name="三厂", weekend=[], by=cast.renli, version=made.version)


def test_a_week_without_work_and_a_code_taken_are_refused(cast: Cast) -> None:
    for weekend in ([0, 1, 2, 3, 4, 5, 6], [7], [-1]):
        with pytest.raises(Refused) as caught:
            verbs.add_calendar(code="X", name="x", weekend=weekend, by=cast.renli)
        assert caught.value.field == "weekend"
    with pytest.raises(Refused) as caught:
        verbs.add_calendar(code="cn", name="x", weekend=[6], by=cast.renli)
    assert caught.value.field == "code"
    with pytest.raises(Forbidden):
        verbs.add_calendar(code="X", name="x", weekend=[6], by=cast.wumin)
    with pytest.raises(Forbidden):
        verbs.edit_calendar(Calendar.objects.get(code="CN"), name="x", weekend=[6], by=cast.wumin)

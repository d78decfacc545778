"""Linearity (M34) and growth (M35) by hand-counted numbers, through import, report and page."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from loudou.exchange.importing.handing import Order, hand_in
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Period
from loudou.kernel.refusals import Refused
from loudou.kernel.workdays import WorkCalendar
from loudou.targets.figures.decompose import Timing
from loudou.targets.figures.growth import period_before, season_before
from loudou.targets.figures.linearity import Linearity, Week, weeks_of
from loudou.targets.verbs import set_selling_days
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant

HEAD = "unit_code,username,metric,date,amount,currency,source_system,source_id"


def bring(folder: Path, *lines: str) -> None:
    file = folder / "actuals.csv"
    file.write_text("\n".join((HEAD, *lines)) + "\n", "utf-8")
    with clock.at(instant("2026-12-31")):
        result = hand_in(Order("actuals", file), dry_run=False, all_or_nothing=True)
    assert result.refused == 0, result.as_text()


def row(report: str, who: str, metric: str, user: Any = None, **params: str) -> dict[str, Any]:
    found = [
        one
        for one in run(report, params, user)["rows"]
        if who in (one["owner"] or one["unit"],) and one["metric"] == metric
    ]
    assert len(found) == 1, found
    return found[0]


@pytest.fixture
def april(cast: Cast, tmp_path: Path) -> Cast:
    """April 2026 of D1: weeks of 3, 4, 5, 5, 4 working days, and what was received in each."""
    days = ("2026-04-01", "2026-04-08", "2026-04-15", "2026-04-22", "2026-04-30")
    lines = [f",chenan,cash,{day},{amount},,," for day, amount in zip(days, (3, 4, 5, 5, 4), strict=True)]
    rush = [f",lina,cash,{day},{amount},,," for day, amount in zip(days, (10, 0, 10, 20, 60), strict=True)]
    bring(tmp_path, *lines, *rush, ",sunqiang,cash,2026-04-02,1000,,,")
    return cast


def test_what_comes_as_planned_is_even(april: Cast) -> None:
    mine = row("linearity", "chenan", "cash", owner="chenan", period="2026-04", as_of="2026-05-01")
    assert (mine["linearity"], mine["last_two_weeks_share"], mine["rush"]) == ("1.000000", "0.428571", False)
    assert [week["plan_share"] for week in mine["weeks"]] == [
        *("0.142857", "0.190476", "0.238095", "0.238095", "0.190476")
    ]
    assert [week["from"] for week in mine["weeks"]] == [
        *("2026-04-01", "2026-04-06", "2026-04-13", "2026-04-20", "2026-04-27")
    ]


def test_a_rush_is_told(april: Cast) -> None:
    """Shares .1 0 .1 .2 .6 against 3/21 4/21 5/21 5/21 4/21: half of 0.042857 + 0.190476 + 0.138095 + 0.038095 + 0.409524."""
    mine = row("linearity", "lina", "cash", owner="lina", period="2026-04", as_of="2026-05-01")
    assert (mine["actual"], mine["linearity"]) == ("100.00", "0.590476")
    assert (mine["last_two_weeks_share"], mine["rush"]) == ("0.800000", True)


def test_of_a_month_that_runs_the_weeks_so_far_are_told(april: Cast) -> None:
    mine = row("linearity", "chenan", "cash", owner="chenan", period="2026-04", as_of="2026-04-15")
    assert [week["to"] for week in mine["weeks"]] == ["2026-04-06", "2026-04-13", "2026-04-16"]
    assert mine["linearity"] == "0.883333"  # shares 3, 4, 5 of 12 against 3, 4, 3 of 10 working days
    assert run("linearity", {"period": "2027", "as_of": "2026-04-15"}, None)["rows"] == []
    none = row("linearity", "zhaomin", "cash", owner="zhaomin", period="2026-04", as_of="2026-05-01")
    assert (none["linearity"], none["linearity_reason"]) == (None, "no_base")


def test_a_unit_is_all_below_it_and_its_people_stand_apart(april: Cast) -> None:
    first = april.chenan.unit.code
    params = {"unit": first, "period": "2026-04", "as_of": "2026-05-01", "by": "owner"}
    assert row("linearity", first, "cash", **params)["actual"] == "121.00"
    assert row("linearity", "lina", "cash", **params)["actual"] == "100.00"
    center = april.heli.unit.code
    below = run("linearity", {"unit": center, "period": "2026-04", "as_of": "2026-05-01", "by": "unit"}, None)
    told = {one["unit"]: one["actual"] for one in below["rows"] if one["metric"] == "cash"}
    assert told[center] == "1121.00" and told[first] == "121.00"


def test_weeks_are_planned_by_the_selling_days_of_ones_own_unit(april: Cast) -> None:
    """D1 sells at weekends alone: April 2026 has weeks of 2, 2, 2, 2, 0 such days; elsewhere working days count."""
    first = april.chenan.unit
    weekend = [Decimal(0)] * 5 + [Decimal(1)] * 2
    set_selling_days(unit=first, weekdays=weekend, by=None)
    shares = ["0.250000", "0.250000", "0.250000", "0.250000", "0.000000"]
    april_over = {"period": "2026-04", "as_of": "2026-05-01"}
    asked: list[tuple[str, dict[str, str]]] = [
        ("chenan", {"owner": "chenan"}),
        ("chenan", {"unit": first.code, "by": "owner"}),
        (first.code, {"unit": first.code}),
        (first.code, {"unit": april.heli.unit.code, "by": "unit"}),
    ]
    for who, whose in asked:
        mine = row("linearity", who, "cash", **april_over, **whose)
        assert [week["plan_share"] for week in mine["weeks"]] == shares, whose
    # Shares 3, 4, 5, 5, 4 of 21 against a quarter each and nothing: half of 0.107143 + 0.059524 + 0.011905 twice + 0.190476.
    assert row("linearity", "chenan", "cash", owner="chenan", **april_over)["linearity"] == "0.809524"
    center = april.heli.unit.code
    whole = row("linearity", center, "cash", unit=center, by="unit", **april_over)
    assert [week["plan_share"] for week in whole["weeks"]][-1] == "0.190476"


def test_growth_to_the_digit(cast: Cast, tmp_path: Path) -> None:
    """Q2 2026 has 61 working days, Q2 2025 has 60 (furnished calendar), Q1 2026 has 59."""
    bring(
        tmp_path,
        ",chenan,invoiced,2025-04-10,1000,,,A",
        ",chenan,invoiced,2025-07-01,99,,,B",
        ",chenan,invoiced,2026-02-10,800,,,C",
        ",chenan,invoiced,2026-05-10,1220,,,D",
    )
    mine = row("year-on-year", "chenan", "invoiced", owner="chenan", period="2026-Q2", as_of="2026-07-01")
    assert (mine["actual"], mine["base_actual"], mine["previous_actual"]) == ("1220.00", "1000.00", "800.00")
    assert (mine["working_days"], mine["base_from"], mine["base_to"]) == (61, "2025-04-01", "2025-07-01")
    assert (mine["yoy"], mine["qoq"]) == ("0.220000", "0.525000")
    n = mine["base_working_days"]
    expected = (Decimal(1220) / 61) / (Decimal(1000) / n) - 1
    assert mine["yoy_per_working_day"] == str(expected.quantize(Decimal("0.000001")))
    assert mine["yoy_aligned"] == mine["yoy_per_working_day"]  # neither quarter has the festival
    early = row("year-on-year", "chenan", "invoiced", owner="chenan", period="2026-Q2", as_of="2026-04-10")
    assert (early["to"], early["base_to"], early["previous_to"]) == ("2026-04-11", "2025-04-11", "2026-01-11")
    assert (early["yoy"], early["qoq"], early["qoq_reason"]) == ("-1.000000", None, "no_base")


def test_half_in_the_last_two_weeks_is_no_rush_yet() -> None:
    def told(*amounts: int) -> Linearity:
        weeks = [Period(date(2026, 4, 6 + 7 * place), date(2026, 4, 13 + 7 * place)) for place in range(3)]
        weeks.append(Period(date(2026, 4, 27), date(2026, 5, 1)))
        return Linearity(
            [Week(week, Decimal(1), Decimal(n)) for week, n in zip(weeks, amounts, strict=False)]
        )

    assert not told(25, 25, 25, 25).is_rush
    assert told(25, 24, 25, 26).is_rush
    assert not told(0, 0, 100).is_rush


def test_the_festival_is_put_in_the_same_place() -> None:
    parse = Fiscal().parse
    assert season_before(parse("2026-02")) == Period(date(2025, 1, 13), date(2025, 2, 10))
    assert season_before(parse("2026-01")) == Period(date(2024, 12, 13), date(2025, 1, 13))
    assert season_before(parse("2026")) == parse("2025")
    assert season_before(parse("2026-05")) == parse("2025-05")
    # 2026 the season is felt from 2 February to 4 March: a period has it whole only with both days in it.
    whole = Period(date(2026, 1, 1), date(2026, 3, 5))
    assert season_before(whole) == Period(date(2025, 1, 1), date(2025, 3, 5))
    without_its_last_day = Period(date(2026, 1, 1), date(2026, 3, 4))
    assert season_before(without_its_last_day) == Period(date(2024, 12, 13), date(2025, 2, 13))
    assert season_before(Period(date(2045, 1, 1), date(2045, 2, 1))).start == date(2044, 1, 1)
    assert period_before(parse("2026-03"), parse("2026-03"), Fiscal()) == parse("2026-02")
    assert period_before(Period(date(2026, 3, 1), date(2026, 3, 31)), parse("2026-03"), Fiscal()) == parse(
        "2026-02"
    )


def test_everybody_sees_their_own_results(april: Cast) -> None:
    told = {"period": "2026-04", "as_of": "2026-05-01"}
    assert {one["owner"] for one in run("linearity", told, april.chenan)["rows"]} == {"chenan"}
    assert run("linearity", {**told, "owner": "lina"}, april.chenan)["rows"] == []
    assert run("linearity", {**told, "owner": "sunqiang"}, april.wumin)["rows"] == []
    assert row("linearity", "lina", "cash", april.wumin, owner="lina", **told)["actual"] == "100.00"
    assert {one["unit"] for one in run("linearity", told, april.wumin)["rows"]} == {april.wumin.unit.code}
    with pytest.raises(Refused):
        run("linearity", {"unit": april.sunqiang.unit.code}, april.wumin)


def test_the_page_and_the_ring(april: Cast, client: Client) -> None:
    from loudou.targets import verbs

    verbs.set_target(
        unit=None,
        person=april.lina,
        metric="cash",
        period=Fiscal().parse("2026-04"),
        amount=Decimal(200),
        by=None,
    )
    with clock.at(instant("2026-04-30 23:00")):
        enter(client, april.wumin)
        page = client.get("/targets/pace/?period=2026-04&metric=cash&by=owner").content.decode()
        assert "59.0%" in page and "突击" in page and "80.0%" in page
        assert 'href="/budgets/?period=2026-04"' in page  # what is looked at goes along
        assert client.get("/targets/pace/?metric=fame&period=2030").status_code == 200
        ring = (
            enter(Client(), april.lina).get("/targets/ring/", headers={"HX-Request": "true"}).content.decode()
        )
        assert "50.0%" in ring and "<html" not in ring
        without = {
            who: enter(Client(), who).get("/targets/ring/").content.decode()
            for who in (april.maxiao, april.chengang)
        }
        assert all("本期没有目标" in told for told in without.values())
        sets_them = [who for who, told in without.items() if 'href="/targets/sheet/"' in told]
        assert sets_them == [april.chengang]


def test_of_what_nothing_was_told_nothing_is_said(cast: Cast, client: Client) -> None:
    """Nothing known is not nothing: a house without invoices has no pace of them, of wins it has one of 0."""
    enter(client, cast.hezong)
    unknown = client.get("/targets/pace/?metric=invoiced").content.decode().partition("<main")[2]
    assert "尚无记录" in unknown and "¥0" not in unknown
    assert "¥0" in client.get("/targets/pace/").content.decode().partition("<main")[2]


AMOUNTS = st.lists(st.decimals(-(10**6), 10**6, places=2), min_size=1, max_size=14)


@given(AMOUNTS)
def test_linearity_lies_between_nothing_and_one(amounts: list[Decimal]) -> None:
    base = date(2026, 1, 5).toordinal()
    period = Period(date.fromordinal(base), date.fromordinal(base + 7 * len(amounts)))
    weeks = weeks_of(period, Timing(Fiscal(), WorkCalendar()))
    told = Linearity([Week(week, w, amounts[place % len(amounts)]) for place, (week, w) in enumerate(weeks)])
    value = told.value.value
    assert (value is None) == (told.actual == 0)
    assert value is None or 0 <= value <= 1
    assert Linearity([]).value.reason == "not_started"

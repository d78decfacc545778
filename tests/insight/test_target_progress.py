"""How far targets are, through import and report, by hand-counted numbers (M30 to M33)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loudou.exchange.importing.handing import Order, hand_in
from loudou.fieldwork import verbs as fieldwork
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Fiscal, Period
from loudou.kernel.refusals import Refused
from loudou.kernel.workdays import WorkCalendar
from loudou.people import verbs as people
from loudou.people.models import Unit
from loudou.pipeline.models import Move
from loudou.targets import verbs
from loudou.targets.figures.decompose import Timing
from loudou.targets.figures.progress import Passed, Progress, employed, passed, prorated
from tests import make
from tests.cast import Cast
from tests.make import instant


def bring(folder: Path, kind: str, *lines: str) -> None:
    file = folder / f"{kind}.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=True)
    assert result.refused == 0, result.as_text()


def rows(user: Any = None, **params: str) -> list[dict[str, Any]]:
    params.setdefault("as_of", "2026-05-01T00:00:00+08:00")
    found: list[dict[str, Any]] = run("target-progress", params, user)["rows"]
    return found


def row(who: str, metric: str = "bookings", **params: str) -> dict[str, Any]:
    found = [
        line
        for line in rows(**params)
        if who in (line["owner"] or line["unit"],) and line["metric"] == metric
    ]
    assert len(found) == 1, found
    return found[0]


@pytest.fixture
def quarter(cast: Cast, tmp_path: Path) -> Cast:
    """A quarter of chenan and lina (直销一部) and of sunqiang (直销二部), all by import."""
    first, second = cast.chenan.unit.code, cast.sunqiang.unit.code
    bring(
        tmp_path,
        "deals",
        "code,title,funnel,owner_username,amount,currency,created_at",
        *(
            f"T{n},商机{n},b2b,{owner},{amount},CNY,2026-01-05T09:00:00+08:00"
            for n, (owner, amount) in enumerate(
                [("chenan", 300000), ("chenan", 100000), ("lina", 250000), ("sunqiang", 400000), ("lina", 77)]
            )
        ),
    )
    at = "T{},{},{},{},,,"
    bring(
        tmp_path,
        "moves",
        "deal_code,at,event,stage,amount,reason,by",
        *(at.format(n, "2026-01-05T09:00:00+08:00", "enter", "verify") for n in range(5)),
        at.format(0, "2026-04-10T10:00:00+08:00", "won", ""),
        at.format(1, "2026-05-01T00:00:00+08:00", "won", ""),  # exactly at the instant: not yet known
        at.format(2, "2026-04-01T00:00:00+08:00", "won", ""),  # the quarter that starts then
        at.format(3, "2026-03-31T23:59:59+08:00", "won", ""),
        "T4,2026-04-20T10:00:00+08:00,lost,,,price,",
    )
    bring(
        tmp_path,
        "targets",
        "unit_code,username,metric,period,amount,currency",
        f"{first},,bookings,2026-Q2,1000000,CNY",
        f"{first},chenan,bookings,2026-Q2,600000,",
        ",lina,签约,2026-Q2,60万,CNY",
        f"{first},chenan,deals,2026-Q2,4,",
        f"{second},,bookings,2026,2000000,CNY",
        f"{second},sunqiang,visits,2026-Q2,60,",
        ",zhaomin,bookings,2026-04,0,CNY",
    )
    return cast


def test_a_person_and_a_unit_to_the_digit(quarter: Cast) -> None:
    """April has 21 working days (22 − Qingming), May 19, June 21: 61; after April 21 are over and 40 left."""
    mine = row("chenan")
    assert (mine["target"], mine["actual"], mine["period"]) == ("600000.00", "300000.00", "2026-Q2")
    assert (mine["attainment"], mine["time_progress"]) == ("0.500000", "0.344262")
    assert (mine["gap"], mine["status"]) == ("0.155738", "green")
    assert (mine["run_rate"], mine["required_daily"]) == ("871428.57", "7500.00")
    first = quarter.chenan.unit.code
    unit = row(first)
    assert (unit["owner"], unit["actual"], unit["attainment"]) == (None, "550000.00", "0.550000")
    assert row("chenan", "deals")["attainment"] == "0.250000"
    assert row("chenan", "deals")["status"] == "red"


def test_what_has_no_value_says_why(quarter: Cast) -> None:
    _in_cash(quarter)
    told = row("sunqiang", "cash")
    assert (told["actual"], told["actual_reason"]) == (None, "not_recorded")
    assert (told["gap_reason"], told["status"], told["time_progress"]) == ("not_recorded", None, "0.344262")
    nought = row("zhaomin")
    assert (nought["attainment"], nought["attainment_reason"]) == (None, "no_base")
    assert (nought["required_daily"], nought["required_daily_reason"]) == (None, "period_over")
    early = row("chenan", as_of="2026-04-01T00:00:00+08:00", period="2026-Q2")
    assert (early["actual"], early["run_rate"], early["run_rate_reason"]) == ("0.00", None, "not_started")


def _in_cash(quarter: Cast) -> None:
    verbs.set_target(
        unit=None,
        person=quarter.sunqiang,
        metric="cash",
        period=Fiscal().parse("2026-Q2"),
        amount=Decimal(100),
        by=None,
    )


def test_visits_that_count_are_counted_by_who_made_them(quarter: Cast) -> None:
    """Of one customer and day a second visit to the same person counts no more (M40); a call is none."""
    assert row("sunqiang", "visits")["actual"] == "0.00"
    with clock.at(instant("2026-04-16 18:00")):
        deal = make.deal(quarter.sunqiang)
        for hour, kind in ((9, "visit"), (10, "visit"), (11, "call")):
            at = instant(f"2026-04-16 {hour:02}:00")
            fieldwork.log_activity(
                kind=kind, at=at, by=quarter.sunqiang, deal=deal, contact="许明华", result="看样"
            )
    mine = row("sunqiang", "visits")
    assert (mine["actual"], mine["attainment"], mine["status"]) == ("1.00", "0.016667", "red")
    assert row("sunqiang", "visits", as_of="2026-04-16T00:00:00+08:00")["actual"] == "0.00"


def test_a_conversion_is_what_was_won_of_what_was_closed(quarter: Cast, tmp_path: Path) -> None:
    """lina won one and lost one in the quarter, 直销一部 won two of three; time does not raise a rate."""
    first = quarter.chenan.unit.code
    bring(
        tmp_path,
        "targets",
        "unit_code,username,metric,period,amount",
        ",lina,conversion,2026-Q2,40",
        f"{first},,conversion,2026,0.8",
        ",chenan,conversion,2026-04,50",
        ",chenan,conversion,2026-05,30",
        ",chenan,conversion,2026-06,40",
        ",zhaomin,conversion,2026-Q2,40",
        ",sunqiang,conversion,2026-04,50%",
        ",sunqiang,conversion,2026-05,12.5%",
        ",sunqiang,conversion,2026-06,50%",
    )
    mine = row("lina", "conversion")
    assert (mine["target"], mine["actual"], mine["attainment"]) == ("0.400000", "0.500000", "1.250000")
    assert (mine["gap"], mine["status"], mine["run_rate"]) == ("0.250000", "green", "0.500000")
    assert (mine["required_daily"], mine["required_daily_reason"]) == (None, "rate")
    unit = row(first, "conversion", period="2026-Q2")
    assert (unit["origin"], unit["target"], unit["actual"]) == ("share", "0.800000", "0.666667")
    assert (unit["attainment"], unit["gap"], unit["status"]) == ("0.833333", "-0.166667", "red")
    assert row("chenan", "conversion")["target"] == "0.403279"  # (21 × 50 + 19 × 30 + 21 × 40) ÷ 61
    assert row("sunqiang", "conversion")["target"] == "0.383197"  # (21 × 50 + 19 × 12.5 + 21 × 50) ÷ 61
    none = row("zhaomin", "conversion")
    assert (none["actual"], none["actual_reason"]) == (None, "no_base")


def test_without_dates_the_quarter_else_the_target_that_has_the_day(quarter: Cast) -> None:
    second = quarter.sunqiang.unit.code
    year = row(second)
    assert (year["period"], year["origin"], year["target"]) == ("2026", "set", "2000000.00")
    assert year["actual"] == "400000.00"
    share = row(second, period="2026-Q2")
    assert (share["origin"], share["actual"], share["target"]) == ("share", "0.00", "491935.48")  # 61 of 248
    assert row(second, period="2026")["origin"] == "set"


def test_months_make_a_quarter(quarter: Cast, tmp_path: Path) -> None:
    lines = [f",sunqiang,bookings,2026-{month:02},{month}0000," for month in (4, 5, 6)]
    bring(tmp_path, "targets", "unit_code,username,metric,period,amount,currency", *lines)
    assert row("sunqiang")["target"] == "150000.00" and row("sunqiang")["origin"] == "sum"
    assert row("sunqiang", period="2026-05")["target"] == "50000.00"
    second = quarter.sunqiang.unit.code
    assert {line["period"] for line in rows(unit=second)} == {"2026", "2026-Q2", "2026-04"}


def test_who_came_in_the_middle_carries_the_working_days_they_were_there(quarter: Cast) -> None:
    people.edit_person(quarter.chenan, by=None, joined_on=date(2026, 5, 1))
    mine = row("chenan", as_of="2026-06-01T00:00:00+08:00")
    assert mine["target_in_full"] == "600000.00"
    assert mine["target"] == "393442.62"  # 40 of 61 days
    assert mine["time_progress"] == "0.475000"  # 19 of 40


def test_a_unit_that_moved_counts_where_it_stood(quarter: Cast) -> None:
    """B0.8: what was won in 直销一部 before it moved stays with what it stood below."""
    first, second = quarter.chenan.unit, quarter.sunqiang.unit
    people.move_unit(Unit.objects.get(pk=first.pk), to=Unit.objects.get(pk=second.pk), by=None)
    assert row(second.code, period="2026")["actual"] == "400000.00"
    assert row(first.code)["actual"] == "550000.00"


def test_what_was_entered_later_was_not_known_then(quarter: Cast) -> None:
    before = row("chenan", as_of="2026-04-15T00:00:00+08:00")
    assert before["actual"] == "300000.00"
    late = Move.objects.get(deal__code="T0", kind="won")
    late.known_at = late.at.replace(day=20)
    late.save()
    assert row("chenan", as_of="2026-04-15T00:00:00+08:00")["actual"] == "0.00"
    assert row("chenan", "deals", as_of="2026-04-15T00:00:00+08:00")["actual"] == "0.00"
    assert row("chenan", as_of="2026-04-21T00:00:00+08:00")["actual"] == "300000.00"


def test_everybody_sees_their_own(quarter: Cast) -> None:
    assert {line["owner"] for line in rows(quarter.chenan)} == {"chenan"}
    assert {line["owner"] for line in rows(quarter.wumin)} == {None, "chenan", "lina"}
    assert rows(quarter.maxiao) == []
    assert len(rows(quarter.hezong)) == 7
    assert {line["owner"] for line in rows(quarter.wumin, owner="lina")} == {"lina"}


@pytest.mark.parametrize(("metric", "actual"), [("new_customers", "1.00"), ("quantity", "7.50")])
def test_customers_won_for_the_first_time_and_pieces(
    quarter: Cast, tmp_path: Path, metric: str, actual: str
) -> None:
    bring(tmp_path, "products", "code,name", "K-1,主机")
    bring(tmp_path, "customers", "code,name,owner_username", "C1,宁波甬江,chenan", "C2,苏州天目,lina")
    deals = [("A", "C1", "2026-02-01"), ("B", "C1", "2026-04-02"), ("C", "C2", "2026-04-03")]
    bring(
        tmp_path,
        "deals",
        "code,title,customer_code,funnel,owner_username,amount,currency,created_at",
        *(f"{c},商机,{customer},b2b,chenan,1000,CNY,2026-01-01" for c, customer, _day in deals),
    )
    bring(
        tmp_path,
        "moves",
        "deal_code,at,event,stage",
        *(f"{c},2026-01-01,enter,verify" for c, _customer, _day in deals),
        *(f"{c},{day},won," for c, _customer, day in deals),
    )
    bring(
        tmp_path,
        "lines",
        "deal_code,product_code,quantity,price,system_of_record",
        *(f"{c},K-1,{n},1000,{where}" for c, n, where in (("B", "7.5", "funnel"), ("C", "100", "erp"))),
    )
    bring(tmp_path, "targets", "username,metric,period,amount", f"chenan,{metric},2026-Q2,10")
    assert row("chenan", metric)["actual"] == actual


def test_what_targets_do_not_know_is_refused(quarter: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        rows(funnel="b2b")
    assert refusal.value.field == "funnel"


@pytest.mark.parametrize(
    ("actual", "status"), [(50, "green"), ("49.99", "amber"), (45, "amber"), ("44.99", "red")]
)
def test_five_points_behind_the_time_are_amber_and_more_is_red(actual: Any, status: str) -> None:
    half = Passed(Decimal(10), Decimal(20), 10)
    assert Progress(Decimal(100), Decimal(actual), half).status == status


AMOUNTS = st.decimals(-(10**9), 10**9, places=2)


@given(AMOUNTS, AMOUNTS, st.integers(0, 300), st.integers(1, 300), st.integers(0, 300))
def test_the_figures_hold_together(target: Decimal, actual: Decimal, gone: int, more: int, left: int) -> None:
    progress = Progress(target, actual, Passed(Decimal(gone), Decimal(gone + more), left))
    if target == 0:
        assert progress.gap.value is None and progress.status is None
        return
    gap = progress.gap.value
    assert gap is not None and progress.attainment.value is not None
    assert progress.status == ("green" if gap >= 0 else "amber" if gap >= Decimal("-0.05") else "red")
    if left:
        daily = progress.required_daily.value
        assert daily is not None and abs(actual + daily * left - target) < 1
    else:
        assert progress.required_daily.reason == "period_over"
    assert (progress.run_rate.value is None) == (gone == 0)


def test_who_was_never_there_has_no_time_and_nothing_to_bring() -> None:
    times = Timing(Fiscal(), WorkCalendar())
    for today in (date(2026, 1, 1), date(2026, 5, 1), date(2026, 8, 1)):
        progress = Progress(ZERO, ZERO, passed(None, today, times))
        assert progress.time_progress.value is None and progress.status is None
        assert progress.run_rate.value is None and progress.required_daily.reason == "period_over"


def test_the_day_somebody_leaves_is_their_last() -> None:
    week = Period(date(2026, 7, 20), date(2026, 7, 27))
    assert employed(week, None, date(2026, 7, 23)) == Period(date(2026, 7, 20), date(2026, 7, 24))
    assert employed(week, None, date(2026, 7, 20)) == Period(date(2026, 7, 20), date(2026, 7, 21))
    assert employed(week, None, date(2026, 7, 19)) is None
    assert employed(week, date(2026, 7, 22), date(2026, 7, 26)) == Period(date(2026, 7, 22), week.end)


@given(st.integers(1, 400), st.integers(-30, 430), st.integers(-30, 430), st.integers(-30, 430))
def test_time_passes_once(length: int, today: int, joined: int, left: int) -> None:
    base = date(2026, 1, 1).toordinal()
    day = date.fromordinal
    period, timing = Period(day(base), day(base + length)), Timing(Fiscal(), WorkCalendar())
    time = passed(period, day(base + today), timing)
    assert ZERO <= time.elapsed <= time.whole and time.elapsed + time.days_left == time.whole
    part = employed(period, day(base + joined), day(base + left))
    share = prorated(Decimal(1000), part, period, timing)
    assert 0 <= share <= 1000
    assert prorated(Decimal(1000), period, period, timing) == 1000

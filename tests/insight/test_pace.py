"""销售进展 (M14), the pushes of a start (M11), what cohorts are worth further on (M02), which way deals leave (M06)."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from loudou.insight.figures.conversion import Converted
from loudou.insight.figures.pace import Pace, Week, week_ends
from loudou.insight.figures.slippage import Pushes
from loudou.insight.figures.survival import incidence
from loudou.insight.figures.times import Times
from loudou.insight.lens import InsightLens
from loudou.insight.queries.converted import converted
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.live import configured
from loudou.insight.queries.pace import Quarter, stood
from loudou.insight.queries.slippage import start_pushes
from loudou.insight.queries.ways import Asked
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import Fiscal, Period, midnight
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.figures.history import as_known
from loudou.ui import format as f
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.histories import Histories
from tests.insight import examples, reference
from tests.insight.test_pages import cells
from tests.insight.test_reference import NOW, _scopes, _spans, world
from tests.insight.test_worked_examples import END_OF_Q1, _brought, _column
from tests.make import day, instant

__all__ = ["world"]
Q1 = Period(day("2026-01-01"), day("2026-04-01"))


def test_a_quarter_has_weeks_that_end_with_sundays_and_with_it() -> None:
    ends = week_ends(Fiscal().parse("2026-Q2"))  # 1 April is a Wednesday, 30 June a Tuesday
    assert (len(ends), ends[0], ends[-2], ends[-1]) == (
        14,
        day("2026-04-06"),
        day("2026-06-29"),
        day("2026-07-01"),
    )
    assert all(end.weekday() == 0 for end in ends[:-1])


def test_a_quarter_to_come_starts_with_what_is_known_at_the_instant(cast: Cast) -> None:
    with clock.at(instant("2026-02-10")):
        deal = make.deal(cast.chenan, amount=1000, expected_on=day("2026-05-20"))
    with clock.at(instant("2026-03-20")):
        pipeline.edit(deal, by=cast.chenan, amount=Decimal(1400), reason="客户加了数量")
        asked = {"period": "2026-Q2", "as_of": "2026-03-01T00:00:00+08:00"}
        assert run("sales-progress", asked, None)["start"] == "100.00"
    with clock.at(instant("2026-03-21")):
        assert run("sales-progress", {"period": "2026-Q2"}, None)["start"] == "140.00"


def test_the_week_of_d4() -> None:
    """(105 + 78) − (120 + 40) of a target of 250 are 9.20 %: on pace."""
    weeks = [
        Week(day("2026-04-20"), Decimal(120), Decimal(40)),
        Week(day("2026-04-27"), Decimal(105), Decimal(78)),
    ]
    pace = Pace(Week(day("2026-04-01"), Decimal(150), Decimal(0)), weeks, Decimal(250))
    assert [pace.progress(place).value for place in (0, 1)] == [Decimal("0.04"), Decimal("0.092")]
    assert [pace.is_on_pace(place) for place in (0, 1)] == [False, True]
    assert pace.attainment.value == Decimal("0.312") and weeks[1].last_day == day("2026-04-26")
    aimless = Pace(pace.start, [], None)
    assert aimless.attainment.reason == "not_assigned"
    assert Pace(pace.start, weeks, None).is_on_pace(0) is None
    assert Pace(pace.start, [], Decimal(10)).attainment.value == 0


@pytest.fixture
def d4(cast: Cast, tmp_path: Path) -> None:
    with clock.at(instant("2026-06-30 23:00")):
        _brought(examples.d4(tmp_path, owner="zhangwei", other="sunqiang"))


def test_d4_week_by_week(d4: None, cast: Cast, client: Client) -> None:
    """In the first stage every deal counts a tenth; A, E and G are won in June."""
    with clock.at(instant("2026-06-14 12:00")):
        found = run("sales-progress", {"owner": "zhangwei", "period": "2026-Q2", "target": "2500000"}, None)
        weeks = found["weeks"]
        assert found["start"] == "297100.00"  # A 100 + B 80 + C 60 + D 50 + I 7.1, a tenth of each, in 万
        assert [week["last_day"] for week in weeks[-2:]] == ["2026-06-07", "2026-06-14"]
        assert [week["over"] for week in weeks[-2:]] == [True, False]
        # On 8 June A 100, D 40, G 85, H 25 and I 7.1 stand, F 45 too; E is won at 30. On 14 June A is won at 110, I past.
        assert [(week["expected"], week["won"]) for week in weeks[-2:]] == [
            ("302100.00", "300000.00"),
            ("150000.00", "1400000.00"),
        ]
        assert weeks[-1]["progress"] == "0.379160" and weeks[-1]["on_pace"] is True
        assert found["attainment"] == "0.560000" and found["benchmark"] == "0.076923"
        aimless = run("sales-progress", {"owner": "zhangwei", "period": "2026-Q2"}, None)
        assert (aimless["target"], aimless["target_reason"]) == (None, "not_assigned")
        enter(client, cast.zhangwei)
        page = client.get("/analysis/sales-progress/?period=2026-Q2").content.decode()
        assert [row[2:5] for row in cells(page) if row][-1] == [
            "¥150,000.00",
            "¥1,400,000.00",
            "¥1,550,000.00",
        ]
        # What a week that is over says was won opens to those deals, as they were known at its end.
        opened = re.findall(
            r'href="(/analysis/records/[^"]*won_deals[^"]*as_of[^"]*)"[^>]*>([^<]*)</a>', page
        )
        assert opened
        assert opened
        for address, shown in opened:
            behind = client.get(html.unescape(address)).content.decode()
            assert f.money(Decimal(re.sub("[^0-9.]", "", shown))) in behind, (address, shown)
        month = client.get("/analysis/sales-progress/?period=2026-05&target=2500000").content.decode()
        assert 'href="/analysis/targets/?period=2026-Q2"' in month
        assert "这个季度还没有开始" in client.get("/analysis/sales-progress/?period=2027-Q1").content.decode()


def test_d4_pushes(d4: None) -> None:
    """Of A, B, C, D and I only B was put off, by 30 days."""
    with clock.at(instant("2026-07-01 09:00")):
        found = run("slippage", {"owner": "zhangwei", "period": "2026-Q2", "rates": "current"}, None)
    assert (found["pushes"], found["pushed_deals"], found["repeat_pushed_deals"]) == (1, 1, 0)
    assert (found["pushes_per_deal"], found["mean_push_days"]) == ("0.200000", "30.00")
    assert found["repeat_push_share"] == "0.000000"
    assert Pushes().mean_days.reason == Pushes().per_deal.reason == Pushes().repeat_share.reason == "no_base"


@pytest.fixture
def d3(cast: Cast, tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    with clock.at(instant("2026-04-02 09:00")):
        _brought(examples.d3(tmp_path))

    def told(name: str) -> dict[str, Any]:
        with clock.at(instant("2026-04-02 10:00")):
            return run(name, {"from": "2026-01-01", "to": "2026-04-01", "as-of": END_OF_Q1}, None)

    return told


def test_d3_which_way_deals_leave(d3: Callable[[str], dict[str, Any]]) -> None:
    """S2: after 16 days O2 is lost, after 20 three and after 30 the fourth have gone on; O8 stands there since 35."""
    stages = d3("stage-time")["stages"]
    assert (stages[1]["next_share"], stages[1]["lost_share"]) == ("0.666667", "0.166667")
    assert stages[1]["incidence"][0] == {"days": 30, "next": "0.666667", "lost": "0.166667"}
    assert _column(stages, "next_share")[2] == "1.000000"


def test_d3_what_cohorts_are_worth_further_on(d3: Callable[[str], dict[str, Any]]) -> None:
    stages = d3("conversion")["stages"]
    assert _column(stages, "amount_entered") == ["3000000.00", "2300000.00", "1800000.00", "1700000.00"]
    assert _column(stages, "amount_at_next") == ["2300000.00", "1800000.00", "1700000.00", "1000000.00"]
    assert _column(stages, "amount_converted") == ["0.766667", "0.782609", "0.944444", "0.588235"]


LENGTHS = st.lists(st.integers(0, 12), max_size=30)


@given(LENGTHS, LENGTHS, LENGTHS, st.one_of(st.none(), st.integers(0, 14)))
def test_aalen_and_johansen_by_the_book(
    onward: list[int], otherwise: list[int], waiting: list[int], until: int | None
) -> None:
    ended = sorted([*onward, *otherwise])
    left, shares = Fraction(1), [Fraction(0), Fraction(0)]
    for length in sorted(set(ended)):
        if until is not None and length > until:
            break
        at_risk = sum(each >= length for each in [*ended, *waiting])
        for place, some in enumerate((onward, otherwise)):
            shares[place] += left * Fraction(some.count(length), at_risk)
        left *= 1 - Fraction(ended.count(length), at_risk)
    found = incidence(ended, sorted(onward), sorted(waiting), until)
    assert abs(Fraction(found.onward) - shares[0]) < Fraction(1, 10**30)
    assert abs(Fraction(found.otherwise) - shares[1]) < Fraction(1, 10**30)


def test_nothing_there_goes_no_way() -> None:
    assert Times().gone_by() is None
    assert Converted().rate.reason == "no_base"


def test_cohorts_further_on_counted_slowly(world: Histories, cast: Cast) -> None:
    for span in _spans(random.Random(13))[::4]:
        for scope, takes, has in _scopes(cast):
            otherwise = known_otherwise(span.known, scope)
            found = converted(world.stages, scope, span, otherwise)
            wanted: dict[int, Converted] = dict.fromkeys(world.stages, Converted())
            for one in reference.known(world, span.known, lambda key, has=has: has(world, key)):
                came = []
                for stay in one.history.stays:
                    came.append(
                        (world.order[stay.stage], stay.entered_at, stay.owner, stay.unit, stay.amount)
                    )
                    if stay.left_by == "won":
                        came.append((99, stay.left_at, stay.left_owner, stay.left_unit, stay.left_amount))
                for stage, place in world.order.items():
                    first = next((each for each in came if each[0] >= place), None)
                    if first is None or not reference._in(first[1], span.since, span.until):
                        continue
                    if takes(first[2], first[3], first[1]):
                        after = next((each[4] for each in came if each[0] > place), Decimal(0))
                        wanted[stage] += Converted(first[4], after)
            assert {stage: found.get(stage, Converted()) for stage in world.stages} == wanted, (span, scope)


def test_quarters_and_pushes_counted_slowly(world: Histories, cast: Cast) -> None:
    points = [midnight(Q1.start, reference.ZONE)]
    points += [midnight(end, reference.ZONE) for end in week_ends(Q1)]
    for scope, takes, has in _scopes(cast):
        found = stood(Quarter(Q1, points, reference.ZONE, scope, [world.funnel.pk], {}, CENT))
        for (expected, won), point in zip(found, points, strict=True):
            due = max((point - timedelta(microseconds=1)).astimezone(reference.ZONE).date(), Q1.start)
            sums = [Decimal(0), Decimal(0)]
            deals = reference.known(world, point, lambda key, has=has: has(world, key))
            for one in deals:
                now = one.history.now
                if now.outcome != "open" or not takes(now.owner, now.unit, point):
                    continue
                own = now.probability
                rate = own if own is not None else configured(now.stage, one.deal.funnel_version_id)
                parts = reference.portions(now)
                sums[0] += (
                    sum(amount for day, amount in parts if day is not None and due <= day < Q1.end) * rate
                )
            for one, stay in reference.closes(deals, points[0], point):
                assert (
                    stay.left_owner is not None and stay.left_at is not None and stay.left_amount is not None
                )
                if one.history.now.outcome == "won" and takes(stay.left_owner, stay.left_unit, stay.left_at):
                    sums[1] += stay.left_amount
            assert [expected, won] == sums, (scope, point)
        if scope.by_deal:
            continue
        pushes = _pushes(world, scope, takes, points)
        assert (pushes.count, pushes.days, sorted(pushes.by_deal)) == _slow_pushes(world, takes, points), (
            scope
        )


def _pushes(world: Histories, scope: Any, takes: Any, points: list[Any]) -> Pushes:
    from loudou.insight.figures.waterfall import Between, Rates

    between = Between(points[0], points[-1], reference.ZONE, scope.takes, Q1, Rates({}, {}))
    return start_pushes(Asked(between, scope, [world.funnel.pk]), 1)


def _slow_pushes(world: Histories, takes: Any, points: list[Any]) -> tuple[int, int, list[int]]:
    first, last = points[0], points[-1]
    times, days = [], 0
    for one in reference.known(world, first):
        stand = one.history.now
        if stand.outcome not in reference.LIVE or not takes(stand.owner, stand.unit, first):
            continue
        if stand.expected_on is None or not Q1.start <= stand.expected_on < Q1.end:
            continue
        facts = [fact for fact in as_known(world.facts[one.deal.pk], last) if fact.expected_on is not None]
        moved = [
            (after.expected_on - before.expected_on).days  # type: ignore[operator]
            for before, after in pairwise(facts)
            if after.at >= first and after.expected_on > before.expected_on  # type: ignore[operator]
        ]
        if moved:
            times.append(len(moved))
            days += sum(moved)
    return sum(times), days, sorted(times)


def test_the_lens_asks_for_a_quarter(cast: Cast) -> None:
    with clock.at(NOW):
        lens = InsightLens.read({"period": "2026-02"}, None)
        assert run("sales-progress", {"period": "2026-02"}, None)["from"] == "2026-01-01"
        assert lens.calibrated == {}

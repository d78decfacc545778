"""Leaderboards: by pace, by improvement, fair to who came and went, and off where somebody switched them off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.insight.reports import run
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.numbers import Ratio
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import User
from loudou.steering import verbs
from loudou.steering.figures.ranking import Standing, ranks
from loudou.targets import verbs as targets
from loudou.targets.figures.progress import Passed, Progress
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant

JUNE = {"period": "2026-06"}


@pytest.fixture(autouse=True)
def _mid_june(db: None) -> Iterator[None]:
    with clock.at(instant("2026-06-16 09:00")):  # 11 of June's 21 working days are over
        yield


def aim(person: User, period: str, amount: int, metric: str = "cash") -> None:
    targets.set_target(
        unit=None,
        person=person,
        metric=metric,
        period=Fiscal().parse(period),
        amount=Decimal(amount),
        by=None,
    )


def got(person: User, day: str, amount: int) -> None:
    told = targets.ActualRow("cash", date.fromisoformat(day), Decimal(amount), person=person)
    targets.record_actuals([told], by=None)


@pytest.fixture
def june(cast: Cast) -> Cast:
    """May and June of 直销一部: chenan 100 % then 55 of 210, lina 50 % then 110 of 210, zhoukai nothing in May."""
    for person in (cast.chenan, cast.lina):
        aim(person, "2026-05", 190)
    for person in (cast.chenan, cast.lina, cast.zhoukai, cast.sunqiang):
        aim(person, "2026-06", 210)
    got(cast.chenan, "2026-05-20", 190)
    got(cast.lina, "2026-05-20", 95)
    got(cast.chenan, "2026-06-03", 55)
    got(cast.lina, "2026-06-03", 110)
    return cast


def rows(user: User | None = None, **more: str) -> dict[str, dict[str, Any]]:
    return {row["owner"]: row for row in run("leaderboard", {**JUNE, **more}, user)["rows"]}


def test_equal_values_share_a_place_and_the_next_is_left_out() -> None:
    values = [Ratio(Decimal(n)) for n in (3, 5, 3, 1)]
    assert ranks([*values, Ratio.missing("no_base")]) == [2, 1, 2, 4, None]


def test_who_is_ahead_of_time_and_who_got_better(june: Cast) -> None:
    found = rows(unit="D1")
    assert {name: (row["rank"], row["pace"], row["attainment"]) for name, row in found.items()} == {
        "lina": (1, "1.000000", "0.523810"),
        "chenan": (2, "0.500000", "0.261905"),
        "zhoukai": (3, "0.000000", "0.000000"),
    }
    assert {name: (row["improvement_rank"], row["improvement"]) for name, row in found.items()} == {
        "lina": (1, "0.500000"),
        "chenan": (2, "-0.500000"),
        "zhoukai": (None, None),
    }
    assert found["zhoukai"]["improvement_reason"] == "no_base"


def test_who_joined_in_the_middle_is_measured_by_the_days_they_were_there(june: Cast) -> None:
    User.objects.filter(pk=june.zhoukai.pk).update(
        joined_on=date(2026, 6, 15)
    )  # 1 of the last 11 working days
    got(june.zhoukai, "2026-06-15", 10)
    found = rows(unit="D1")["zhoukai"]
    # 210 × 11/21 = 110 for the 11 working days from the 15th on; 10 of it in the one that is over.
    assert (found["rank"], found["pace"], found["attainment"]) == (1, "1.000000", "0.090909")


def test_a_rep_sees_the_own_unit_and_a_director_all_below(june: Cast) -> None:
    assert set(rows(june.chenan)) == set(rows(june.wumin)) == {"chenan", "lina", "zhoukai"}
    with pytest.raises(Refused):
        rows(june.chenan, unit="D2")
    assert set(rows(june.heli, unit="D2")) == {"sunqiang"}
    assert set(rows(None)) == {"chenan", "lina", "zhoukai", "sunqiang"} == set(rows(june.hezong))
    then = rows(june.chenan, as_of="2026-06-02T00:00:00+08:00")
    assert then["lina"]["attainment"] == "0.000000"


def test_where_it_is_off_nobody_is_ranked(june: Cast) -> None:
    for unit, by in ((june.unit("D1"), june.wumin), (None, june.heli)):
        with pytest.raises(Forbidden):
            verbs.show_leaderboard(unit, shown=False, by=by)
    verbs.show_leaderboard(june.unit("D1"), shown=False, by=june.heli)
    assert rows(june.chenan) == {} and set(rows(None)) == {"sunqiang"}
    verbs.show_leaderboard(june.unit("D1"), shown=True, by=june.heli)
    assert verbs.show_leaderboard(june.unit("D1"), shown=True, by=june.heli).version == 3
    verbs.show_leaderboard(None, shown=False, by=june.hezong)
    assert run("leaderboard", JUNE, june.heli)["shown"] is False and rows(None) == {}
    assert Entry.objects.filter(event__startswith="leaderboard.").count() == 3


def test_the_page_shows_places_and_the_switch(june: Cast) -> None:
    rep, director = enter(Client(), june.chenan), enter(Client(), june.heli)
    page = rep.get("/targets/leaderboard/?period=2026-06&metric=cash").content.decode()
    assert (
        page.index("李娜") < page.index('class="mine"')
        and "52.4%" in page
        and "show_leaderboard" not in page
        and "switch" not in page.partition("<main")[2]
    )
    better = rep.get("/targets/leaderboard/?period=2026-06&metric=cash&by=improvement").content.decode()
    assert "+50.0pp" in better  # a difference of two shares
    assert "没有人有这个指标的目标" in rep.get("/targets/leaderboard/?period=2020-01").content.decode()
    answer = director.post("/targets/leaderboard/switch/", {"unit": "D1", "shown": "0"})
    assert answer.status_code == 302 and answer["Location"].endswith("?unit=D1")
    assert "已关闭达成榜" in rep.get("/targets/leaderboard/").content.decode()
    for nowhere in ("NOWHERE", "a\x00b"):
        assert (
            director.post("/targets/leaderboard/switch/", {"unit": nowhere, "shown": "0"}).status_code == 404
        )
    assert director.post("/targets/leaderboard/switch/", {"shown": "0"}).status_code == 403


def test_it_reads_nothing_of_metrics_that_it_does_not_show(june: Cast) -> None:
    rep, place = enter(Client(), june.chenan), "/targets/leaderboard/?period=2026-06&metric=cash"
    rep.get(place)
    with CaptureQueriesContext(connection) as before:
        rep.get(place)
    for metric in ("bookings", "deals"):
        aim(june.lina, "2026-06", 5, metric)
    with CaptureQueriesContext(connection) as after:
        rep.get(place)
    assert len(after) == len(before)


def test_without_a_pace_now_or_then_nothing_got_better() -> None:
    half = Passed(Decimal(10), Decimal(20), 10)
    fair = Progress(Decimal(100), Decimal(50), half)
    unknown = Progress(Decimal(100), None, half, reason="no_facts")
    assert Standing(fair, fair).improvement == Ratio(Decimal(0))
    assert Standing(unknown, fair).improvement == Ratio.missing("no_facts")
    assert Standing(fair, unknown).improvement == Ratio.missing("no_facts")
    other = Progress(Decimal(100), None, half, reason="not_recorded")
    assert Standing(unknown, other).improvement == Ratio.missing("no_facts")  # the present goes first

"""Figures of days, worked by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loudou.daylog.figures.discipline import Deadlines, Discipline
from loudou.daylog.figures.dual import Said, compare, differing
from loudou.daylog.figures.flags import Stop, batch_filled, impossible_travel, near_duplicate
from loudou.daylog.figures.sampling import draw, size
from loudou.daylog.figures.three_e import ThreeE, last_told
from loudou.kernel.workdays import WorkCalendar

TEN = datetime(2026, 4, 14, 14, tzinfo=UTC)
NOON = datetime(2026, 4, 15, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_log_stands_by_its_deadlines() -> None:
    until = Deadlines(TEN, NOON)
    assert until.standing(TEN, NOON) == "on_time"
    assert until.standing(TEN + SECOND, NOON) == "late"
    assert until.standing(NOON, NOON) == "late"
    assert until.standing(NOON + SECOND, NOON + SECOND) == "missing"
    assert until.standing(None, NOON) == "due"
    assert until.standing(None, NOON + SECOND) == "missing"


def test_late_counts_half() -> None:
    d5 = Discipline(8, 1, 1)
    assert (d5.due, d5.score.value, d5.on_time_rate.value) == (10, Decimal("0.85"), Decimal("0.8"))
    assert d5.received_rate.value == Decimal("0.9")
    assert Discipline().score.reason == "no_base"


def test_rates_without_a_base_have_none() -> None:
    nothing = ThreeE()
    assert nothing.covers_most is None
    rates = (nothing.coverage, nothing.punctuality, nothing.evening, nothing.closing)
    assert {rate.reason for rate in (*rates, nothing.agreement, nothing.truth, nothing.support_hours)} == {
        "no_base"
    }


def test_half_is_not_most() -> None:
    assert ThreeE(on_duty=10, checked=5).covers_most is False
    assert ThreeE(on_duty=10, checked=6).covers_most is True


def test_the_median_of_answers() -> None:
    both = ThreeE(answers=(Decimal(1), Decimal(4))) + ThreeE(answers=(Decimal(9),))
    assert both.support_hours.value == 4


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-04-15 00:00", "2026-04-14"),
        ("2026-04-15 16:59", "2026-04-14"),
        ("2026-04-15 17:00", "2026-04-15"),
        ("2026-04-15 23:59", "2026-04-15"),
        ("2026-04-18 20:00", "2026-04-17"),  # a Saturday
        ("2026-04-20 08:00", "2026-04-17"),  # the Monday after it
    ],
)
def test_a_day_tells_something_once_its_evening_calls_begin(now: str, day: str) -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    at = datetime.fromisoformat(now).replace(tzinfo=shanghai).astimezone(UTC)
    assert last_told(at, WorkCalendar(), shanghai) == date.fromisoformat(day)


def said(
    key: int, customer: str, place: str = "宁波", persons: str = "许明华", result: str = "好", **more: object
) -> Said:
    return Said(key, place, customer, persons=persons, result=result, **more)  # type: ignore[arg-type]


def test_stops_are_paired_by_customer_then_in_order() -> None:
    found = compare(
        [said(1, "甲"), said(2, "乙"), said(3, "丙")], [said(4, "丙"), said(5, "丁"), said(6, "甲")]
    )
    assert [(pair.written.key, pair.heard.key) for pair in found.pairs] == [(1, 6), (2, 5), (3, 4)]
    assert (found.differing, found.unpaired) == (1, 0)


def test_what_only_one_side_tells_is_not_compared() -> None:
    found = compare([said(1, "甲")], [said(2, "甲"), said(3, "乙")])
    assert (len(found.pairs), found.differing, found.unpaired) == (1, 0, 1)
    assert compare([said(1, "甲")], []).only_written[0].key == 1


def test_blanks_marks_and_the_order_of_persons_are_no_difference() -> None:
    one = said(1, "甬江 机电", "宁波·鄞州", "许明华、郑国栋", "确认方案。")
    other = said(2, "甬江机电", "宁波鄞州", "郑国栋, 许明华", "确认方案")
    assert differing(one, other) == ()


def test_the_outcome_goes_before_the_words() -> None:
    one, other = (
        said(1, "甲", result="谈得好", outcome="agreed"),
        said(2, "甲", result="有进展", outcome="agreed"),
    )
    assert differing(one, other) == ()
    assert differing(one, said(3, "甲", result="谈得好", outcome="nothing")) == ("result",)


def test_a_known_customer_goes_before_its_name() -> None:
    assert differing(said(1, "甲", customer_key=7), said(2, "甲公司", customer_key=7)) == ()
    assert differing(said(1, "甲", customer_key=7), said(2, "甲", customer_key=8)) == ("customer",)


def test_a_tenth_rounded_up() -> None:
    assert [size(count) for count in (0, 1, 10, 11, 48)] == [0, 1, 1, 2, 5]


@given(st.sets(st.integers(1, 99), max_size=30), st.sampled_from(["loudou 2026-04-13", "loudou 2026-04-20"]))
def test_the_same_seed_draws_the_same(keys: set[int], seed: str) -> None:
    drawn = draw(keys, seed)
    assert drawn == draw(sorted(keys), seed)
    assert len(drawn) == size(len(keys))
    assert set(drawn) <= keys
    assert not set(draw(keys, seed, but_not=drawn, count=3)) & set(drawn)


def test_copied_text_is_seen_and_short_text_is_not() -> None:
    told = "今天拜访甬江机电，确认了样机方案，讨论付款条件"
    assert near_duplicate(told + "。", ["别的", told])
    assert not near_duplicate(told, ["在公司准备投标文件，整理了客户资料与报价单"])
    assert not near_duplicate("一切正常", ["一切正常"])


def test_two_regions_within_the_hour_are_impossible() -> None:
    stops = [Stop(TEN, "宁波"), Stop(TEN + timedelta(minutes=59), "绍兴"), Stop(TEN, "")]
    assert impossible_travel(stops)
    assert not impossible_travel([stops[0], Stop(TEN + timedelta(hours=1), "绍兴")])


def test_more_than_five_within_three_minutes() -> None:
    times = [TEN + timedelta(seconds=36 * number) for number in range(6)]
    assert batch_filled(times)
    assert not batch_filled(times[:5])
    assert not batch_filled([*times[:5], TEN + timedelta(seconds=181)])

"""What is odd about a deal, where little is known of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from loudou.pipeline.figures.flags import AMBER, RED, Flag, Sight, known, pace, stage_age

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


def sight(*, live: bool = True, expected_on: date | None = date(2026, 6, 1)) -> Sight:
    return Sight(
        open=live,
        live=live,
        has_customer=True,
        since=NOW,
        stage_since=NOW,
        warn_at=None,
        limit_at=None,
        expected_on=expected_on,
        has_next=True,
        next_on=date(2026, 5, 1),
    )


def test_a_live_deal_without_an_expected_date_says_so_a_closed_one_needs_none() -> None:
    assert known(sight(expected_on=None), NOW) == [Flag("no_expected", AMBER)]
    assert known(sight(), NOW) == known(sight(live=False, expected_on=None), NOW) == []


def test_a_stay_of_unknown_beginning_has_no_age_and_no_colour() -> None:
    assert stage_age(None, NOW, 20, NOW) is None
    assert pace(None, 10, 20) == ""


def test_an_age_is_read_back_from_the_limit_that_time_on_hold_has_moved() -> None:
    since = NOW - timedelta(days=30)
    assert stage_age(since, None, None, NOW) == 30
    assert stage_age(since, since + timedelta(days=25), 20, NOW) == 25


def test_an_age_turns_amber_at_the_warning_and_red_over_the_limit() -> None:
    assert [pace(age, 10, 20) for age in (10, 10.1, 20, 20.1)] == ["", AMBER, AMBER, RED]
    assert [pace(age, None, 20) for age in (16, 16.1)] == ["", AMBER]
    assert pace(99, 10, None) == ""

"""What is odd about a deal, where little is known of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from loudou.pipeline.figures.flags import AMBER, RED, Flag, Sight, known, pace, stage_age, urgent, watched
from loudou.pipeline.figures.thresholds import Thresholds

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


def sight(
    *, live: bool = True, expected_on: date | None = date(2026, 6, 1), next_on: date = date(2026, 5, 1)
) -> Sight:
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
        next_on=next_on,
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


def test_what_is_due_today_is_due_soon_and_not_late() -> None:
    today = date(2026, 4, 1)
    here, before = sight(expected_on=today, next_on=today), today - timedelta(days=1)
    assert urgent(here, NOW, today) == [] and watched(here, NOW, today) == [Flag("due_soon", AMBER, 0)]
    late = sight(expected_on=before, next_on=before)
    assert urgent(late, NOW, today) == [Flag("overdue", RED, 1), Flag("next_overdue", RED, 1)]
    assert watched(late, NOW, today) == []


def test_soon_is_within_fourteen_days() -> None:
    today = date(2026, 4, 1)
    said = [watched(sight(expected_on=today + timedelta(days=days)), NOW, today) for days in (14, 15)]
    assert said == [[Flag("due_soon", AMBER, 14)], []]


def test_a_live_deal_whose_owner_has_left_says_so() -> None:
    resting = sight(live=False)._replace(live=True, owner_left=True)
    assert known(resting, NOW) == [Flag("owner_left", AMBER)]
    assert known(sight(live=False)._replace(owner_left=True), NOW) == []


def test_a_live_deal_whose_customer_is_there_twice_says_so() -> None:
    assert known(sight()._replace(twin=True), NOW) == [Flag("duplicate_customer", AMBER)]
    assert known(sight(live=False)._replace(twin=True), NOW) == []


def test_an_open_deal_nobody_was_spoken_to_about_for_twice_the_cadence_says_so() -> None:
    two_weeks = NOW - timedelta(days=14)
    assert known(sight()._replace(contact_at=two_weeks), NOW) == []
    longer = two_weeks - timedelta(seconds=1)
    assert known(sight()._replace(contact_at=longer), NOW) == [Flag("no_contact", AMBER, 15)]
    assert known(sight()._replace(contact_at=longer), NOW, Thresholds(contact_days=8)) == []
    assert known(sight(live=False)._replace(contact_at=longer), NOW) == []
    assert known(sight()._replace(contact_at=None), NOW) == []

"""How a warning ends, to the instant, whenever somebody looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from loudou.warnings.events import SIGNS as SIGN_NAMES
from loudou.warnings.figures.prevention import Prevention
from loudou.warnings.figures.signs import (
    ANNOUNCES,
    OCCURRED,
    PREVENTED,
    SIGNS,
    VOID,
    End,
    Raised,
    Standing,
    end_of,
    unannounced,
)
from tests.make import instant

BEGAN, RAISED, LIMIT = instant("2026-03-01"), instant("2026-03-25"), instant("2026-03-31")
NOW = instant("2026-04-10 09:00")
AT_WORK = Standing("open", {}, touched_at=instant("2026-03-28 10:00"), stage_since=BEGAN, limit_at=LIMIT)
NEAR = Raised("near_limit", RAISED, BEGAN, LIMIT)


def test_every_sign_announces_something_and_has_a_name() -> None:
    assert set(SIGN_NAMES) == set(SIGNS) == set(ANNOUNCES)


def test_it_stands_while_its_sign_does() -> None:
    assert end_of(NEAR, replace(AT_WORK, signs={"near_limit": 3}), NOW) is None


def test_a_limit_that_passed_unseen_passed_at_its_instant() -> None:
    assert end_of(NEAR, AT_WORK, NOW) == End(LIMIT, OCCURRED)


def test_moved_on_in_time_is_prevented_when_it_was_moved_on_however_late_one_looks() -> None:
    left = replace(
        AT_WORK, stage_since=instant("2026-03-30"), left_at=instant("2026-03-30"), left_by="forward"
    )
    assert end_of(NEAR, left, NOW) == End(instant("2026-03-30"), PREVENTED)
    late = replace(left, left_at=instant("2026-04-02"))
    assert end_of(NEAR, late, NOW) == End(LIMIT, OCCURRED)


@pytest.mark.parametrize(
    ("left_by", "how"),
    [("won", PREVENTED), ("back", PREVENTED), ("lost", VOID), ("cancelled", VOID), ("invalid", VOID)],
)
def test_a_deal_that_ends_before_its_limit_prevents_nothing_by_being_lost(left_by: str, how: str) -> None:
    left = replace(AT_WORK, outcome=left_by, left_at=instant("2026-03-29"), left_by=left_by)
    assert end_of(NEAR, left, NOW) == End(instant("2026-03-29"), how)


def test_what_warns_of_a_loss_occurs_with_the_loss() -> None:
    over = Raised("over_stay", instant("2026-04-01"), BEGAN)
    lost = replace(AT_WORK, outcome="lost", left_at=instant("2026-04-05"), left_by="lost")
    assert end_of(over, lost, NOW) == End(instant("2026-04-05"), OCCURRED)
    bare = Raised("no_next_step", RAISED)
    closed = replace(AT_WORK, outcome="cancelled", ended_at=instant("2026-04-06"))
    assert end_of(bare, closed, NOW) == End(instant("2026-04-06"), OCCURRED)
    assert end_of(bare, replace(closed, outcome="won"), NOW) == End(instant("2026-04-06"), PREVENTED)
    assert end_of(bare, AT_WORK, NOW) == End(AT_WORK.touched_at, PREVENTED)


def test_a_deal_put_on_hold_says_nothing() -> None:
    rests = replace(AT_WORK, outcome="on_hold", ended_at=instant("2026-03-27"))
    assert end_of(NEAR, rests, NOW) == End(instant("2026-03-27"), VOID)
    assert end_of(NEAR, replace(rests, ended_at=instant("2026-04-02")), NOW) == End(LIMIT, OCCURRED)


DUE = Raised("due_soon", RAISED, None, instant("2026-04-01"))
DATED = replace(AT_WORK, limit_at=None, date_passes_at=instant("2026-04-01"))


def test_a_date_passes_at_the_midnight_after_it_or_is_moved_before() -> None:
    assert end_of(DUE, DATED, NOW) == End(instant("2026-04-01"), OCCURRED)
    moved = replace(DATED, date_passes_at=instant("2026-05-01"), date_moved_at=instant("2026-03-30 12:00"))
    assert end_of(DUE, moved, NOW) == End(instant("2026-03-30 12:00"), PREVENTED)
    too_late = replace(moved, date_moved_at=instant("2026-04-03"))
    assert end_of(DUE, too_late, NOW) == End(instant("2026-04-01"), OCCURRED)


def test_an_end_never_lies_before_its_beginning_nor_in_the_future() -> None:
    assert end_of(Raised("silent", RAISED), replace(AT_WORK, touched_at=BEGAN), NOW) == End(RAISED, PREVENTED)
    ahead = replace(AT_WORK, touched_at=instant("2026-05-01"))
    assert end_of(Raised("silent", RAISED), ahead, NOW) == End(NOW, PREVENTED)


def test_a_problem_came_unwarned_only_to_a_deal_on_record() -> None:
    assert unannounced("over_stay", AT_WORK, BEGAN) == LIMIT
    assert unannounced("over_stay", AT_WORK, LIMIT + timedelta(days=1)) is None
    assert unannounced("silent", AT_WORK, BEGAN) is None
    assert unannounced("overdue", DATED, BEGAN) == instant("2026-04-01")
    assert unannounced("overdue", AT_WORK, BEGAN) is None


def test_the_ratio_leaves_out_what_says_nothing() -> None:
    told = Prevention(prevented=7) + Prevention(occurred=3, unannounced=1) + Prevention(void=9)
    assert str(told.ratio.value) == "0.7"
    assert Prevention(void=9).ratio.reason == "no_base"

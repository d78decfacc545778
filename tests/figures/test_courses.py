"""A deal's way through each stage, against a second look at its facts, slow and obvious."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loudou.pipeline.figures.courses import courses, stages_in_order
from loudou.pipeline.figures.history import CLOSING, History, unfold
from tests.histories import END, history

STAGES = (11, 12, 13, 14)
ORDER = {stage: place for place, stage in enumerate(STAGES)}
PEOPLE = ((1, 10), (2, 20), (3, None))
NOW = END + timedelta(days=3)


def _where(past: History, stage: int) -> list[tuple[datetime, datetime]]:
    """When the deal stood in a stage and did not rest."""
    return [
        (stand.since, stand.until or NOW)
        for stand in past.stands
        if stand.stage == stage and stand.outcome == "open"
    ]


def _first(times: list[datetime]) -> datetime | None:
    return min(times, default=None)


def _beyond(past: History, place: int) -> list[datetime]:
    """Every instant at which it came to a place or beyond."""
    came = [stay.entered_at for stay in past.stays if ORDER[stay.stage] >= place]
    won = [stay.left_at for stay in past.stays if stay.left_by == "won" and stay.left_at]
    return came + won


@settings(max_examples=1000, deadline=None)
@given(st.integers(0, 10**9))
def test_every_column_is_what_a_slow_look_finds(seed: int) -> None:
    facts = history(random.Random(seed), STAGES, PEOPLE)
    past = unfold(facts, ORDER)
    found = {course.stage: course for course in courses(past, STAGES)}
    for stage, place in ORDER.items():
        reached = _first(_beyond(past, place))
        assert (reached is not None) == (stage in found)
        if reached is None:
            continue
        course = found[stage]
        assert course.reached_at == reached
        assert course.passed_at == _first(_beyond(past, place + 1))
        entries = [stay.entered_at for stay in past.stays if stay.stage == stage]
        assert course.entered_at == _first(entries)
        after = [stay.entered_at for stay in past.stays if ORDER[stay.stage] == place + 1]
        assert course.next_at == _first(after if place < 3 else _beyond(past, 4))
        back = [stay.left_at for stay in past.stays if stay.stage == stage and stay.left_by == "back"]
        assert course.backed_at == (back[0] if back else None)
        spent = sum((until - since for since, until in _where(past, stage)), timedelta(0))
        assert course.took(NOW) == spent // timedelta(microseconds=1)
        assert course.is_here == (past.now.stage == stage and past.now.outcome not in CLOSING)
        lost = past.now.outcome in ("lost", "cancelled")
        assert course.lost_at == (past.stays[-1].left_at if lost else None)
        assert course.won_at == (past.stays[-1].left_at if past.now.outcome == "won" else None)
        assert (course.void_at is not None) == (past.now.outcome == "invalid")
        lived = [one.until for one in past.stands if one.stage == stage and one.outcome not in CLOSING]
        left = lived and all(lived)
        assert course.ended_at == (max(until or END for until in lived) if left and course.is_odd else None)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), st.floats(0, 1))
def test_one_that_is_not_odd_tells_its_own_past(seed: int, share: float) -> None:
    """Cut at an instant, its columns are those of the facts until then."""
    facts = history(random.Random(seed), STAGES, PEOPLE, late=0)
    if any(fact.kind in ("migrate", "invalid") for fact in facts):
        return
    cut = facts[0].at + (NOW - facts[0].at) * share
    known = [fact for fact in facts if fact.at < cut]
    whole = {course.stage: course for course in courses(unfold(facts, ORDER), STAGES)}
    then = {course.stage: course for course in courses(unfold(known, ORDER), STAGES)} if known else {}
    for stage, course in whole.items():
        before = then.get(stage)
        assert (before is not None) == (course.reached_at < cut)
        if before is None:
            continue
        for name in ("entered_at", "next_at", "passed_at", "backed_at"):
            instant = getattr(course, name)
            assert getattr(before, name) == (instant if instant and instant < cut else None), name
        assert (before.reached_at, before.owner, before.amount) == (
            course.reached_at,
            course.owner,
            course.amount,
        )
        if not course.is_odd and before.entered_at is not None:
            ended = course.entered_at + timedelta(microseconds=course.spent) if course.entered_at else cut
            here = course.is_here or ended >= cut
            assert before.is_here == here
            assert before.took(cut) == (
                (cut - before.entered_at) // timedelta(microseconds=1) if here else course.spent
            )


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), st.floats(0, 1))
def test_an_odd_one_tells_its_past_from_when_it_ended(seed: int, share: float) -> None:
    """Cut at an instant after that, it had been in its stage for as long as it ever was."""
    facts = history(random.Random(seed), STAGES, PEOPLE, late=0)
    if any(fact.kind in ("migrate", "invalid") for fact in facts):
        return
    for course in courses(unfold(facts, ORDER), STAGES):
        if course.ended_at is None:
            assert course.is_here or not course.is_odd or not course.spent
            continue
        cut = course.ended_at + timedelta(microseconds=1) + (NOW - course.ended_at) * share
        known = [fact for fact in facts if fact.at < cut]
        (then,) = (one for one in courses(unfold(known, ORDER), STAGES) if one.stage == course.stage)
        assert not then.is_here and then.took(cut) == course.spent


def test_d3_o3_and_o4() -> None:
    """O3 jumps over the second stage, O4 steps back into it (`domain.md` D3)."""
    from loudou.pipeline.figures.history import Fact
    from tests.make import instant

    def past(*steps: tuple[str, int | None, str]) -> History:
        facts = []
        for kind, stage, day in steps:
            at = instant(f"2026-{day}")
            place = ORDER[stage] - ORDER[facts[-1].stage] if stage and facts and facts[-1].stage else 1
            facts.append(
                Fact(kind, at, at, stage=stage, owner=1 if not facts else None, skipped=max(place - 1, 0))
            )
        return unfold(facts, ORDER)

    o3 = past(("enter", 11, "01-08"), ("enter", 13, "01-28"), ("enter", 14, "02-17"), ("won", None, "02-27"))
    by = {course.stage: course for course in courses(o3, STAGES)}
    assert by[12].entered_at is None and by[12].reached_at == by[13].reached_at == instant("2026-01-28")
    assert by[14].next_at == by[14].passed_at == instant("2026-02-27")
    o4 = past(
        ("enter", 11, "01-10"), ("enter", 12, "01-20"), ("enter", 13, "02-09"), ("enter", 12, "02-19"),
        ("enter", 13, "03-01"), ("enter", 14, "03-11"),
    )  # fmt: skip
    by = {course.stage: course for course in courses(o4, STAGES)}
    assert timedelta(microseconds=by[12].spent) == timedelta(days=30)
    assert by[13].backed_at == instant("2026-02-19") and by[14].is_here


@pytest.mark.parametrize("seed", range(3))
def test_a_stage_of_an_older_version_is_no_ones_who_never_met_it(seed: int) -> None:
    past = unfold(history(random.Random(seed), (11, 13, 14), PEOPLE), ORDER)
    stages = stages_in_order((11, 13, 14), past, ORDER)
    assert (12 in stages) == any(stay.stage == 12 for stay in past.stays)
    assert {course.stage for course in courses(past, stages)} <= set(stages)

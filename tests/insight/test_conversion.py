"""Cohorts and stage times: the fast figures against slow ones over random pasts, and Kaplan and Meier by the book."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loudou.insight.figures.conversion import Conversion
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.survival import _survived_exactly, survived, survived_each
from loudou.insight.figures.times import HALF, QUARTER, Times
from loudou.insight.queries.courses import conversions
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.times import stage_times
from loudou.pipeline.figures.courses import MICROSECOND
from loudou.pipeline.models import Course, Visit
from tests.cast import Cast
from tests.histories import Histories
from tests.insight import reference
from tests.insight.test_reference import NOW, _scopes, _spans, world
from tests.make import instant

NAMES = ("cohort", "advanced", "exited", "been", "backed", "advanced_amount", "exited_amount")
__all__ = ["world"]


def test_cohorts_are_what_a_slow_count_finds(world: Histories, cast: Cast) -> None:
    seen = 0
    for span in _spans(random.Random(17)):
        for scope, takes, has in _scopes(cast):
            otherwise = known_otherwise(span.known, scope)
            found = conversions(world.stages, scope, span, otherwise=otherwise)[None]
            deals = reference.known(world, span.known, lambda key, has=has: has(world, key))
            wanted = reference.cohort(deals, world.order, span.since, span.until, takes)
            for stage in world.stages:
                told = [getattr(found[stage], name) for name in NAMES]
                assert told == [wanted[stage][name] for name in NAMES], (span, scope, stage)
                seen += found[stage].cohort
    assert seen > 1000


def test_times_are_what_a_slow_count_finds(world: Histories, cast: Cast) -> None:
    for span in _spans(random.Random(18)):
        for scope, takes, has in _scopes(cast):
            otherwise = known_otherwise(span.known, scope)
            found = stage_times(world.stages, scope, span, otherwise=otherwise)
            deals = reference.known(world, span.known, lambda key, has=has: has(world, key))
            then = span.known or NOW
            wanted = reference.times(deals, world.order, span.since, span.until, then, takes)
            for stage in world.stages:
                told, slow = found[stage], wanted[stage]
                assert sorted(told.ended) == sorted(each // MICROSECOND for each in slow["ended"]), (
                    span,
                    scope,
                )
                assert sorted(told.waiting) == sorted(each // MICROSECOND for each in slow["waiting"])
                for name in ("advanced", "promoted"):
                    assert getattr(told, name) == len(slow[name])
                    assert getattr(told, f"{name}_sum") == sum(slow[name], timedelta(0)) // MICROSECOND
                for share, name in ((Fraction(1, 2), "median"), (Fraction(1, 4), "p75")):
                    length = reference.survival(slow["ended"], slow["waiting"], share)
                    value = getattr(told, name).value
                    days = Decimal(length // MICROSECOND) / 86_400_000_000 if length is not None else None
                    assert value == days


def _turns(dice: random.Random) -> list[datetime]:
    """Moments at which an odd course ended or a loss was undone, and those just after."""
    ended = Course.objects.filter(is_odd=True, ended_at__isnull=False).values_list("ended_at", flat=True)
    undone = Visit.objects.filter(left_by="lost", reopened_at__isnull=False)
    some = [
        dice.choice(sorted(moments))
        for moments in (set(ended), set(undone.values_list("reopened_at", flat=True)))
        for _ in range(2)
    ]
    return [*some, *(moment + MICROSECOND for moment in some)]


def test_an_odd_course_ends_and_a_loss_is_undone_at_a_moment(world: Histories, cast: Cast) -> None:
    """What was so by then is known a microsecond later."""
    for then in _turns(random.Random(19)):
        span = Span(NOW, None, then, then)
        for scope, takes, has in _scopes(cast):
            otherwise = known_otherwise(then, scope)
            reached = conversions(world.stages, scope, span, otherwise=otherwise)[None]
            lasted = stage_times(world.stages, scope, span, otherwise=otherwise)
            deals = reference.known(world, then, lambda key, has=has: has(world, key))
            cohorts = reference.cohort(deals, world.order, None, then, takes)
            times = reference.times(deals, world.order, None, then, then, takes)
            for stage in world.stages:
                told = [getattr(reached[stage], name) for name in NAMES]
                assert told == [cohorts[stage][name] for name in NAMES], (then, scope, stage)
                for name in ("ended", "waiting"):
                    slow = sorted(each // MICROSECOND for each in times[stage][name])
                    assert sorted(getattr(lasted[stage], name)) == slow, (then, scope, stage)


@pytest.mark.parametrize("by", ["unit", "owner", "source", "product"])
def test_parts_add_up_to_the_whole(by: str, world: Histories, cast: Cast) -> None:
    for known in (None, instant("2026-02-20")):
        span = Span(NOW, instant("2025-11-01"), known or instant("2026-04-01"), known)
        otherwise = known_otherwise(span.known, Scope())
        whole = conversions(world.stages, Scope(), span, otherwise=otherwise)[None]
        parts = conversions(world.stages, Scope(), span, by=by, otherwise=otherwise)
        assert len(parts) > 1
        for stage in world.stages:
            if by == "product":
                assert all(some[stage].cohort <= whole[stage].cohort for some in parts.values())
            else:
                assert sum((some[stage] for some in parts.values()), Conversion()) == whole[stage]


LENGTHS = st.lists(st.integers(0, 30), max_size=40)


@given(LENGTHS, LENGTHS, st.sampled_from([(HALF, Fraction(1, 2)), (QUARTER, Fraction(1, 4))]))
def test_kaplan_and_meier_by_the_book(
    ended: list[int], waiting: list[int], share: tuple[Decimal, Fraction]
) -> None:
    days = [timedelta(length) for length in ended]
    wanted = reference.survival(days, [timedelta(length) for length in waiting], share[1])
    found = survived(sorted(ended), sorted(waiting), share[0])
    assert found == (wanted.days if wanted is not None else None)


@given(LENGTHS, LENGTHS, st.integers(0, 40))
def test_those_that_lasted_longer_than_all_need_only_be_counted(
    ended: list[int], waiting: list[int], later: int
) -> None:
    told = survived_each(sorted(ended), sorted(waiting), (HALF, QUARTER), later=later)
    still, gone = sorted([*waiting, *[99] * later]), sorted([*ended, *[99] * later])
    for share, found in zip((HALF, QUARTER), told, strict=True):
        assert found == survived(sorted(ended), still, share)
        by_end = survived(gone, sorted(waiting), share)
        assert found == (None if by_end == 99 else by_end)


def test_thousands_are_walked_through_in_plain_numbers_and_told_as_exactly() -> None:
    dice = random.Random(6)
    ended = sorted(dice.randrange(10**9) for _ in range(9_000))
    waiting = sorted(dice.randrange(10**9) for _ in range(6_000))
    for share in (HALF, QUARTER, Decimal("0.75")):
        assert survived(ended, waiting, share) == _survived_exactly(ended, waiting, share)


def test_a_threshold_that_is_missed_by_less_than_plain_numbers_can_tell_is_missed() -> None:
    assert survived([1], [2], Decimal("0.5")) == 1
    assert survived([1], [2], Decimal("0.4999999999")) is None


@pytest.mark.parametrize("seed", range(5))
def test_kaplan_and_meier_as_lifelines_has_them(seed: int) -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import qth_survival_time

    dice = random.Random(seed)
    ended = [dice.randrange(1, 200) for _ in range(201)]
    waiting = [dice.randrange(1, 120) for _ in range(60)]
    fitted = KaplanMeierFitter().fit([*ended, *waiting], [1] * len(ended) + [0] * len(waiting))
    assert survived(sorted(ended), sorted(waiting), HALF) == qth_survival_time(0.5, fitted)
    assert survived(sorted(ended), sorted(waiting), QUARTER) == qth_survival_time(0.25, fitted)


def test_published_remission_times() -> None:
    """Freireich et al. 1963, weeks in remission: median 23 under 6-MP, 8 under placebo; no quarter is left after 12."""
    drug = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    going_on = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    assert survived(drug, going_on, HALF) == 23
    assert survived(drug, going_on, QUARTER) is None
    assert (survived(placebo, [], HALF), survived(placebo, [], QUARTER)) == (8, 12)


def test_nothing_left_and_nothing_there_have_reasons() -> None:
    assert Times().median.reason == "no_base" and Times().mean.reason == "no_base"
    assert Times(waiting=[5]).p75.reason == "in_flight"
    assert Conversion().rate.reason == "no_base" and not Conversion().is_ripe
    ripe = Conversion(cohort=10, advanced=6, exited=2, been=10)
    assert ripe.is_ripe and ripe.is_small and (ripe.inflight, ripe.skipped) == (2, 0)
    assert ripe.interval is not None

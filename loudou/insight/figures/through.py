"""What became of a cohort in the end, and how fast (`domain.md` M02, M05): from a stage to the win, or to what lies beyond it.

A cohort is that of M02. Followed to the win it has won, lost (for good, at this instant) and open deals; rate, bounds
and interval are those of M02. Cumulated it says which share of the whole cohort had got there so many days after each
deal reached the stage. A month is told at a number of days once so many have passed since its end: any deal of it has had them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from loudou.insight.figures.conversion import Conversion, conversion_of
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.winrate import LOST, standing_close
from loudou.kernel.numbers import ZERO, Ratio
from loudou.pipeline.figures.courses import Course
from loudou.pipeline.figures.history import History

DAYS = (30, 60, 90, 120, 150, 180)
NEXT, WON = "next", "won"  # where a cohort is followed to: beyond its stage, to the win
GOALS = (NEXT, WON)


@dataclass(frozen=True)
class Grown:
    """A cohort, and how many of it had got there after each of the `DAYS`."""

    cohort: int = 0
    after: tuple[int, ...] = (0,) * len(DAYS)

    def share(self, place: int) -> Ratio:
        """The share of the whole cohort that had got there."""
        return Ratio.of(self.after[place], self.cohort)

    def __add__(self, other: Grown) -> Grown:
        after = tuple(one + more for one, more in zip(self.after, other.after, strict=True))
        return Grown(self.cohort + other.cohort, after)


def is_over(until: datetime, days: int, instant: datetime) -> bool:
    """Whether any deal that came before `until` has had so many days by an instant."""
    return until + timedelta(days=days) <= instant


def arrived(count: int, took: timedelta) -> Grown:
    """So many that got there after so long; the last moment of a number of days belongs to it."""
    return Grown(0, tuple(count if took <= timedelta(days=days) else 0 for days in DAYS))


def won_at(history: History, known: datetime | None) -> datetime | None:
    """When a deal was won, as it was known."""
    close = standing_close(history, known)
    return close.left_at if close is not None and close.left_by == "won" else None


def through_of(course: Course, history: History, span: Span, scope: Scope) -> Conversion:
    """What one deal's course contributes to its stage's cohort followed to the win: advanced are the won ones."""
    one = conversion_of(course, span, scope)
    if not one.cohort:
        return Conversion()
    close = standing_close(history, span.known)
    won, lost = (
        close is not None and close.left_by == "won",
        close is not None and close.left_by in LOST,
    )
    return Conversion(
        cohort=1,
        advanced=int(won),
        exited=int(lost),
        been=one.been,
        backed=one.backed,
        advanced_amount=course.amount if won else ZERO,
        exited_amount=course.amount if lost else ZERO,
    )


def grown_of(course: Course, history: History, goal: str, span: Span, scope: Scope) -> Grown:
    """What it contributes to the cohort cumulated."""
    if not conversion_of(course, span, scope).cohort:
        return Grown()
    there = course.passed_at if goal == NEXT else won_at(history, span.known)
    took = arrived(1, there - course.reached_at) if there is not None else Grown()
    return Grown(1) + took

"""What of the forms that are asked for came in, and when: in time, late, not at all (`domain.md` M41, M45, C3, C4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from loudou.daylog.figures.discipline import Deadlines, Discipline, deadlines
from loudou.fieldwork.figures.discipline import SIGNED_AFTER, is_backed, is_short_notice
from loudou.kernel.periods import Period
from loudou.kernel.workdays import WorkCalendar


def of_plan(submitted: datetime, starts: datetime, calendar: WorkCalendar, zone: tzinfo) -> Discipline:
    """The plan of a visit: in time until 18:00 of the working day before it."""
    late = is_short_notice(submitted.astimezone(zone), starts.astimezone(zone), calendar)
    return Discipline(late=1) if late else Discipline(on_time=1)


def of_emergency(executed: datetime, approved: datetime | None, instant: datetime) -> Discipline:
    """A visit begun before its plan: made up for by a signature within a day of the check-in, until then still open."""
    signed = approved if approved is not None and approved < instant else None
    if is_backed(emergency=True, executed=executed, approved=signed):
        return Discipline(late=1)
    return Discipline(missing=1) if instant > executed + SIGNED_AFTER else Discipline()


def until(period: Period, calendar: WorkCalendar, zone: tzinfo) -> Deadlines:
    """By when a form of a period is asked for: as the log of its last day is."""
    return deadlines(period.days()[-1], calendar, zone)


def of_periods(
    came: Iterable[datetime], times: int, parts: Iterable[tuple[datetime, Deadlines]], instant: datetime
) -> Discipline:
    """A form asked for so many times in each of these periods, in order: when each begins, and its deadlines.

    What came counts for the first period that still lacks it and is not locked.
    """
    waiting, found = sorted(at for at in came if at < instant), Discipline()
    for begins, limits in parts:
        taken = [at for at in waiting if begins <= at <= limits.locks_at][:times]
        waiting = [at for at in waiting if not taken or at > taken[-1]]
        told = [limits.standing(at, instant) for at in taken]
        missing = times - len(taken) if instant > limits.locks_at else 0
        found += Discipline(told.count("on_time"), told.count("late"), missing)
    return found

"""Log discipline (M45): who hands in the day's log in time, late, not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from loudou.daylog.figures.discipline import Discipline, deadlines
from loudou.daylog.queries.counting import Asked, standings
from loudou.daylog.queries.duty import Duty
from loudou.daylog.reports._asking import asked_of
from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import of_people, ratio
from loudou.people.queries import organisation


@dataclass(frozen=True)
class DisciplineReport:
    """Everybody on duty, by name, with how their logs came."""

    lens: InsightLens
    asked: Asked
    rows: Sequence[tuple[Duty, Discipline]]

    @cached_property
    def total(self) -> Discipline:
        """Everybody together."""
        return sum((one for _duty, one in self.rows), Discipline())

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        rows = (
            (
                duty.user,
                {
                    "on_duty": duty.count,
                    "away": duty.away,
                    "open": duty.count - one.due,
                    **told(one),
                    **ratio("score", one.score),
                },
            )
            for duty, one in self.rows
        )
        whole = {**told(self.total), **ratio("score", self.total.score)}
        return of_people(self.lens, {"working_days": len(self.asked.days), **whole}, rows)


def log_discipline(lens: InsightLens) -> DisciplineReport:
    """The discipline of everybody a lens is about."""
    asked, on_duty = asked_of(lens)
    found = disciplines(asked, on_duty) if on_duty else {}
    return DisciplineReport(lens, asked, [(duty, found[duty.user.pk]) for duty in on_duty])


def disciplines(asked: Asked, on_duty: Sequence[Duty]) -> dict[int, Discipline]:
    """By person. A day without a log is missing once its lock has passed, and open until then."""
    company = organisation()
    calendar = company.calendar.work_calendar()
    open_from = next(
        (
            day
            for day in reversed(asked.days)
            if deadlines(day, calendar, company.zone).locks_at < asked.instant
        ),
        None,
    )
    locked = 0 if open_from is None else asked.days.index(open_from) + 1
    found_of = standings(asked)
    found = {}
    for duty in on_duty:
        mine = found_of.get(duty.user.pk, {"on_time": 0, "late": 0, "locked": 0})
        over = sum(place < locked for place in duty.places)
        missing = max(over - mine["locked"], 0)
        found[duty.user.pk] = Discipline(mine["on_time"], mine["late"], missing)
    return found


def told(one: Discipline) -> dict[str, Any]:
    """What came of what was due, as JSON."""
    return {
        "due": one.due,
        "on_time": one.on_time,
        "late": one.late,
        "missing": one.missing,
        **ratio("on_time_rate", one.on_time_rate),
    }

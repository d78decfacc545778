"""How visits are planned, signed, made and recorded (M40, M41, C3), in all and by person."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from loudou.fieldwork.figures.discipline import MOST_EMERGENCIES, Discipline
from loudou.insight.asked import EARLIEST
from loudou.insight.lens import InsightLens
from loudou.insight.queries.visits import discipline, people
from loudou.insight.reports._plain import rate, ratio, when
from loudou.kernel.numbers import Ratio
from loudou.kernel.periods import Period
from loudou.people.employment import employment_then
from loudou.people.models import User

# Numbers that others add up to, and rates of two of them; a working day is counted by the calendar.
SUMS = {"made": ("signed_first", "emergencies", "unplanned"), "recorded": ("on_time", "late", "locked")}
RATES = {
    "completion": ("kept", "due"),
    "compliance": ("signed_first", "made"),
    "emergency_share": ("emergencies", "made"),
    "unplanned_share": ("valid_unplanned", "valid"),
    "punctuality": ("on_time", "recorded"),
    "per_day": ("valid", "days"),
}


@dataclass(frozen=True)
class Line:
    """One person's visits; `days` are the working days of the period they were employed in, as far as it has gone."""

    user: User
    visits: Discipline
    days: int

    @property
    def per_day(self) -> Ratio:
        """Valid visits a working day (M40)."""
        return Ratio.of(self.visits.valid, self.days)


@dataclass(frozen=True)
class VisitDiscipline:
    """The visits of everybody a lens sees, the whole first."""

    lens: InsightLens
    lines: Sequence[Line]

    @cached_property
    def whole(self) -> Discipline:
        """Everybody together."""
        return sum((line.visits for line in self.lines), Discipline())

    @property
    def days(self) -> int:
        """The working days of all of them."""
        return sum(line.days for line in self.lines)

    @property
    def per_day(self) -> Ratio:
        """Valid visits a person's working day."""
        return Ratio.of(self.whole.valid, self.days)

    def count(self, what: str) -> int:
        """A number of everybody together, by its name: counted, or added up."""
        if what == "days":
            return self.days
        return sum(getattr(self.whole, name) for name in SUMS.get(what, (what,)))

    def plain(self) -> dict[str, Any]:
        """As JSON (`contract.md`)."""
        lens = self.lens
        return {
            "as_of": when(lens.instant),
            "from": when(lens.span.since),
            "to": when(lens.span.until or lens.instant),
            **_plain(self.whole),
            **ratio("visits_per_working_day", self.per_day),
            "emergency_limit": rate(MOST_EMERGENCIES),
            "rows": [
                {
                    "username": line.user.username,
                    "person": line.user.name,
                    "department": line.user.unit.name if line.user.unit else None,
                    **_plain(line.visits),
                    "working_days": line.days,
                    **ratio("visits_per_working_day", line.per_day),
                }
                for line in self.lines
            ],
        }


def visit_discipline(lens: InsightLens) -> VisitDiscipline:
    """The report of a lens."""
    found = discipline(lens.scope, lens.span)
    worked = _worked(lens)
    there = people(found)
    days = employment_then(there, lens.known)
    return VisitDiscipline(lens, [Line(one, found[one.pk], _days(*days[one.pk], worked)) for one in there])


def _worked(lens: InsightLens) -> list[date]:
    """The working days of the period up to the day of the figures, in order."""
    asked = lens.or_this_quarter()
    first, end = max(asked.start, EARLIEST), min(asked.end, lens.today + timedelta(days=1))
    return lens.company.calendar.work_calendar().days(Period(first, end)) if first < end else []


def _days(joined_on: date | None, left_on: date | None, worked: Sequence[date]) -> int:
    """How many of these days somebody was employed on."""
    left = bisect_right(worked, left_on) if left_on else len(worked)
    joined = bisect_left(worked, joined_on) if joined_on else 0
    return max(left - joined, 0)


def _plain(visits: Discipline) -> dict[str, Any]:
    return {
        "plans_due": visits.due,
        "plans_executed": visits.kept,
        **ratio("plan_completion", visits.completion),
        "executed": visits.made,
        "approved_before": visits.signed_first,
        **ratio("gate_compliance", visits.compliance),
        "emergencies": visits.emergencies,
        **ratio("emergency_share", visits.emergency_share),
        "without_plan": visits.unplanned,
        "valid_visits": visits.valid,
        "valid_unplanned": visits.valid_unplanned,
        **ratio("unplanned_share", visits.unplanned_share),
        "records_on_time": visits.on_time,
        "records_late": visits.late,
        "records_missing": visits.locked,
        "records_owed": visits.owed,
        **ratio("record_punctuality", visits.punctuality),
    }

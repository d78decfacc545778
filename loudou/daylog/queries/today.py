"""What one's own days ask for now: today's log, days that can still be made up for, what the control desk asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Min

from loudou.daylog.figures.discipline import deadlines
from loudou.daylog.models import Absence, DayLog, Query
from loudou.daylog.queries.duty import ROLE
from loudou.fieldwork.models import Activity
from loudou.kernel import clock
from loudou.people.models import Organisation, User

LOOK_BACK = 11  # days: no holiday is longer, so the last working day is among them


@dataclass(frozen=True)
class Today:
    """One's own log of today, or how many records it would be drafted from; what else of one's days is open."""

    log: DayLog | None
    is_due: bool
    due_at: datetime
    recorded: int
    missing: list[date]
    asked: list[Query]

    @property
    def says_something(self) -> bool:
        """Whether there is anything to do or to know."""
        return self.log is not None or self.is_due or bool(self.missing or self.asked)


def today_of(user: User, company: Organisation) -> Today:
    """What stands open of somebody's days; six queries at most."""
    day, calendar = company.today, company.calendar.work_calendar()
    log = DayLog.objects.current().filter(user=user, day=day).first()
    asked = Query.objects.filter(log__user=user, verdict="", answered_at=None).select_related("log")
    return Today(
        log=log,
        is_due=log is None and ROLE in user.roles and calendar.works(day) and not _away(user, day, day),
        due_at=deadlines(day, calendar, company.zone).due_at,
        recorded=Activity.objects.known().filter(owner=user, day=day).count() if log is None else 0,
        missing=open_days(user, company),
        asked=list(asked.order_by("due_at", "pk")),
    )


def open_days(user: User, company: Organisation) -> list[date]:
    """Days before today whose log is missing and can still be made up for; of those who owe one (C4).

    Nobody owes one of a day before they joined; where nobody noted that, before they first came to a unit.
    """
    if ROLE not in user.roles:
        return []
    calendar, today = company.calendar.work_calendar(), company.today
    joined = user.joined_on or user.memberships.aggregate(first=Min("since"))["first"] or today
    days = [today - timedelta(days=back) for back in range(1, LOOK_BACK + 1)]
    still = [
        day
        for day in days
        if day >= joined
        and calendar.works(day)
        and deadlines(day, calendar, company.zone).locks_at >= clock.now()
    ]
    if not still:
        return []
    there = set(DayLog.objects.current().filter(user=user, day__in=still).values_list("day", flat=True))
    away = _away(user, still[-1], still[0])
    return [day for day in still if day not in there and not any(one.holds(day) for one in away)]


def _away(user: User, first: date, last: date) -> list[Absence]:
    return list(Absence.objects.filter(user=user, first__lte=last, last__gte=first))

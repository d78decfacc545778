"""Reading targets, seasons, and what targets may be taken apart into."""

from __future__ import annotations

from collections.abc import Sequence

from loudou.kernel.periods import Period
from loudou.kernel.workdays import WorkCalendar
from loudou.people.models import Calendar, Organisation, Unit, User
from loudou.people.queries import organisation
from loudou.targets.figures.decompose import Seasons, Timing
from loudou.targets.models import Edition, SeasonalIndex, Target

SELLING = "rep"


def seasons() -> Seasons:
    """The indices in force (one query)."""
    rows = list(SeasonalIndex.objects.all())
    return Seasons(
        {row.month: row.index for row in rows if not row.year},
        {(row.year, row.month): row.index for row in rows if row.year},
    )


def timing(company: Organisation | None = None, calendar: WorkCalendar | None = None) -> Timing:
    """What time weighs here: two queries."""
    company = company or organisation()
    return Timing(company.fiscal, calendar or company.calendar.work_calendar(), seasons())


def calendar_coded(code: str) -> WorkCalendar | None:
    """A calendar by its code, such as CN, TW or HK."""
    found = Calendar.objects.filter(code__iexact=code).first()
    return found.work_calendar() if found is not None else None


def target_of(unit: Unit, metric: str, period: Period) -> Target | None:
    """A unit's own target of exactly this period."""
    return (
        Target.objects.undivided()
        .filter(unit=unit, person=None, metric=metric, starts_on=period.start, ends_on=period.end)
        .first()
    )


def units_below(unit: Unit) -> list[Unit]:
    """The units directly below one, in the order in which ties are settled."""
    return list(Unit.objects.filter(parent=unit, retired_at=None).order_by("pk"))


def members_below(unit: Unit, period: Period) -> list[User]:
    """The people of a unit and of what is below it during a period, in the order in which ties are settled."""
    people = User.objects.active().below(unit).exclude(joined_on__gte=period.end)
    return list(people.exclude(left_on__lt=period.start).select_related("unit").order_by("pk"))


def sellers(people: Sequence[User]) -> list[User]:
    """Those who have the role of a rep; where nobody has it, everybody."""
    return [user for user in people if SELLING in user.roles] or list(people)


def editions(target: Target) -> list[Edition]:
    """How a target came to stand as it does, newest first."""
    return list(target.editions.select_related("set_by"))

"""What a lens asks of days: which of them, and whose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from loudou.daylog.queries.counting import Asked
from loudou.daylog.queries.duty import Duty, duties, working_days
from loudou.insight.lens import InsightLens
from loudou.kernel.periods import Period, midnight
from loudou.people.access import reach, unit_ids
from loudou.people.grants import Reach


@dataclass(frozen=True)
class Whose:
    """Units and person a lens is cut to; None: no bound on that side."""

    units: Collection[int] | None
    owner: int | None


def whose(lens: InsightLens, see: str = "daylog.see") -> Whose:
    """Whom a lens is about, cut to what the person may see."""
    owner = lens.owner.pk if lens.owner is not None else None
    units: Collection[int] | None = lens.units
    far = reach(lens.user, see)
    if far is Reach.ALL or lens.user is None:
        return Whose(units, owner)
    if far <= Reach.OWN or lens.user.unit_id is None:
        mine = lens.user.pk if far is not Reach.NONE else 0
        return Whose(units, mine if owner in (None, mine) else 0)
    seen = unit_ids(lens.user, far)
    return Whose(seen if units is None else seen & frozenset(units), owner)


def asked_of(lens: InsightLens, period: Period | None = None) -> tuple[Asked, list[Duty]]:
    """The working days a lens looks at, up to its instant, and who is on duty on them."""
    wanted = period or lens.or_this_quarter()
    days = working_days(wanted, lens.today, lens.company.calendar.work_calendar())
    bound = whose(lens)
    zone = lens.company.zone
    since, until = midnight(wanted.start, zone), midnight(wanted.end, zone)
    asked = Asked(days, since, min(until, lens.instant), lens.instant, bound.units, bound.owner)
    return asked, duties(days, units=bound.units, owner=bound.owner)

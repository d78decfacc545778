"""走动管理 (M48): which managers were in the field, on what share of the working days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import missing, of_people, ratio
from loudou.kernel.periods import Period
from loudou.market.figures.walks import Walked
from loudou.market.queries.walks import walked
from loudou.people.access import reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import User

LEADING = ("manager", "director", "gm")


@dataclass(frozen=True)
class WalksReport:
    """Everybody who leads, by name."""

    lens: InsightLens
    rows: Sequence[tuple[User, Walked]]

    @cached_property
    def total(self) -> Walked:
        """All together."""
        return sum((one for _user, one in self.rows), Walked())

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return of_people(self.lens, _told(self.total), ((user, _told(one)) for user, one in self.rows))


def market_walks(lens: InsightLens) -> WalksReport:
    """The walks of whoever leads and the person may see; working days are those up to the day looked at."""
    people = _people(lens)
    period = lens.or_this_quarter()
    found = walked([user.pk for user in people], period, lens.known)
    rows = []
    for user in people:
        days, customers = found.get(user.pk, (0, 0))
        told = Walked(_working_days(user, period, lens), days, customers)
        if told.working_days:
            rows.append((user, told))
    return WalksReport(lens, rows)


def _people(lens: InsightLens) -> list[User]:
    leading: Any = User.objects.filter(roles__overlap=list(LEADING)).exclude(unit=None)
    far = reach(lens.user, "market.see")
    if lens.user is not None and far is not Reach.ALL:
        mine = {"unit__in": unit_ids(lens.user, far)} if far > Reach.OWN else {"pk": lens.user.pk}
        leading = leading.filter(**mine)
    if lens.unit is not None:
        leading = leading.filter(unit__in=sorted(lens.units or ()))
    if lens.owner is not None:
        leading = leading.filter(pk=lens.owner.pk)
    return list(leading.select_related("unit").order_by("name_key", "pk"))


def _working_days(user: User, period: Period, lens: InsightLens) -> int:
    """The working days of the period up to the day looked at, while the person was employed."""
    start = max(period.start, user.joined_on or date.min)
    end = min(period.end, lens.today + timedelta(days=1), user.employed_until)
    return lens.company.calendar.work_calendar().count(Period(start, end)) if start < end else 0


def _told(one: Walked) -> dict[str, Any]:
    passed = one.passed
    return {
        "working_days": one.working_days,
        "field_days": one.field_days,
        "customers": one.customers,
        **ratio("share", one.share),
        **(missing("passed", "no_base") if passed is None else {"passed": passed}),
    }

"""走动管理 (M48): which managers were in the field, on what share of the working days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from loudou.daylog.queries.stays import Stay, stays
from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import missing, of_people, ratio
from loudou.kernel.periods import Period
from loudou.market.figures.walks import Walked
from loudou.market.queries.walks import walked
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
    scope, zone, period = lens.seen_by("market.see"), lens.company.zone, lens.or_this_quarter()
    past = period.overlap(Period(date.min, lens.today + timedelta(days=1)))
    if past is None:
        return WalksReport(lens, [])
    people = {user.pk: user for user in _leading(scope)}
    found, stood = walked(list(people), period, scope, zone, lens.known), stays(people, scope, zone)
    rows = []
    for key, user in people.items():
        told = Walked(_working_days(stood.get(key, ()), past, lens), *found.get(key, (0, 0)))
        if told.working_days:
            rows.append((user, told))
    return WalksReport(lens, rows)


def _leading(scope: Scope) -> Any:
    leading = User.objects.filter(roles__overlap=list(LEADING)).select_related("unit")
    if scope.owner is not None:
        leading = leading.filter(pk=scope.owner)
    return leading.order_by("name_key", "pk")


def _working_days(some: Collection[Stay], past: Period, lens: InsightLens) -> int:
    """The working days of a period that lie in such stays."""
    calendar = lens.company.calendar.work_calendar()
    parts = (past.overlap(Period(since, until)) for since, until in some)
    return sum(calendar.count(part) for part in parts if part is not None)


def _told(one: Walked) -> dict[str, Any]:
    passed = one.passed
    return {
        "working_days": one.working_days,
        "field_days": one.field_days,
        "customers": one.customers,
        **ratio("share", one.share),
        **(missing("passed", "no_base") if passed is None else {"passed": passed}),
    }

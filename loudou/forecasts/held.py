"""Reading what the accuracy board holds against each other: official numbers, and what was won."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Value
from django.db.models import Sum as DbSum

from loudou.forecasts.models import Submission
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.by_period import Stretch
from loudou.insight.queries.closes import closed
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Fiscal, Grain, Period, midnight
from loudou.people.models import Organisation, Unit, User
from loudou.pipeline.models import Visit
from loudou.ui.prepared import among, read


class Won(NamedTuple):
    """What an owner of a unit won in a stretch of days that begins on `day`, and how much of it past the funnel."""

    owner: int
    unit: int | None
    day: date
    amount: Decimal
    off_funnel: Decimal


class Winners(NamedTuple):
    """Whose wins are asked for: of these owners, and of these units."""

    owners: Collection[int]
    units: Collection[int]


def won(
    whole: Period,
    company: Organisation,
    whose: Winners,
    now: datetime,
    *,
    known: datetime | None,
    by_month: bool,
) -> list[Won]:
    """Wins by owner, unit and day (or month, where nothing asked for begins within one); one query.

    What was won past the funnel is found from the few deals that are so, so that the others need not be looked at.
    """
    days = [one.start for one in Fiscal().split(whole, Grain.MONTH)] if by_month else whole.days()
    edges = [midnight(day, company.zone) for day in days]
    theirs = Q(among(sorted(whose.owners), "left_owner")) | Q(among(sorted(whose.units), "left_unit"))
    visits = Visit.objects.filter(closed(Scope(), _span(whole, company, now, known)), theirs, left_by="won")
    arms = [
        some.order_by()
        .annotate(off=Value(off), place=Stretch("left_at", edges))
        .values_list("left_owner", "left_unit", "place", "off")
        .annotate(total=DbSum("left_amount"))
        for off, some in ((False, visits), (True, visits.filter(deal__off_funnel=True)))
    ]
    return [
        Won(owner, unit, days[place - 1], ZERO if off else total, total if off else ZERO)
        for owner, unit, place, off, total in arms[0].union(arms[1], all=True)
    ]


def _span(period: Period, company: Organisation, now: datetime, known: datetime | None = None) -> Span:
    since, until = period.instants(company.zone)
    return Span(now, since, min(until, known) if known is not None else until, known)


def submissions(period: Period, at: datetime, *, units: Sequence[int] | None, owner: int | None) -> Any:
    """The official numbers at an instant of all periods within one, as a queryset, whoever may see them."""
    rows = Submission.objects.inside(period).locked(at)
    if units is not None:
        rows = rows.filter(unit__in=units)
    if owner is not None:
        rows = rows.filter(user=owner)
    newest = rows.order_by("user_id", "first", "end", "-locked_at", "-number").distinct(
        "user_id", "first", "end"
    )
    return Submission.objects.filter(pk__in=newest.values("pk"))


class Official(NamedTuple):
    """An official number, as far as the accuracy board tells of it."""

    pk: int
    user: User
    unit: Unit | None
    level: str
    period: Period
    submitted: Decimal
    base: Decimal
    reason: str
    is_late: bool
    locked_at: datetime
    limit: Decimal

    @property
    def adjustment(self) -> Decimal:
        """What was added to the number from below, or taken away."""
        return self.submitted - self.base


def officials(rows: QuerySet[Submission]) -> list[Official]:
    """These submissions with whose they are, everybody read once; three queries."""
    found = list(rows.order_by().values_list("pk", "user", "unit", "level", "first", "end", *_TOLD))
    users = {user.pk: user for user in read(User.objects.filter(among(sorted({row[1] for row in found}))))}
    units = Unit.objects.in_bulk({row[2] for row in found if row[2] is not None})
    periods = {edges: Period(*edges) for edges in {(row[4], row[5]) for row in found}}
    return [
        Official(pk, users[user], units.get(unit), level, periods[first, end], *told)
        for pk, user, unit, level, first, end, *told in found
    ]


_TOLD = ("submitted", "base", "reason", "is_late", "locked_at", "limit")

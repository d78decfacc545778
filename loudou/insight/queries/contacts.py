"""Reading the contact table (机会接触状况表, P03): the deals of the promotion table, with what was done about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from loudou.fieldwork.figures.contacts import contact_state
from loudou.fieldwork.models import Activity
from loudou.fieldwork.queries.activities import Contacts, contacted, contacts_in, counted_visits
from loudou.insight.figures.effort import Effort
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.winrate import of_one
from loudou.insight.queries.closes import closed, closes_by
from loudou.insight.queries.counted import counted_together
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.promotion import Row, rows
from loudou.insight.queries.scope import which, whose
from loudou.pipeline.models import Deal, State, Visit
from loudou.pipeline.queries.flags import thresholds


@dataclass(frozen=True)
class Contacted:
    """A deal of the table with its line, its contacts among it, and its contact state."""

    row: Row
    state: str
    pk: int

    @property
    def contacts(self) -> Contacts:
        """What was done about the deal."""
        return self.row.contacts


def contact_rows(keys: Sequence[int], span: Span, today: date) -> list[Contacted]:
    """The lines of these deals."""
    until = span.until or span.now
    cadence = timedelta(days=thresholds().contact_days)
    return [
        Contacted(row, contact_state(row.contacts.last_at, until, cadence), row.pk)
        for row in rows(keys, span, today)
    ]


def reached(span: Span) -> Q:
    """Deals that somebody was in contact about in the span."""
    return Q(contacted(span.since, span.until, span.known))


def quiet(span: Span) -> Q:
    """The no-contact list: deals that stood open at the end of the span and heard nothing of us in it."""
    if span.until is None:
        standing = Q(outcome="open")
    else:
        stood = State.objects.filter(Q(until=None) | Q(until__gte=span.until), since__lt=span.until)
        standing = Q(Exists(stood.filter(deal=OuterRef("pk"), outcome="open")))
    return standing & ~reached(span)


def counted(deals: QuerySet[Deal], span: Span) -> dict[str, int]:
    """How many of the deals there are, how many were contacted, how many are on the no-contact list; one query."""
    return deals.order_by().aggregate(
        deals=Count("pk"), contacted=Count("pk", filter=reached(span)), quiet=Count("pk", filter=quiet(span))
    )


def contacts_about(deals: QuerySet[Deal], span: Span) -> int:
    """How many contacts of the span count for these deals, as known; one query."""
    return (
        contacts_in(span.since, span.until, span.known).filter(deal__in=deals.order_by().values("pk")).count()
    )


def effort(
    scope: Scope,
    span: Span,
    *,
    funnels: Collection[int] | None = None,
    otherwise: Sequence[Otherwise] = (),
) -> Effort:
    """Visits and wins of a span; visits count for whom they were made by, wins for whom they happened to (B0.8).

    With a funnel only visits about its deals count. Late facts, if any, are read from `otherwise`.
    """
    visits = visits_in(scope, span, funnels=funnels)
    won = closes_by("", scope, span, funnels=funnels, otherwise=otherwise)[None].won
    deals = Q(deal__in=Visit.objects.filter(closed(scope, span, funnels), left_by="won").values("deal"))
    if otherwise:
        right = [other.deal.pk for other in otherwise if _was_won(other, scope, span)]
        deals = deals & ~Q(deal__in=[other.deal.pk for other in otherwise]) | Q(deal__in=right)
    ever = counted_visits(None, span.until, span.known).filter(deals)
    counts = counted_together(visits=visits, ever=ever)
    return Effort(counts["visits"], won, counts["ever"])


def visits_in(scope: Scope, span: Span, *, funnels: Collection[int] | None = None) -> QuerySet[Activity]:
    """The visits of a span that count, for whom they were made by; with a funnel only those about its deals."""
    assert span.since is not None
    visits = counted_visits(span.since, span.until, span.known).filter(whose(scope, at="at"), which(scope))
    return visits.filter(deal__funnel__in=funnels) if funnels is not None else visits


def _was_won(other: Otherwise, scope: Scope, span: Span) -> bool:
    if other.known is None:
        return False
    return of_one(other.known, other.deal.created_at, scope, span).won > 0

"""What was written down for closed months after their books were closed (`domain.md` C20).

It leaves what is frozen as it is and counts on the first day that is open, with its owner and unit as they were at the
fact itself. What was written before the books were closed again is frozen in that later closing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from loudou.fieldwork.models import Activity
from loudou.fieldwork.queries.activities import counted_visits
from loudou.insight.figures.flow import Span
from loudou.insight.queries.closes import not_after
from loudou.kernel.periods import midnight
from loudou.people.models import Organisation, User
from loudou.pipeline.models import Course, Deal, Move, Visit
from loudou.targets.models import Closing


@dataclass(frozen=True)
class Late:
    """Facts of before an instant that were written after another."""

    before: datetime
    written: datetime

    @classmethod
    def of(cls, closing: Closing, company: Organisation) -> Late:
        """What came late for a closing and those before it."""
        return cls(midnight(closing.ends_on, company.zone), closing.closed_at)

    def closes(self, span: Span, ways: Sequence[str]) -> Any:
        """Ends of deals, as known."""
        standing = {"left_by__in": ways, "left_at__lt": self.before}
        rows = Visit.objects.filter(not_after(span, "void_at"), not_after(span, "reopened_at"), **standing)
        return rows.filter(self._written(span, at="left_at", kind="left_by"), deal__in=self._deals(span))

    def reached(self, span: Span) -> Any:
        """Courses that began."""
        rows = Course.objects.filter(reached_at__lt=self.before, deal__in=self._deals(span))
        return rows.filter(self._written(span, at="reached_at"))

    def visits(self, span: Span) -> Any:
        """Visits that count (M40)."""
        return counted_visits(None, self.before, span.known).filter(recorded_at__gt=self.written)

    def _deals(self, span: Span) -> Any:
        """The few deals of which anything was written late: by the order in which moves are written."""
        return self._moves(span).values("deal")

    def _written(self, span: Span, *, at: str, kind: str = "") -> Any:
        same = {"deal": OuterRef("deal"), "at": OuterRef(at)} | ({"kind": OuterRef(kind)} if kind else {})
        return Exists(self._moves(span).filter(**same))

    def _moves(self, span: Span) -> Any:
        known = {"recorded_at__lt": span.known} if span.known is not None else {}
        return Move.objects.filter(at__lt=self.before, recorded_at__gt=self.written, **known)


@dataclass(frozen=True)
class LateDeal:
    """A win or loss that came late, or a visit: what it is, when it was, when it was written."""

    subject: Visit | Activity
    at: datetime
    is_visit: bool


def late_records(
    closing: Closing, company: Organisation, user: User | None, most: int = 100
) -> list[LateDeal]:
    """The ends of deals and the visits within a closing's months that were written after it, newest first.

    A person sees what is theirs to see.
    """
    late, since = Late.of(closing, company), midnight(closing.starts_on, company.zone)
    span = Span(now=late.written)
    deals = late.closes(span, ("won", "lost", "cancelled")).filter(left_at__gte=since)
    deals = deals.filter(deal__in=Deal.objects.visible_to(user)).select_related(
        "deal__customer", "left_owner"
    )
    visits = late.visits(span).filter(at__gte=since, pk__in=Activity.objects.visible_to(user).values("pk"))
    found = [LateDeal(one, one.left_at, False) for one in deals.order_by("-left_at")[:most]]
    found += [
        LateDeal(one, one.at, True)
        for one in visits.select_related("owner", "customer").order_by("-at")[:most]
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:most]

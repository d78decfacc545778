"""What was written down for closed months after their books were closed (`domain.md` C20).

It leaves what is frozen as it is and counts on the first day that is open, with its owner and unit as they were at the
fact itself. What was written before the books were closed again is frozen in that later closing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q

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
    """Facts of before an instant that were written after another, as known at a span's instant."""

    before: datetime
    written: datetime
    span: Span

    @classmethod
    def of(cls, closing: Closing, company: Organisation, span: Span) -> Late:
        """What came late for a closing and those before it."""
        return cls(midnight(closing.ends_on, company.zone), closing.closed_at, span)

    @cached_property
    def of_deals(self) -> bool:
        """Whether anything came late about deals."""
        return bool(self._moves().exists())

    @cached_property
    def of_visits(self) -> bool:
        """Whether any visit came late."""
        return bool(self.visits().exists())

    def closes(self, ways: Sequence[str]) -> Any:
        """Ends of deals."""
        standing = {"left_by__in": ways, "left_at__lt": self.before}
        sound = not_after(self.span, "void_at"), not_after(self.span, "reopened_at")
        rows = Visit.objects.filter(*sound, deal__in=self._moves().values("deal"), **standing)
        return rows.filter(Exists(self._moves().filter(_same(at="left_at"), kind=OuterRef("left_by"))))

    def reached(self) -> Any:
        """Courses that began."""
        rows = Course.objects.filter(reached_at__lt=self.before, deal__in=self._moves().values("deal"))
        return rows.filter(Exists(self._moves().filter(_same(at="reached_at"))))

    def visits(self) -> Any:
        """Visits that count (M40)."""
        return counted_visits(None, self.before, self.span.known).filter(recorded_at__gt=self.written)

    def _moves(self) -> Any:
        """The few moves that came late, found by the order in which moves are written."""
        known = {"recorded_at__lt": self.span.known} if self.span.known is not None else {}
        return Move.objects.filter(at__lt=self.before, recorded_at__gt=self.written, **known)


def _same(*, at: str) -> Q:
    """The move of a deal at an instant of the row outside."""
    return Q(deal=OuterRef("deal"), at=OuterRef(at))


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
    late = Late.of(closing, company, Span(now=closing.closed_at))
    since = midnight(closing.starts_on, company.zone)
    deals = late.closes(("won", "lost", "cancelled")).filter(left_at__gte=since)
    deals = deals.filter(deal__in=Deal.objects.visible_to(user)).select_related(
        "deal__customer", "left_owner"
    )
    visits = late.visits().filter(at__gte=since, pk__in=Activity.objects.visible_to(user).values("pk"))
    found = [LateDeal(one, one.left_at, False) for one in deals.order_by("-left_at")[:most]]
    found += [
        LateDeal(one, one.at, True)
        for one in visits.select_related("owner", "customer").order_by("-at")[:most]
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:most]

"""What was written down for closed months after their books were closed (`domain.md` C20).

It leaves what is frozen as it is and counts on the first day that is open, with its owner and unit as they were at the
fact itself. What was written before the books were closed again is frozen in that later closing. Deals of which nothing
was known at the closing are counted as they are; of all others the difference counts: what they are now less what they
were when the books were closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, Value

from loudou.fieldwork.models import Activity
from loudou.fieldwork.queries.activities import visits_otherwise
from loudou.insight.figures.flow import Span
from loudou.insight.queries.achieved._amended import ENDS, Amended, amended_deals
from loudou.insight.queries.closes import not_after
from loudou.insight.queries.courses import sound
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import midnight
from loudou.people.models import Organisation
from loudou.pipeline.models import Course, Line, Move, Visit
from loudou.pipeline.models.history import MoveKind
from loudou.targets.models import Closing

_AGAIN = Q(kind=MoveKind.REOPEN) | Q(
    channel="import", kind__in=(MoveKind.WON, MoveKind.LOST, MoveKind.CANCELLED, MoveKind.ENTER)
)  # an imported history may forget to say that it reopened


class First(NamedTuple):
    """The first time something counts for a customer: when, in which deal, and for whom."""

    at: datetime
    deal: int
    owner: int
    unit: int | None


class Ordered(NamedTuple):
    """A line of a deal: how much of which product, in which family that stands now, at which price."""

    product: int
    family: str
    quantity: Decimal
    price: Decimal


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

    @property
    def of_deals(self) -> bool:
        """Whether anything came late about deals of which nothing was known."""
        return self._touched[0]

    @cached_property
    def _touched(self) -> tuple[bool, list[int]]:
        """That, and the deals that were known and of which something came late (one query)."""
        since = Move.objects.filter(self._written, deal__recorded_at__lte=self.written)
        ended = Visit.objects.filter(deal=OuterRef("deal"), left_by__in=ENDS, left_at__lt=self.before)
        again = since.filter(_AGAIN, Exists(ended), at__gte=self.before)
        void = since.filter(kind=MoveKind.INVALID, at__gte=self.before)
        known = since.filter(at__lt=self.before).values_list("deal", Value(False))
        fresh = self._moves(deal__recorded_at__gt=self.written).values_list("deal", Value(True))
        rows = known.union(
            *(some.values_list("deal", Value(False)) for some in (again, void)), fresh.order_by()[:1]
        )
        found = list(rows)
        return any(is_fresh for _key, is_fresh in found), [key for key, is_fresh in found if not is_fresh]

    @cached_property
    def visits(self) -> list[tuple[int, Activity]]:
        """Visits that count by what was written since (1), or do not any more (-1); two queries at most (M40)."""
        return list(visits_otherwise(self.before, self.written, self.span.known))

    @cached_property
    def amended(self) -> list[Amended]:
        """The deals whose frozen past is another, or none, by what was written since (two queries at most)."""
        return amended_deals(self._touched[1], self.before, self.written, self.span.known)

    @cached_property
    def lines(self) -> dict[int, list[Ordered]]:
        """What the amended deals are about, line by line (one query, none where nothing was amended; R096)."""
        deals = [one.deal for one in self.amended if one.ends]
        rows = Line.objects.filter(deal__in=deals, system_of_record="funnel").order_by()
        found: dict[int, list[Ordered]] = defaultdict(list)
        columns = ("deal", "product", "product__family", "quantity", "price")
        for deal, *line in rows.values_list(*columns) if deals else ():
            found[deal].append(Ordered(*line))
        return found

    @cached_property
    def ordered(self) -> dict[int, Decimal]:
        """How many pieces the lines of the amended deals have."""
        return {deal: sum((line.quantity for line in some), ZERO) for deal, some in self.lines.items()}

    def closes(self, ways: Sequence[str]) -> Any:
        """Ends of deals of which nothing was known."""
        moves = self._moves(deal__recorded_at__gt=self.written)
        sound = not_after(self.span, "void_at"), not_after(self.span, "reopened_at")
        rows = Visit.objects.filter(*sound, left_by__in=ways, left_at__lt=self.before)
        rows = rows.filter(deal__in=moves.values("deal"))
        return rows.filter(Exists(moves.filter(_same(at="left_at"), kind=OuterRef("left_by"))))

    def reached(self) -> Any:
        """Courses that began, of deals of which nothing was known."""
        moves = self._moves(deal__recorded_at__gt=self.written)
        rows = Course.objects.filter(sound(self.span.known), reached_at__lt=self.before)
        rows = rows.filter(deal__in=moves.values("deal"))
        return rows.filter(Exists(moves.filter(_same(at="reached_at"))))

    def new_customers(self) -> Iterator[tuple[int, First]]:
        """First wins of customers to be taken away and added: a customer is new once, with whoever won them first."""
        ends = [(one, sign, end) for one in self.amended for sign, end in one.ends if end.by == "won"]
        told = [
            (sign, one.customer, 0, First(end.at, one.deal, end.owner, end.unit)) for one, sign, end in ends
        ]
        fresh = self.closes(("won",)).values_list(
            "deal__customer", "left_at", "deal", "left_owner", "left_unit"
        )
        told += [(1, customer, 0, First(*rest)) for customer, *rest in fresh] if self.of_deals else []
        sound = not_after(self.span, "void_at"), not_after(self.span, "reopened_at")
        rows = self._unmoved(Visit.objects.filter(*sound, left_by="won", left_at__lt=self.before), told)
        kept = rows.values_list("deal__customer", "left_at", "deal", "left_owner", "left_unit")
        stood = [(customer, 0, First(*rest)) for customer, *rest in kept] if told else []
        return ((sign, first) for sign, _stage, first in _firsts(told, stood))

    def new_prospects(self) -> Iterator[tuple[int, int, First]]:
        """The same by stage, of the first time that a customer reaches it: sign, stage, and whose it is."""
        told = [
            (sign, one.customer, reach.stage, First(reach.at, one.deal, reach.owner, reach.unit))
            for one in self.amended
            if one.reaches
            for sign, standing in ((-1, one.stood), (1, one.stands))
            for reach in standing.reached
        ]
        columns = ("deal__customer", "stage", "reached_at", "deal", "owner", "unit")
        fresh = self.reached().values_list(*columns) if self.of_deals else ()
        told += [(1, customer, stage, First(*rest)) for customer, stage, *rest in fresh]
        rows = self._unmoved(
            Course.objects.filter(sound(self.span.known), reached_at__lt=self.before), told
        ).filter(stage__in={stage for _sign, _customer, stage, _first in told})
        kept = rows.values_list(*columns) if told else ()
        return _firsts(told, [(customer, stage, First(*rest)) for customer, stage, *rest in kept])

    def _unmoved(self, rows: Any, told: Iterable[tuple[int, int | None, int, First]]) -> Any:
        """Of rows those that stand as they stood, of the customers of whom something came late."""
        items = list(told)
        deals = {first.deal for _sign, _customer, _stage, first in items}
        customers = {customer for _sign, customer, _stage, _first in items if customer is not None}
        return rows.filter(deal__customer__in=customers).exclude(deal__in=deals)

    @property
    def _written(self) -> Q:
        """What was written since, found by the order in which moves are written."""
        since = Q(recorded_at__gt=self.written)
        return since & Q(recorded_at__lt=self.span.known) if self.span.known is not None else since

    def _moves(self, **more: Any) -> Any:
        """The few moves that came late."""
        return Move.objects.filter(self._written, at__lt=self.before, **more)


def _firsts(
    told: Iterable[tuple[int, int | None, int, First]], stood: Iterable[tuple[int | None, int, First]]
) -> Iterator[tuple[int, int, First]]:
    """Of each customer and stage who was first and who is, where that is another: sign, stage, first."""
    was: dict[tuple[int | None, int], list[First]] = {}
    now: dict[tuple[int | None, int], list[First]] = {}
    for sign, customer, stage, first in told:
        (was if sign < 0 else now).setdefault((customer, stage), []).append(first)
    for customer, stage, first in stood:
        was.setdefault((customer, stage), []).append(first)
        now.setdefault((customer, stage), []).append(first)
    for key in {**was, **now}:
        if key[0] is None:
            continue
        former = min(was.get(key, ()), key=_when, default=None)
        present = min(now.get(key, ()), key=_when, default=None)
        if former != present:
            signed = (-1, former), (1, present)
            yield from ((sign, key[1], one) for sign, one in signed if one is not None)


def _when(first: First) -> tuple[datetime, int]:
    return first.at, first.deal


def _same(*, at: str) -> Q:
    """The move of a deal at an instant of the row outside."""
    return Q(deal=OuterRef("deal"), at=OuterRef(at))

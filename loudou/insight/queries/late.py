"""What was written down for closed months after their books were closed (`domain.md` C20).

It leaves what is frozen as it is and counts on the first day that is open, with its owner and unit as they were at the
fact itself. What was written before the books were closed again is frozen in that later closing. Where a fact that came
late makes another of a frozen end (a win whose amount was another, a deal that never was), the difference counts so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, Sum

from loudou.fieldwork.models import Activity
from loudou.fieldwork.queries.activities import counted_visits
from loudou.insight.figures.flow import Span
from loudou.insight.figures.winrate import LOST, standing_close
from loudou.insight.queries.closes import not_after
from loudou.kernel.numbers import ZERO, rounded
from loudou.kernel.periods import midnight
from loudou.people.models import Organisation, User
from loudou.pipeline.figures.history import Fact, unfold
from loudou.pipeline.models import Course, Deal, Line, Move, Visit
from loudou.pipeline.models.history import MoveKind
from loudou.pipeline.queries.funnels import order_in
from loudou.pipeline.queries.history import fact_of
from loudou.targets.models import Closing


class End(NamedTuple):
    """How a deal ended, and for whom."""

    by: str
    at: datetime
    owner: int
    unit: int | None
    amount: Decimal


@dataclass(frozen=True)
class Amended:
    """A deal whose frozen end is another by what came late: as it was frozen, as it is; None: it had not ended."""

    deal: int
    stood: End | None
    stands: End | None

    @property
    def ends(self) -> list[tuple[int, End]]:
        """What is to be taken away and what added."""
        signed = (-1, self.stood), (1, self.stands)
        return [(sign, end) for sign, end in signed if end is not None]


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
        """Whether anything came late about deals, or any turned out to be none."""
        return bool(Move.objects.filter(self._written, Q(at__lt=self.before) | Q(kind="invalid")).exists())

    @cached_property
    def of_visits(self) -> bool:
        """Whether any visit came late."""
        return bool(self.visits().exists())

    @cached_property
    def amended(self) -> list[Amended]:
        """The frozen ends that are others, or none, by what was written since (two queries, none where nothing was)."""
        if not self.of_deals:
            return []
        voids = Move.objects.filter(self._written, kind="invalid", at__gte=self.before)
        ended = Visit.objects.filter(left_by__in=("won", *LOST), left_at__lt=self.before)
        told = self._moves().exclude(kind=MoveKind.UNIT).filter(deal__recorded_at__lte=self.written)
        deals = told.values_list("deal").union(
            voids.filter(deal__in=ended.values("deal")).values_list("deal")
        )
        moves: dict[int, list[Move]] = defaultdict(list)
        rows = Move.objects.filter(deal__in=[key for (key,) in deals]).select_related("deal__funnel")
        for move in rows.order_by("deal_id", "at", "id"):
            moves[move.deal_id].append(move)
        return [one for some in moves.values() if (one := self._amended(some)) is not None]

    @cached_property
    def ordered(self) -> dict[int, Decimal]:
        """How many pieces the lines of the amended deals have (one query, none where nothing was amended)."""
        deals = [one.deal for one in self.amended]
        lines = Line.objects.filter(deal__in=deals, system_of_record="funnel").order_by()
        return dict(lines.values_list("deal").annotate(n=Sum("quantity"))) if deals else {}

    def _amended(self, moves: Sequence[Move]) -> Amended | None:
        order = order_in(moves[0].deal.funnel)
        former = [move for move in moves if move.recorded_at <= self.written]
        if not former or former[0] is not moves[0]:
            return None  # it was not known at all: its end came late as a whole
        known = self.span.known
        now = [move for move in moves if known is None or move.recorded_at < known]
        stood, stands = self._end(former, order), self._end(now, order)
        if stands is not None and any(
            (move.kind, move.at) == stands[:2] and move.recorded_at > self.written for move in now
        ):
            stands = None  # it came late itself
        return Amended(moves[0].deal_id, stood, stands) if stood != stands else None

    def _end(self, moves: Sequence[Move], order: Mapping[int, int]) -> End | None:
        """How a deal of these moves had ended before the instant."""
        history = unfold(_priced(moves), order)
        close = standing_close(history, self.before) if history.now.outcome != "invalid" else None
        if close is None or close.left_at is None or close.left_owner is None or close.left_amount is None:
            return None
        return End(close.left_by, close.left_at, close.left_owner, close.left_unit, close.left_amount)

    def closes(self, ways: Sequence[str]) -> Any:
        """Ends of deals."""
        standing = {"left_by__in": ways, "left_at__lt": self.before}
        sound = not_after(self.span, "void_at"), not_after(self.span, "reopened_at")
        rows = Visit.objects.filter(*sound, deal__in=self._moves().values("deal"), **standing)
        return rows.filter(Exists(self._moves().filter(_same(at="left_at"), kind=OuterRef("left_by"))))

    def without_frozen_customers(self, rows: Any, frozen: Any, late: Any) -> Any:
        """Of rows that came late those of customers whom no frozen row counted already: a customer is new once."""
        counted = frozen.exclude(pk__in=late.values("pk"))
        return rows.exclude(Exists(counted.filter(deal__customer=OuterRef("deal__customer"))))

    def reached(self) -> Any:
        """Courses that began."""
        rows = Course.objects.filter(reached_at__lt=self.before, deal__in=self._moves().values("deal"))
        return rows.filter(Exists(self._moves().filter(_same(at="reached_at"))))

    def visits(self) -> Any:
        """Visits that count (M40)."""
        return counted_visits(None, self.before, self.span.known).filter(recorded_at__gt=self.written)

    @property
    def _written(self) -> Q:
        """What was written since, found by the order in which moves are written."""
        since = Q(recorded_at__gt=self.written)
        return since & Q(recorded_at__lt=self.span.known) if self.span.known is not None else since

    def _moves(self) -> Any:
        """The few moves that came late."""
        return Move.objects.filter(self._written, at__lt=self.before)


def _priced(moves: Iterable[Move]) -> list[Fact]:
    """The moves as facts; an imported win without an amount of its own is one at what the deal stood at by these."""
    facts: list[Fact] = []
    stood = ZERO
    for move in moves:
        fact = fact_of(move)
        if fact.kind == "won" and move.import_key is not None and move.stated is None and fact.amount:
            rate = (fact.base_amount if fact.base_amount is not None else fact.amount) / fact.amount
            fact = fact._replace(amount=stood, base_amount=rounded(stood * rate))
        stood = fact.amount if fact.amount is not None else stood
        facts.append(fact)
    return facts


def _same(*, at: str) -> Q:
    """The move of a deal at an instant of the row outside."""
    return Q(deal=OuterRef("deal"), at=OuterRef(at))


@dataclass(frozen=True)
class LateDeal:
    """A win or loss that came late or is another now, or a visit: what it is, when it was, by how much it is another."""

    subject: Visit | Activity
    at: datetime
    is_visit: bool
    difference: Decimal | None = None


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
    found += _differences(late, since, user)[:most]
    found += [
        LateDeal(one, one.at, True)
        for one in visits.select_related("owner", "customer").order_by("-at")[:most]
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:most]


def _differences(late: Late, since: datetime, user: User | None) -> list[LateDeal]:
    """The frozen ends since an instant that are others now, by how much."""
    frozen = {
        (one.deal, one.stood.at): sum((sign * end.amount for sign, end in one.ends), ZERO)
        for one in late.amended
        if one.stood is not None and one.stood.at >= since
    }
    visible = Deal.objects.visible_to(user).filter(pk__in=[deal for deal, _at in frozen])
    ends = Visit.objects.filter(deal__in=visible, left_by__in=("won", *LOST))
    return [
        LateDeal(visit, visit.left_at, False, frozen[visit.deal_id, visit.left_at])
        for visit in ends.select_related("deal__customer", "left_owner")
        if visit.left_at is not None and (visit.deal_id, visit.left_at) in frozen
    ]

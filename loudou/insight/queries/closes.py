"""Counting closes and what became of what was created (M05, M07)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DecimalField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)

from loudou.insight.figures.flow import LIVE, Amounts, Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.winrate import LOST, WinRate, of_one, standing_close
from loudou.insight.queries.courses import by_product
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.scope import branch_of, which, whose
from loudou.kernel.numbers import ZERO
from loudou.pipeline.figures.history import CLOSING, Stay
from loudou.pipeline.models import Deal, Visit
from loudou.ui.prepared import among

SHUT = "shut"  # among what was closed: how long wins were closed before they were reopened


def win_rate(
    scope: Scope,
    span: Span,
    *,
    funnels: Collection[int] | None = None,
    otherwise: Iterable[Otherwise] = (),
) -> WinRate:
    """The win rate of a period; one query."""
    return win_rates(scope, [span], funnels=funnels, otherwise=otherwise)[0]


def win_rates(
    scope: Scope,
    spans: Sequence[Span],
    *,
    funnels: Collection[int] | None = None,
    otherwise: Iterable[Otherwise] = (),
) -> list[WinRate]:
    """The win rates of several periods; one query, however many periods."""
    others = list(otherwise)
    arms = [*_closes(scope, spans, funnels), *_cohorts(scope, spans, funnels)]
    counted, created = [WinRate()] * len(spans), [WinRate()] * len(spans)
    for place, how, count, total, length, cycles in arms[0].union(*arms[1:], all=True):
        if place < len(spans):
            counted[place] += _close(how, count, total, length, cycles)
        else:
            created[place - len(spans)] += fate(how, count)
    return [
        sum((_corrected(other, scope, span) for other in others), counted[place] + created[place])
        for place, span in enumerate(spans)
    ]


def _corrected(other: Otherwise, scope: Scope, span: Span) -> WinRate:
    """What the known past of a deal counts more than its rows."""
    told = -of_one(other.told, other.deal.created_at, scope, span)
    return told + of_one(other.known, other.deal.created_at, scope, span) if other.known is not None else told


def closes_by(
    by: str,
    scope: Scope,
    span: Span,
    *,
    funnels: Collection[int] | None = None,
    otherwise: Iterable[Otherwise] = (),
) -> dict[int | str | None, WinRate]:
    """What was won and lost in a period by branch, owner, product or source; one query. Cycles are not told."""
    rows: Any = Visit.objects.filter(closed(scope, span, funnels))
    rows = by_product(rows) if by == "product" else rows
    key: Any = F(_SPLITS[by]) if by else Value(None, BigIntegerField())
    if by == "unit" and scope.units is not None:
        key = branch_of(scope.units, unit="left_unit", at="left_at")
    found: dict[int | str | None, WinRate] = defaultdict(WinRate)
    summed = rows.order_by().annotate(part=key).values_list("left_by", "part")
    for how, part, count, total in summed.annotate(n=Count("*"), total=Sum("left_amount")):
        won = WinRate(won=count, won_amount=total)
        found[part] += won if how == "won" else WinRate(lost=count, lost_amount=total)
    for other in otherwise:
        for history, sign in ((other.told, -1), (other.known, 1)):
            one = of_one(history, None, scope, span) if history is not None else WinRate()
            close = standing_close(history, span.known) if history is not None else None
            if close is not None and one.won + one.lost:
                for part in _parts(close, other, scope, by):
                    found[part] += one if sign > 0 else -one
    return found


_SPLITS = {
    "unit": "left_unit",
    "owner": "left_owner",
    "source": "deal__source",
    "product": "deal__lines__product",
}


def _parts(close: Stay, other: Otherwise, scope: Scope, by: str) -> Collection[int | str | None]:
    """The parts in which a deal's close counts."""
    if by == "unit":
        belonging = scope.belonging(close.left_unit, close.left_at) if close.left_at is not None else None
        return [belonging.branch if belonging is not None else close.left_unit]
    if by == "product":
        return other.products
    if by == "owner":
        return [close.left_owner]
    return [other.deal.source if by == "source" else None]


@dataclass(frozen=True)
class Wins:
    """Wins of a period: of some deals `only`, or `without` some; a few deals were known otherwise than their rows tell."""

    span: Span
    only: list[int] | None = None
    without: Sequence[int] = ()
    otherwise: Sequence[Otherwise] = ()


def wins(
    scope: Scope, span: Span, stages: Collection[int], *, otherwise: Sequence[Otherwise] = ()
) -> Amounts:
    """The wins out of these stages that count in a period, with what they brought; one query."""
    return wins_each(scope, stages, [Wins(span, otherwise=otherwise)])[0]


def wins_each(scope: Scope, stages: Collection[int], asked: Sequence[Wins]) -> list[Amounts]:
    """The same of several; one query."""
    arms = []
    for place, one in enumerate(asked):
        rows = Visit.objects.filter(closed(scope, one.span), left_by="won", stage__in=stages)
        rows = rows.exclude(deal__in=one.without).order_by()
        if one.only is not None:
            rows = rows.filter(among(one.only, "deal"))
        told = rows.annotate(place=Value(place, IntegerField())).values_list("place")
        arms.append(told.annotate(n=Count("*"), total=Sum("left_amount")))
    found = [_late_wins(scope, one) for one in asked]
    for place, count, amount in arms[0].union(*arms[1:], all=True):
        found[place] += Amounts(count, amount or ZERO)
    return found


def _late_wins(scope: Scope, asked: Wins) -> Amounts:
    """What the known pasts of deals count more than their rows."""
    found = Amounts()
    for other in asked.otherwise:
        for history, sign in ((other.told, -1), (other.known, 1)):
            if history is not None:
                one = of_one(history, other.deal.created_at, scope, asked.span)
                found += Amounts(sign * one.won, sign * one.won_amount)
    return found


def wins_by_owner(
    scope: Scope,
    span: Span,
    *,
    funnels: Collection[int] | None = None,
    otherwise: Iterable[Otherwise] = (),
) -> dict[int, Amounts]:
    """What each person won in a period, whoever has the deal now; people who won nothing are left out; one query."""
    rows = Visit.objects.filter(closed(scope, span, funnels), left_by="won").order_by()
    found = {
        owner: Amounts(count, amount or ZERO)
        for owner, count, amount in rows.values_list("left_owner").annotate(
            n=Count("*"), total=Sum("left_amount")
        )
    }
    for other in otherwise:
        for history, sign in ((other.told, -1), (other.known, 1)):
            close = standing_close(history, span.known) if history is not None else None
            if history is None or close is None or close.left_owner is None:
                continue
            one = of_one(history, other.deal.created_at, scope, span)
            owner = close.left_owner
            found[owner] = found.get(owner, Amounts()) + Amounts(sign * one.won, sign * one.won_amount)
    return {owner: won for owner, won in found.items() if won.count}


def closed(
    scope: Scope, span: Span, funnels: Collection[int] | None = None, ways: Sequence[str] = ("won", *LOST)
) -> Q:
    """Visits that ended in a close which counts: the last one of its deal, standing, in the span."""
    wanted = Q(left_by__in=ways) & whose(scope, owner="left_owner", unit="left_unit", at="left_at")
    wanted &= which(scope) & not_after(span, "void_at") & not_after(span, "reopened_at")
    if funnels is not None:
        wanted &= Q(funnel__in=funnels)
    return wanted & _within(span, "left_at")


def _closes(scope: Scope, spans: Sequence[Span], funnels: Collection[int] | None) -> list[Any]:
    """What was closed in each span, by its place."""
    arms: list[Any] = []
    for place, span in enumerate(spans):
        visits = Visit.objects.filter(closed(scope, span, funnels)).order_by()
        cycle: Any = ExpressionWrapper(F("left_at") - F("deal__created_at"), DurationField())
        arms += [
            _arm(visits, place, F("left_by"), cycle),
            _arm(_came_back(visits), place, Value(SHUT, CharField()), shut()),
        ]
    return arms


def _close(how: str, count: int, total: Any, length: timedelta | None, timed: int) -> WinRate:
    if how == SHUT:
        return WinRate(cycle=-(length or timedelta(0)))
    if how == "won":
        return WinRate(won=count, won_amount=total, cycle=length or timedelta(0), cycles=timed)
    return WinRate(lost=count, lost_amount=total)


def _arm(visits: Any, place: int, how: Any, length: Any) -> Any:
    """These closes counted and summed, by how they ended."""
    rows = visits.annotate(place=Value(place, IntegerField()), how=how, length=length)
    return rows.values_list("place", "how").annotate(
        n=Count("*"), total=Sum("left_amount"), lengths=Sum("length"), born=Count("deal__created_at")
    )


def _came_back(closes: Any) -> Any:
    """The wins of deals that were closed before, and reopened."""
    return closes.filter(left_by="won", deal__reopen_count__gt=0).exclude(deal__created_at=None)


def shut() -> Subquery:
    """How long the deal of a close was closed before it was reopened."""
    length: Any = ExpressionWrapper(F("reopened_at") - F("left_at"), DurationField())
    # A deal's last close counts, so whatever was undone by then lies before it. Asked close by close: they are few, and
    # each one's stays are found by its deal.
    undone = Visit.objects.filter(deal=OuterRef("deal"), reopened_at__lte=OuterRef("left_at")).order_by()
    return Subquery(undone.values("deal").annotate(total=Sum(length)).values("total"))


def _cohorts(scope: Scope, spans: Sequence[Span], funnels: Collection[int] | None) -> list[Any]:
    """Deals created in each span by how they stand at its instant, by its place behind those of the closes."""
    return [_cohort(len(spans) + place, scope, span, funnels) for place, span in enumerate(spans)]


def fate(how: str | None, count: int) -> WinRate:
    """Deals that were created, by how they stand."""
    return WinRate(
        created=count if how != "invalid" else 0,
        created_won=count if how == "won" else 0,
        created_open=count if (how or "open") in LIVE else 0,
    )


def _cohort(place: int, scope: Scope, span: Span, funnels: Collection[int] | None) -> Any:
    """Deals created in a span, counted by how they stand; whose they are is judged at their creation."""
    rows = born(scope, span, funnels).annotate(place=Value(place, IntegerField()))
    none, never = Value(None, DecimalField()), Value(None, DurationField())
    told = rows.values_list("place", "then").annotate(n=Count("*"))
    return told.annotate(total=none, lengths=never, born=Value(0, IntegerField()))


def born(
    scope: Scope, span: Span, funnels: Collection[int] | None = None, *, visited: bool = False
) -> QuerySet[Any, Any]:
    """Deals created in a span and how they stood `then`; with their first stay where whose they are depends on it.

    `visited` asks for the first stay in any case.
    """
    deals = Deal.objects.filter(which(scope, deal=""), _within(span, "created_at"), created_at__isnull=False)
    if funnels is not None:
        deals = deals.filter(funnel__in=funnels)
    mine = Q()
    if scope.owner is not None or scope.units is not None:
        mine &= whose(scope, owner="visits__owner", unit="visits__unit", at="visits__entered_at")
    if span.known is not None and (mine or visited):
        mine &= Q(visits__entered_at__lt=span.known)
    if mine or visited:
        deals = deals.filter(mine, visits__seq=0)
    if span.known is None:
        return deals.order_by().annotate(then=F("outcome"))
    if not (mine or visited):  # a deal that came to its first stage later was not known yet
        later = Visit.objects.filter(deal=OuterRef("pk"), seq=0, entered_at__gte=span.known)
        deals = deals.exclude(Exists(later))
    return deals.order_by().annotate(then=_outcome_at(span.known, span))


def _outcome_at(known: datetime, span: Span) -> Any:
    """How a deal was closed at an instant; None while it was open. Only what was reopened has to be looked at closer."""
    close = Visit.objects.filter(
        not_after(span, "reopened_at"), deal=OuterRef("pk"), left_by__in=CLOSING, left_at__lt=known
    )
    return Case(
        When(reopen_count=0, closed_at__lt=known, then=F("outcome")),
        When(reopen_count=0, then=Value(None)),
        default=Subquery(close.order_by("-seq").values("left_by")[:1]),
        output_field=CharField(),
    )


def _within(span: Span, column: str) -> Q:
    wanted = Q(**{f"{column}__gte": span.since}) if span.since is not None else Q()
    until = span.until or span.known
    return wanted & Q(**{f"{column}__lt": until}) if until is not None else wanted


def not_after(span: Span, column: str) -> Q:
    """What had not happened as far as known: it never did, or only later."""
    never = Q(**{column: None})
    return never if span.known is None else never | Q(**{f"{column}__gte": span.known})

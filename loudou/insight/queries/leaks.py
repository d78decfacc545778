"""Reading leakage (M12): why deals were lost out of stages, and which open ones nobody moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)

from loudou.insight.figures.flow import Amounts, Span, passages, standing_at
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.conditions import apart, left, standing, together
from loudou.insight.queries.courses import flag, known_courses
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.scope import which, whose
from loudou.insight.queries.times import timed
from loudou.kernel.numbers import ZERO
from loudou.pipeline.figures.courses import LOST, MICROSECOND
from loudou.pipeline.models import Course, Deal, Move, State, Visit

Reasons = dict[int, dict[int | None, Amounts]]
Losses = Mapping[int, Mapping[int | None, Amounts]]  # the same of whoever read it
Leaks = dict[int, dict[str, Amounts]]
IDLE = Q(deal__next_on=None) | Q(deal__next_step="")
WAYS = tuple(sorted(LOST))


def reasons(
    stages: Collection[int], scope: Scope, span: Span, otherwise: Sequence[Otherwise] = ()
) -> Reasons:
    """What was lost out of these stages during the span, by reason; one query."""
    found: Reasons = defaultdict(lambda: defaultdict(Amounts))
    rows = losses(stages, scope, span).exclude(deal__in=[other.deal.pk for other in otherwise])
    for stage, why, count, amount in rows.values_list("stage", "why").annotate(
        n=Count("*"), total=Sum("left_amount")
    ):
        found[stage][why] += Amounts(count, amount or ZERO)
    _late(found, stages, scope, span, otherwise)
    return found


def losses(stages: Collection[int], scope: Scope, span: Span) -> QuerySet[Any, Any]:
    """Visits to these stages that a loss ended during the span, with `why`."""
    mine = whose(scope, owner="left_owner", unit="left_unit", at="left_at")
    rows = Visit.objects.filter(left(span), which(scope), mine, stage__in=stages, left_by__in=WAYS)
    return with_why(rows.order_by())


def with_why(rows: QuerySet[Visit]) -> QuerySet[Any, Any]:
    """Visits that a loss ended, with `why`: the reason it was given."""
    close = Move.objects.filter(
        deal=OuterRef("deal"), at=OuterRef("left_at"), kind=OuterRef("left_by"), kind__in=WAYS
    )
    found: QuerySet[Any, Any] = rows.annotate(why=Subquery(close.order_by("-id").values("reason_code")[:1]))
    return found


def silent(
    limits: Mapping[int, int | None], scope: Scope, span: Span, otherwise: Sequence[Otherwise] = ()
) -> Leaks:
    """Open deals that leak, by stage: `silent` all of them, `stuck` the too long ones, `idle` those without a step.

    `limits` are the microseconds each stage allows, `scope` says who has the deals. One query.
    """
    found: Leaks = {stage: defaultdict(Amounts) for stage in limits}
    rows = leaking(limits, scope, span).exclude(deal__in=[other.deal.pk for other in otherwise]).order_by()
    told = rows.values_list("stage", "stuck", "idle").annotate(n=Count("*"), total=Sum("stood_at"))
    for stage, stuck, idle, count, amount in told:
        for name, counts in (("silent", True), ("stuck", stuck), ("idle", idle)):
            found[stage][name] += Amounts(count, amount) if counts else Amounts()
    for other in otherwise:
        for stage, amount in late_leaks(other, limits, scope, span):
            for name in ("silent", "stuck"):
                found[stage][name] += Amounts(1, amount)
    return found


def leaking(limits: Mapping[int, int | None], scope: Scope, span: Span) -> QuerySet[Any, Any]:
    """Courses of open deals that leak where they stand, with `stuck`, `idle` and the amount they `stood_at`."""
    rows = _standing(limits, scope, span)
    if span.known is not None:
        stuck = Q(pk__in=[])
        for stage, limit in limits.items():
            if limit is not None:
                stuck |= Q(stage=stage, took__gt=limit)
        past: QuerySet[Any, Any] = rows.filter(_long_ago(limits, span.known), stuck).annotate(
            stuck=flag(stuck), idle=flag(Q(pk__in=[]))
        )
        return past
    idle = Deal.objects.filter(Q(next_on=None) | Q(next_step=""), outcome="open")
    stuck = _too_long(limits, span.now)
    rows = rows.filter(stuck | Q(deal__in=idle.values("pk")))
    leaks: QuerySet[Any, Any] = rows.annotate(stuck=flag(stuck), idle=flag(IDLE))
    return leaks


def _too_long(limits: Mapping[int, int | None], now: datetime) -> Q:
    """Courses that are in their stage for longer than it allows, told by an instant: no length is reckoned for any row."""
    found = Q(pk__in=[])
    for stage, limit in limits.items():
        if limit is not None:
            entered = now - limit * MICROSECOND
            spent: Any = Value(entered) + F("spent") * Value(MICROSECOND)
            # What is cheap and excludes most comes first: the database takes conditions below an OR as they are said.
            came_back = Q(spent__gt=0) & Q(since__lt=ExpressionWrapper(spent, DateTimeField()))
            found |= Q(stage=stage) & (Q(since__lt=entered) | came_back)
    return found


def _long_ago(limits: Mapping[int, int | None], known: datetime) -> Q:
    """Courses that began so long before an instant that their stage's limit may have passed: a look at one column."""
    found = Q(pk__in=[])
    for stage, limit in limits.items():
        if limit is not None:
            found |= Q(stage=stage, entered_at__lt=known - limit * MICROSECOND)
    return found


def late_leaks(
    other: Otherwise, limits: Mapping[int, int | None], scope: Scope, span: Span
) -> Iterator[tuple[int, Decimal]]:
    """The stage a deal stood in too long as it was known, with its amount then."""
    if other.known is None or span.known is None:
        return
    stand = standing_at(other.known.stands, span.known)
    if stand is None or stand.outcome != "open" or not scope.takes(stand.owner, stand.unit, span.known):
        return
    for course in known_courses(other):
        limit = limits.get(course.stage)
        if course.is_here and limit is not None and course.took(span.known) > limit:
            yield course.stage, stand.base_amount


def _standing(stages: Collection[int], scope: Scope, span: Span) -> QuerySet[Any, Any]:
    if span.known is None:
        mine = whose(scope, owner="deal__owner", unit="deal__unit", at=span.now)
        live = Course.objects.filter(
            mine, which(scope), stage__in=stages, is_here=True, since__isnull=False, void_at=None
        )
        return live.annotate(stood_at=F("deal__base_amount"))
    stood = State.objects.filter(
        standing(span.known, span.known), whose(scope, at=span.known), which(scope), outcome="open"
    )
    here = stood.filter(deal=OuterRef("deal"), stage=OuterRef("stage"))
    # Of all courses there ever were only those of deals that stood then, which an index tells, are looked at; what a
    # course itself tells comes next, and only for the few that it does not exclude are states looked for.
    deals = together([part.values("deal") for part in apart(stood, span.known)])
    there = Q(is_odd=True) | Q(is_odd=False) & (Q(is_here=True) | Q(ended__gte=span.known))
    rows = Course.objects.filter(deal__in=deals, stage__in=stages, entered_at__lt=span.known)
    rows = timed(rows, span)
    amount = Subquery(here.values("base_amount")[:1])
    past: QuerySet[Any, Any] = rows.filter(there, Exists(here)).annotate(stood_at=amount)
    return past


def _late(
    found: Reasons, stages: Collection[int], scope: Scope, span: Span, otherwise: Sequence[Otherwise]
) -> None:
    """Count the losses of deals whose past was known otherwise."""
    for other in otherwise:
        for stage, why, amount in late_losses(other, scope, span):
            if stage in stages:
                found[stage][why] += Amounts(1, amount)


def late_losses(other: Otherwise, scope: Scope, span: Span) -> Iterator[tuple[int, int | None, Decimal]]:
    """The stages a deal was lost out of as it was known, each time with the reason and the amount."""
    why = {fact.at: fact.reason for fact in other.facts if fact.kind in WAYS}
    for passage in passages(other.known, span) if other.known is not None else ():
        lost = passage.kind in ("out:lost", "out:cancelled")
        if lost and scope.takes(passage.owner, passage.unit, passage.at):
            yield passage.stage, why.get(passage.at), passage.amount

"""Reading leakage (M12): why deals were lost out of stages, and which open ones nobody moves or speaks to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    BooleanField,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.expressions import RawSQL
from django.db.models.fields.tuple_lookups import Tuple, TupleIn

from loudou.fieldwork.queries.activities import last_contacts, silent_since
from loudou.insight.figures.flow import Amounts, Span, passages, standing_at
from loudou.insight.figures.leakage import is_unheard, unheard_since
from loudou.insight.figures.scope import Scope, just_before
from loudou.insight.queries.conditions import apart, left, standing, together, with_units
from loudou.insight.queries.courses import flag, known_courses
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.scope import which, whose
from loudou.insight.queries.stuck import stuck_then
from loudou.insight.queries.times import timed
from loudou.kernel.numbers import ZERO
from loudou.pipeline.figures.courses import LOST, MICROSECOND
from loudou.pipeline.models import Course, Deal, Move, State, Visit
from loudou.pipeline.queries.flags import thresholds

Reasons = dict[int, dict[int | None, Amounts]]
Losses = Mapping[int, Mapping[int | None, Amounts]]  # the same of whoever read it
Leaks = dict[int, dict[str, Amounts]]
IDLE = Q(deal__next_on=None) | Q(deal__next_step="")
CAUSES = ("stuck", "idle", "unheard")  # why a deal leaks in silence
_BITS = (1, 2, 4)  # of each of these
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
    """Open deals that leak, by stage: `silent` all of them, `stuck` the too long ones, `idle` those without a step,
    `unheard` those nobody spoke to.

    `limits` are the microseconds each stage allows, `scope` says who has the deals. One query, of a past
    instant two.
    """
    found = _leaks(limits)
    wanted = Asking(limits, scope, span)
    if span.known is None:
        for stage, stuck, idle, unheard, count, amount in _now_by_stage(wanted):
            _add(found[stage], (stuck, idle, unheard), Amounts(count, amount))
    else:
        _add_past(found, wanted, otherwise)
    for stage, why, amount in _late_leaks(wanted, otherwise):
        _add(found[stage], why, Amounts(1, amount))
    return found


def with_unheard(
    stuck: Mapping[int, Amounts],
    limits: Mapping[int, int | None],
    scope: Scope,
    span: Span,
    otherwise: Sequence[Otherwise],
) -> Leaks:
    """What `silent` tells of a past instant, from what it told of those `stuck`; as many queries, but one that reads only
    the few that nobody had spoken to by then.

    Contacts are not among what disturbs kept sums: they are read each time.
    """
    found = _leaks(limits)
    for stage, amounts in stuck.items():
        _add(found[stage], (True, False, False), amounts)
    wanted = Asking(limits, scope, span, causes=("unheard",))
    _add_past(found, wanted, otherwise)
    for stage, (counted, _idle, unheard), amount in _late_leaks(wanted, otherwise):
        if unheard:
            _add(found[stage], (False, False, True), Amounts(1, amount), again=counted)
    return found


def _add_past(found: Leaks, wanted: Asking, otherwise: Sequence[Otherwise]) -> None:
    """Count those that leaked at a past instant, but for these deals; one query.

    Of the whole company the stuck are found by how long they had been there, and those nobody spoke to by themselves. Of
    others it is quicker to look at what stood, once for both.
    """
    without = [other.deal.pk for other in otherwise]
    whole = wanted.scope.owner is None and wanted.scope.units is None
    by_cause = whole or "stuck" not in wanted.causes
    for stage, stuck, unheard, count, amount in (_apart_then if by_cause else _both_then)(wanted, without):
        counted = by_cause and unheard and stuck
        _add(found[stage], (stuck and not counted, False, unheard), Amounts(count, amount), again=counted)


def _both_then(wanted: Asking, without: Collection[int]) -> Iterator[tuple[Any, ...]]:
    """Stage, whether stuck, whether nobody spoke to them, how many and how much; one query."""
    leaks = past_leaks(wanted).exclude(deal__in=without).order_by().values_list("stage", "stuck", "unheard")
    yield from leaks.annotate(n=Count("*"), total=Sum("stood_at"))


def _apart_then(wanted: Asking, without: Collection[int]) -> Iterator[tuple[Any, ...]]:
    """The same, those that are stuck and those nobody spoke to by themselves: who is both is told twice; one query."""
    limits = {stage: limit for stage, limit in wanted.limits.items() if limit is not None}
    unheard = past_leaks(replace(wanted, causes=("unheard",))).exclude(deal__in=without).order_by()
    arms = []
    with suppress(EmptyResultSet):
        counted = unheard.values_list("stage", "stuck", Value(True)).annotate(
            n=Count("*"), total=Sum("stood_at")
        )
        arms.append(counted.query.sql_with_params())
    with suppress(EmptyResultSet):
        if "stuck" in wanted.causes and wanted.span.known is not None:
            arms.append(stuck_then(limits, wanted.scope, wanted.span.known, without))
    if arms:
        with connection.cursor() as cursor:
            cursor.execute(
                " UNION ALL ".join(f"({sql})" for sql, _values in arms),
                [*chain(*(values for _sql, values in arms))],
            )
            yield from cursor.fetchall()


# Each cause is read from its own index and leaves its bit with the deal: to look up every deal that leaks and ask it for
# all causes takes the database four times as long.
_NOW = """
SELECT stage, causes, count(*), sum(amount) FROM (
    SELECT min(stage) stage, min(amount) amount, bit_or(cause) causes
    FROM ({arms}) one (deal, stage, amount, cause) GROUP BY deal
) leak GROUP BY stage, causes
"""


def _now_by_stage(wanted: Asking) -> Iterator[tuple[Any, ...]]:
    """Stage, each of `CAUSES`, how many and how much of those that leak now; one statement."""
    stuck, *others = _arms_now(wanted)
    try:
        arms, values = stuck.union(*others, all=True).query.sql_with_params()
    except EmptyResultSet:
        return
    with connection.cursor() as cursor:
        cursor.execute(_NOW.format(arms=arms), values)
        for stage, causes, count, amount in cursor.fetchall():
            yield stage, *(bool(causes & bit) for bit in _BITS), count, amount


def _arms_now(wanted: Asking) -> Iterator[QuerySet[Any, Any]]:
    """Deals that leak now, with stage, amount and the bit of the cause: those of each cause."""
    scope, now = wanted.scope, wanted.span.now
    mine = whose(scope, at=now) & which(scope, deal="")
    deals = Deal.objects.filter(mine, outcome="open", spec__stage__in=wanted.limits).order_by()
    # Whose dates are not known has no course (C21). These are told by an index of their own, without looking up the rest.
    deals = deals.exclude(pk__in=Deal.objects.filter(outcome="open", legacy=True).values("pk"))
    stuck, idle, unheard = (Value(bit, IntegerField()) for bit in _BITS)
    long = _here(wanted).filter(_too_long(wanted.limits, now)).order_by()
    yield long.values_list("deal", "stage", "deal__base_amount", stuck)
    told = "pk", "spec__stage", "base_amount"
    yield deals.filter(Q(next_on=None) | Q(next_step="")).values_list(*told, idle)
    yield deals.filter(last_contact_at__lt=wanted.silent_since).values_list(*told, unheard)


def _late_leaks(
    wanted: Asking, otherwise: Sequence[Otherwise]
) -> Iterator[tuple[int, tuple[bool, bool, bool], Decimal]]:
    """What `late_leaks` tells of these deals; of a past instant one query, however many they are."""
    known = wanted.span.known
    lasts = last_contacts([other.deal.pk for other in otherwise], known) if known is not None else {}
    for other in otherwise:
        yield from late_leaks(other, lasts.get(other.deal.pk), wanted)


def _leaks(limits: Mapping[int, int | None]) -> Leaks:
    return {stage: defaultdict(Amounts) for stage in limits}


def _add(to: dict[str, Amounts], why: Sequence[bool], amounts: Amounts, *, again: bool = False) -> None:
    """Count for each cause, and among all unless they were counted there before."""
    for name, counts in zip((*CAUSES, "silent"), (*why, not again), strict=True):
        to[name] += amounts if counts else Amounts()


@dataclass(frozen=True)
class Asking:
    """Which leaks: those of stages with the microseconds each allows, of whom and when, for which causes."""

    limits: Mapping[int, int | None]
    scope: Scope
    span: Span
    causes: Collection[str] = CAUSES

    @property
    def silent_since(self) -> datetime:
        """Whose last contact was before this has fallen silent."""
        return unheard_since(self.span.known or self.span.now, thresholds().contact_days)


def leaking(
    limits: Mapping[int, int | None], scope: Scope, span: Span, causes: Collection[str] = CAUSES
) -> QuerySet[Any, Any]:
    """Courses of open deals that leak where they stand for one of these causes, with `stuck`, `idle`, `unheard` and the
    amount they `stood_at`."""
    wanted = Asking(limits, scope, span, causes)
    return past_leaks(wanted) if span.known is not None else _present_leaks(wanted)


def past_leaks(wanted: Asking) -> QuerySet[Any, Any]:
    """The same of a past instant; next steps are not kept as history."""
    limits, known = wanted.limits, wanted.span.known
    assert known is not None
    long = _took_long(limits)
    unheard = silent_since(wanted.silent_since, known)
    if set(wanted.causes) == {"unheard"}:
        # These are few: they are told before any course is looked at.
        rows = _stood(limits, wanted.scope, wanted.span, unheard)
    else:
        leaks = Q(pk__in=[])
        if "stuck" in wanted.causes:
            leaks |= _long_ago(limits, known) & long
        if "unheard" in wanted.causes:
            leaks |= unheard
        rows = _stood(limits, wanted.scope, wanted.span).filter(leaks)
    found: QuerySet[Any, Any] = rows.annotate(
        stuck=flag(long), idle=flag(Q(pk__in=[])), unheard=flag(unheard)
    )
    return found


def _took_long(limits: Mapping[int, int | None]) -> Q:
    """Courses that `took` longer than their stage allows."""
    found = Q(pk__in=[])
    for stage, limit in limits.items():
        if limit is not None:
            found |= Q(stage=stage, took__gt=limit)
    return found


def _present_leaks(wanted: Asking) -> QuerySet[Any, Any]:
    rows = _here(wanted).annotate(stood_at=F("deal__base_amount"))
    open_deals = Deal.objects.filter(outcome="open")
    idle = open_deals.filter(Q(next_on=None) | Q(next_step=""))
    last = Q(last_contact_at__lt=wanted.silent_since)
    causes = {
        "stuck": _too_long(wanted.limits, wanted.span.now),
        "idle": Q(deal__in=idle.values("pk")),
        "unheard": Q(deal__in=open_deals.filter(last).values("pk")),
    }
    leaks = Q(pk__in=[])
    for cause in wanted.causes:
        leaks |= causes[cause]
    found: QuerySet[Any, Any] = rows.filter(leaks).annotate(
        stuck=flag(causes["stuck"]),
        idle=flag(IDLE),
        unheard=flag(Q(deal__last_contact_at__lt=wanted.silent_since)),
    )
    return found


def _here(wanted: Asking) -> QuerySet[Course]:
    """Courses of the open deals through the stages they are in now."""
    mine = whose(wanted.scope, owner="deal__owner", unit="deal__unit", at=wanted.span.now)
    return Course.objects.filter(
        mine, which(wanted.scope), stage__in=wanted.limits, is_here=True, since__isnull=False, void_at=None
    )


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
    other: Otherwise, last: datetime | None, wanted: Asking
) -> Iterator[tuple[int, tuple[bool, bool, bool], Decimal]]:
    """The stage in which a deal leaked as it was known, why (`CAUSES`), and its amount then.

    `last` is when it was last in contact, as known.
    """
    known = wanted.span.known
    if other.known is None or known is None:
        return
    stand = standing_at(other.known.stands, known)
    if stand is None or stand.outcome != "open":
        return
    if not wanted.scope.takes(stand.owner, stand.unit, just_before(known)):
        return
    silent = is_unheard(last, known, thresholds().contact_days)
    for course in known_courses(other):
        limit = wanted.limits.get(course.stage)
        if not course.is_here or course.stage not in wanted.limits:
            continue
        why = (limit is not None and course.took(known) > limit, False, silent)
        if any(leaks and cause in wanted.causes for cause, leaks in zip(CAUSES, why, strict=True)):
            yield course.stage, why, stand.base_amount


def _stood(
    stages: Collection[int], scope: Scope, span: Span, which_of: Q | None = None
) -> QuerySet[Any, Any]:
    """Courses of the deals that stood open in these stages at the past instant, with the amount they `stood_at`; with
    `which_of` only those whose state is so."""
    known = span.known
    assert known is not None
    stood = _states_then(stages, scope, known)
    some = stood.filter(which_of) if which_of is not None else stood
    return _courses_of(_there(some, scope, known), stood, span)


def _there(some: QuerySet[State], scope: Scope, known: datetime) -> Any:
    """Courses of the deals and stages of these states.

    Of the whole company the database reads the parts of what stood side by side; of some units each is looked up by unit.
    """
    if scope.owner is not None or scope.units is None:
        parts = together(apart(some, known, scope.owner))
        return TupleIn(Tuple(F("deal"), F("stage")), Subquery(parts.values("deal", "stage")))
    try:
        told, values = with_units(some, known, [one.unit for one in scope.units], ("deal", "stage"))
    except EmptyResultSet:
        return Q(pk__in=[])
    pair = Func("deal", "stage", template="(%(expressions)s)", output_field=BooleanField())
    stood = RawSQL(told, values)  # noqa: S611 - put into words by Django
    return Func(pair, stood, template="%(expressions)s", arg_joiner=" IN ", output_field=BooleanField())


def _states_then(stages: Collection[int], scope: Scope, known: datetime) -> QuerySet[State]:
    """The states of deals that stood open in these stages at a past instant."""
    return State.objects.filter(
        standing(known, known), whose(scope, at=known), which(scope), outcome="open", stage__in=stages
    )


def _courses_of(there: Any, stood: QuerySet[State], span: Span) -> QuerySet[Any, Any]:
    """The courses of deals through the stages that they stood in by some of these states, with the amount they `stood_at`.

    Of all courses there ever were only those are looked at: an index tells what stood.
    """
    amount = stood.filter(deal=OuterRef("deal")).values("base_amount")[:1]
    rows = timed(Course.objects.filter(there, entered_at__lt=span.known), span)
    found: QuerySet[Any, Any] = rows.annotate(stood_at=Subquery(amount))
    return found


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

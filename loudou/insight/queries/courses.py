"""Reading cohorts and times (M02, M06, M08) from the courses of deals.

A course is read as it was known at an instant: what happened later is not seen, which its own columns tell for most;
for odd ones (several stays, holds, reopened) states and visits are asked. Deals whose past was known otherwise are
left out here and counted from their facts.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from sys import byteorder
from typing import Any

from django.db.models import (
    Aggregate,
    BigIntegerField,
    BinaryField,
    BooleanField,
    Case,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from loudou.insight.figures.conversion import Conversion, conversion_of
from loudou.insight.figures.flow import LIVE, Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.times import Times, times_of
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.scope import branch_of, which, whose
from loudou.pipeline.figures.courses import LOST, MICROSECOND, courses, stages_in_order
from loudou.pipeline.figures.courses import Course as Way
from loudou.pipeline.models import Course, Line, State, Visit
from loudou.pipeline.queries.funnels import specs

Key = int | str | None
SPLITS = {
    "": "",
    "unit": "unit",
    "owner": "owner",
    "source": "deal__source",
    "product": "deal__lines__product",
}


class Packed(Aggregate):
    """Whole numbers as eight octets each: a hundred thousand of them arrive as one value."""

    function = "string_agg"
    template = "%(function)s(int8send(%(expressions)s), ''::bytea)"
    output_field = BinaryField()


class Microseconds(Func):
    """A length of time in microseconds."""

    template = "(extract(epoch from %(expressions)s) * 1000000)::bigint"
    output_field = BigIntegerField()


def conversions(
    stages: Collection[int],
    scope: Scope,
    span: Span,
    *,
    by: str = "",
    otherwise: Sequence[Otherwise] = (),
) -> dict[Key, dict[int, Conversion]]:
    """The cohorts of these stages, by `by`; one query.

    Units are keyed by the branch of their belonging where the scope names any, else by themselves.
    """
    found: dict[Key, dict[int, Conversion]] = defaultdict(lambda: defaultdict(Conversion))
    branches = []
    for branch, each in _each(scope, by):
        rows = cohort(stages, each, span).exclude(deal__in=keys_of(otherwise)).order_by()
        key: Any = Value(branch, BigIntegerField()) if branch else _split(by)
        rows = by_product(rows) if by == "product" else rows
        counted = rows.values("stage", "advanced", "exited", been=F("was_in"), back=F("went_back"), part=key)
        branches.append(counted.annotate(n=Count("*"), total=Sum("amount")))
    if branches:
        for row in branches[0].union(*branches[1:], all=True):
            found[row["part"]][row["stage"]] += conversion_in(row)
    for other, way in known_ways(otherwise, stages):
        one = conversion_of(way, span, scope)
        if one.cohort:
            for part in parts_of(way, other, scope, by):
                found[part][way.stage] += one
    return found


def stage_times(
    stages: Collection[int], scope: Scope, span: Span, *, otherwise: Sequence[Otherwise] = ()
) -> dict[int, Times]:
    """The times in these stages; one query."""
    return times_by("", stages, scope, span, otherwise=otherwise)[None]


def times_by(
    by: str, stages: Collection[int], scope: Scope, span: Span, *, otherwise: Sequence[Otherwise] = ()
) -> dict[Key, dict[int, Times]]:
    """The times in these stages by `by`, keyed as `conversions` are; one query."""
    found: dict[Key, dict[int, Times]] = defaultdict(lambda: defaultdict(Times))
    rows = entered(stages, scope, span).exclude(deal__in=keys_of(otherwise)).order_by()
    rows = by_product(rows) if by == "product" else rows
    key = _split(by)
    if by == "unit" and scope.units is not None:
        key = branch_of(scope.units, unit="unit", at="reached_at")
    elapsed: Any = ExpressionWrapper(F("next_at") - F("entered_at"), DurationField())
    met = Q(next_at__gte=F("entered_at")) & _happened("next_at", span.known)
    counted = rows.values("stage", "here", "advanced", part=key).annotate(
        n=Count("*"),
        each=Packed("took"),
        promoted=Count("stage", filter=met),
        promoted_time=Sum(elapsed, filter=met),
    )
    for row in counted:
        found[row["part"]][row["stage"]] += _times(row)
    for other, way in known_ways(otherwise, stages):
        one = times_of(way, span, scope)
        if one.ended or one.waiting:
            for part in parts_of(way, other, scope, by):
                found[part][way.stage] += one
    return found


def cohort(stages: Collection[int] | None, scope: Scope, span: Span) -> QuerySet[Any, Any]:
    """Courses whose stage was first reached in the span, with what became of them as known at its instant."""
    rows = Course.objects.filter(
        sound(span.known),
        _within(span, "reached_at"),
        which(scope),
        whose(scope, at="reached_at"),
        _staged(stages),
    )
    return _told(rows, span.known)


def entered(stages: Collection[int] | None, scope: Scope, span: Span) -> QuerySet[Any, Any]:
    """Courses whose stage was first entered in the span, with the time in it as known at its instant."""
    rows = Course.objects.filter(
        sound(span.known),
        _within(span, "entered_at"),
        which(scope),
        whose(scope, at="reached_at"),
        _staged(stages),
        entered_at__isnull=False,
    )
    return timed(_told(rows, span.known), span)


def parts_of(way: Way, other: Otherwise, scope: Scope, by: str) -> list[Key]:
    """The parts in which a deal's course counts."""
    if by == "unit":
        belonging = scope.belonging(way.unit, way.reached_at)
        return [belonging.branch if belonging else way.unit]
    if by == "product":
        return list(other.products)
    if by == "owner":
        return [way.owner]
    return [other.deal.source if by == "source" else None]


def known_courses(other: Otherwise) -> Iterator[Way]:
    """The courses of a deal as it was known."""
    if other.known is not None and not other.deal.legacy:
        version = [spec.stage_id for spec in specs(other.deal.funnel_version_id)]
        yield from courses(other.known, stages_in_order(version, other.known, other.order))


def known_ways(otherwise: Sequence[Otherwise], stages: Collection[int]) -> Iterator[tuple[Otherwise, Way]]:
    """The courses through these stages of deals as they were known."""
    return ((other, way) for other in otherwise for way in known_courses(other) if way.stage in stages)


def _told(rows: Any, known: datetime | None) -> QuerySet[Any, Any]:
    """`advanced`, `exited`, `was_in`, `went_back`, each as known at an instant."""
    advanced = _happened("passed_at", known)
    lost = _happened("lost_at", known)
    if known is not None:
        stood = Visit.objects.filter(
            Q(reopened_at=None) | Q(reopened_at__gte=known),
            deal=OuterRef("deal"),
            left_by__in=LOST,
            left_at__lt=known,
        )
        lost = Q(is_odd=False) & lost | Q(is_odd=True) & Q(Exists(stood))
    told: QuerySet[Any, Any] = rows.annotate(
        advanced=flag(advanced),
        exited=flag(~advanced & lost),
        was_in=flag(_happened("entered_at", known)),
        went_back=flag(_happened("backed_at", known)),
    )
    return told


def timed(rows: Any, span: Span) -> QuerySet[Any, Any]:
    """`here`, and `took` in microseconds, as known at the span's instant."""
    if span.known is None:
        going: Any = F("spent") + Coalesce(Microseconds(Value(span.now) - F("since")), 0)
        # Said, because a sum of wide integers counts as a narrow one, which no limit of days fits into.
        took = ExpressionWrapper(going, BigIntegerField())
        present: QuerySet[Any, Any] = rows.annotate(here=F("is_here"), took=took)
        return present
    known = Value(span.known)
    stands = State.objects.filter(deal=OuterRef("deal"), stage=OuterRef("stage"), since__lt=span.known)
    here_then = stands.filter(Q(until=None) | Q(until__gte=span.known), outcome__in=LIVE)
    length = ExpressionWrapper(Least(Coalesce("until", known), known) - F("since"), DurationField())
    spent_then: Any = stands.filter(outcome="open").order_by().values("deal")
    spent_then = spent_then.annotate(total=Microseconds(Sum(length))).values("total")
    ended = ExpressionWrapper(
        F("entered_at") + F("spent") * Value(MICROSECOND), Course._meta.get_field("since")
    )
    rows = rows.annotate(ended=ended)
    here = Q(is_odd=False) & (Q(is_here=True) | Q(ended__gte=span.known)) | Q(is_odd=True) & Q(
        Exists(here_then)
    )
    past: QuerySet[Any, Any] = rows.annotate(
        here=flag(here),
        took=Case(
            When(is_odd=True, then=Coalesce(Subquery(spent_then), 0)),
            When(Q(is_here=True) | Q(ended__gte=span.known), then=Microseconds(known - F("entered_at"))),
            default=F("spent"),
            output_field=BigIntegerField(),
        ),
    )
    return past


def _each(scope: Scope, by: str) -> Iterator[tuple[int | None, Scope]]:
    """The scope once for each branch of its units where they are told apart."""
    if by != "unit" or scope.units is None:
        yield None, scope
        return
    for branch in dict.fromkeys(one.branch for one in scope.units):
        yield branch, replace(scope, units=tuple(one for one in scope.units if one.branch == branch))


def _split(by: str) -> Any:
    return F(SPLITS[by]) if by else Value(None, BigIntegerField())


def by_product(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """A deal counts once for each of its products, however many of its lines name it."""
    earlier = Line.objects.filter(
        deal=OuterRef("deal"), product=OuterRef("deal__lines__product"), pk__lt=OuterRef("deal__lines__pk")
    )
    return rows.filter(Q(deal__lines__isnull=False) & ~Q(Exists(earlier)))


def conversion_in(row: Mapping[str, Any]) -> Conversion:
    n, amount = row["n"], row["total"]
    advanced, exited = row["advanced"], row["exited"]
    return Conversion(
        n,
        n * advanced,
        n * exited,
        n * row["been"],
        n * row["back"],
        amount * advanced,
        amount * exited,
    )


def _times(row: Mapping[str, Any]) -> Times:
    each = unpacked(row["each"])
    advanced = row["advanced"] and not row["here"]
    promoted = row["promoted_time"]
    return Times(
        () if row["here"] else each,
        each if row["here"] else (),
        each if advanced else (),
        row["promoted"],
        promoted // MICROSECOND if promoted is not None else 0,
    )


def unpacked(octets: bytes) -> array[int]:
    numbers = array("q")
    numbers.frombytes(bytes(octets))
    if byteorder == "little":
        numbers.byteswap()
    return numbers


def _staged(stages: Collection[int] | None) -> Q:
    return Q(stage__in=stages) if stages is not None else Q()


def sound(known: datetime | None) -> Q:
    """Courses of deals that were not invalid at an instant."""
    return Q(void_at=None) if known is None else Q(void_at=None) | Q(void_at__gte=known)


def _happened(column: str, known: datetime | None) -> Q:
    return Q(**{f"{column}__isnull": False}) if known is None else Q(**{f"{column}__lt": known})


def _within(span: Span, column: str) -> Q:
    wanted = Q(**{f"{column}__gte": span.since}) if span.since is not None else Q()
    until = span.until or span.known
    return wanted & Q(**{f"{column}__lt": until}) if until is not None else wanted


def flag(wanted: Q) -> Any:
    """Whether it holds; what is not known does not."""
    return Case(When(wanted, then=Value(True)), default=Value(False), output_field=BooleanField())


def keys_of(otherwise: Sequence[Otherwise]) -> list[int]:
    return [other.deal.pk for other in otherwise]

"""Reading times in stages (M06, M08) from the courses of deals.

A time is read as it was known at an instant. Of most deals their courses tell it; of odd ones (several stays, holds,
reopened) the states up to the instant do, which are added up in one pass. Deals whose past was known otherwise are left
out here and counted from their facts.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from sys import byteorder
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db import connection
from django.db.models import (
    Aggregate,
    BigIntegerField,
    BinaryField,
    Case,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Func,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from loudou.insight.figures.flow import LIVE, Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.times import Times, times_of
from loudou.insight.queries.courses import (
    Key,
    by_product,
    fates,
    flag,
    happened,
    keys_of,
    known_ways,
    parts_of,
    sound,
    split_by,
    staged,
    within,
)
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.scope import branch_of, which, whose
from loudou.pipeline.figures.courses import MICROSECOND
from loudou.pipeline.models import Course, State


class Packed(Aggregate):
    """Whole numbers as eight octets each: a hundred thousand of them arrive as one value."""

    function = "string_agg"
    template = "%(function)s(int8send(%(expressions)s), ''::bytea)"
    output_field = BinaryField()


class Microseconds(Func):
    """A length of time in microseconds."""

    template = "(extract(epoch from %(expressions)s) * 1000000)::bigint"
    output_field = BigIntegerField()


@dataclass
class Gathered:
    """The times of some courses, in microseconds, and what else was summed of them."""

    times: array[int] = field(default_factory=lambda: array("q"))
    sums: dict[str, Any] = field(default_factory=dict)


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
    rows = first_entries(stages, scope, span).exclude(deal__in=keys_of(otherwise))
    rows = by_product(rows) if by == "product" else rows
    part = split_by(by)
    if by == "unit" and scope.units is not None:
        part = branch_of(scope.units, unit="unit", at="reached_at")
    met = Q(next_at__gte=F("entered_at")) & happened("next_at", span.known)
    elapsed: Any = ExpressionWrapper(F("next_at") - F("entered_at"), DurationField())
    one: Any = Case(When(met, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = rows.annotate(part=part, met=one, elapsed=Case(When(met, then=elapsed)))
    told = gathered(rows, span, ("part", "stage", "advanced"), sums=("met", "elapsed"))
    for (key, stage, advanced, here), some in told.items():
        found[key][stage] += _times(some, here=here, advanced=advanced)
    for other, way in known_ways(otherwise, stages):
        mine = times_of(way, span, scope)
        if mine.ended or mine.waiting:
            for key in parts_of(way, other, scope, by):
                found[key][way.stage] += mine
    return found


def gathered(
    rows: QuerySet[Any, Any], span: Span, by: Sequence[str], *, sums: Sequence[str] = ()
) -> Mapping[tuple[Any, ...], Gathered]:
    """The times of courses by these columns and by whether their deals were `here`, in the stage; one query.

    `sums` are columns to be added up beside them.
    """
    octets: dict[tuple[Any, ...], list[bytes]] = defaultdict(list)
    found: dict[tuple[Any, ...], Gathered] = defaultdict(Gathered)
    for row in _read(rows.order_by(), span, by, sums):
        key, each, totals = row[: len(by) + 1], row[len(by) + 1], row[len(by) + 2 :]
        octets[key].append(each)
        has = found[key].sums
        for name, total in zip(sums, totals, strict=True):
            if total is not None:
                has[name] = has[name] + total if name in has else total
    for key, some in octets.items():
        found[key].times = unpacked(b"".join(some))
    return found


def first_entries(stages: Collection[int] | None, scope: Scope, span: Span) -> QuerySet[Any, Any]:
    """Courses whose stage was first entered in the span, with what became of them as known at its instant."""
    rows = Course.objects.filter(
        sound(span.known),
        within(span, "entered_at"),
        which(scope),
        whose(scope, at="reached_at"),
        staged(stages),
        entered_at__isnull=False,
    )
    return fates(rows, span)


def timed(rows: Any, span: Span) -> QuerySet[Any, Any]:
    """`here`, and `took` in microseconds, as known at the span's instant: for few courses, each looks for its states."""
    if span.known is None:
        going: Any = F("spent") + Coalesce(Microseconds(Value(span.now) - F("since")), 0)
        # Said, because a sum of wide integers counts as a narrow one, which no limit of days fits into.
        took = ExpressionWrapper(going, BigIntegerField())
        present: QuerySet[Any, Any] = rows.annotate(here=F("is_here"), took=took)
        return present
    stands = State.objects.filter(deal=OuterRef("deal"), stage=OuterRef("stage"), since__lt=span.known)
    here_then = stands.filter(_lives("", span.known))
    spent_then: Any = stands.filter(outcome="open").order_by().values("deal")
    spent_then = spent_then.annotate(total=_lengths("", span.known)).values("total")
    here, took = _plainly(span.known)
    past: QuerySet[Any, Any] = rows.annotate(ended=_ended()).annotate(
        here=flag(Q(is_odd=False) & here | Q(is_odd=True) & Q(Exists(here_then))),
        took=Case(When(is_odd=True, then=Coalesce(Subquery(spent_then), 0)), default=took),
    )
    return past


def unpacked(octets: bytes) -> array[int]:
    """The numbers of `Packed`."""
    numbers = array("q")
    numbers.frombytes(bytes(octets))
    if byteorder == "little":
        numbers.byteswap()
    return numbers


# A course's states are added up first and then packed: a hundred thousand odd ones need not arrive as a row each.
_ODD = """
{plain} UNION ALL
SELECT {keys}, here, string_agg(int8send(took), ''::bytea){sums} FROM ({odd}) odd ({keys}, here, took{totals})
GROUP BY {keys}, here
"""


def _read(
    rows: QuerySet[Any, Any], span: Span, by: Sequence[str], sums: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Many times to a row: of courses that tell them, and of a past also of odd ones; one statement."""
    if span.known is None:
        return list(_packed(timed(rows, span), by, sums))
    here, took = _plainly(span.known)
    told = rows.filter(is_odd=False).annotate(ended=_ended()).annotate(here=flag(here), took=took)
    plain, values = _packed(told, by, sums).query.sql_with_params()
    odd, others = _added_up(rows.filter(is_odd=True), span.known, by, sums).query.sql_with_params()
    keys = [f"key_{place}" for place in range(len(by))]
    totals = [f", total_{place}" for place in range(len(sums))]
    words = {
        "plain": plain,
        "odd": odd,
        "keys": ", ".join(keys),
        "totals": "".join(totals),
        "sums": "".join(f", sum({total[2:]})" for total in totals),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ODD.format_map(words), [*values, *others])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _packed(rows: QuerySet[Any, Any], by: Sequence[str], sums: Sequence[str]) -> QuerySet[Any, Any]:
    totals = {f"sum_{name}": Sum(name) for name in sums}
    told: QuerySet[Any, Any] = rows.values(*by, "here").annotate(each=Packed("took"), **totals)
    return told.values_list(*by, "here", "each", *totals)


def _added_up(
    rows: QuerySet[Any, Any], known: datetime, by: Sequence[str], sums: Sequence[str]
) -> QuerySet[Any, Any]:
    """Courses with the states their deals had in the stage up to an instant, which one grouping adds up."""
    states = Q(deal__states__stage=F("stage"), deal__states__since__lt=known)
    rows = rows.annotate(stood=FilteredRelation("deal__states", condition=states))
    took = Coalesce(_lengths("stood__", known, Q(stood__outcome="open")), 0)
    # The rows of a course differ in its states alone, so that the largest of anything else is what it is.
    totals = {f"sum_{name}": Max(name) for name in sums}
    told: QuerySet[Any, Any] = rows.values("pk", *by).annotate(
        here=BoolOr(flag(_lives("stood__", known))), took=took, **totals
    )
    return told.values_list(*by, "here", "took", *totals)


def _lives(state: str, known: datetime) -> Q:
    """States that a deal lived in at an instant, of those that had begun."""
    lasted = Q(**{f"{state}until": None}) | Q(**{f"{state}until__gte": known})
    return Q(**{f"{state}outcome__in": LIVE}) & lasted


def _lengths(state: str, known: datetime, wanted: Q | None = None) -> Any:
    """How long states lasted up to an instant, added up, in microseconds."""
    until = Least(Coalesce(f"{state}until", Value(known)), Value(known))
    length: Any = ExpressionWrapper(until - F(f"{state}since"), DurationField())
    return Microseconds(Sum(length, filter=wanted))


def _plainly(known: datetime) -> tuple[Q, Any]:
    """Whether the deal of a plain course was in the stage at an instant, and how long it had been by then."""
    # Whoever passed the stage after its only stay began has left it: that is told without reckoning when, for most.
    unpassed = Q(passed_at=None) | Q(passed_at__gte=known) | Q(passed_at__lte=F("entered_at"))
    here = unpassed & (Q(is_here=True) | Q(ended__gte=known))
    so_far = Microseconds(Value(known) - F("entered_at"))
    return here, Case(When(here, then=so_far), default=F("spent"), output_field=BigIntegerField())


def _ended() -> Any:
    """When a plain course left its stage."""
    return ExpressionWrapper(
        F("entered_at") + F("spent") * Value(MICROSECOND), Course._meta.get_field("since")
    )


def _times(some: Gathered, *, here: bool, advanced: bool) -> Times:
    each, elapsed = some.times, some.sums.get("elapsed", timedelta())
    return Times(
        () if here else each,
        each if here else (),
        each if advanced and not here else (),
        some.sums.get("met", 0),
        elapsed // MICROSECOND,
    )

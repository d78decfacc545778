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
from itertools import chain
from sys import byteorder
from typing import Any

from django.db import connection
from django.db.models import (
    Aggregate,
    BigIntegerField,
    BinaryField,
    BooleanField,
    Case,
    DurationField,
    Exists,
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
        _reached_by(scope, span),
        entered_at__isnull=False,
    )
    return fates(rows, span)


def _reached_by(scope: Scope, span: Span) -> Q:
    """Courses reached before the span is over, as whatever was entered by then was: the indexes of owners and units lead
    on to when a stage was reached."""
    until = span.until or span.known
    named = scope.owner is not None or scope.units is not None
    return Q(reached_at__lt=until) if named and until is not None else Q()


def timed(rows: Any, span: Span) -> QuerySet[Any, Any]:
    """`here`, and `took` in microseconds, as known at the span's instant: for few courses, each looks for its states."""
    if span.known is None:
        going: Any = F("spent") + Coalesce(Microseconds(Value(span.now) - F("since")), 0)
        # Said, because a sum of wide integers counts as a narrow one, which no limit of days fits into.
        took = ExpressionWrapper(going, BigIntegerField())
        present: QuerySet[Any, Any] = rows.annotate(here=F("is_here"), took=took)
        return present
    stands = State.objects.filter(deal=OuterRef("deal"), stage=OuterRef("stage"), since__lt=span.known)
    here_then = stands.filter(_lives(span.known))
    spent_then: Any = stands.filter(outcome="open").order_by().values("deal")
    spent_then = spent_then.annotate(total=length_until(span.known)).values("total")
    here, took = _plainly(span.known)
    past: QuerySet[Any, Any] = rows.annotate(ended=ended_then()).annotate(
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


# Most odd courses are over by the instant, and tell it themselves; the states of the others are added up one by one.
_ODD = """
{told} UNION ALL
SELECT {keys}, here, string_agg(int8send(took), ''::bytea){sums}
FROM ({odd}) odd ({keys}{totals}, deal, stage), LATERAL (
    SELECT coalesce(bool_or(until IS NULL OR until >= %s), false) AS here, coalesce((extract(epoch FROM
        sum(least(until, %s) - since) FILTER (WHERE outcome = 'open')) * 1000000)::bigint, 0) AS took
    FROM pipeline_state s
    WHERE s.deal_id = odd.deal AND s.stage_id = odd.stage AND since < %s AND outcome IN ('open', 'on_hold')
) stood
GROUP BY {keys}, here
"""


def _read(
    rows: QuerySet[Any, Any], span: Span, by: Sequence[str], sums: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Many times to a row: of courses that tell them, and of a past also of odd ones; one statement."""
    if span.known is None:
        return list(_packed(timed(rows, span), by, sums))
    here, took = _plainly(span.known)
    plain = rows.filter(is_odd=False).annotate(ended=ended_then()).annotate(here=flag(here), took=took)
    over = rows.filter(is_odd=True, ended_at__lt=span.known)
    over = over.annotate(here=Value(False, BooleanField()), took=F("spent"))
    still = rows.filter(Q(ended_at=None) | Q(ended_at__gte=span.known), is_odd=True)
    odd = still.values_list(*by, *sums, "deal", "stage")
    arms = [some.query.sql_with_params() for some in (_packed(plain, by, sums), _packed(over, by, sums), odd)]
    (first, _), (second, _), (third, _) = arms
    words = {
        "told": f"{first} UNION ALL {second}",
        "odd": third,
        "keys": ", ".join(f"key_{place}" for place in range(len(by))),
        "totals": "".join(f", total_{place}" for place in range(len(sums))),
        "sums": "".join(f", sum(total_{place})" for place in range(len(sums))),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            _ODD.format_map(words), [*chain(*(values for _sql, values in arms)), *[span.known] * 3]
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _packed(rows: QuerySet[Any, Any], by: Sequence[str], sums: Sequence[str]) -> QuerySet[Any, Any]:
    totals = {f"sum_{name}": Sum(name) for name in sums}
    told: QuerySet[Any, Any] = rows.values(*by, "here").annotate(each=Packed("took"), **totals)
    return told.values_list(*by, "here", "each", *totals)


def _lives(known: datetime) -> Q:
    """States that a deal lived in at an instant, of those that had begun."""
    return Q(outcome__in=LIVE) & (Q(until=None) | Q(until__gte=known))


def length_until(known: datetime, wanted: Q | None = None) -> Any:
    """How long states, or the wanted ones of them, lasted up to an instant, added up, in microseconds."""
    until = Least(Coalesce("until", Value(known)), Value(known))
    return Microseconds(Sum(ExpressionWrapper(until - F("since"), DurationField()), filter=wanted))


def _plainly(known: datetime) -> tuple[Q, Any]:
    """Whether the deal of a plain course was in the stage at an instant, and how long it had been by then."""
    # Whoever passed the stage after its only stay began has left it: that is told without reckoning when, for most.
    unpassed = Q(passed_at=None) | Q(passed_at__gte=known) | Q(passed_at__lte=F("entered_at"))
    here = unpassed & (Q(is_here=True) | Q(ended__gte=known))
    so_far = Microseconds(Value(known) - F("entered_at"))
    return here, Case(When(here, then=so_far), default=F("spent"), output_field=BigIntegerField())


def ended_then() -> Any:
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

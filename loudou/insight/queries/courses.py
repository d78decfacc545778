"""Reading cohorts (M02) from the courses of deals.

A course is read as it was known at an instant: what happened later is not seen, which its own columns tell for most;
for odd ones (several stays, holds, reopened) visits are asked. Deals whose past was known otherwise are left out here
and counted from their facts. Times are read in `times.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)

from loudou.insight.figures.conversion import Conversion, conversion_of
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.conditions import together
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.scope import which, whose
from loudou.pipeline.figures.courses import LOST
from loudou.pipeline.figures.courses import Course as Way
from loudou.pipeline.models import Course, Line, Visit
from loudou.pipeline.queries.courses import courses_of

Key = int | str | None
SPLITS = {
    "": "",
    "unit": "unit",
    "owner": "owner",
    "source": "deal__source",
    "product": "deal__lines__product",
}


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
        key: Any = Value(branch, BigIntegerField()) if branch else split_by(by)
        for rows in cohort_apart(stages, each, span):
            rows = rows.exclude(deal__in=keys_of(otherwise)).order_by()
            rows = by_product(rows) if by == "product" else rows
            counted = rows.values(
                "stage", "advanced", "exited", been=F("was_in"), back=F("went_back"), part=key
            )
            branches.append(counted.annotate(n=Count("*"), total=Sum("amount")))
    if branches:
        for row in together(branches):
            found[row["part"]][row["stage"]] += conversion_in(row)
    for other, way in known_ways(otherwise, stages):
        one = conversion_of(way, span, scope)
        if one.cohort:
            for part in parts_of(way, other, scope, by):
                found[part][way.stage] += one
    return found


def cohort(stages: Collection[int] | None, scope: Scope, span: Span) -> QuerySet[Any, Any]:
    """Courses whose stage was first reached in the span, with what became of them as known at its instant."""
    return fates(_reached(stages, scope, span), span)


def cohort_apart(stages: Collection[int] | None, scope: Scope, span: Span) -> list[QuerySet[Any, Any]]:
    """The same in parts: of a past instant those whose own columns tell it, and the odd ones.

    A statement that asks for visits reads no row in parallel, and of a million nine tenths need none.
    """
    rows = _reached(stages, scope, span)
    if span.known is None:
        return [fates(rows, span)]
    return [fates(rows.filter(is_odd=odd), span, odd=odd) for odd in (False, True)]


def _reached(stages: Collection[int] | None, scope: Scope, span: Span) -> QuerySet[Course]:
    return Course.objects.filter(
        sound(span.known),
        within(span, "reached_at"),
        which(scope),
        whose(scope, at="reached_at"),
        staged(stages),
    )


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
        yield from courses_of(other.known, other.version, other.order)


def known_ways(otherwise: Sequence[Otherwise], stages: Collection[int]) -> Iterator[tuple[Otherwise, Way]]:
    """The courses through these stages of deals as they were known."""
    return ((other, way) for other in otherwise for way in known_courses(other) if way.stage in stages)


def fates(rows: Any, span: Span, *, odd: bool | None = None) -> QuerySet[Any, Any]:
    """`advanced`, `exited`, `was_in`, `went_back`, each as known at the span's instant, of courses that began in the span;
    of their deals whether they stood `lost` or `won`.

    `odd` says of rows that all of them are odd, or none.
    """
    known = span.known
    advanced = happened("passed_at", known)
    told: QuerySet[Any, Any] = rows.annotate(
        advanced=flag(advanced),
        exited=flag(~advanced & stands_lost(span, odd=odd)),
        was_in=flag(happened("entered_at", known)),
        went_back=flag(happened("backed_at", known)),
        lost=flag(stands_lost(span, odd=odd)),
        won=flag(_stands("won_at", ["won"], span, odd=odd)),
    )
    return told


def stands_lost(span: Span, *, odd: bool | None = None) -> Q:
    """Courses of deals that stood lost at the instant of a span in which they came to their stages; `odd` as in `fates`."""
    return _stands("lost_at", LOST, span, odd=odd)


def _stands(column: str, closes: Collection[str], span: Span, *, odd: bool | None) -> Q:
    """Courses of deals that stood closed so: either they stand so still, or what they were closed by was undone since."""
    known = span.known
    still = happened(column, known)
    if known is None or odd is False:
        return still
    # A closed deal comes to no stage: what it stands closed by lies behind all of its courses' beginnings.
    since = Q(left_at__gte=span.since) if span.since is not None else Q()
    undone = Visit.objects.filter(
        since, deal=OuterRef("deal"), left_by__in=closes, left_at__lt=known, reopened_at__gte=known
    )
    stood = Q(Exists(undone))
    return still | (stood if odd else Q(is_odd=True) & stood)


def _each(scope: Scope, by: str) -> Iterator[tuple[int | None, Scope]]:
    """The scope once for each branch of its units where they are told apart."""
    if by != "unit" or scope.units is None:
        yield None, scope
        return
    for branch in dict.fromkeys(one.branch for one in scope.units):
        yield branch, replace(scope, units=tuple(one for one in scope.units if one.branch == branch))


def split_by(by: str) -> Any:
    """The part a course counts in, as an expression."""
    return F(SPLITS[by]) if by else Value(None, BigIntegerField())


def by_product(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """A deal counts once for each of its products, however many of its lines name it."""
    earlier = Line.objects.filter(
        deal=OuterRef("deal"), product=OuterRef("deal__lines__product"), pk__lt=OuterRef("deal__lines__pk")
    )
    return rows.filter(Q(deal__lines__isnull=False) & ~Q(Exists(earlier)))


def conversion_in(row: Mapping[str, Any]) -> Conversion:
    """The conversion of `n` courses that went the same ways, worth `total` when they reached the stage."""
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


def staged(stages: Collection[int] | None) -> Q:
    """Courses through these stages; None: through any."""
    return Q(stage__in=stages) if stages is not None else Q()


def sound(known: datetime | None) -> Q:
    """Courses of deals that were not invalid at an instant."""
    return Q(void_at=None) if known is None else Q(void_at=None) | Q(void_at__gte=known)


def happened(column: str, known: datetime | None) -> Q:
    """What the column says had happened by an instant; None: by now."""
    return Q(**{f"{column}__isnull": False}) if known is None else Q(**{f"{column}__lt": known})


def within(span: Span, column: str) -> Q:
    """Rows whose column lies in the span."""
    wanted = Q(**{f"{column}__gte": span.since}) if span.since is not None else Q()
    until = span.until or span.known
    return wanted & Q(**{f"{column}__lt": until}) if until is not None else wanted


def flag(wanted: Q) -> Any:
    """Whether it holds; what is not known does not."""
    return Case(When(wanted, then=Value(True)), default=Value(False), output_field=BooleanField())


def keys_of(otherwise: Sequence[Otherwise]) -> list[int]:
    """The keys of these deals."""
    return [other.deal.pk for other in otherwise]

"""The deals behind a number: every figure of the room, asked for its records.

What is shown of them adds up to the number: `counted` reads the same rows as `records`, and `of_each` tells what
every one of them contributes. A deal that went up twice counts twice, with its amount each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
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
)
from django.db.models.functions import Coalesce

from loudou.insight.figures.categories import CATEGORIES
from loudou.insight.figures.conversion import Conversion, conversion_of
from loudou.insight.figures.flow import START, STAY, WAYS, Amounts, Span, passages
from loudou.insight.figures.forecast import BUCKETS
from loudou.insight.figures.times import times_of
from loudou.insight.figures.winrate import LOST, standing_close
from loudou.insight.queries import cycles
from loudou.insight.queries.calibration import closes_at_stages, known_close
from loudou.insight.queries.categories import category_of, standing_in
from loudou.insight.queries.closes import closed
from loudou.insight.queries.conditions import entered, left, standing
from loudou.insight.queries.courses import cohort, known_courses
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.leaks import CAUSES, Asking, late_leaks, late_losses, leaking, with_why
from loudou.insight.queries.live import LiveDeals, dated, due_where, past, present, stands
from loudou.insight.queries.quota import OF_PATCHES, brought, open_in_zones
from loudou.insight.queries.rivals import Rivals, against
from loudou.insight.queries.scope import which, whose
from loudou.insight.queries.through import FATES, WITHIN, late, rows_of
from loudou.insight.queries.times import first_entries, timed
from loudou.kernel.numbers import ZERO
from loudou.pipeline.figures.history import History, off_funnel
from loudou.pipeline.models import Deal, Funnel, State, Visit
from loudou.pipeline.queries.deliveries import expected
from loudou.pipeline.queries.flags import thresholds
from loudou.pipeline.queries.funnels import stage_orders

COUNT = "count"
LEFT, WAITING, LEAK, GONE = "left_stage", "waiting", "leak", "gone"
# All silent leaks, and those for one cause.
LEAKS: Mapping[str, Collection[str]] = {LEAK: CAUSES, **{f"{LEAK}_{cause}": (cause,) for cause in CAUSES}}
CLOSES = ("won_deals", "lost_deals", "off_funnel")
# The closes of a year at the stages their deals had come to (M04), and what patches are made of (M25).
TAUGHT = {"closed_here": None, "closed_here_won": True, "closed_here_lost": False}
FLOW = tuple(dict.fromkeys(WAYS.values()))
# Ways that tables put together; `lost` holds departures that turned out invalid and valid again too.
TOGETHER = {"promoted": ("in:forward", "in:skip"), GONE: ("out:lost", "out:cancelled")}
# What became of a cohort (M02), as its courses say it; how many left a stage (M06).
COHORTS: Mapping[str, Callable[[Conversion], int]] = {
    "cohort": lambda one: one.cohort,
    "advanced": lambda one: one.advanced,
    "exited": lambda one: one.exited,
    "in_flight": lambda one: one.inflight,
    "jumped": lambda one: one.skipped,
    "regressed": lambda one: one.backed,
}
_COURSES = {
    "cohort": Q(),
    "advanced": Q(advanced=True),
    "exited": Q(exited=True),
    "in_flight": Q(advanced=False, exited=False),
    "jumped": Q(was_in=False),
    "regressed": Q(went_back=True),
}
# Everything that can be asked for: stock, flows and their ways, ends of the period, closes, the forecast sheet, its
# deals by category, cohorts, times, leaks, what teaches success rates, what quotas come from.
WHATS = (
    *(COUNT, START, STAY, *FLOW, *WAYS, *TOGETHER, *CLOSES, *BUCKETS, *CATEGORIES, *COHORTS),
    *(LEFT, WAITING, *LEAKS, *TAUGHT, *OF_PATCHES),
    *(*FATES, *WITHIN, *cycles.OF_CYCLES),
)
BEYOND = "due_beyond"  # due in a stage or in a later one: what a stage must hold is held against it (M60)
STOCKS = (COUNT, *BUCKETS, *CATEGORIES)


@dataclass(frozen=True)
class Asked:
    """Which number: what it counts, in which stages (None: all), of whom and when.

    `limits` is what each stage allows before a deal leaks there, `lasts` when deals whose past was known otherwise had
    been in contact; only for leaks.
    `why` is the reason for which deals were lost (None: any, 0: none was named); only of those `gone`.
    """

    what: str
    wanted: LiveDeals
    span: Span
    stages: Collection[int] | None = None
    limits: Mapping[int, int | None] = field(default_factory=dict)
    lasts: Mapping[int, datetime] = field(default_factory=dict)
    why: int | None = None
    rival: str = ""  # of closes and created deals: those on which this competitor is named
    rivals: Mapping[int, Rivals] = field(default_factory=dict)  # on deals whose past was known otherwise
    within: int = 0  # days after which a cohort is told `WITHIN` them


@dataclass(frozen=True)
class _Rows:
    """The rows a number counts, and what they call their deal and the amount they count with."""

    rows: QuerySet[Any, Any]
    deal: str
    amount: str


def records(asked: Asked, otherwise: Sequence[Otherwise] = ()) -> QuerySet[Deal]:
    """The deals a number counts, whoever may see them."""
    found = _rows(asked)
    wanted = Q(pk__in=found.rows.values(found.deal)) if found.deal != "pk" else None
    if not otherwise:
        return found.rows if wanted is None else Deal.objects.filter(wanted)
    right = [other.deal.pk for other in otherwise if _known(other, asked).count]
    told = [other.deal.pk for other in otherwise]
    return Deal.objects.filter((wanted or Q(pk__in=found.rows)) & ~Q(pk__in=told) | Q(pk__in=right))


def counted(asked: Asked, otherwise: Sequence[Otherwise] = ()) -> Amounts:
    """How often and with what amount a number counts its deals: the number itself; one query."""
    found = _rows(asked)
    rows = found.rows.exclude(**{f"{found.deal}__in": [other.deal.pk for other in otherwise]})
    sums = rows.order_by().aggregate(n=Count("*"), total=Sum(found.amount))
    return _sum([Amounts(sums["n"], sums["total"] or ZERO), *(_known(other, asked) for other in otherwise)])


def lines(asked: Asked, otherwise: Sequence[Otherwise] = ()) -> QuerySet[Any, Any]:
    """What a number counts, a row of deal and amount each; without deals whose past was known otherwise."""
    found = _rows(asked)
    rows = found.rows.exclude(**{f"{found.deal}__in": [other.deal.pk for other in otherwise]})
    return rows.order_by().values_list(found.deal, found.amount)


def of_each(
    keys: Collection[int], asked: Asked, otherwise: Sequence[Otherwise] = ()
) -> Mapping[int, Amounts]:
    """What the number counts of each of these deals; one query."""
    found = _rows(asked)
    each: dict[int, Amounts] = defaultdict(Amounts)
    told = {other.deal.pk for other in otherwise}
    rows = found.rows.filter(**{f"{found.deal}__in": [key for key in keys if key not in told]})
    sums = rows.order_by().values_list(found.deal).annotate(n=Count("*"), total=Sum(found.amount))
    for key, count, amount in sums:
        each[key] = Amounts(count, amount)
    for other in otherwise:
        if other.deal.pk in keys:
            each[other.deal.pk] = _known(other, asked)
    return each


def _rows(asked: Asked) -> _Rows:
    what, span, scope = asked.what, asked.span, asked.wanted.scope
    if what in STOCKS:
        return _standing(asked)
    if what in (START, STAY):
        instant = span.since if what == START else span.until
        rows: Any = State.objects.filter(
            standing(instant, span.known), which(scope), whose(scope, at=instant or span.now)
        )
        if what == START and span.since is None:
            rows = rows.none()
        return _Rows(_staged(rows, asked), "deal", "base_amount")
    if what in CLOSES:
        rows = Visit.objects.filter(
            closed(scope, span),
            against(asked.rival, "deal"),
            left_by__in=LOST if what == "lost_deals" else ["won"],
        )
        if what == "off_funnel":
            rows = rows.filter(_off_funnel(span))
        return _Rows(_staged(rows, asked), "deal", "left_amount")
    if what in cycles.OF_CYCLES:
        return _Rows(*cycles.rows_of(what, scope, span, asked.wanted.funnels, asked.stages, asked.rival))
    if what in COHORTS:
        return _Rows(cohort(asked.stages, scope, span).filter(_COURSES[what]), "deal", "amount")
    if what in (*FATES, *WITHIN):
        return _Rows(rows_of(what, asked.stages, scope, span, asked.within), "deal", "amount")
    if what in (LEFT, WAITING):
        times = timed(first_entries(asked.stages, scope, span), span).filter(here=what == WAITING)
        return _Rows(times, "deal", "amount")
    if what in TAUGHT:
        rows = closes_at_stages(scope, span, asked.wanted.funnels, asked.stages)
        return _Rows(rows.filter(_outcome(TAUGHT[what])), "deal", "left_amount")
    if what in OF_PATCHES:
        return _Rows(*open_in_zones(what, asked.wanted), "brings")
    if what in LEAKS:
        return _Rows(leaking(asked.limits, scope, span, LEAKS[what]), "deal", "stood_at")
    return _passing(asked)


def _outcome(won: bool | None) -> Q:
    return Q() if won is None else Q(left_by="won") if won else ~Q(left_by="won")


def _off_funnel(span: Span) -> Q:
    """Wins that were off the funnel (`pipeline.figures.history.off_funnel`); of the past, as they were then."""
    if span.known is None:
        return Q(deal__off_funnel=True)
    limits = thresholds()
    first = Visit.objects.filter(deal=OuterRef("deal"), seq=0)
    young: Any = ExpressionWrapper(
        Coalesce(F("deal__created_at"), Subquery(first.values("entered_at")))
        + timedelta(days=limits.off_funnel_days),
        DateTimeField(),
    )
    late = Q(pk__in=[])
    for funnel, order in stage_orders(list(Funnel.objects.values_list("pk", flat=True))).items():
        if len(order) > 1:
            late |= Q(funnel=funnel) & Q(Exists(first.filter(stage=max(order, key=lambda key: order[key]))))
    return (Q(left_at__lt=young) | late) & Q(left_amount__gte=limits.off_funnel_amount)


def _was_off_funnel(other: Otherwise) -> bool:
    created_at, order = other.deal.created_at, other.order
    return other.known is not None and off_funnel(other.known, created_at, order, thresholds())


def _standing(asked: Asked) -> _Rows:
    wanted = asked.wanted
    rows: QuerySet[Any, Any]
    if wanted.known is None:
        rows, deal = Deal.objects.filter(present(wanted)), "pk"
        if asked.stages is not None:
            rows = rows.filter(spec__stage__in=asked.stages)
    else:
        rows, deal = _staged(State.objects.filter(past(wanted)), asked), "deal"
    if asked.what == COUNT:
        return _Rows(rows, deal, "base_amount")
    if asked.what == "resting":
        return _Rows(rows.filter(outcome="on_hold"), deal, "base_amount")
    where = "due"
    if asked.what in CATEGORIES:
        rows = rows.filter(standing_in(asked.what, wanted))
    else:
        where = asked.what
    return _expected(rows.filter(outcome="open"), deal, where, wanted)


def _expected(rows: QuerySet[Any, Any], deal: str, where: str, wanted: LiveDeals) -> _Rows:
    """Open deals that stand so before a sheet, whole or with some of their deliveries, and what of them does."""
    if wanted.period is None:
        return _Rows(rows.filter(dated(wanted, where)), deal, "base_amount")
    here = expected(rows, partial(dated, wanted, where), at=wanted.known, row=deal)
    return _Rows(here, deal, "falls")


def _staged(rows: QuerySet[Any, Any], asked: Asked) -> QuerySet[Any, Any]:
    return rows.filter(stage__in=asked.stages) if asked.stages is not None else rows


def _passing(asked: Asked) -> _Rows:
    """Visits that came or went in the ways asked for."""
    ways = _ways(asked.what)
    span, scope = asked.span, asked.wanted.scope
    coming = [way.removeprefix("in:") for way in ways if way.startswith("in:")]
    going = [way.removeprefix("out:") for way in ways if way.startswith("out:")]
    if going:
        mine = whose(scope, owner="left_owner", unit="left_unit", at="left_at")
        rows: Any = Visit.objects.filter(left(span), which(scope), mine, left_by__in=going)
        if asked.why is not None:
            rows = with_why(rows).filter(why=asked.why or None)
        return _Rows(_staged(rows, asked), "deal", "left_amount")
    way = Q(entered_by__in=[name for name in coming if name not in ("skip", "forward")])
    if "skip" in coming:
        way |= Q(entered_by="forward", jumped__gt=0)
    if "forward" in coming:
        way |= Q(entered_by="forward", jumped=0)
    rows = Visit.objects.filter(entered(span), which(scope), whose(scope, at="entered_at"), way)
    return _Rows(_staged(rows, asked), "deal", "amount")


def _ways(what: str) -> list[str]:
    if what in TOGETHER:
        return list(TOGETHER[what])
    return [what] if what in WAYS else [way for way, name in WAYS.items() if name == what]


def _known(other: Otherwise, asked: Asked) -> Amounts:
    """What a deal's known past contributes to the number."""
    if asked.rival and asked.rival.lower() not in asked.rivals.get(other.deal.pk, Rivals()).names:
        return Amounts()
    if asked.what == "off_funnel" and not _was_off_funnel(other):
        return Amounts()
    if asked.what in COHORTS or asked.what in (LEFT, WAITING) or asked.what in LEAKS:
        return _sum(_in_courses(other, asked))
    if asked.what in (*FATES, *WITHIN):
        return late(asked.what, other, asked.stages, asked.wanted.scope, asked.span, asked.within)
    if asked.what in cycles.OF_CYCLES:
        named = asked.rivals.get(other.deal.pk, Rivals())
        scope, rival = asked.wanted.scope, asked.rival.lower()
        return cycles.late(asked.what, other, scope, asked.span, asked.stages, named, rival)
    if asked.what in TAUGHT:
        return _taught_by(other, asked)
    if asked.what in OF_PATCHES:
        brings = brought(asked.what, other.known, other.version, asked.wanted)
        return Amounts(1, brings) if brings is not None else Amounts()
    if asked.what in CATEGORIES:
        return _in_category(other, asked)
    if asked.why is not None:
        return _sum(_lost_for(other, asked))
    return _JUDGES[_sort(asked.what)](other.known, asked) if other.known is not None else Amounts()


def _sort(what: str) -> str:
    if what in STOCKS:
        return "stock"
    return "close" if what in CLOSES else "flow"


def _in_stock(history: History, asked: Asked) -> Amounts:
    stand = stands(history, asked.wanted)
    if stand is None or (asked.stages is not None and stand.stage not in asked.stages):
        return Amounts()
    if asked.what == COUNT:
        return Amounts(1, stand.base_amount)
    amount = due_where(stand, asked.wanted).get(asked.what)
    return Amounts(1, amount) if amount is not None else Amounts()


def _in_category(other: Otherwise, asked: Asked) -> Amounts:
    """What a deal that stood in the category brings, if it was due."""
    due = Asked("due", asked.wanted, asked.span, asked.stages)
    stand = stands(other.known, asked.wanted)
    if other.known is None or stand is None or category_of(stand, other.version) != asked.what:
        return Amounts()
    return _in_stock(other.known, due)


def _in_flow(history: History, asked: Asked) -> Amounts:
    kinds = {asked.what} if asked.what in (START, STAY) else set(_ways(asked.what))
    return _sum(
        Amounts(1, passage.amount)
        for passage in passages(history, asked.span)
        if passage.kind in kinds
        and (asked.stages is None or passage.stage in asked.stages)
        and asked.wanted.scope.takes(passage.owner, passage.unit, passage.at)
    )


def _in_courses(other: Otherwise, asked: Asked) -> Iterator[Amounts]:
    """What the courses of a deal, as it was known, contribute."""
    scope, span = asked.wanted.scope, asked.span
    if asked.what in LEAKS:
        wanted = Asking(asked.limits, scope, span, LEAKS[asked.what])
        leaks = late_leaks(other, asked.lasts.get(other.deal.pk), wanted)
        yield from (Amounts(1, amount) for _stage, _why, amount in leaks)
        return
    for course in known_courses(other):
        if asked.stages is not None and course.stage not in asked.stages:
            continue
        if asked.what in (LEFT, WAITING):
            told = times_of(course, span, scope)
            counts = told.left if asked.what == LEFT else told.inflight
        else:
            counts = COHORTS[asked.what](conversion_of(course, span, scope))
        yield Amounts(counts, counts * course.amount)


def _taught_by(other: Otherwise, asked: Asked) -> Amounts:
    """What the close of a deal, as it was known, teaches of the stages asked for."""
    closed, amounts = known_close(other, asked.wanted.scope, asked.span, asked.stages)
    won = TAUGHT[asked.what]
    return amounts if won is None or (closed.won if won else closed.lost) else Amounts()


def _lost_for(other: Otherwise, asked: Asked) -> Iterator[Amounts]:
    """What was lost of a deal, as it was known, for the reason asked for."""
    for stage, why, amount in late_losses(other, asked.wanted.scope, asked.span):
        if (why or 0) == asked.why and (asked.stages is None or stage in asked.stages):
            yield Amounts(1, amount)


def _in_closes(history: History, asked: Asked) -> Amounts:
    close = standing_close(history, asked.span.known)
    if close is None or close.left_at is None or close.left_owner is None or close.left_amount is None:
        return Amounts()
    wanted = LOST if asked.what == "lost_deals" else ("won",)
    span = asked.span
    within = (span.since is None or close.left_at >= span.since) and (
        span.until is None or close.left_at < span.until
    )
    mine = asked.wanted.scope.takes(close.left_owner, close.left_unit, close.left_at)
    staged = asked.stages is None or close.stage in asked.stages
    counts = close.left_by in wanted and within and mine and staged
    return Amounts(1, close.left_amount) if counts else Amounts()


def _sum(some: Iterable[Amounts]) -> Amounts:
    return sum(some, Amounts())


_JUDGES: dict[str, Callable[[History, Asked], Amounts]] = {
    "stock": _in_stock,
    "flow": _in_flow,
    "close": _in_closes,
}

"""The rows of the database that a number counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import (
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from loudou.insight.figures.categories import CATEGORIES
from loudou.insight.figures.flow import START, STAY, Span
from loudou.insight.figures.winrate import LOST
from loudou.insight.queries import cycles
from loudou.insight.queries.calibration import closes_at_stages
from loudou.insight.queries.categories import standing_in
from loudou.insight.queries.closes import closed
from loudou.insight.queries.conditions import entered, left, standing
from loudou.insight.queries.courses import cohort
from loudou.insight.queries.leaks import leaking, with_why
from loudou.insight.queries.live import LiveDeals, dated, past, present
from loudou.insight.queries.quota import OF_PATCHES, open_in_zones
from loudou.insight.queries.records._asked import (
    CLOSES,
    COHORTS,
    COUNT,
    LEAKS,
    LEFT,
    STOCKS,
    TAUGHT,
    WAITING,
    Asked,
    ways_of,
)
from loudou.insight.queries.rivals import against
from loudou.insight.queries.scope import which, whose
from loudou.insight.queries.through import FATES, WITHIN, rows_of
from loudou.insight.queries.times import first_entries, timed
from loudou.pipeline.models import Deal, Funnel, State, Visit
from loudou.pipeline.queries.deliveries import expected
from loudou.pipeline.queries.flags import thresholds
from loudou.pipeline.queries.funnels import stage_orders

_COURSES = {
    "cohort": Q(),
    "advanced": Q(advanced=True),
    "exited": Q(exited=True),
    "in_flight": Q(advanced=False, exited=False),
    "jumped": Q(was_in=False),
    "regressed": Q(went_back=True),
}


@dataclass(frozen=True)
class Rows:
    """The rows a number counts, and what they call their deal and the amount they count with."""

    rows: QuerySet[Any, Any]
    deal: str
    amount: str


def rows_of_number(asked: Asked) -> Rows:
    """The rows that are counted, of deals whose past was known otherwise too."""
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
        return Rows(_staged(rows, asked), "deal", "base_amount")
    if what in CLOSES:
        rows = Visit.objects.filter(
            closed(scope, span),
            against(asked.rival, "deal"),
            left_by__in=LOST if what == "lost_deals" else ["won"],
        )
        if what == "off_funnel":
            rows = rows.filter(_off_funnel(span))
        return Rows(_staged(rows, asked), "deal", "left_amount")
    if what in cycles.OF_CYCLES:
        return Rows(*cycles.rows_of(what, scope, span, asked.wanted.funnels, asked.stages, asked.rival))
    if what in COHORTS:
        return Rows(cohort(asked.stages, scope, span).filter(_COURSES[what]), "deal", "amount")
    if what in (*FATES, *WITHIN):
        return Rows(rows_of(what, asked.stages, scope, span, asked.within), "deal", "amount")
    if what in (LEFT, WAITING):
        times = timed(first_entries(asked.stages, scope, span), span).filter(here=what == WAITING)
        return Rows(times, "deal", "amount")
    if what in TAUGHT:
        rows = closes_at_stages(scope, span, asked.wanted.funnels, asked.stages)
        return Rows(rows.filter(_outcome(TAUGHT[what])), "deal", "left_amount")
    if what in OF_PATCHES:
        return Rows(*open_in_zones(what, asked.wanted), "brings")
    if what in LEAKS:
        return Rows(leaking(asked.limits, scope, span, LEAKS[what]), "deal", "stood_at")
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


def _standing(asked: Asked) -> Rows:
    wanted = asked.wanted
    rows: QuerySet[Any, Any]
    if wanted.known is None:
        rows, deal = Deal.objects.filter(present(wanted)), "pk"
        if asked.stages is not None:
            rows = rows.filter(spec__stage__in=asked.stages)
    else:
        rows, deal = _staged(State.objects.filter(past(wanted)), asked), "deal"
    if asked.what == COUNT:
        return Rows(rows, deal, "base_amount")
    if asked.what == "resting":
        return Rows(rows.filter(outcome="on_hold"), deal, "base_amount")
    where = "due"
    if asked.what in CATEGORIES:
        rows = rows.filter(standing_in(asked.what, wanted))
    else:
        where = asked.what
    return _expected(rows.filter(outcome="open"), deal, where, wanted)


def _expected(rows: QuerySet[Any, Any], deal: str, where: str, wanted: LiveDeals) -> Rows:
    """Open deals that stand so before a sheet, whole or with some of their deliveries, and what of them does."""
    if wanted.period is None:
        return Rows(rows.filter(dated(wanted, where)), deal, "base_amount")
    here = expected(rows, partial(dated, wanted, where), at=wanted.known, row=deal)
    return Rows(here, deal, "falls")


def _staged(rows: QuerySet[Any, Any], asked: Asked) -> QuerySet[Any, Any]:
    return rows.filter(stage__in=asked.stages) if asked.stages is not None else rows


def _passing(asked: Asked) -> Rows:
    """Visits that came or went in the ways asked for."""
    ways = ways_of(asked.what)
    span, scope = asked.span, asked.wanted.scope
    coming = [way.removeprefix("in:") for way in ways if way.startswith("in:")]
    going = [way.removeprefix("out:") for way in ways if way.startswith("out:")]
    if going:
        mine = whose(scope, owner="left_owner", unit="left_unit", at="left_at")
        rows: Any = Visit.objects.filter(left(span), which(scope), mine, left_by__in=going)
        if asked.why is not None:
            rows = with_why(rows).filter(why=asked.why or None)
        return Rows(_staged(rows, asked), "deal", "left_amount")
    way = Q(entered_by__in=[name for name in coming if name not in ("skip", "forward")])
    if "skip" in coming:
        way |= Q(entered_by="forward", jumped__gt=0)
    if "forward" in coming:
        way |= Q(entered_by="forward", jumped=0)
    rows = Visit.objects.filter(entered(span), which(scope), whose(scope, at="entered_at"), way)
    return Rows(_staged(rows, asked), "deal", "amount")

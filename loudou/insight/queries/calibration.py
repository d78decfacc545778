"""Counting closed deals by the stages they came to (M04), and the rates forecasts count with because of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q, QuerySet

from loudou.insight.figures.calibration import Closed, StageRate, calibrate
from loudou.insight.figures.flow import Amounts, Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.velocity import a_year_before
from loudou.insight.figures.winrate import standing_close
from loudou.insight.models import Calibrated
from loudou.insight.queries.closes import closed
from loudou.insight.queries.known import Otherwise, known_otherwise, version_of
from loudou.kernel import clock
from loudou.kernel.numbers import ZERO
from loudou.people.models import Organisation
from loudou.pipeline.figures.history import History
from loudou.pipeline.models import Funnel, StageSpec, Visit
from loudou.pipeline.queries.courses import courses_of
from loudou.pipeline.queries.funnels import every_spec, order_in, specs
from loudou.ui.prepared import Prepared


def year_before(now: datetime, known: datetime | None, company: Organisation) -> Span:
    """The twelve months before an instant as known then; before now without one."""
    return Span(now, a_year_before((known or now).astimezone(company.zone)), known, known)


def closed_by_stage(
    funnel: int, scope: Scope, span: Span, otherwise: Iterable[Otherwise] = ()
) -> dict[int, Closed]:
    """Deals closed in the span by the stages they came to, jumped over or not; one query. Dates unknown (C21): none."""
    (found,) = closed_by_funnel({funnel: otherwise}, scope, span).values()
    return found


def closed_by_funnel(
    funnels: Mapping[int, Iterable[Otherwise]], scope: Scope, span: Span
) -> dict[int, dict[int, Closed]]:
    """The same of several funnels, given with the deals of each that were known otherwise; one query for all of them."""
    found: dict[int, dict[int, Closed]] = {funnel: defaultdict(Closed) for funnel in funnels}
    if not funnels:
        return found
    for funnel, stage, left_by, count in _counted(scope, span, list(funnels)):
        found[funnel][stage] += Closed(count, 0) if left_by == "won" else Closed(0, count)
    for funnel, otherwise in funnels.items():
        for other in otherwise:
            _add(found[funnel], other, other.told, scope, span, -1)
            if other.known is not None:
                _add(found[funnel], other, other.known, scope, span, 1)
    return found


def _counted(scope: Scope, span: Span, funnels: Collection[int]) -> list[tuple[int, int, str, int]]:
    """The rows of `closes_at_stages` counted by funnel, stage and outcome.

    Closes meet courses by their deal's key, which Django would look up among all deals: of the company that takes
    three times as long.
    """
    closes = Visit.objects.filter(closed(scope, span, funnels)).order_by()
    with suppress(EmptyResultSet), connection.cursor() as cursor:
        sql, params = closes.values_list("funnel", "left_by", "deal", "left_at").query.sql_with_params()
        cursor.execute(_BY_STAGE.format(closes=sql), params)
        found: list[tuple[int, int, str, int]] = cursor.fetchall()
        return found
    return []


_BY_STAGE = """
SELECT funnel, course.stage_id, left_by, count(*)
FROM ({closes}) AS closes (funnel, left_by, deal, left_at)
JOIN pipeline_course AS course ON course.deal_id = deal AND course.reached_at <= left_at
GROUP BY 1, 2, 3
"""


def closes_at_stages(
    scope: Scope, span: Span, funnels: Collection[int] | None, stages: Collection[int] | None = None
) -> QuerySet[Visit]:
    """The closes of a span, each once for every one of these stages (None: of all) its deal had come to by then."""
    at_stage = {"deal__courses__stage__in": stages} if stages is not None else {}
    return Visit.objects.filter(
        closed(scope, span, funnels), deal__courses__reached_at__lte=F("left_at"), **at_stage
    )


def known_close(
    other: Otherwise, scope: Scope, span: Span, stages: Collection[int] | None
) -> tuple[Closed, Amounts]:
    """The same of a deal as it was known: what it brings to these stages, and with what amount."""
    found: dict[int, Closed] = defaultdict(Closed)
    if other.known is None:
        return Closed(), Amounts()
    _add(found, other, other.known, scope, span, 1)
    told = sum((one for stage, one in found.items() if stages is None or stage in stages), Closed())
    close = standing_close(other.known, span.known)
    amount = close.left_amount if close is not None else None
    return told, Amounts(told.n, told.n * (amount or ZERO))


def _add(
    found: dict[int, Closed], other: Otherwise, history: History, scope: Scope, span: Span, sign: int
) -> None:
    """What one deal brings to the stages it came to before it was closed."""
    close = standing_close(history, span.known)
    if close is None or close.left_by == "invalid" or other.deal.legacy:
        return
    at, owner = close.left_at, close.left_owner
    assert at is not None and owner is not None
    within = (span.since is None or at >= span.since) and (span.until is None or at < span.until)
    if not within or not scope.takes(owner, close.left_unit, at):
        return
    one = Closed(sign, 0) if close.left_by == "won" else Closed(0, sign)
    version = other.version if sign > 0 else other.deal.funnel_version_id
    for way in courses_of(history, version, other.order):
        if way.reached_at <= at:
            found[way.stage] += one


def chosen(at: datetime | None, funnels: Collection[int] | None = None) -> list[Calibrated]:
    """The choices in force at an instant, now without one, one a funnel; the others keep their configured rates."""
    rows = _IN_FORCE.rows(at or clock.now())
    return [row for row in rows if funnels is None or row.funnel_id in funnels]


def _in_force(at: datetime) -> QuerySet[Calibrated]:
    rows = Calibrated.objects.filter(Q(until=None) | Q(until__gte=at), since__lt=at)
    return rows.select_related("funnel")


_IN_FORCE = Prepared(_in_force, datetime(9999, 1, 1, tzinfo=UTC))


def choices(funnel: Funnel, known: datetime | None) -> list[Calibrated]:
    """Every choice of a funnel that was known at an instant, the newest first, with who made it; one query."""
    rows = Calibrated.objects.filter(funnel=funnel).select_related("chosen_by", "ended_by")
    if known is None:
        return list(rows.order_by("-since", "-pk"))
    found = list(rows.filter(chosen_at__lt=known).order_by("-since", "-pk"))
    for one in found:
        if one.ended_at is not None and one.ended_at >= known:
            one.until = one.ended_at = one.ended_by = None
            one.ended_reason = ""
    return found


@dataclass(frozen=True)
class RatesInForce:
    """What forecasts count with besides the configured rates.

    `calibrated` are the rates of stages: of the whole organisation, where chosen and enough is closed. `learned` are the
    funnels whose deals count with what was learned of each (`queries.foretold`) before that. `closed` is what taught
    the rates, by funnel.
    """

    calibrated: Mapping[int, Decimal]
    learned: frozenset[int]
    closed: Mapping[int, Mapping[int, Closed]] = field(default_factory=dict)


def rates_in_force(
    now: datetime,
    known: datetime | None,
    company: Organisation,
    funnels: Collection[int] | None = None,
) -> RatesInForce:
    """The rates that were chosen over the configured ones at an instant; where nothing is chosen one query.

    However many funnels' are, one more tells what taught them; of a past, those that ask for the deals known otherwise.
    """
    rows = chosen(known, funnels)
    calibrated: dict[int, Decimal] = {}
    late = _late([row.funnel_id for row in rows], known)
    closed = closed_by_funnel(late, Scope(), year_before(now, known, company))
    for row in rows:
        version = version_of(row.funnel, known)
        rates = _calibrated(row.funnel, closed[row.funnel_id], version)
        calibrated |= {one.stage: one.used for _spec, one in rates if one.counts}
    learned = frozenset(row.funnel_id for row in rows if row.rates == Calibrated.Rates.LEARNED)
    return RatesInForce(calibrated, learned, closed)


def taught(
    funnel: Funnel, now: datetime, known: datetime | None, company: Organisation
) -> list[tuple[StageSpec, StageRate]]:
    """What the closed deals of the whole organisation teach of each stage, in order."""
    late = _late([funnel.pk], known)
    closed = closed_by_funnel(late, Scope(), year_before(now, known, company))
    return _calibrated(funnel, closed[funnel.pk], version_of(funnel, known))


def _late(funnels: Collection[int], known: datetime | None) -> dict[int, list[Otherwise]]:
    """Whose deals were known otherwise at an instant, of each of these funnels."""
    found: dict[int, list[Otherwise]] = {funnel: [] for funnel in funnels}
    for other in known_otherwise(known, Scope(), funnels) if funnels else ():
        found[other.deal.funnel_id].append(other)
    return found


def _calibrated(
    funnel: Funnel, counted: Mapping[int, Closed], version: int
) -> list[tuple[StageSpec, StageRate]]:
    stages = in_order(funnel, version)
    rates = calibrate([(spec.stage_id, spec.probability) for spec in stages], counted)
    return list(zip(stages, rates, strict=True))


def in_order(funnel: Funnel, version: int) -> list[StageSpec]:
    """Every stage a funnel ever had, in order, as a version or else the newest has it."""
    order = order_in(funnel)
    newest: dict[int, StageSpec] = {}
    for spec in (*specs(version), *every_spec(funnel)):
        newest.setdefault(spec.stage_id, spec)
    return sorted(newest.values(), key=lambda spec: order[spec.stage_id])

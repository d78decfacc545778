"""The deals behind a number: every figure of the room, asked for its records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from loudou.insight.figures.flow import START, STAY, WAYS, Span, passages
from loudou.insight.figures.forecast import BUCKETS, bucket
from loudou.insight.figures.winrate import LOST, standing_close
from loudou.insight.queries.closes import closed
from loudou.insight.queries.flows import entered, left, standing
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.scope import which, whose
from loudou.insight.queries.stocks import Wanted, past, present, sheet_where, stands
from loudou.pipeline.figures.history import History
from loudou.pipeline.models import Deal, State, Visit

COUNT = "count"
CLOSES = ("won_deals", "lost_deals", "off_funnel")
FLOW = tuple(dict.fromkeys(WAYS.values()))
# Everything that can be asked for: stock, flows and their ways, ends of the period, closes, the forecast sheet.
WHATS = (COUNT, START, STAY, *FLOW, *WAYS, *CLOSES, *BUCKETS)


@dataclass(frozen=True)
class Asked:
    """Which number: what it counts, in which stages (None: all), of whom and when."""

    what: str
    wanted: Wanted
    span: Span
    stages: Collection[int] | None = None


def records(asked: Asked, otherwise: Sequence[Otherwise] = ()) -> QuerySet[Deal]:
    """The deals a number counts, whoever may see them."""
    deals = Deal.objects.filter(_rows(asked))
    if not otherwise:
        return deals
    right = [other.deal.pk for other in otherwise if other.known is not None and _counts(other.known, asked)]
    told = [other.deal.pk for other in otherwise]
    return Deal.objects.filter(_rows(asked) & ~Q(pk__in=told) | Q(pk__in=right))


def _rows(asked: Asked) -> Q:
    what, span, scope = asked.what, asked.span, asked.wanted.scope
    if what == COUNT or what in BUCKETS:
        return _standing_now(asked)
    if what in (START, STAY):
        instant = span.since if what == START else span.until
        rows: Any = State.objects.filter(
            standing(instant, span.known), which(scope), whose(scope, at=instant or span.now)
        )
        if what == START and span.since is None:
            rows = rows.none()
    elif what in CLOSES:
        rows = Visit.objects.filter(
            closed(scope, span), left_by__in=LOST if what == "lost_deals" else ["won"]
        )
        if what == "off_funnel":
            rows = rows.filter(deal__off_funnel=True)
    else:
        rows = _passing(asked)
    if asked.stages is not None:
        rows = rows.filter(stage__in=asked.stages)
    return Q(pk__in=rows.values("deal"))


def _standing_now(asked: Asked) -> Q:
    wanted = asked.wanted
    if wanted.known is None:
        found = present(wanted)
        if asked.what in BUCKETS:
            found &= sheet_where(wanted, asked.what)
        return found & Q(spec__stage__in=asked.stages) if asked.stages is not None else found
    rows = State.objects.filter(past(wanted))
    if asked.what in BUCKETS:
        rows = rows.filter(sheet_where(wanted, asked.what))
    if asked.stages is not None:
        rows = rows.filter(stage__in=asked.stages)
    return Q(pk__in=rows.values("deal"))


def _passing(asked: Asked) -> Any:
    """Visits that came or went in the ways asked for."""
    ways = _ways(asked.what)
    span, scope = asked.span, asked.wanted.scope
    coming = [way.removeprefix("in:") for way in ways if way.startswith("in:")]
    going = [way.removeprefix("out:") for way in ways if way.startswith("out:")]
    if going:
        mine = whose(scope, owner="left_owner", unit="left_unit", at="left_at")
        return Visit.objects.filter(left(span), which(scope), mine, left_by__in=going)
    way = Q(entered_by__in=[name for name in coming if name not in ("skip", "forward")])
    if "skip" in coming:
        way |= Q(entered_by="forward", jumped__gt=0)
    if "forward" in coming:
        way |= Q(entered_by="forward", jumped=0)
    return Visit.objects.filter(entered(span), which(scope), whose(scope, at="entered_at"), way)


def _ways(what: str) -> list[str]:
    return [what] if what in WAYS else [way for way, name in WAYS.items() if name == what]


def _counts(history: History, asked: Asked) -> bool:
    """Whether a deal's known past is counted by the number."""
    return _JUDGES[_sort(asked.what)](history, asked)


def _sort(what: str) -> str:
    if what == COUNT or what in BUCKETS:
        return "stock"
    return "close" if what in CLOSES else "flow"


def _in_stock(history: History, asked: Asked) -> bool:
    stand = stands(history, asked.wanted)
    if stand is None or (asked.stages is not None and stand.stage not in asked.stages):
        return False
    wanted = asked.wanted
    return (
        asked.what == COUNT
        or bucket(stand.outcome, stand.expected_on, wanted.period, wanted.today) == asked.what
    )


def _in_flow(history: History, asked: Asked) -> bool:
    kinds = {asked.what} if asked.what in (START, STAY) else set(_ways(asked.what))
    return any(
        passage.kind in kinds
        and (asked.stages is None or passage.stage in asked.stages)
        and asked.wanted.scope.takes(passage.owner, passage.unit, passage.at)
        for passage in passages(history, asked.span)
    )


def _in_closes(history: History, asked: Asked) -> bool:
    close = standing_close(history, asked.span.known)
    if close is None or close.left_at is None or close.left_owner is None:
        return False
    wanted = LOST if asked.what == "lost_deals" else ("won",)
    span = asked.span
    within = (span.since is None or close.left_at >= span.since) and (
        span.until is None or close.left_at < span.until
    )
    mine = asked.wanted.scope.takes(close.left_owner, close.left_unit, close.left_at)
    staged = asked.stages is None or close.stage in asked.stages
    return close.left_by in wanted and within and mine and staged


_JUDGES: dict[str, Callable[[History, Asked], bool]] = {
    "stock": _in_stock,
    "flow": _in_flow,
    "close": _in_closes,
}

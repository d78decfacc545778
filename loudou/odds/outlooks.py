"""The forecast of a period, and how often such forecasts held what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Case, F, Q, QuerySet, Value, When

from loudou.insight.asked import ALL_TIME
from loudou.insight.figures.flow import Span, is_void, standing_at
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.winrate import LOST, standing_close
from loudou.insight.lens import InsightLens
from loudou.insight.queries.closes import closed
from loudou.insight.queries.conditions import standing
from loudou.insight.queries.courses import known_courses
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.scope import which, whose
from loudou.insight.reports._plain import missing, money, ratio, when
from loudou.kernel.numbers import ZERO, Ratio
from loudou.kernel.periods import Grain, Period
from loudou.odds.figures.outlook import DRAWS, SEED, Gone, Outlook, Standing, Win, outlook
from loudou.pipeline.figures.courses import Course as Way
from loudou.pipeline.figures.history import History, Stand, Stay
from loudou.pipeline.models import State, Visit

TRIED = 8  # periods before that are foretold once more, as of then
MOST = 60_000  # the newest ways of closed deals are enough


@dataclass(frozen=True)
class Tried:
    """A period before: what would have been foretold at the same share of it, and what came."""

    period: Period
    at: datetime
    told: Outlook
    actual: Decimal


@dataclass(frozen=True)
class Otherwise:
    """A deal that was known otherwise at the lens' instant than its rows tell it: what was known, and its ways.

    `ours`: whether the scope takes it by its source and products.
    """

    key: int
    ours: bool
    created_at: datetime | None
    history: History | None
    ways: Sequence[Way]

    def stood(self, at: datetime) -> Stand | None:
        """How it stood open at an instant, as the rows of other deals tell it."""
        if self.history is None or is_void(self.history, at):
            return None
        stand = standing_at(self.history.stands, at)
        return stand if stand is not None and stand.outcome == "open" else None

    def close(self, known: datetime | None) -> Stay | None:
        """The stay by whose end it stood won or lost."""
        close = standing_close(self.history, known) if self.history is not None else None
        return close if close is not None and close.left_by in ("won", *LOST) else None


@dataclass(frozen=True)
class OutlookReport:
    """The forecast of a lens' period."""

    lens: InsightLens
    period: Period
    told: Outlook | None
    tried: Sequence[Tried]

    @cached_property
    def within(self) -> int:
        """How many of the periods before lay in their interval."""
        return sum(one.told.holds(one.actual) for one in self.tried)

    @property
    def coverage(self) -> Ratio:
        """Their share: of an interval between the outer tenths it should be 80 %."""
        return Ratio.of(self.within, len(self.tried), reason="small_n")

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        head = {
            "from": when(self.period.start),
            "to": when(self.period.end),
            "as_of": when(self.lens.instant),
            "currency": self.lens.company.base_currency,
        }
        told = _told(self.told) if self.told is not None else missing("expected", "small_n")
        return {
            **head,
            **told,
            "draws": DRAWS,
            "seed": SEED,
            **ratio("coverage", self.coverage),
            "tried": [
                {
                    "from": when(one.period.start),
                    "to": when(one.period.end),
                    "as_of": when(one.at),
                    **_told(one.told),
                    "actual": money(one.actual),
                    "within": one.told.holds(one.actual),
                }
                for one in self.tried
            ],
        }


def period_forecast(lens: InsightLens) -> OutlookReport:
    """What a lens' period will bring, and what it would have said of the eight before; some fifteen queries.

    As of a past instant from what was known then (B0.1).
    """
    period = lens.or_this_quarter()
    if period == ALL_TIME or period.start == ALL_TIME.start or period.end == ALL_TIME.end:
        period = lens.company.fiscal.of(lens.today, Grain.QUARTER)
    others = _otherwise(lens)
    gone, wins = _gone(lens, others), _wins(lens, others)

    def told(one: Period, at: datetime) -> Outlook | None:
        start, end = one.instants(lens.company.zone)
        won = sum((win.amount for win in wins if start <= win.won_at < min(at, end)), ZERO)
        here, passed = _standing(lens, at, others) if at < end else ([], [])
        return outlook(at, end, won, here, passed, gone, wins)

    return OutlookReport(lens, period, told(period, lens.instant), list(_tried(lens, period, wins, told)))


def _otherwise(lens: InsightLens) -> list[Otherwise]:
    """The deals of the whole organisation that were known otherwise: closed ones teach everybody."""
    everyone = Scope()
    others = known_otherwise(lens.known, everyone, lens.funnels)
    ours = (
        known_otherwise(lens.known, lens.scope, lens.funnels) if others and lens.scope != everyone else others
    )
    keys = {other.deal.pk for other in ours}
    return [
        Otherwise(
            other.deal.pk,
            other.deal.pk in keys,
            other.deal.created_at,
            other.known,
            list(known_courses(other)),
        )
        for other in others
    ]


def _tried(lens: InsightLens, period: Period, wins: Sequence[Win], told: Any) -> Iterator[Tried]:
    """The periods before, each at the share of it that is over of this one."""
    start, end = period.instants(lens.company.zone)
    share = min(max((lens.instant - start) / (end - start), 0.0), 1.0)
    before = period
    for _number in range(TRIED):
        before = lens.company.fiscal.previous(before)
        first, last = before.instants(lens.company.zone)
        at = first + (last - first) * share
        found = told(before, at) if last <= lens.instant and share < 1 else None
        if found is not None:
            actual = sum((win.amount for win in wins if first <= win.won_at < last), ZERO)
            yield Tried(before, at, found, actual)


def _standing(
    lens: InsightLens, at: datetime, others: Sequence[Otherwise]
) -> tuple[list[Standing], list[Standing]]:
    """Open deals at an instant: the scope's in their stage, the organisation's in every stage they have reached.

    None whose dates are not known. At risk is whoever stood there, as those that closed are anybody's (`_gone`).
    """
    here, passed = [], []
    for stage, reached, since, amount, wanted in (*_stood(lens, at, others), *_known(lens, at, others)):
        one = Standing(reached, since, amount)
        passed.append(one)
        if wanted and stage == reached:
            here.append(one)
    return here, passed


def _stood(lens: InsightLens, at: datetime, others: Sequence[Otherwise]) -> QuerySet[Any, Any]:
    """Of the deals whose rows tell it: the stage, one it has reached, since when, its amount, whether the scope takes it."""
    ours = Q(outcome="open") & whose(lens.scope, at=at) & which(lens.scope)
    rows = State.objects.filter(standing(at, at), outcome="open", deal__courses__reached_at__lt=at)
    if lens.funnel is not None:
        rows = rows.filter(funnel=lens.funnel)
    return (
        rows.exclude(deal__in=[other.key for other in others])
        .order_by()
        .annotate(ours=Case(When(ours, then=Value(value=True)), default=Value(value=False)))
        .values_list("stage", "deal__courses__stage", "deal__courses__reached_at", "base_amount", "ours")
    )


def _known(
    lens: InsightLens, at: datetime, others: Sequence[Otherwise]
) -> Iterator[tuple[int, int, datetime, Decimal, bool]]:
    """The same of those that were known otherwise."""
    for other in others:
        stand = other.stood(at)
        if stand is not None:
            ours = other.ours and lens.scope.takes(stand.owner, stand.unit, at)
            for way in other.ways:
                if way.reached_at < at:
                    yield stand.stage, way.stage, way.reached_at, stand.base_amount, ours


def _gone(lens: InsightLens, others: Sequence[Otherwise]) -> list[Gone]:
    """The ways of closed deals of the whole organisation, the newest at most: what closed deals teach is no one's own."""
    span = Span(lens.now, None, lens.known, lens.known)
    rows = Visit.objects.filter(closed(Scope(), span, None), deal__courses__reached_at__lte=F("left_at"))
    if lens.funnel is not None:
        rows = rows.filter(funnel=lens.funnel)
    told = (
        rows.exclude(deal__in=[other.key for other in others])
        .order_by("-left_at")
        .values_list("deal__courses__stage", "deal__courses__reached_at", "left_at", "left_by")
    )
    found = [Gone(stage, reached, left, by == "won") for stage, reached, left, by in told[:MOST] if left]
    for other in others:
        close = other.close(lens.known)
        left = close.left_at if close is not None else None
        if close is not None and left is not None:
            won = close.left_by == "won"
            found += [
                Gone(way.stage, way.reached_at, left, won) for way in other.ways if way.reached_at <= left
            ]
    return sorted(found, key=lambda one: one.closed_at, reverse=True)[:MOST] if others else found


def _wins(lens: InsightLens, others: Sequence[Otherwise]) -> list[Win]:
    """The wins of the scope whose beginning is known."""
    span = Span(lens.now, None, lens.known, lens.known)
    rows = Visit.objects.filter(closed(lens.scope, span, lens.funnels), Q(left_by="won"))
    told = rows.exclude(deal__in=[other.key for other in others]).order_by()
    every = [*told.values_list("deal__created_at", "left_at", "left_amount"), *_known_wins(lens, others)]
    return [Win(began or left, left, amount) for began, left, amount in every if left and amount is not None]


def _known_wins(
    lens: InsightLens, others: Sequence[Otherwise]
) -> Iterator[tuple[datetime | None, datetime | None, Decimal | None]]:
    for other in others:
        close = other.close(lens.known) if other.ours else None
        if close is not None and close.left_by == "won":
            assert close.left_owner is not None and close.left_at is not None
            if lens.scope.takes(close.left_owner, close.left_unit, close.left_at):
                yield other.created_at, close.left_at, close.left_amount


def _told(one: Outlook) -> dict[str, Any]:
    return {
        "won": money(one.won),
        "open": money(one.open),
        "not_yet_created": money(one.unborn),
        "expected": money(one.expected),
        "low": money(one.low),
        "middle": money(one.middle),
        "high": money(one.high),
        "deals": one.deals,
    }

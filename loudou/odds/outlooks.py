"""The forecast of a period, and how often such forecasts held what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Case, F, Q, Value, When

from loudou.insight.asked import ALL_TIME
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.queries.closes import closed
from loudou.insight.queries.conditions import standing
from loudou.insight.queries.scope import which, whose
from loudou.insight.reports._plain import missing, money, ratio, when
from loudou.kernel.numbers import ZERO, Ratio
from loudou.kernel.periods import Grain, Period
from loudou.odds.figures.outlook import DRAWS, SEED, Gone, Outlook, Standing, Win, outlook
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
    """What a lens' period will bring, and what it would have said of the eight before; some fifteen queries."""
    period = lens.or_this_quarter()
    if period == ALL_TIME or period.start == ALL_TIME.start or period.end == ALL_TIME.end:
        period = lens.company.fiscal.of(lens.today, Grain.QUARTER)
    gone, wins = _gone(lens), _wins(lens)

    def told(one: Period, at: datetime) -> Outlook | None:
        start, end = one.instants(lens.company.zone)
        won = sum((win.amount for win in wins if start <= win.won_at < min(at, end)), ZERO)
        here, passed = _standing(lens, at) if at < end else ([], [])
        return outlook(at, end, won, here, passed, gone, wins)

    return OutlookReport(lens, period, told(period, lens.instant), list(_tried(lens, period, wins, told)))


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


def _standing(lens: InsightLens, at: datetime) -> tuple[list[Standing], list[Standing]]:
    """Open deals at an instant: the scope's in their stage, the organisation's in every stage they have reached.

    None whose dates are not known. At risk is whoever stood there, as those that closed are anybody's (`_gone`).
    """
    ours = Q(outcome="open") & whose(lens.scope, at=at) & which(lens.scope)
    rows = State.objects.filter(standing(at, at), outcome="open", deal__courses__reached_at__lt=at)
    if lens.funnel is not None:
        rows = rows.filter(funnel=lens.funnel)
    told = (
        rows.order_by()
        .annotate(ours=Case(When(ours, then=Value(value=True)), default=Value(value=False)))
        .values_list("stage", "deal__courses__stage", "deal__courses__reached_at", "base_amount", "ours")
    )
    here, passed = [], []
    for stage, reached, since, amount, wanted in told:
        one = Standing(reached, since, amount)
        passed.append(one)
        if wanted and stage == reached:
            here.append(one)
    return here, passed


def _gone(lens: InsightLens) -> list[Gone]:
    """The ways of closed deals of the whole organisation, the newest at most: what closed deals teach is no one's own."""
    span = Span(lens.now, None, lens.known, lens.known)
    rows = Visit.objects.filter(closed(Scope(), span, None), deal__courses__reached_at__lte=F("left_at"))
    if lens.funnel is not None:
        rows = rows.filter(funnel=lens.funnel)
    told = rows.order_by("-left_at").values_list(
        "deal__courses__stage", "deal__courses__reached_at", "left_at", "left_by"
    )
    return [Gone(stage, reached, left, by == "won") for stage, reached, left, by in told[:MOST] if left]


def _wins(lens: InsightLens) -> list[Win]:
    """The wins of the scope whose beginning is known."""
    span = Span(lens.now, None, lens.known, lens.known)
    rows = Visit.objects.filter(closed(lens.scope, span, lens.funnels), Q(left_by="won"))
    told = rows.order_by().values_list("deal__created_at", "left_at", "left_amount")
    return [Win(began or left, left, amount) for began, left, amount in told if left and amount is not None]


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

"""Sales progress (销售进展, M14): a quarter week by week against a thirteenth of its target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from loudou.insight.figures.pace import ON_PACE, Pace, Week, week_ends
from loudou.insight.lens import InsightLens
from loudou.insight.queries.pace import Quarter, stood
from loudou.insight.reports._plain import missing, money, rate, ratio, when
from loudou.insight.reports.slippage import kept_target
from loudou.kernel.periods import Grain, Period, midnight


@dataclass(frozen=True)
class PaceReport:
    """The quarter of a lens."""

    lens: InsightLens
    period: Period
    pace: Pace

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        pace = self.pace
        target = (
            {"target": money(pace.target)} if pace.target is not None else missing("target", "not_assigned")
        )
        return {
            "from": when(self.period.start),
            "to": when(self.period.end),
            "as_of": when(self.lens.instant),
            "currency": self.lens.company.base_currency,
            **target,
            "benchmark": rate(ON_PACE),
            **ratio("attainment", pace.attainment),
            "start": money(pace.start.total),
            "weeks": [_plain(pace, place) for place in range(len(pace.weeks))],
        }


def sales_progress(lens: InsightLens) -> PaceReport:
    """The quarter in which a lens' period begins, up to its instant; every week with the rates in force at the instant."""
    period = lens.company.fiscal.of(lens.or_this_quarter().start, Grain.QUARTER)
    start = min(
        midnight(period.start, lens.company.zone), lens.instant
    )  # a quarter to come stands as of the instant
    edges = list(_edges(period, lens))
    points = [start, *(point for _end, point in edges)]
    quarter = Quarter(
        period,
        points,
        lens.company.zone,
        lens.scope,
        lens.funnels,
        lens.calibrated,
        lens.company.base_unit,
    )
    found = stood(quarter)
    weeks = [
        Week(end, expected, won, point == midnight(end, lens.company.zone))
        for (end, point), (expected, won) in zip(edges, found[1:], strict=True)
    ]
    first = Week(period.start, *found[0])
    return PaceReport(lens, period, Pace(first, weeks, kept_target(lens, period)))


def _edges(period: Period, lens: InsightLens) -> Iterator[tuple[date, datetime]]:
    """The weeks that have begun by the instant: the day after each, and when it is looked at."""
    began = midnight(period.start, lens.company.zone)
    for end in week_ends(period):
        if began >= lens.instant:
            return
        began = midnight(end, lens.company.zone)
        yield end, min(began, lens.instant)


def _plain(pace: Pace, place: int) -> dict[str, Any]:
    week, progress, on_pace = pace.weeks[place], pace.progress(place), pace.is_on_pace(place)
    return {
        "week": place + 1,
        "last_day": when(week.last_day),
        "over": week.is_over,
        "expected": money(week.expected),
        "won": money(week.won),
        "total": money(week.total),
        **ratio("progress", progress),
        **({"on_pace": on_pace} if on_pace is not None else missing("on_pace", progress.reason)),
    }

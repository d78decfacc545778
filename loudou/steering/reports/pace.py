"""Linearity (M34) and growth over the year before and the period before (M35), of units and people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import money, ratio, when
from loudou.insight.reports.aiming import wanted_period
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import Grain, Period
from loudou.steering.reports.whose import Results, Subject, known_metrics, subjects
from loudou.targets.figures.growth import Came, Growth, period_before, season_before
from loudou.targets.figures.linearity import Linearity, Week, weeks_of
from loudou.targets.figures.weighing import year_before
from loudou.targets.queries import timings


@dataclass(frozen=True)
class Pace:
    """How evenly somebody's results came."""

    subject: Subject
    metric: str
    linearity: Linearity


@dataclass(frozen=True)
class Grown:
    """How somebody's results grew."""

    subject: Subject
    metric: str
    growth: Growth


@dataclass(frozen=True)
class LinearityReport:
    """Weeks of the part of the period that is over."""

    lens: InsightLens
    period: Period
    rows: Sequence[Pace]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {**_head(self.lens, self.period), "rows": [_pace(row) for row in self.rows]}


@dataclass(frozen=True)
class GrowthReport:
    """The part of the period that is over, beside the same part of others."""

    lens: InsightLens
    period: Period
    rows: Sequence[Grown]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {**_head(self.lens, self.period), "rows": [_grown(row) for row in self.rows]}


def linearity(lens: InsightLens, metrics: Sequence[str] | None = None) -> LinearityReport:
    """Whether results came week by week as planned."""
    period, over = wanted_period(lens), passed_part(lens)
    if over is None:
        return LinearityReport(lens, period, [])
    whose = subjects(lens, period)
    results = Results(lens, whose, _begin_or_end(_weeks(lens, over)))
    return LinearityReport(lens, period, _paces(whose, over, results, lens, metrics))


def year_on_year(lens: InsightLens, metrics: Sequence[str] | None = None) -> GrowthReport:
    """What came beside the same dates of the year before, the same festival season, the period before."""
    period, over = wanted_period(lens), passed_part(lens)
    if over is None:
        return GrowthReport(lens, period, [])
    whose, spans = subjects(lens, period), _spans(lens, over)
    results = Results(lens, whose, _begin_or_end([span for span, _days in spans]))
    return GrowthReport(lens, period, _growths(whose, spans, results, metrics))


def even_and_grown(lens: InsightLens, metric: str) -> tuple[LinearityReport, GrowthReport]:
    """Both of one metric: what both ask of is asked once. Nobody's, where nothing was told of it yet."""
    period, over = wanted_period(lens), passed_part(lens)
    if over is None or not known_metrics([metric]):
        return LinearityReport(lens, period, []), GrowthReport(lens, period, [])
    whose, spans = subjects(lens, period), _spans(lens, over)
    results = Results(lens, whose, _begin_or_end([*_weeks(lens, over), *(span for span, _days in spans)]))
    even, grown = _paces(whose, over, results, lens, [metric]), _growths(whose, spans, results, [metric])
    return LinearityReport(lens, period, even), GrowthReport(lens, period, grown)


def _weeks(lens: InsightLens, over: Period) -> list[Period]:
    return lens.company.fiscal.split(over, Grain.WEEK)


def _spans(lens: InsightLens, over: Period) -> list[tuple[Period, int]]:
    """What is over, and what it is held against, with their working days."""
    others = (
        year_before(over),
        season_before(over),
        period_before(over, wanted_period(lens), lens.company.fiscal),
    )
    calendar = lens.company.calendar.work_calendar()
    return [(span, calendar.count(span)) for span in (over, *others)]


def _begin_or_end(spans: Sequence[Period]) -> list[date]:
    return [day for span in spans for day in (span.start, span.end)]


def _paces(
    whose: Sequence[Subject], over: Period, results: Results, lens: InsightLens, metrics: Sequence[str] | None
) -> list[Pace]:
    """Everybody's weeks, planned by the selling days of their own unit (M62)."""
    times = timings(lens.company)
    weeks = {unit: weeks_of(over, times.of(unit)) for unit in {one.unit for one in whose}}
    return [
        Pace(
            one,
            metric,
            Linearity([Week(week, w, results.of(one, metric, week)) for week, w in weeks[one.unit]]),
        )
        for one in whose
        for metric in (metrics or known_metrics())
    ]


def _growths(
    whose: Sequence[Subject],
    spans: Sequence[tuple[Period, int]],
    results: Results,
    metrics: Sequence[str] | None,
) -> list[Grown]:
    return [
        Grown(one, metric, Growth(*(Came(span, results.of(one, metric, span), n) for span, n in spans)))
        for one in whose
        for metric in (metrics or known_metrics())
    ]


def passed_part(lens: InsightLens) -> Period | None:
    """The days of the period up to the one the figures are of, that day included; None before its first."""
    period = wanted_period(lens)
    if lens.today < period.start:
        return None
    return Period(period.start, min(lens.today + timedelta(days=1), period.end))


def _head(lens: InsightLens, period: Period) -> dict[str, Any]:
    return {
        "as_of": when(lens.instant),
        "from": when(period.start),
        "to": when(period.end),
        "currency": lens.company.base_currency,
    }


def _pace(row: Pace) -> dict[str, Any]:
    told = row.linearity
    return {
        **row.subject.plain(),
        "metric": row.metric,
        "actual": money(told.actual),
        **ratio("linearity", told.value),
        **ratio("last_two_weeks_share", told.last_share),
        "rush": told.is_rush,
        "weeks": [
            {
                "from": when(week.period.start),
                "to": when(week.period.end),
                "actual": money(week.actual),
                **ratio("plan_share", told.plan_share(week)),
                **ratio("actual_share", told.actual_share(week)),
            }
            for week in told.weeks
        ],
    }


def _grown(row: Grown) -> dict[str, Any]:
    told = row.growth
    return {
        **row.subject.plain(),
        "metric": row.metric,
        **_came("", told.now),
        **_came("base_", told.year_before),
        **ratio("yoy", told.over_year),
        **ratio("yoy_per_working_day", told.over_year_a_day),
        **_came("aligned_", told.aligned),
        **ratio("yoy_aligned", told.over_season),
        **_came("previous_", told.before),
        **ratio("qoq", told.over_before),
    }


def _came(prefix: str, came: Came) -> dict[str, Any]:
    return {
        f"{prefix}from": when(came.period.start),
        f"{prefix}to": when(came.period.end),
        f"{prefix}actual": money(came.amount),
        f"{prefix}working_days": came.working_days,
        **ratio(f"{prefix}a_working_day", came.a_day, CENT),
    }

"""Pipeline velocity (M09)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from loudou.insight.figures.cycle import Closing
from loudou.insight.figures.flow import START, Span
from loudou.insight.figures.velocity import Velocity, a_year_before
from loudou.insight.figures.winrate import WinRate
from loudou.insight.lens import InsightLens
from loudou.insight.queries.closes import wins
from loudou.insight.queries.cycles import Ask
from loudou.insight.queries.flows import flows
from loudou.insight.queries.kept.closings import closings_known
from loudou.insight.reports._plain import money, ratio, when
from loudou.insight.reports.conversion import head, late_facts
from loudou.insight.reports.winrate import WinRateReport
from loudou.insight.reports.winrate import win_rate as count_closes
from loudou.kernel.numbers import CENT, Ratio
from loudou.kernel.periods import add_months, midnight


@dataclass(frozen=True)
class VelocityReport:
    """The velocity of the funnel a lens looks at."""

    lens: InsightLens
    velocity: Velocity
    points: list[datetime]
    year: Span

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        one = self.velocity
        return {
            **head(self.lens),
            **ratio("open", one.open, CENT),
            **ratio("win_rate", one.closes.rate),
            **ratio("won_amount_mean", one.won_amount_mean, CENT),
            **ratio("cycle_mean_days", one.closes.cycle_mean_days, CENT),
            **ratio("velocity", one.value, CENT),
            "counted_at": [when(point) for point in self.points],
            "counts": list(one.standing),
            "year_from": when(self.year.since),
            "won": one.closes.won,
            "lost": one.closes.lost,
            "won_amount": money(one.closes.won_amount),
        }


def velocity(lens: InsightLens, closes: WinRate | None = None) -> VelocityReport:
    """N over the starts of the period's months up to the instant; closes of the twelve months before its end, which
    whoever knows them already says."""
    otherwise = late_facts(lens)
    points = month_starts(lens)
    spans = {str(number): Span(lens.now, point, point, lens.known) for number, point in enumerate(points)}
    counted = flows(lens.stage_keys, lens.scope, spans, otherwise=otherwise) if spans else {}
    standing = [sum(kinds[START].count for kinds in counted[name][None].values()) for name in spans]
    if closes is None:
        (told,) = closings_known([_closes_of_year(lens)])
        closes = told.get(None, Closing()).rate
    return VelocityReport(lens, Velocity(standing, closes), points, trailing_year(lens))


def win_rate_and_velocity(lens: InsightLens) -> tuple[WinRateReport, VelocityReport]:
    """The win rate, month by month unless the lens asks for other parts, and the velocity; the closes of both are read at once."""
    report = count_closes(lens, by="month", beside=[_closes_of_year(lens)])
    return report, velocity(lens, report.beside[0].rate)


def _closes_of_year(lens: InsightLens) -> Ask:
    """What is asked of the closes that velocity counts with."""
    return Ask(
        lens.scope,
        trailing_year(lens),
        funnels=[lens.shown_funnel.pk],
        otherwise=late_facts(lens),
        sums_only=True,
        slides=lens.known is None and lens.span.until is None,
    )


def month_starts(lens: InsightLens) -> list[datetime]:
    """The starts of months in the period, up to the instant; in a shorter one its own start."""
    zone, period = lens.company.zone, lens.or_this_quarter()
    last = min(lens.last_day(period), lens.today)
    first = max(period.start, date(last.year - 3, 1, 1))
    day = first if first.day == 1 else add_months(first.replace(day=1), 1)
    found = []
    while day <= last:
        found.append(midnight(day, zone))
        day = add_months(day, 1)
    since = lens.since_at or midnight(first, zone)
    within = [point for point in found if point >= since]
    return within or ([since] if since <= lens.instant else [])


def trailing_year(lens: InsightLens) -> Span:
    """The twelve months before the end of the period, or before the instant."""
    until = lens.span.until or lens.instant
    return Span(lens.now, a_year_before(until.astimezone(lens.company.zone)), until, lens.known)


def won_amount_mean(lens: InsightLens) -> Ratio:
    """The mean amount won in the twelve months."""
    won = wins(lens.scope, trailing_year(lens), lens.stage_keys, otherwise=late_facts(lens))
    return Ratio.of(won.amount, won.count)

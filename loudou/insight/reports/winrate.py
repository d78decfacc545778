"""The win rate of a period (M05) with its cycles (M07); by month or quarter, unit, person, product or source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loudou.insight.asked import TIMES
from loudou.insight.figures.cycle import Closing
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.queries.courses import Key
from loudou.insight.queries.cycles import Ask
from loudou.insight.queries.kept.closings import closings_known
from loudou.insight.queries.known_closes import RIVALS, WHOLE, Parts
from loudou.insight.reports._parts import code_of, rows_of
from loudou.insight.reports._plain import interval, money, ratio, when
from loudou.insight.reports.cohorts import months_of
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import Grain, Period, midnight

BY = ("month", "quarter", "unit", "owner", "product", "source", RIVALS)
EMPTY = Closing()


@dataclass(frozen=True)
class ClosingPart:
    """A month, a quarter, a branch, a person, a product or a source (`row` stands for it) with what was closed in it."""

    key: Key
    row: Any
    closing: Closing


@dataclass(frozen=True)
class WinRateReport:
    """The win rate as one lens sees it; of every funnel unless one is chosen. `by` names its parts, if any."""

    lens: InsightLens
    whole: Closing
    by: str = ""
    parts: Sequence[ClosingPart] = ()
    beside: Sequence[Closing] = ()  # what else was counted

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        told = {**_head(self.lens), **_plain(self.whole)}
        if not self.by:
            return told
        parts = [{"part": self._called(one), **_plain(one.closing)} for one in self.parts]
        return {**told, "by": self.by, "parts": parts}

    def _called(self, one: ClosingPart) -> str | None:
        if self.by == RIVALS:  # as deals spell the name: its key has no capitals
            return str(one.row)
        return code_of(self.lens, one.key, one.row)


def win_rate(lens: InsightLens, by: str = "", *, beside: Sequence[Ask] = ()) -> WinRateReport:
    """The win rate of a lens; by what it asks for, else by `by`; without either as a whole.

    What else is to be counted `beside` it, is told by what counts it: all of it is read at once.
    """
    by = lens.by if lens.by in BY else by
    asks = [_ask(lens, lens.scope, lens.span, WHOLE)]
    periods = stretches(lens, by) if by in TIMES else []
    if by:
        asks.append(_in_time(lens, periods) if periods else _by(lens, by))
    told = closings_known([*asks, *beside])
    parts: Sequence[ClosingPart] = ()
    if by:
        parts = _periods(periods, told[1]) if periods else _parts(lens, by, told[1])
    others = tuple(one.get(None, EMPTY) for one in told[len(asks) :])
    return WinRateReport(lens, told[0].get(None, EMPTY), by, parts, others)


def stretches(lens: InsightLens, by: str) -> list[Period]:
    """The months of a lens (`months_of`), or the quarters that hold them."""
    months = months_of(lens)
    if by == "month":
        return months
    return list(dict.fromkeys(lens.company.fiscal.of(month.start, Grain.QUARTER) for month in months))


def _by(lens: InsightLens, by: str) -> Ask:
    return _ask(lens, lens.split if by == "unit" else lens.scope, lens.span, Parts(by))


def _parts(lens: InsightLens, by: str, found: Mapping[Key, Closing]) -> list[ClosingPart]:
    keys = [key for key, one in found.items() if one.size]
    rows = rows_of(lens, by, [key for key in keys if key not in (None, "")])
    parts = [ClosingPart(key, rows.get(key), found[key]) for key in keys]
    return sorted(parts, key=lambda one: (-one.closing.size, str(one.row)))


def _in_time(lens: InsightLens, periods: Sequence[Period]) -> Ask:
    """Every one of these periods, that follow each other."""
    edges = [midnight(one.start, lens.company.zone) for one in periods]
    span = lens.span_of(Period(periods[0].start, periods[-1].end))
    return _ask(lens, lens.scope, span, Parts(edges=edges))


def _periods(periods: Sequence[Period], found: Mapping[Key, Closing]) -> list[ClosingPart]:
    return [ClosingPart(place, one, found.get(place, EMPTY)) for place, one in enumerate(periods)]


def _ask(lens: InsightLens, scope: Scope, span: Span, parts: Parts) -> Ask:
    return Ask(scope, span, parts, funnels=lens.funnels, otherwise=lens.otherwise)


def _head(lens: InsightLens) -> dict[str, Any]:
    span = lens.span
    return {
        "from": when(span.since),
        "to": when(span.until or lens.instant),
        "as_of": when(lens.instant),
    }


def _plain(one: Closing) -> dict[str, Any]:
    rate, won, lost = one.rate, one.won, one.lost
    return {
        "won": rate.won,
        "lost": rate.lost,
        **ratio("rate", rate.rate),
        "won_amount": money(rate.won_amount),
        "lost_amount": money(rate.lost_amount),
        **ratio("amount_rate", rate.amount_rate),
        **ratio("cycle_mean_days", won.mean_days, CENT),
        **ratio("cohort_low", rate.cohort_low),
        **ratio("cohort_high", rate.cohort_high),
        **ratio("cycle_median_days", won.median_days, CENT),
        "cycles": won.count,
        "won_within_a_day": won.quick,
        **ratio("lost_cycle_mean_days", lost.mean_days, CENT),
        **ratio("lost_cycle_median_days", lost.median_days, CENT),
        "lost_cycles": lost.count,
        "lost_within_a_day": lost.quick,
        **interval(one.interval),
        "lost_to_competitors": one.rivals,
        **ratio("competitive_rate", one.competitive),
        "created": rate.created,
        "created_won": rate.created_won,
        "created_open": rate.created_open,
    }

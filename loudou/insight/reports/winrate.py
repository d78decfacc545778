"""The win rate of a period (M05), with its cycle (M07)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loudou.insight.figures.winrate import WinRate
from loudou.insight.lens import InsightLens
from loudou.insight.queries.closes import win_rate as count
from loudou.insight.queries.known import known_otherwise
from loudou.insight.reports._plain import money, ratio, when
from loudou.kernel.numbers import CENT


@dataclass(frozen=True)
class WinRateReport:
    """The win rate as one lens sees it; of every funnel unless one is chosen."""

    lens: InsightLens
    rate: WinRate

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        rate, span = self.rate, self.lens.span
        return {
            "from": when(span.since),
            "to": when(span.until or self.lens.instant),
            "as_of": when(self.lens.instant),
            "won": rate.won,
            "lost": rate.lost,
            **ratio("rate", rate.rate),
            "won_amount": money(rate.won_amount),
            "lost_amount": money(rate.lost_amount),
            **ratio("amount_rate", rate.amount_rate),
            **ratio("cycle_mean_days", rate.cycle_mean_days, CENT),
            **ratio("cohort_low", rate.cohort_low),
            **ratio("cohort_high", rate.cohort_high),
        }


def win_rate(lens: InsightLens) -> WinRateReport:
    """The win rate of a lens."""
    otherwise = known_otherwise(lens.known, lens.scope, lens.funnels)
    return WinRateReport(lens, count(lens.scope, lens.span, funnels=lens.funnels, otherwise=otherwise))

"""Cohorts by month of entry, cumulated over the days since (M02): how fast they get beyond their stage, or to the win."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from loudou.insight.figures.heat import SHADES
from loudou.insight.figures.through import DAYS, Grown, is_over
from loudou.insight.lens import InsightLens
from loudou.insight.queries.kept.through import grown_then
from loudou.insight.queries.through import grown
from loudou.insight.reports._plain import ratio, stage_name
from loudou.insight.reports.cohorts import months_of
from loudou.insight.reports.conversion import head, late_facts
from loudou.kernel.numbers import Ratio
from loudou.kernel.periods import Period, midnight
from loudou.pipeline.models import StageSpec


@dataclass(frozen=True)
class GrownMonth:
    """The deals that reached the stage in one month; `over` says of each number of days whether all of them had it."""

    period: Period
    grown: Grown
    over: Sequence[bool]

    def share(self, place: int) -> Ratio:
        """The share that had got there after so many days; none before all of them had so many."""
        return self.grown.share(place) if self.over[place] else Ratio.missing("immature")


@dataclass(frozen=True)
class CumulativeReport:
    """A row a month, the latest last; a column a number of days."""

    lens: InsightLens
    spec: StageSpec
    months: Sequence[GrownMonth]

    def shade(self, month: GrownMonth, place: int) -> int:
        """How dark a cell is by its share beside the largest: 0 for nothing, else 1 to 5."""
        share = month.share(place).value
        if not share:
            return 0
        return min(int(share * SHADES / self._largest) + 1, SHADES)

    @cached_property
    def _largest(self) -> Decimal:
        told = (month.share(place).value for month in self.months for place in range(len(DAYS)))
        return max(share for share in told if share is not None)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        told = {"stage": stage_name(self.spec), "code": self.spec.stage.code, "goal": self.lens.goal}
        return {**head(self.lens), **told, "months": [self._month(month) for month in self.months]}

    def _month(self, month: GrownMonth) -> dict[str, Any]:
        cells = [
            {
                "days": days,
                "count": month.grown.after[place],
                "over": month.over[place],
                **ratio("share", month.share(place)),
            }
            for place, days in enumerate(DAYS)
        ]
        name = self.lens.company.fiscal.name(month.period)
        return {"month": name, "cohort": month.grown.cohort, "after": cells}


def cumulative(lens: InsightLens) -> CumulativeReport:
    """The months of a lens' period, without one the last twelve; of its stage, without one of the first."""
    spec = lens.stage or lens.stages[0]
    months = months_of(lens)
    spans = [lens.span_of(month) for month in months]
    asked = spec.stage_id, lens.goal, lens.scope, spans
    found = grown(*asked) if lens.known is None else grown_then(*asked, late_facts(lens))
    rows = [
        GrownMonth(month, one, [_is_over(lens, month, days) for days in DAYS])
        for month, one in zip(months, found, strict=True)
    ]
    return CumulativeReport(lens, spec, rows)


def _is_over(lens: InsightLens, month: Period, days: int) -> bool:
    return is_over(midnight(month.end, lens.company.zone), days, lens.instant)

"""Cohorts by month of entry (M02), and where open deals stand still (M01)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from loudou.insight.asked import ALL_TIME
from loudou.insight.figures.conversion import Conversion
from loudou.insight.figures.heat import DAYS, ROWS, SIZES, HeatMap
from loudou.insight.lens import InsightLens
from loudou.insight.queries.heat import heat_map
from loudou.insight.queries.kept.cohorts import Cohorts, carried
from loudou.insight.queries.kept.courses import told_then
from loudou.insight.reports._plain import money, ratio, stage_name
from loudou.insight.reports.conversion import head, late_facts, stages_in_use
from loudou.kernel.periods import Grain, Period
from loudou.pipeline.models import StageSpec

MONTHS = 12  # shown, unless a period is asked for
MOST_MONTHS = 36
MATURE = Decimal("0.8")  # below it a month says little yet (M02)


@dataclass(frozen=True)
class Month:
    """The deals that reached the stages in one month."""

    period: Period
    stages: Mapping[int, Conversion]

    def at(self, stage: int) -> Conversion:
        """Its cohort of one stage."""
        return self.stages.get(stage, Conversion())


@dataclass(frozen=True)
class CohortGrid:
    """A row a month, the latest last; a column a stage."""

    lens: InsightLens
    specs: Sequence[StageSpec]
    months: Sequence[Month]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {**head(self.lens), "months": [self._month(month) for month in self.months]}

    def _month(self, month: Month) -> dict[str, Any]:
        fiscal = self.lens.company.fiscal
        stages = [_stage(spec, month.at(spec.stage_id)) for spec in self.specs]
        return {"month": fiscal.name(month.period), "stages": stages}


def cohort_grid(lens: InsightLens) -> CohortGrid:
    """The grid of a lens: the months of its period, without one the last twelve."""
    months = months_of(lens)
    found = _reached(lens, months)
    used = {stage for stages in found.values() for stage, one in stages.items() if one.cohort}
    rows = [Month(month, found.get(month.start, {})) for month in months]
    return CohortGrid(lens, stages_in_use(lens, used), rows)


def _reached(lens: InsightLens, months: Sequence[Period]) -> Mapping[date, Mapping[int, Conversion]]:
    """The cohorts of these months, from what was kept."""
    spans = [lens.span_of(month) for month in months]
    wanted = Cohorts(lens.stage_keys, lens.scope, spans, funnels=[lens.shown_funnel.pk])
    told = carried(wanted) if lens.known is None else told_then(wanted, late_facts(lens))
    return {
        month.start: {stage: one.conversion for stage, one in stages.items()}
        for month, stages in zip(months, told, strict=True)
    }


def months_of(lens: InsightLens) -> list[Period]:
    """The months the period touches, up to the present one and at most 36; without a period the last twelve."""
    fiscal, chosen = lens.company.fiscal, lens.period
    if chosen is None or chosen == ALL_TIME or chosen.start == ALL_TIME.start:
        first, most = None, MONTHS
    else:
        first, most = chosen.start, MOST_MONTHS
    until = lens.today if chosen is None else min(lens.today, chosen.end - timedelta(days=1))
    months = [fiscal.of(max(until, first or until), Grain.MONTH)]
    while len(months) < most and (first is None or months[0].start > first):
        months.insert(0, fiscal.previous(months[0]))
    return months


@dataclass(frozen=True)
class StayMap:
    """Open deals by days in their stage and amount; of a past instant it cannot be told."""

    lens: InsightLens
    heat: HeatMap | None

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        told = head(self.lens)
        if self.heat is None:
            return {**told, "rows": None, "rows_reason": "not_kept"}
        edges = [*(str(day) for day in DAYS), None]
        rows = [
            {
                "below": money(SIZES[row]) if row < len(SIZES) else None,
                "cells": [
                    {
                        "up_to_days": edges[column],
                        "count": self.heat.at(row, column).count,
                        "amount": money(self.heat.at(row, column).amount),
                    }
                    for column in range(len(edges))
                ],
            }
            for row in range(ROWS)
        ]
        apart = {"undated": self.heat.undated, "on_hold": self.heat.resting}
        return {
            **told,
            "rows": rows,
            **{name: {"count": one.count, "amount": money(one.amount)} for name, one in apart.items()},
        }


def stay_map(lens: InsightLens) -> StayMap:
    """The map of a lens' funnel, now."""
    if lens.known is not None:
        return StayMap(lens, None)
    return StayMap(lens, heat_map(lens.scope, lens.now, lens.shown_funnel.pk))


def _stage(spec: StageSpec, one: Conversion) -> dict[str, Any]:
    return {
        "stage": stage_name(spec),
        "code": spec.stage.code,
        "cohort": one.cohort,
        "advanced": one.advanced,
        "exited": one.exited,
        "inflight": one.inflight,
        **ratio("rate", one.rate),
        **ratio("maturity", one.maturity),
    }

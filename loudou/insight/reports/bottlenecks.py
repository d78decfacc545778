"""Bottlenecks (M15): each stage against its own last four quarters, the narrowest of them, and what mending is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from loudou.insight.figures.bottlenecks import QUARTERS, Health, Pace, bottleneck, healths
from loudou.insight.figures.times import HALF, QUARTER
from loudou.insight.lens import InsightLens
from loudou.insight.queries.kept.cohorts import Cohorts, Told, carried_with_wins
from loudou.insight.queries.kept.courses import told_then
from loudou.insight.queries.leaks import Losses
from loudou.insight.reports._plain import ratio, stage_name
from loudou.insight.reports.conversion import head, late_facts, stages_in_use
from loudou.insight.reports.velocity import trailing_year, won_amount_mean
from loudou.kernel.numbers import CENT, Ratio
from loudou.kernel.periods import Grain, Period
from loudou.pipeline.models import StageSpec


@dataclass(frozen=True)
class BottlenecksReport:
    """The stages of a lens with their health, in order."""

    lens: InsightLens
    specs: Sequence[StageSpec]
    stages: Sequence[Health]
    amount: Ratio  # the mean amount won
    p75s: Mapping[int, Ratio]  # of the times in each stage
    lost: Losses | None = None  # why deals were lost out of each stage, where it was read with the rest

    @cached_property
    def place(self) -> int | None:
        """Where the bottleneck is."""
        return bottleneck(self.stages)

    @property
    def narrowest(self) -> tuple[StageSpec, Health] | None:
        """The bottleneck, if one can be told."""
        return (self.specs[self.place], self.stages[self.place]) if self.place is not None else None

    def of(self, spec: StageSpec) -> Health | None:
        """The health of a stage."""
        return next(
            (health for one, health in zip(self.specs, self.stages, strict=True) if one == spec), None
        )

    @property
    def is_narrow(self) -> bool:
        """Whether the narrowest stage is worse than it was."""
        return self.narrowest is not None and (self.narrowest[1].score.value or 0) < 1

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        found: dict[str, Any] = {**head(self.lens)}
        if self.narrowest is None:
            found |= {"bottleneck": None, "bottleneck_reason": "small_n"}
        else:
            found |= {"bottleneck": stage_name(self.narrowest[0]), "worse": self.is_narrow}
        found |= ratio("won_amount_mean", self.amount, CENT)
        found["stages"] = [self._plain(*pair) for pair in zip(self.specs, self.stages, strict=True)]
        return found

    def _plain(self, spec: StageSpec, health: Health) -> dict[str, Any]:
        now = health.now
        return {
            "stage": stage_name(spec),
            "code": spec.stage.code,
            "n": now.conversion.decided,
            "inflight": now.conversion.inflight,
            **ratio("rate", now.conversion.rate),
            **ratio("base_rate", health.base_rate),
            **ratio("rate_z", health.rate_gap),
            **ratio("median_days", now.median, CENT),
            **ratio("base_median_days", health.base_median, CENT),
            **ratio("median_z", health.median_gap),
            **ratio("score", health.score),
            **ratio("downstream", health.downstream),
            **ratio("extra_wins", health.extra_wins),
            **ratio("value", health.worth(self.amount), CENT),
        }


def bottlenecks(lens: InsightLens) -> BottlenecksReport:
    """The health of every stage of a lens."""
    told, amount = _told(lens)
    now, *before = _paces(told)
    specs = stages_in_use(lens, [stage for stage, pace in now.items() if pace.conversion.cohort])
    keys = [spec.stage_id for spec in specs]
    stages = healths([now[key] for key in keys], [[quarter[key] for quarter in before] for key in keys])
    p75s = {stage: one.quantiles[1] for stage, one in told[0].items()}
    lost = {stage: one.lost for stage, one in told[0].items()} if lens.known is None else None
    return BottlenecksReport(lens, specs, stages, amount, p75s, lost)


def quarters_before(lens: InsightLens) -> list[Period]:
    """The four quarters before the one the period starts in."""
    fiscal, found = lens.company.fiscal, []
    quarter = fiscal.of(lens.or_this_quarter().start, Grain.QUARTER)
    for _ in range(QUARTERS):
        quarter = fiscal.previous(quarter)
        found.append(quarter)
    return found


def _told(lens: InsightLens) -> tuple[list[dict[int, Told]], Ratio]:
    """What became of every stage's cohort in the period and in each quarter before it, and the mean amount won."""
    spans = [lens.span, *(lens.span_of(quarter) for quarter in quarters_before(lens))]
    shares = [(HALF, QUARTER), *[(HALF,)] * QUARTERS]
    wanted = Cohorts(lens.stage_keys, lens.scope, spans, shares, [lens.shown_funnel.pk])
    if lens.known is not None:
        return told_then(wanted, late_facts(lens)), won_amount_mean(lens)
    told, won = carried_with_wins(replace(wanted, losses=True, year=trailing_year(lens)))
    return told, Ratio.of(won.amount, won.count)


def _paces(told: Sequence[Mapping[int, Told]]) -> list[dict[int, Pace]]:
    return [{stage: Pace(one.conversion, one.quantiles[0]) for stage, one in each.items()} for each in told]

"""Leakage (M12), stage by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loudou.insight.figures.flow import Amounts, stage_flow
from loudou.insight.figures.leakage import Leak, limit_of
from loudou.insight.figures.times import QUARTER, Times
from loudou.insight.lens import InsightLens
from loudou.insight.queries.flows import flows
from loudou.insight.queries.kept.cohorts import Cohorts
from loudou.insight.queries.kept.courses import leaks_then, told_then
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.leaks import Losses
from loudou.insight.queries.times import stage_times
from loudou.insight.reports._plain import money, ratio, stage_name
from loudou.insight.reports.conversion import head, late_facts, stages_in_use
from loudou.kernel.numbers import CENT, ZERO, Ratio
from loudou.pipeline.models import Reason, StageSpec
from loudou.pipeline.queries.flags import thresholds

_NOT_KEPT = ("no_next_step_reason", "no_next_step_amount_reason")


@dataclass(frozen=True)
class LeakLine:
    """A stage, what leaks out of it, and how long deals may stand there before they leak."""

    spec: StageSpec
    leak: Leak
    p75: Ratio


@dataclass(frozen=True)
class LeakageReport:
    """The leakage a lens sees."""

    lens: InsightLens
    lines: Sequence[LeakLine]
    names: Mapping[int, Reason]

    @property
    def amount(self) -> Decimal:
        """漏损额 of the whole funnel."""
        return sum((line.leak.amount for line in self.lines), ZERO)

    def pareto(self) -> list[tuple[Reason | None, Amounts]]:
        """Why deals were lost, over all stages, the most frequent first."""
        found: dict[int | None, Amounts] = {}
        for line in self.lines:
            for code, amounts in line.leak.reasons.items():
                found[code] = found.get(code, Amounts()) + amounts
        told = [(self.names.get(code) if code else None, amounts) for code, amounts in found.items()]
        return sorted(told, key=lambda pair: (-pair[1].count, -pair[1].amount))

    def causes(self) -> dict[str, Amounts]:
        """Why deals leak in silence, over all stages; a deal may leak for several."""
        found: dict[str, Amounts] = {}
        for line in self.lines:
            for cause, amounts in line.leak.causes.items():
                found[cause] = found.get(cause, Amounts()) + amounts
        return found

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            **head(self.lens),
            "amount": money(self.amount),
            "reasons": [_reason(reason, amounts) for reason, amounts in self.pareto()],
            "stages": [self._plain(line) for line in self.lines],
        }

    def _plain(self, line: LeakLine) -> dict[str, Any]:
        leak = line.leak
        idle = leak.idle.count if leak.idle is not None else None
        return {
            "stage": stage_name(line.spec),
            "code": line.spec.stage.code,
            "entered": leak.entered.count,
            "entered_amount": money(leak.entered.amount),
            "lost": leak.lost.count,
            "lost_amount": money(leak.lost.amount),
            **ratio("rate", leak.rate),
            **ratio("amount_rate", leak.amount_rate),
            "silent": leak.silent.count,
            "silent_amount": money(leak.silent.amount),
            "stuck": leak.stuck.count,
            "stuck_amount": money(leak.stuck.amount),
            "no_next_step": idle,
            "no_next_step_amount": money(leak.idle.amount) if leak.idle is not None else None,
            **(dict.fromkeys(_NOT_KEPT, "not_kept") if idle is None else {}),
            "no_contact": leak.unheard.count,
            "no_contact_amount": money(leak.unheard.amount),
            **ratio("p75_days", line.p75, CENT),
            "amount": money(leak.amount),
        }


def leakage(
    lens: InsightLens, told_p75s: Mapping[int, Ratio] | None = None, told_lost: Losses | None = None
) -> LeakageReport:
    """The leakage of a lens: losses of its period, silent leaks of its instant.

    Whoever knows the P75 of the times in the stages, or why deals were lost out of them, says so, and neither is read
    again.
    """
    otherwise = late_facts(lens)
    counted = flows(lens.stage_keys, lens.scope, {"it": lens.span}, otherwise=otherwise)["it"][None]
    specs = stages_in_use(
        lens, [key for key, kinds in counted.items() if any(one.count for one in kinds.values())]
    )
    known = told_p75s if told_p75s is not None else _p75s(lens, otherwise)
    p75s = {spec.stage_id: known[spec.stage_id] for spec in specs}
    times = thresholds().stuck_times
    limits = {stage: limit_of(p75, times) for stage, p75 in p75s.items()}
    told, leaks = leaks_then(lens.stage_keys, limits, lens.scope, lens.span, otherwise, told_lost)
    lines = []
    for spec in specs:
        flow, here = stage_flow(spec.stage_id, counted[spec.stage_id]), leaks[spec.stage_id]
        leak = Leak(
            entered=flow.inflow,
            lost=flow.lost,
            reasons=told.get(spec.stage_id, {}),
            silent=here["silent"],
            stuck=here["stuck"],
            idle=here["idle"] if lens.known is None else None,
            unheard=here["unheard"],
        )
        lines.append(LeakLine(spec, leak, p75s[spec.stage_id]))
    names = Reason.objects.in_bulk({code for some in told.values() for code in some if code})
    return LeakageReport(lens, lines, names)


def allowed(lens: InsightLens, otherwise: Sequence[Otherwise]) -> dict[int, int | None]:
    """Microseconds every stage of the funnel allows before a deal leaks there."""
    times = thresholds().stuck_times
    return {stage: limit_of(p75, times) for stage, p75 in _p75s(lens, otherwise).items()}


def _p75s(lens: InsightLens, otherwise: Sequence[Otherwise]) -> dict[int, Ratio]:
    if lens.known is not None:
        (told,) = told_then(Cohorts(lens.stage_keys, lens.scope, [lens.span], [(QUARTER,)]), otherwise)
        return {stage: one.quantiles[0] for stage, one in told.items()}
    timed = stage_times(lens.stage_keys, lens.scope, lens.span, otherwise=otherwise)
    return {stage: timed.get(stage, Times()).p75 for stage in lens.stage_keys}


def _reason(reason: Reason | None, amounts: Amounts) -> dict[str, Any]:
    names: dict[str, str] = reason.names if reason is not None else {}
    return {
        "reason": reason.code if reason is not None else None,
        "kind": reason.kind if reason is not None else None,
        "name": names.get("zh-hans"),
        "count": amounts.count,
        "amount": money(amounts.amount),
    }

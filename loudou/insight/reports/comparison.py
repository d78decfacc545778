"""Units, persons, products, sources or periods side by side: win rate, and stage by stage conversion, days and leakage.

Each is the figure of its own report (M02, M05, M06, M12) for one part; the whole stands above them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loudou.insight.asked import ALL_TIME
from loudou.insight.figures.conversion import Conversion
from loudou.insight.figures.flow import Amounts, Span, stage_flow
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.times import Times
from loudou.insight.figures.winrate import WinRate
from loudou.insight.lens import InsightLens
from loudou.insight.queries.by_period import paces
from loudou.insight.queries.closes import closes_by
from loudou.insight.queries.courses import Key, conversions
from loudou.insight.queries.flows import flows
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.times import times_by
from loudou.insight.reports._parts import code_of, rows_of
from loudou.insight.reports._plain import interval, money, ratio, stage_name
from loudou.insight.reports.conversion import head, late_facts
from loudou.kernel.numbers import CENT, Ratio, wilson
from loudou.kernel.periods import Period
from loudou.pipeline.models import StageSpec

BY = ("unit", "owner", "product", "source", "period")
PERIODS = 4  # the chosen one and those before it


@dataclass(frozen=True)
class Leaked:
    """What came into a stage and what was lost out of it (M03, M12)."""

    entered: Amounts = field(default_factory=Amounts)
    lost: Amounts = field(default_factory=Amounts)

    @property
    def rate(self) -> Ratio:
        """Lost ÷ entered."""
        return Ratio.of(self.lost.count, self.entered.count)


@dataclass(frozen=True)
class Compared:
    """One column of figures: of a part (`row` stands for it, a period for itself), or of the whole."""

    key: Key
    row: Any
    closes: WinRate
    stages: Mapping[int, Conversion]
    times: Mapping[int, Times]
    leaks: Mapping[int, Leaked]

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson interval of the win rate."""
        return wilson(self.closes.won, self.closes.won + self.closes.lost)

    @property
    def size(self) -> int:
        """How many deals say something of it."""
        return self.closes.won + self.closes.lost + sum(one.cohort for one in self.stages.values())


@dataclass(frozen=True)
class Comparison:
    """The parts as one lens sees them, those with most deals first (periods in order), and the whole."""

    lens: InsightLens
    by: str
    specs: Sequence[StageSpec]
    whole: Compared
    parts: Sequence[Compared]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            **head(self.lens),
            "by": self.by,
            "whole": self._plain(self.whole),
            "parts": [
                {"part": code_of(self.lens, one.key, one.row), **self._plain(one)} for one in self.parts
            ],
        }

    def _plain(self, one: Compared) -> dict[str, Any]:
        told = one.closes
        return {
            "won": told.won,
            "lost": told.lost,
            **ratio("win_rate", told.rate),
            **interval(one.interval),
            "won_amount": money(told.won_amount),
            "lost_amount": money(told.lost_amount),
            "stages": [_stage(one, spec) for spec in self.specs],
        }


def comparison(lens: InsightLens) -> Comparison:
    """The parts of a lens side by side; by unit where it names nothing."""
    by = lens.by if lens.by in BY else "unit"
    otherwise = late_facts(lens)
    whole = _read(lens, "", lens.scope, lens.span, otherwise)[None]
    parts = _periods(lens, whole, otherwise) if by == "period" else _parts(lens, by, otherwise)
    return Comparison(lens, by, lens.stages, whole, parts)


def _parts(lens: InsightLens, by: str, otherwise: Sequence[Otherwise]) -> list[Compared]:
    scope = lens.split if by == "unit" else lens.scope
    found = [one for one in _read(lens, by, scope, lens.span, otherwise).values() if one.size]
    rows = rows_of(lens, by, [one.key for one in found if one.key not in (None, "")])
    named = [
        Compared(one.key, rows.get(one.key), one.closes, one.stages, one.times, one.leaks) for one in found
    ]
    return sorted(named, key=lambda one: (-one.size, str(one.row)))


def _periods(lens: InsightLens, whole: Compared, otherwise: Sequence[Otherwise]) -> list[Compared]:
    """The chosen period and those before it, the earliest first; of all time there is nothing beside it.

    One query a period for its closes, and three for the rest of all.
    """
    period = lens.or_this_quarter()
    chosen: list[Period] = [period]
    while len(chosen) < PERIODS and period != ALL_TIME:
        chosen.insert(0, lens.company.fiscal.previous(chosen[0]))
    spans = {str(one.start): lens.span_of(one) for one in chosen}
    funnel, stages = [lens.shown_funnel.pk], lens.stage_keys
    moved = flows(stages, lens.scope, spans, otherwise=otherwise)
    paced = paces(stages, lens.scope, list(spans.values()), otherwise=otherwise)
    return [
        Compared(
            None,
            one,
            whole.closes
            if span == lens.span
            else closes_by("", lens.scope, span, funnels=funnel, otherwise=otherwise)[None],
            {stage: cohort for stage, (cohort, _times) in pace.items() if cohort.cohort},
            {stage: times for stage, (_cohort, times) in pace.items() if times.left or times.waiting},
            _leaks(moved[name][None], stages),
        )
        for one, (name, span), pace in zip(chosen, spans.items(), paced, strict=True)
    ]


def _read(
    lens: InsightLens, by: str, scope: Scope, span: Span, otherwise: Sequence[Otherwise]
) -> dict[Key, Compared]:
    """Every part's figures; four queries."""
    funnel, stages = [lens.shown_funnel.pk], lens.stage_keys
    closes = closes_by(by, scope, span, funnels=funnel, otherwise=otherwise)
    cohorts = conversions(stages, scope, span, by=by, otherwise=otherwise)
    times = times_by(by, stages, scope, span, otherwise=otherwise)
    moved = flows(stages, scope, {"it": span}, by=by, otherwise=otherwise)["it"]
    keys = {**closes, **cohorts, **times, **moved} or {None: None}
    return {
        key: Compared(key, None, closes[key], cohorts[key], times[key], _leaks(moved[key], stages))
        for key in keys
    }


def _leaks(kinds: Mapping[int, Mapping[str, Amounts]], stages: Sequence[int]) -> dict[int, Leaked]:
    told = {stage: stage_flow(stage, kinds[stage]) for stage in stages if stage in kinds}
    return {stage: Leaked(flow.inflow, flow.lost) for stage, flow in told.items()}


def _stage(one: Compared, spec: StageSpec) -> dict[str, Any]:
    cohort = one.stages.get(spec.stage_id, Conversion())
    times, leak = one.times.get(spec.stage_id, Times()), one.leaks.get(spec.stage_id, Leaked())
    return {
        "stage": stage_name(spec),
        "code": spec.stage.code,
        "cohort": cohort.cohort,
        "n": cohort.decided,
        **ratio("rate", cohort.rate),
        **interval(cohort.interval),
        **ratio("median_days", times.median, CENT),
        "left": times.left,
        "entered": leak.entered.count,
        "lost": leak.lost.count,
        "lost_amount": money(leak.lost.amount),
        **ratio("leak_rate", leak.rate),
    }

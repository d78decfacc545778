"""Stage probability (M04): what the closed deals teach about each stage, beside its configured rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loudou.insight.figures.calibration import Closed, StageRate, brier, calibrate
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.models import Calibrated
from loudou.insight.queries.calibration import choices, chosen, closed_by_stage, in_order, year_before
from loudou.insight.queries.known import known_otherwise
from loudou.insight.reports._plain import rate, ratio, stage_name, when
from loudou.kernel.numbers import Ratio
from loudou.pipeline.models import StageSpec


@dataclass(frozen=True)
class RateLine:
    """A stage with its rates."""

    spec: StageSpec
    rate: StageRate


@dataclass(frozen=True)
class RatesReport:
    """The rates of the funnel a lens looks at, from the closes of the twelve months before its instant.

    `before` are the rates the twelve months before those taught, as was known then: how well they foretold these
    closes is the honest comparison with the configured ones. `in_force` is the choice forecasts count by (None: the
    configured rates), `choices` are all that were made, the newest first.
    """

    lens: InsightLens
    lines: Sequence[RateLine]
    before: Mapping[int, StageRate]
    year: Span
    in_force: Calibrated | None
    choices: Sequence[Calibrated]

    @property
    def chosen(self) -> bool:
        """Whether forecasts count with the rates the closed deals taught of each stage."""
        return self.in_force is not None and self.in_force.rates == Calibrated.Rates.CALIBRATED

    @property
    def rates(self) -> str:
        """With which rates forecasts count: `configured`, `calibrated` or `learned`."""
        return self.in_force.rates if self.in_force is not None else "configured"

    @property
    def announced(self) -> Calibrated | None:
        """A choice that is to begin later."""
        return next(
            (one for one in self.choices if one.until is None and one.since >= self.lens.instant), None
        )

    def seen(self, choice: Calibrated) -> list[tuple[str, Decimal, Decimal, int]]:
        """What was in front of whoever chose: stage, configured and calibrated rate, closed deals."""
        names = {line.spec.stage.code: str(line.spec) for line in self.lines}
        return [
            (
                names.get(one["code"], one["code"]),
                Decimal(one["configured"]),
                Decimal(one["calibrated"]),
                one["n"],
            )
            for one in choice.seen
        ]

    @property
    def brier(self) -> Ratio:
        """Of the calibrated rates, on the closes that taught them."""
        return brier((line.rate.calibrated, line.rate.closed) for line in self.lines)

    @property
    def brier_configured(self) -> Ratio:
        """Of the configured rates, on the same closes."""
        return brier((line.rate.configured, line.rate.closed) for line in self.lines)

    @property
    def brier_foretold(self) -> Ratio:
        """Of the rates of a year earlier, on the same closes; none where that year taught nothing."""
        if not any(one.counts for one in self.before.values()):
            return Ratio.missing("small_n")
        return brier((self.before[line.spec.stage_id].used, line.rate.closed) for line in self.lines)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "funnel": self.lens.shown_funnel.code,
            "as_of": when(self.lens.instant),
            "from": when(self.year.since),
            "to": when(self.year.until or self.lens.instant),
            "chosen": self.chosen,
            "rates": self.rates,
            "choices": [_choice(one) for one in self.choices],
            "stages": [_plain(line) for line in self.lines],
            **ratio("brier", self.brier),
            **ratio("brier_configured", self.brier_configured),
            **ratio("brier_foretold", self.brier_foretold),
        }


def stage_probability(lens: InsightLens) -> RatesReport:
    """The rates of a lens; those of the whole organisation are what forecasts may count with."""
    year = year_before(lens.now, lens.known, lens.company)
    lines = stage_rates(lens)
    assert year.since is not None
    former = _closed(lens, year_before(lens.now, year.since, lens.company))
    stages = [(line.spec.stage_id, line.spec.probability) for line in lines]
    before = {one.stage: one for one in calibrate(stages, former)}
    in_force = next(iter(chosen(lens.known, [lens.shown_funnel.pk])), None)
    return RatesReport(lens, lines, before, year, in_force, choices(lens.shown_funnel, lens.known))


def stage_rates(lens: InsightLens) -> list[RateLine]:
    """Every stage of the funnel a lens looks at, and whatever else was come to, with its rates; in order."""
    found = _read_already(lens)
    if found is None:
        found = _closed(lens, year_before(lens.now, lens.known, lens.company))
    wanted = {spec.stage_id for spec in lens.stages} | {key for key, one in found.items() if one.n}
    specs = [spec for spec in in_order(lens.shown_funnel, lens.version) if spec.stage_id in wanted]
    rates = calibrate([(spec.stage_id, spec.probability) for spec in specs], found)
    return [RateLine(spec, one) for spec, one in zip(specs, rates, strict=True)]


def _read_already(lens: InsightLens) -> Mapping[int, Closed] | None:
    """What the closed deals of everybody taught, where the rates in force were looked for and the lens sees them all."""
    if "rates_chosen" not in vars(lens) or lens.scope != Scope():
        return None
    return lens.rates_chosen.closed.get(lens.shown_funnel.pk)


def _closed(lens: InsightLens, span: Span) -> dict[int, Closed]:
    funnel = lens.shown_funnel.pk
    late = lens.late_facts if span.known == lens.known else known_otherwise(span.known, lens.scope, [funnel])
    return closed_by_stage(funnel, lens.scope, span, late)


def _plain(line: RateLine) -> dict[str, Any]:
    one = line.rate
    return {
        "stage": stage_name(line.spec),
        "code": line.spec.stage.code,
        "n": one.closed.n,
        "won": one.closed.won,
        "lost": one.closed.lost,
        **ratio("rate", one.closed.rate),
        "configured": rate(one.configured),
        "calibrated": rate(one.calibrated),
        "used": rate(one.used),
        "counts": one.counts,
        "gap": rate(one.gap),
        **ratio("brier", _brier(one.calibrated, one.closed)),
        **ratio("brier_configured", _brier(one.configured, one.closed)),
    }


def _choice(one: Calibrated) -> dict[str, Any]:
    return {
        "rates": one.rates,
        "since": when(one.since),
        "until": when(one.until),
        "reason": one.reason,
        "by": one.chosen_by.username if one.chosen_by else None,
        "ended_reason": one.ended_reason,
        "ended_by": one.ended_by.username if one.ended_by else None,
        "seen": one.seen,
        "scores": one.scores,
    }


def _brier(value: Decimal, closed: Closed) -> Ratio:
    return brier([(value, closed)])

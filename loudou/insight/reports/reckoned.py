"""What is reckoned from the deals behind a number and is no sum of them: days, means, shares, scores, as pages tell them.

The list of a number's deals repeats with them what was clicked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loudou.insight.figures.bottlenecks import Health
from loudou.insight.figures.cycle import Closing
from loudou.insight.lens import InsightLens
from loudou.insight.queries.known_closes import RIVALS
from loudou.insight.reports.bottlenecks import bottlenecks
from loudou.insight.reports.calibration import stage_rates
from loudou.insight.reports.conversion import stage_time
from loudou.insight.reports.terms import Opened, Together
from loudou.insight.reports.velocity import velocity
from loudou.insight.reports.winrate import win_rate
from loudou.kernel.numbers import Ratio
from loudou.pipeline.models import StageSpec

DAYS, MONEY, SHARE, POINTS, PLAIN = "days", "money", "share", "points", "plain"


@dataclass(frozen=True)
class Reckoned:
    """A value by its name in `words.RECKONED`, and what it is: `DAYS`, `MONEY`, a `SHARE` of one, `POINTS` of it, or `PLAIN`."""

    name: str
    value: Ratio
    unit: str = DAYS


def reckoned(lens: InsightLens, number: Opened) -> list[Reckoned]:
    """What the number a lens asks for is told with beside its sum; nothing of a sum."""
    made = _MADE.get(lens.what)
    return [one for one in made(lens, number) if one.value.value is not None] if made is not None else []


def _won_cycle(lens: InsightLens, _number: Opened) -> list[Reckoned]:
    cycle = _closing(lens).won
    return [Reckoned("mean", cycle.mean_days), Reckoned("median", cycle.median_days)]


def _lost_cycle(lens: InsightLens, _number: Opened) -> list[Reckoned]:
    cycle = _closing(lens).lost
    return [Reckoned("mean", cycle.mean_days), Reckoned("median", cycle.median_days)]


def _closing(lens: InsightLens) -> Closing:
    """How deals closed; with a competitor, those it is named on."""
    if not lens.rival:
        return win_rate(lens).whole
    against = (one.closing for one in win_rate(lens, RIVALS).parts if one.row == lens.rival)
    return next(against, Closing())


def _won_mean(_lens: InsightLens, number: Opened) -> list[Reckoned]:
    counted = number.counted()
    return [Reckoned("mean_amount", Ratio.of(counted.amount, counted.count), MONEY)]


def _month_starts(_lens: InsightLens, number: Opened) -> list[Reckoned]:
    starts = len(number.parts) if isinstance(number, Together) else 0
    return [Reckoned("mean", Ratio.of(number.counted().count, starts), PLAIN)]


def _velocity(lens: InsightLens, _number: Opened) -> list[Reckoned]:
    told = velocity(lens).velocity
    return [
        Reckoned("velocity", told.value, MONEY),
        Reckoned("standing", told.open, PLAIN),
        Reckoned("win_rate", told.closes.rate, SHARE),
        Reckoned("mean_amount", told.won_amount_mean, MONEY),
        Reckoned("cycle", told.closes.cycle_mean_days),
    ]


def _timed(lens: InsightLens, _number: Opened) -> list[Reckoned]:
    line = next((one for one in stage_time(lens).lines if _is_asked(lens, one.spec)), None)
    if line is None:
        return []
    told = line.times
    return [
        Reckoned("median", told.median),
        Reckoned("p75", told.p75),
        Reckoned("mean", told.mean),
        Reckoned("to_next", told.first_to_next),
    ]


def _calibrated(lens: InsightLens, _number: Opened) -> list[Reckoned]:
    line = next((one for one in stage_rates(lens) if _is_asked(lens, one.spec)), None)
    if line is None:
        return []
    return [
        Reckoned("calibrated", Ratio(line.rate.calibrated), SHARE),
        Reckoned("configured", Ratio(line.rate.configured), SHARE),
        Reckoned("gap", Ratio(line.rate.gap), POINTS),
    ]


def _base_rate(lens: InsightLens, _number: Opened) -> list[Reckoned]:
    health = _health(lens)
    if health is None:
        return []
    return [Reckoned("base_rate", health.base_rate, SHARE), Reckoned("score", health.score, PLAIN)]


def _base_median(lens: InsightLens, _number: Opened) -> list[Reckoned]:
    health = _health(lens)
    return [Reckoned("median", health.base_median)] if health is not None else []


def _worth(lens: InsightLens, _number: Opened) -> list[Reckoned]:
    report = bottlenecks(lens)
    health = report.of(lens.stage) if lens.stage is not None else None
    return [Reckoned("worth", health.worth(report.amount), MONEY)] if health is not None else []


def _is_asked(lens: InsightLens, spec: StageSpec) -> bool:
    """Whether a lens asks for this stage, in whichever version of its funnel."""
    return lens.stage is not None and lens.stage.stage_id == spec.stage_id


def _health(lens: InsightLens) -> Health | None:
    return bottlenecks(lens).of(lens.stage) if lens.stage is not None else None


_MADE: Mapping[str, Callable[[InsightLens, Opened], list[Reckoned]]] = {
    "won_cycle": _won_cycle,
    "lost_cycle": _lost_cycle,
    "won_mean": _won_mean,
    "month_starts": _month_starts,
    "velocity": _velocity,
    "timed": _timed,
    "closed_share": _calibrated,
    "base_rate": _base_rate,
    "base_median": _base_median,
    "worth": _worth,
}

"""The forecast sheet (销售预测表, F16): open deals by stage, times their success rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from loudou.insight.asked import ALL_TIME
from loudou.insight.figures.forecast import Forecast, StageForecast, forecast, left_out
from loudou.insight.lens import InsightLens
from loudou.insight.queries.kept.sheets import past_sheet
from loudou.insight.queries.known import version_of
from loudou.insight.queries.sheet import Line, lines
from loudou.insight.queries.stocks import piles
from loudou.insight.reports._plain import money, rate, stage_name, when
from loudou.kernel.periods import Period
from loudou.pipeline.models import Funnel, StageSpec
from loudou.pipeline.queries.deliveries import any_planned
from loudou.pipeline.queries.funnels import every_spec, specs

SHOWN_PER_STAGE = 50  # deals of each stage on the page


@dataclass(frozen=True)
class SheetStage:
    """A stage of the sheet: its sums, and its deals, or the largest of them."""

    spec: StageSpec
    funnel: Funnel
    sums: StageForecast
    lines: Sequence[Line]


@dataclass(frozen=True)
class ForecastSheet:
    """The sheet as one lens sees it: the funnel looked at, and every other one that has something due."""

    lens: InsightLens
    stages: Sequence[SheetStage]
    whole: Forecast
    left_out: Mapping[str, tuple[int, Decimal]]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "as_of": when(self.lens.instant),
            **{name: when(day) for name, day in zip(("from", "to"), _days(self.lens), strict=True)},
            "stages": [_plain(stage) for stage in self.stages],
            "total_amount": money(self.whole.amount),
            "total_weighted": money(self.whole.weighted),
            "left_out": {
                name: {"count": count, "amount": money(amount)}
                for name, (count, amount) in self.left_out.items()
            },
        }


def forecast_sheet(lens: InsightLens, *, most: int | None = None) -> ForecastSheet:
    """The sheet of a lens; with `most` at most so many deals of each stage, the largest ones."""
    wanted = replace(
        lens.wanted,
        period=sheet_period(lens),
        sheet=True,
        learned=lens.rates_chosen.learned,
        has_plans=any_planned(),
    )
    otherwise = lens.otherwise
    learned = lens.calibrated
    past = past_sheet(wanted, most)
    stock = past.piles(otherwise) if past is not None else piles(wanted, None, otherwise)
    due = Counter[int]()
    for pile in stock:  # what was known otherwise is taken off and put on again
        due[pile.stage] += pile.count if pile.bucket == "due" else 0
    shown = _stages(lens, {stage for stage, count in due.items() if count})
    sums = forecast([(spec.stage_id, spec.probability) for spec, _funnel in shown], stock, learned)
    keys = [spec.stage_id for spec, _funnel in shown]
    largest = past.largest if past is not None else None
    found = lines(wanted, keys, otherwise, calibrated=learned, most=most, only=largest)
    if past is not None:
        past.keep(stock, found if most is not None else None)
    stages = [
        SheetStage(spec, of, line, [one for one in found if one.stage == spec.stage_id])
        for (spec, of), line in zip(shown, sums.stages, strict=True)
    ]
    return ForecastSheet(lens, stages, sums, left_out(stock))


def sheet_period(lens: InsightLens) -> Period | None:
    """The period whose deals a sheet counts; None: of all time."""
    period = lens.or_this_quarter()
    return None if period == ALL_TIME else period


def _stages(lens: InsightLens, used: set[int]) -> list[tuple[StageSpec, Funnel]]:
    """Every stage of the funnel looked at, then the stages in use of the others."""
    first = lens.shown_funnel
    shown = [(spec, first) for spec in lens.stages]
    others = used - {spec.stage_id for spec, _funnel in shown}
    if not others or (lens.funnel is not None and not others & set(lens.stage_keys)):
        return shown
    for other in Funnel.objects.filter(stages__in=others).distinct().order_by("-is_default", "id"):
        newest: dict[int, StageSpec] = {}
        for spec in (*specs(version_of(other, lens.known)), *every_spec(other)):
            newest.setdefault(spec.stage_id, spec)
        shown += [(spec, other) for key, spec in newest.items() if key in others]
    return shown


def _days(lens: InsightLens) -> tuple[Any, Any]:
    period = lens.or_this_quarter()
    return (None, None) if period == ALL_TIME else (period.start, period.end)


def _plain(stage: SheetStage) -> dict[str, Any]:
    return {
        "stage": stage_name(stage.spec),
        "code": stage.spec.stage.code,
        "funnel": stage.funnel.code,
        "probability": rate(stage.sums.chance),
        "amount": money(stage.sums.amount),
        "weighted": money(stage.sums.weighted),
        "deals": [
            {
                "code": line.code,
                "customer": line.customer,
                "customer_code": line.customer_code,
                "title": line.title,
                "owner": line.owner,
                "amount": money(line.amount),
                "probability": rate(line.chance),
                "expected_on": when(line.expected_on),
                "weighted": money(line.weighted),
                "delivery": line.number,
            }
            for line in stage.lines
        ],
    }

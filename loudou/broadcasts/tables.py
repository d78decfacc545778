"""What screens show of the reports P02 to P06: a few lines in words, as far as whoever put the screen up may see them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from loudou.broadcasts.models import Screen
from loudou.forecasts.lens import BoardLens
from loudou.forecasts.models import Level
from loudou.forecasts.reports import forecast_accuracy
from loudou.insight.lens import InsightLens
from loudou.insight.reports.bottlenecks import bottlenecks
from loudou.insight.reports.contacts import totals
from loudou.insight.reports.forecast import forecast_sheet
from loudou.insight.reports.funnel import funnel
from loudou.insight.words import COUNTED, in_base
from loudou.ui import format as f

MOST_STAGES = 8  # that can be read from across a room


def promoted(screen: Screen, lens: InsightLens) -> dict[str, Any]:
    """P02: what came into each stage, went on, went back, was lost and stands there."""
    names = ("start", "inflow", "outflow", "backflow_out", "lost", "stay")
    heads = [str(COUNTED[name]) for name in names]
    rows = [
        [str(line.spec), *(f.number(getattr(line.flow, name).count) for name in names)]
        for line in funnel(lens).lines
    ]
    return {"heads": [_("Stage"), *heads], "rows": rows[:MOST_STAGES]}


def contacted(screen: Screen, lens: InsightLens) -> dict[str, Any]:
    """P03: how many deals were spoken of with their customers, how many open ones nobody spoke of."""
    return {"told": totals(lens)}


def forecast(screen: Screen, lens: InsightLens) -> dict[str, Any]:
    """P04: the forecast sheet by stage."""
    sheet = forecast_sheet(lens, most=1)
    rows = [
        [
            str(stage.spec),
            f.number(stage.sums.count),
            in_base(stage.sums.amount),
            in_base(stage.sums.weighted),
        ]
        for stage in sheet.stages[:MOST_STAGES]
    ]
    whole = sheet.whole
    total = [_("Total"), f.number(whole.count), in_base(whole.amount), in_base(whole.weighted)]
    return {"heads": [_("Stage"), _("Deals"), _("Amount"), _("Weighted")], "rows": rows, "total": total}


def accuracy(screen: Screen, lens: InsightLens) -> dict[str, Any]:
    """P05: the forecast error of each level against its limit."""
    report = forecast_accuracy(BoardLens.read(lens.asked, screen.owner))
    rows = []
    for level in report.levels:
        together, verdicts = report.accuracy(level), report.scored(level)
        within = sum(one.passed for one in verdicts)
        label, limit = str(Level(level).label), f.percent(report.limit(level), 0)
        share = f"{f.number(within)} / {f.number(len(verdicts))}"
        rows.append([label, f.percent(together.wape), limit, f.percent(together.bias), share])
    heads = [_("Level"), "WAPE", _("Limit"), _("Bias"), _("Within the limit")]
    return {"heads": heads, "rows": rows}


def narrowing(screen: Screen, lens: InsightLens) -> dict[str, Any]:
    """P06: each stage's conversion and median days beside its own four quarters, the bottleneck marked."""
    report = bottlenecks(lens)
    rows = [
        [
            str(spec),
            f.percent(health.now.conversion.rate),
            f.percent(health.base_rate),
            f.number(health.now.median.value, 1),
            f.number(health.base_median.value, 1),
        ]
        for spec, health in zip(report.specs, report.stages, strict=True)
    ]
    heads = [_("Stage"), _("Conversion"), _("before"), _("Median"), _("before")]
    return {"heads": heads, "rows": rows[:MOST_STAGES], "on": report.place if report.is_narrow else None}

"""Forecast error over time and what moved since a forecast, drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.forecasts.figures.error import Accuracy
from loudou.forecasts.models import Level
from loudou.forecasts.reports import AccuracyReport
from loudou.insight.charts import waterfall_chart
from loudou.insight.figures.waterfall import Waterfall
from loudou.insight.words import BUCKETS
from loudou.kernel.periods import Period
from loudou.ui import format as f
from loudou.ui.charts import Chart, Leading, line, percentages

_COLOURS = {"rep": "$mid", "manager": "$accent", "director": "$ink"}


def over_time(report: AccuracyReport) -> Chart | None:
    """WAPE by period that is over, a line a level; none before there are two periods to compare."""
    told = {period: levels for period, levels in report.over_time.items() if period not in report.running}
    if len(told) < 2:
        return None
    names = [f.period(period, report.lens.company.fiscal) for period in told]
    nothing = Accuracy([])
    each = {level: [levels.get(level, nothing) for levels in told.values()] for level in report.levels}
    errors = {level: [one.wape.value for one in some] for level, some in each.items()}
    series: list[dict[str, Any]] = [
        line(
            str(Level(level).label),
            [round(float(value) * 100, 1) if value is not None else None for value in values],
            _COLOURS[level],
            dashed=level == Level.REP,
        )
        for level, values in errors.items()
    ]
    rows: list[list[str]] = [
        [names[place], *_cells(report, period, {level: some[place] for level, some in each.items()})]
        for place, period in enumerate(told)
    ]
    indicators = ("WAPE", _("Bias"), _("Value added"))
    labels = (f"{Level(level).label} · {name}" for level in each for name in indicators)
    head = [_("Period"), *labels]
    return Chart(
        percentages(names, series), _("Error over time"), height="s", table_head=head, table_rows=rows
    )


def bridge(told: Waterfall, asked: Mapping[str, str]) -> Chart:
    """From what stood then over what came and went to what stands now; every column leads to its deals."""
    page = reverse("insight:waterfall")
    links = {name: f"{page}?{urlencode({**asked, 'bucket': name})}#deals" for name in BUCKETS}
    drawn = waterfall_chart(told, {name: str(text) for name, text in BUCKETS.items()}, links)
    return replace(drawn, height="m")


def _cells(report: AccuracyReport, period: Period, levels: Mapping[str, Accuracy]) -> Iterator[Leading]:
    """The indicators of every level in a period, leading to its forecasts."""
    name = report.lens.company.fiscal.name(period)
    for level, together in levels.items():
        to = report.lens.href(period=name, level=level, **{"from": None, "to": None}) + "#each"
        yield from (Leading(said, to) for said in _indicators(together))


def _indicators(together: Accuracy) -> tuple[str, str, str]:
    """Error, bias and what adjusting added, as people read them."""
    return f.percent(together.wape), f.percent(together.bias), f.points(together.value_added.value)

"""The weeks of a period, drawn: what was planned for each and what came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from loudou.kernel.periods import Period
from loudou.targets.figures.linearity import Linearity
from loudou.ui import format as f
from loudou.ui.charts import Chart, Leading, line, percentages


def weeks_chart(told: Linearity, to: Callable[[Period], str]) -> Chart | None:
    """Plan share as a line over bars of actual shares; none while there is nothing to share. A week's share leads `to`
    what came in it."""
    if told.value.value is None:
        return None
    names = [f.day(week.period.start) for week in told.weeks]
    planned = [told.plan_share(week).value for week in told.weeks]
    came = [told.actual_share(week).value for week in told.weeks]
    series: list[dict[str, Any]] = [
        {
            "name": _("share that came"),
            "type": "bar",
            "data": _shares(came),
            "itemStyle": {"color": "$accent"},
        },
        line(_("share planned"), _shares(planned), "$ink"),
    ]
    rows = [
        [name, *(Leading(f.percent(share), to(week.period)) for share in both)]
        for name, week, *both in zip(names, told.weeks, planned, came, strict=True)
    ]
    head = [_("Week from"), _("share planned"), _("share that came")]
    return Chart(
        percentages(names, series), _("Shares of the weeks"), height="s", table_head=head, table_rows=rows
    )


def _shares(values: list[Any]) -> list[float | None]:
    return [round(float(value) * 100, 1) if value is not None else None for value in values]

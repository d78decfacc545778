"""How well chances and sums were foretold, drawn."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from loudou.kernel.periods import Fiscal
from loudou.odds.figures.scores import Trial
from loudou.odds.outlooks import OutlookReport
from loudou.ui import format as f
from loudou.ui.charts import Chart, axis_style


def calibration_chart(trial: Trial) -> Chart:
    """By tenths of the deals: the chance that was told, and the share that was won."""
    names = [f.number(place) for place in range(1, len(trial.bins) + 1)]
    kinds = ((_("Chance told"), "$mid", "told"), (_("Share won"), "$accent", "won"))
    option = {
        "grid": {"left": 8, "right": 12, "top": 36, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "right": 0, "itemWidth": 14, "itemHeight": 8, "textStyle": {"color": "$ink3"}},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": names, **axis_style()},
        "yAxis": {"type": "value", "name": "%", "nameTextStyle": {"color": "$ink3"}, **axis_style()},
        "series": [
            {
                "name": name,
                "type": "line",
                "symbolSize": 6,
                "data": [round(getattr(one, kind) * 100, 1) for one in trial.bins],
                "lineStyle": {"color": colour},
                "itemStyle": {"color": colour},
            }
            for name, colour, kind in kinds
        ],
    }
    rows = [
        [name, f.number(one.n), f"{one.told * 100:.1f}%", f"{one.won * 100:.1f}%"]
        for name, one in zip(names, trial.bins, strict=True)
    ]
    head = [_("Tenth"), _("Deals"), *(name for name, _colour, _kind in kinds)]
    return Chart(option, _("Calibration"), height="s", table_head=head, table_rows=rows)


def outlook_chart(report: OutlookReport, fiscal: Fiscal) -> Chart:
    """The intervals of the periods before, and what was won, the oldest first."""
    tried = list(reversed(report.tried))
    names = [f.period(one.period, fiscal) for one in tried]
    actual = [float(one.actual) for one in tried]
    step, mark = f.step([*actual, *(float(one.told.high) for one in tried)])
    shown: list[list[float]] = [
        [round(float(value) / step, 2) for value in values]
        for values in (
            [one.told.low for one in tried],
            [one.told.high - one.told.low for one in tried],
            actual,
        )
    ]
    interval: dict[str, Any] = {"type": "bar", "stack": "interval", "barMaxWidth": 28}
    option = {
        "grid": {"left": 8, "right": 12, "top": 36, "bottom": 8, "containLabel": True},
        "legend": {
            "top": 0,
            "right": 0,
            "itemWidth": 10,
            "itemHeight": 10,
            "textStyle": {"color": "$ink3"},
            "data": [_("Prediction interval"), _("Won")],
        },
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "category", "data": names, **axis_style()},
        "yAxis": {"type": "value", "name": mark, "nameTextStyle": {"color": "$ink3"}, **axis_style()},
        "series": [
            {**interval, "data": shown[0], "itemStyle": {"color": "transparent"}, "silent": True},
            {**interval, "name": _("Prediction interval"), "data": shown[1], "itemStyle": {"color": "$mid"}},
            {
                "type": "scatter",
                "name": _("Won"),
                "data": shown[2],
                "symbolSize": 10,
                "itemStyle": {"color": "$accent"},
            },
        ],
    }
    rows = [
        [name, f.money(one.told.low), f.money(one.told.high), f.money(one.actual)]
        for name, one in zip(names, tried, strict=True)
    ]
    head = [_("Period"), _("At least"), _("At most"), _("Won")]
    return Chart(option, _("What it would have said before"), height="s", table_head=head, table_rows=rows)

"""How well chances were told, drawn."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.odds.figures.scores import Trial
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

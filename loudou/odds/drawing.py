"""How well chances and sums were foretold, drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.insight.words import in_base
from loudou.kernel.periods import Fiscal
from loudou.odds.figures.scores import Trial
from loudou.odds.outlooks import OutlookReport, Tried
from loudou.ui import format as f
from loudou.ui.charts import GRID, LEGEND, Chart, Leading, counted, line, named, percentages


def calibration_chart(trial: Trial, behind: Callable[[int], str]) -> Chart:
    """By tenths of the deals: the chance that was told, and the share that was won; `behind` leads to those of one."""
    names = [f.number(place) for place in range(1, len(trial.bins) + 1)]
    kinds = ((_("Chance told"), "$mid", "told"), (_("Share won"), "$accent", "won"))
    series = [
        line(
            name,
            [round(getattr(one, kind) * 100, 1) for one in trial.bins],
            colour,
            dashed=kind == "told",
        )
        for name, colour, kind in kinds
    ]
    rows: list[list[str]] = []
    for place, (name, one) in enumerate(zip(names, trial.bins, strict=True), start=1):
        cells = (f.number(one.n), f"{one.told * 100:.1f}%", f"{one.won * 100:.1f}%")
        rows.append([name, *(Leading(said, behind(place)) for said in cells)])
    head = [_("Tenth"), _("Deals"), *(name for name, _colour, _kind in kinds)]
    return Chart(percentages(names, series), _("Calibration"), height="l", table_head=head, table_rows=rows)


def outlook_chart(report: OutlookReport, fiscal: Fiscal) -> Chart:
    """The intervals of the periods before, and what was won, the oldest first."""
    tried = list(reversed(report.tried))
    names = [f.period(one.period, fiscal) for one in tried]
    step, mark = f.step([float(amount) for one in tried for amount in (one.actual, one.told.high)])
    option = {
        "grid": GRID,
        "legend": LEGEND | {"right": 0, "data": [_("Prediction interval"), _("Won")]},
        "tooltip": {"trigger": "item"},
        "xAxis": named(names),
        "yAxis": counted(mark),
        "series": _intervals(tried, step),
    }
    rows = [
        [name, *_leading(report, one, fiscal.name(one.period))]
        for name, one in zip(names, tried, strict=True)
    ]
    head = [_("Period"), _("At least"), _("At most"), _("Won")]
    return Chart(option, _("What it would have said before"), height="s", table_head=head, table_rows=rows)


def _leading(report: OutlookReport, one: Tried, period: str) -> Iterator[str]:
    """An interval that leads to the forecast as of then, and what was won to its deals."""
    lens, asked = report.lens, {"period": period, "from": None, "to": None}
    then = lens.href(as_of=one.at.isoformat(), **asked)
    for amount in (one.told.low, one.told.high):
        yield Leading(in_base(amount), then, in_base(amount, full=True))
    won = reverse("insight:records") + lens.href(what="won_deals", **asked)
    yield Leading(in_base(one.actual), won, in_base(one.actual, full=True))


def _intervals(tried: Sequence[Tried], step: int) -> list[dict[str, Any]]:
    """An interval is a bar on one that is not seen, from nothing to its low end; what was won is a point."""

    def drawn(values: Iterable[Decimal]) -> list[float]:
        return [round(float(value) / step, 2) for value in values]

    bar: dict[str, Any] = {"type": "bar", "stack": "interval", "barMaxWidth": 28}
    unseen = {"itemStyle": {"color": "transparent"}, "silent": True}
    shown = {"name": _("Prediction interval"), "itemStyle": {"color": "$mid"}}
    point = {"type": "scatter", "name": _("Won"), "symbolSize": 10, "itemStyle": {"color": "$accent"}}
    return [
        {**bar, **unseen, "data": drawn(one.told.low for one in tried)},
        {**bar, **shown, "data": drawn(one.told.high - one.told.low for one in tried)},
        {**point, "data": drawn(one.actual for one in tried)},
    ]

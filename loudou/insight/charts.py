"""Charts of the funnel, of closes, of waterfalls, of a quarter's progress and of forecast categories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from loudou.insight.asked import TIMES
from loudou.insight.figures.pace import Pace
from loudou.insight.figures.waterfall import INTO, Waterfall
from loudou.insight.reports.categories import CategoriesReport
from loudou.insight.reports.funnel import FunnelReport
from loudou.insight.reports.winrate import ClosingPart, WinRateReport
from loudou.insight.words import in_base
from loudou.kernel.numbers import ZERO
from loudou.ui import format as f
from loudou.ui.charts import GRID, LEGEND, Chart, Leading, axis_style, columns, counted, named

Behind = Callable[
    ..., str
]  # the address of the deals behind a number: what it counts, and what else is asked otherwise

MOST_BARS = 12  # parts a chart can hold; the table below it has them all
MOST_LISTED = 200  # parts that a page lists, in its tables and in those of its charts
_TOLD_TOGETHER = {"trigger": "axis", "axisPointer": {"type": "shadow"}}
_SHADES = {
    "closed": "$accent",
    "commit": "$mid",
    "most_likely": "$amber-mark",
    "best_case": "$ink3",
    "pipeline": "$line",
}
_COLOURS = {"start": "$ink3", "end": "$ink3", "won": "$mid"}
_ABOVE = {"show": True, "position": "top", "color": "$ink", "fontSize": 12, "fontWeight": 600}
# On a phone columns are narrower than what they say, which stands upright above them there; where a chart has become
# wider since, it lies again.
_UPRIGHT = {"rotate": 90, "align": "left", "verticalAlign": "middle", "fontWeight": 500}
_LEVEL = {"rotate": 0, "align": None, "verticalAlign": None, "fontWeight": 600}
_BY_WIDTH = [
    {"query": {"maxWidth": 480}, "option": {"grid": {"top": 72}, "series": [{}, {"label": _UPRIGHT}]}},
    {"option": {"grid": {"top": 28}, "series": [{}, {"label": _LEVEL}]}},
]


def flow_chart(report: FunnelReport, behind: Behind) -> Chart:
    """What came, went, was lost and stayed, stage by stage."""
    kinds = (
        ("inflow", pgettext("M03", "in"), "$accent"),
        ("outflow", pgettext("M03", "out"), "$mid"),
        ("lost", pgettext("M03", "lost"), "$amber-mark"),
        ("stay", pgettext("M03", "stay"), "$line"),
    )
    series = [
        (what, name, colour, [Decimal(getattr(line.flow, what).count) for line in report.lines])
        for what, name, colour in kinds
    ]
    return _grouped(report, _("Flow by stage"), series, behind)


def stock_chart(report: FunnelReport, behind: Behind) -> Chart:
    """Amount and weighted amount of what stands in each stage."""
    series = [
        ("count", _("Amount"), "$mid", [line.amount for line in report.lines]),
        ("count", _("Weighted"), "$accent", [line.weighted for line in report.lines]),
    ]
    return _grouped(report, _("Amount and weighted amount by stage"), series, behind, money=True)


def waterfall_chart(told: Waterfall, names: Mapping[str, str], links: Mapping[str, str]) -> Chart:
    """From the start over what came and went to the end; every column leads to its deals. What was none has no column."""
    amounts = {name: told[name].amount for name in names}
    drawn = {name: amount for name, amount in amounts.items() if amount or name in ("start", "end")}
    step, mark = f.step([float(amount) for amount in amounts.values()])
    floors, risers = _floating(drawn, step, links)
    bar = {"type": "bar", "stack": "one", "barMaxWidth": 46}
    below = {"itemStyle": {"color": "transparent"}, "silent": True, "tooltip": {"show": False}}
    wrapped = {"color": "$ink3", "fontSize": 12, "interval": 0, "width": 60, "overflow": "break"}
    option = {
        "grid": GRID | {"top": 28},
        "tooltip": {"trigger": "item"},
        "xAxis": named([names[name] for name in drawn]) | {"axisLabel": wrapped},
        "yAxis": counted(mark),
        "series": [
            {**bar, "data": floors, **below},
            {
                **bar,
                "name": _("Amount"),
                "data": risers,
                "label": _ABOVE,
                "labelLayout": {"hideOverlap": True},
            },
        ],
        "media": _BY_WIDTH,
    }
    rows: list[list[str]] = [
        [
            label,
            Leading(f.number(told[name].count), links[name]),
            Leading(in_base(amounts[name], full=True), links[name]),
        ]
        for name, label in names.items()
    ]
    head = [_("Movement"), _("Deals"), _("Amount")]
    return Chart(option, _("Waterfall"), height="l", table_head=head, table_rows=rows)


def _floating(
    drawn: Mapping[str, Decimal], step: int, links: Mapping[str, str]
) -> tuple[list[float], list[dict[str, Any]]]:
    """The columns of a waterfall, and the floors on which they stand: each begins where the one before it ended."""
    level, floors, risers = ZERO, [], []
    for name, amount in drawn.items():
        signed = amount if name in INTO else -amount
        below = ZERO if name == "end" else min(level, level + signed)
        level = level if name == "end" else level + signed
        colour = _COLOURS.get(name, "$accent" if signed >= 0 else "$amber-mark")
        floors.append(round(float(below / step), 4))
        risers.append(
            {
                "value": round(float(abs(amount) / step), 4),
                "itemStyle": {"color": colour},
                "label": {"formatter": _signed(name, signed)},
                "url": links[name],
            }
        )
    return floors, risers


def progress_chart(pace: Pace, behind: Behind) -> Chart:
    """What was won and what was still expected, week by week, beside the target; `behind` is told the week, too."""
    weeks = pace.weeks
    step, mark = f.step([float(week.total) for week in weeks] + [float(pace.target or 0)])
    kinds = ((_("Won so far"), "$accent", "won"), (_("Expected"), "$mid", "expected"))
    series = []
    for name, colour, kind in kinds:
        told = [round(float(getattr(week, kind) / step), 2) for week in weeks]
        series.append(columns(name, told, colour, widest=36, stack="one"))
    if pace.target:
        line = {"yAxis": round(float(pace.target / step), 2), "name": _("Target")}
        series[0]["markLine"] = {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "$amber-mark"},
            "label": {"formatter": _("Target"), "color": "$ink3", "position": "insideEndTop"},
            "data": [line],
        }
    option = {
        "grid": GRID,
        "legend": LEGEND | {"right": 0},
        "tooltip": _TOLD_TOGETHER,
        "xAxis": named([f.day(week.last_day) for week in weeks]),
        "yAxis": counted(mark),
        "series": series,
    }
    rows: list[list[str]] = [
        [
            f.day(week.last_day),
            _leading(week.won, behind("won_deals", week)),
            _leading(week.expected, behind("due", week)),
        ]
        for week in weeks
    ]
    head = [_("Until"), *(name for name, _colour, _kind in kinds)]
    return Chart(option, _("Won and expected by week"), height="s", table_head=head, table_rows=rows)


def categories_chart(
    report: CategoriesReport, name: Callable[[Any], str], words: Mapping[str, Any], behind: Behind
) -> Chart:
    """What is won and open by category, a bar a part, the largest above; `behind` is told the part, too."""
    parts = list(report.parts[:MOST_BARS])
    step, mark = f.step([float(part.told.optimistic.amount + part.told.pipeline.amount) for part in parts])
    kinds = [(kind, "won_deals" if kind == "closed" else kind) for kind in _SHADES]
    series = []
    for kind, counted_as in kinds:
        told = [round(float(getattr(part.told, kind).amount / step), 2) for part in reversed(parts)]
        series.append(columns(str(words[counted_as]), told, _SHADES[kind], widest=22, stack="one"))
    names = [name(part) for part in parts]
    option = {
        "grid": GRID | {"right": 16},
        "legend": LEGEND | {"left": 0},
        "tooltip": _TOLD_TOGETHER,
        "xAxis": counted("") | {"axisLabel": axis_style()["axisLabel"] | {"formatter": f"{{value}}{mark}"}},
        "yAxis": named(names[::-1]),
        "series": series,
    }
    rows: list[list[str]] = [
        [
            label,
            *(
                _leading(getattr(part.told, kind).amount, behind(counted_as, part))
                for kind, counted_as in kinds
            ),
        ]
        for label, part in zip(names, parts, strict=True)
    ]
    head = ["", *(str(words[counted_as]) for _kind, counted_as in kinds)]
    return Chart(option, _("Forecast categories"), table_head=head, table_rows=rows)


def closing_chart(report: WinRateReport, names: Sequence[str], behind: Behind) -> Chart:
    """Wins and losses of each part, and the win rate over them; `behind` is told the part, too."""
    drawn = _drawn(report)
    parts = list(report.parts[drawn])
    series: list[dict[str, Any]] = [
        columns(name, [getattr(part.closing.rate, what) for part in parts], colour, stack="one")
        for name, what, colour in ((_("Won"), "won", "$accent"), (pgettext("M05", "Lost"), "lost", "$line"))
    ]
    rates = [part.closing.rate.rate.value for part in parts]
    series.append(
        {
            "name": pgettext("M05", "Win rate"),
            "type": "line" if report.by in TIMES else "scatter",
            "yAxisIndex": 1,
            "symbolSize": 7,
            "itemStyle": {"color": "$amber-mark"},
            "lineStyle": {"color": "$amber-mark"},
            "data": [None if rate is None else round(float(rate * 100), 1) for rate in rates],
        }
    )
    percents = {"color": "$ink3", "fontSize": 12, "formatter": "{value}%"}
    share = counted("") | {"min": 0, "max": 100, "splitLine": {"show": False}, "axisLabel": percents}
    option = _over(names[drawn], series) | {"yAxis": [counted(""), share]}
    rows: list[list[str]] = [
        [
            name,
            Leading(f.number(part.closing.rate.won), behind("won_deals", part)),
            Leading(f.number(part.closing.rate.lost), behind("lost_deals", part)),
            Leading(f.percent(part.closing.rate.rate), behind("win_rate", part)),
        ]
        for name, part in _listed(report, names)
    ]
    head = ["", _("Won"), pgettext("M05", "Lost"), pgettext("M05", "Win rate")]
    return Chart(option, _("Won and lost, and the win rate"), height="s", table_head=head, table_rows=rows)


def cycle_chart(report: WinRateReport, names: Sequence[str], behind: Behind) -> Chart:
    """The median days of wins and of losses of each part."""
    kinds = ((_("Won"), "won", "$accent"), (pgettext("M05", "Lost"), "lost", "$ink3"))
    drawn = _drawn(report)
    parts = list(report.parts[drawn])

    def days(part: ClosingPart, what: str) -> Decimal | None:
        return getattr(part.closing, what).median_days.value  # type: ignore[no-any-return]

    series: list[dict[str, Any]] = []
    for name, what, colour in kinds:
        told = [days(part, what) for part in parts]
        data = [None if one is None else round(float(one), 1) for one in told]
        series.append(columns(name, data, colour, widest=18))
    option = _over(names[drawn], series) | {"yAxis": counted(_("days"))}
    rows: list[list[str]] = [
        [
            name,
            *(
                Leading(f.number(value, 1), behind(f"{what}_cycle", part)) if value is not None else f.DASH
                for what, value in ((what, days(part, what)) for _name, what, _colour in kinds)
            ),
        ]
        for name, part in _listed(report, names)
    ]
    head = ["", *(name for name, _what, _colour in kinds)]
    return Chart(option, _("Median days to the close"), height="s", table_head=head, table_rows=rows)


def _drawn(report: WinRateReport) -> slice:
    """The parts a chart holds: the first ones; of a longer time all from the first that has deals to the last."""
    filled = [place for place, part in enumerate(report.parts) if part.closing.size]
    if report.by not in TIMES or len(report.parts) <= MOST_BARS or not filled:
        return slice(MOST_BARS)
    return slice(filled[0], filled[-1] + 1)


def _listed(report: WinRateReport, names: Sequence[str]) -> Iterable[tuple[str, ClosingPart]]:
    """The parts that the table of a chart names: those of the table below it; of a longer time all."""
    most = None if report.by in TIMES else MOST_LISTED
    return zip(names[:most], report.parts[:most], strict=True)


def _over(names: Sequence[str], series: list[dict[str, Any]]) -> dict[str, Any]:
    """What charts have in common that stand over parts."""
    return {
        "grid": GRID,
        "legend": LEGEND | {"right": 0},
        "tooltip": _TOLD_TOGETHER,
        "xAxis": named(list(names)),
        "series": series,
    }


def _leading(amount: Decimal, to: str) -> Leading:
    """An amount that leads to its deals, with its last digit."""
    return Leading(in_base(amount), to, in_base(amount, full=True))


def _signed(name: str, amount: Decimal) -> str:
    """What a column is worth: what came with a plus, what went with a minus, both ends plainly."""
    if name in ("start", "end"):
        return f.short(abs(amount))
    return ("+" if amount > 0 else "") + f.short(amount)


def _grouped(
    report: FunnelReport,
    label: str,
    series: Sequence[tuple[str, str, str, list[Decimal]]],
    behind: Behind,
    *,
    money: bool = False,
) -> Chart:
    """A group of columns for each stage of the funnel."""
    names = [str(line.spec) for line in report.lines]
    told = [float(value) for _what, _name, _colour, values in series for value in values]
    step, mark = f.step(told) if money else (1, "")
    option = {
        "grid": GRID,
        "legend": LEGEND | {"right": 0},
        "tooltip": _TOLD_TOGETHER,
        "xAxis": named(names),
        "yAxis": counted(mark),
        "series": [
            columns(name, [round(float(value) / step, 2) for value in values], colour)
            for _what, name, colour, values in series
        ],
    }

    def said(value: Decimal, to: str) -> str:
        return _leading(value, to) if money else Leading(f.number(value), to)

    rows = [
        [
            str(line.spec),
            *(
                said(values[place], behind(what, stage=line.spec.stage.code))
                for what, _name, _colour, values in series
            ),
        ]
        for place, line in enumerate(report.lines)
    ]
    head = [_("Stage"), *(name for _what, name, _colour, _values in series)]
    return Chart(option, label, table_head=head, table_rows=rows)

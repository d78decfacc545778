"""Charts as plain data for ECharts; colours are token names (`$accent`) that the browser resolves, light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

GRID = {"left": 8, "right": 12, "top": 36, "bottom": 8, "containLabel": True}  # the legend stands above
LEGEND = {"top": 0, "itemWidth": 10, "itemHeight": 10, "textStyle": {"color": "$ink3"}}


class Leading(str):
    """What a cell of a table says, with where it leads; `exact` is a rounded amount to its last digit."""

    href: str
    exact: str

    def __new__(cls, said: str, href: str, exact: str = "") -> Leading:
        """Say something that leads somewhere."""
        made = super().__new__(cls, said)
        made.href, made.exact = href, exact
        return made


@dataclass(frozen=True)
class Chart:
    """A drawing and, always beside it, the table that says the same."""

    option: dict[str, Any]
    label: str
    height: str = "m"  # s, m or l: classes of the style sheet
    table_head: list[str] = field(default_factory=list)
    table_rows: list[list[str]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw: no point of a line, no bar higher than naught."""
        return not any(_drawn(one, each["type"]) for each in self.option["series"] for one in each["data"])


def _drawn(point: Any, kind: str) -> bool:
    """Whether a point of a series is seen: a number, one with its looks, or several; naught is a point of a line."""
    value = point["value"] if isinstance(point, dict) else point
    if isinstance(value, list):
        return any(_drawn(one, kind) for one in value)
    return value is not None if kind == "line" else bool(value)


def axis_style() -> dict[str, Any]:
    """What the axes of all charts have in common."""
    return {
        "axisLine": {"lineStyle": {"color": "$line"}},
        "axisTick": {"show": False},
        "axisLabel": {"color": "$ink3", "fontSize": 12},
        "splitLine": {"lineStyle": {"color": "$line2"}},
    }


def named(names: list[str]) -> dict[str, Any]:
    """An axis of names."""
    return {"type": "category", "data": names, **axis_style()}


def counted(mark: str) -> dict[str, Any]:
    """An axis of numbers, named by the step or unit they are told in."""
    return {"type": "value", "name": mark, "nameTextStyle": {"color": "$ink3"}, **axis_style()}


def line(name: str, values: list[float | None], colour: str, *, dashed: bool = False) -> dict[str, Any]:
    """A series drawn as a line with a full dot a value; a dashed one is told from the next without its colour."""
    return {
        "name": name,
        "type": "line",
        "data": values,
        "symbol": "circle",
        "symbolSize": 6,
        "lineStyle": {"color": colour, "type": "dashed" if dashed else "solid"},
        "itemStyle": {"color": colour},
    }


def columns(
    name: str, values: Sequence[float | None], colour: str, *, widest: int = 26, stack: str = ""
) -> dict[str, Any]:
    """A series drawn as bars, at most so many pixels wide; those of one stack stand on or beside each other."""
    drawn = {
        "name": name,
        "type": "bar",
        "data": values,
        "itemStyle": {"color": colour},
        "barMaxWidth": widest,
    }
    return drawn | ({"stack": stack} if stack else {})


def percentages(names: list[str], series: list[dict[str, Any]]) -> dict[str, Any]:
    """The option of lines and bars of percentages over names; those of one name are told together."""
    return {
        "grid": GRID,
        "legend": LEGEND | {"right": 0, "itemWidth": 14, "itemHeight": 8},
        "tooltip": {"trigger": "axis"},
        "xAxis": named(names),
        "yAxis": counted("%"),
        "series": series,
    }


def bars(
    label: str, names: list[str], values: list[float], *, unit: str = "", color: str = "$accent"
) -> Chart:
    """Plain bars, one a name."""
    option = {
        "grid": GRID | {"right": 8, "top": 24},
        "tooltip": {"trigger": "axis"},
        "xAxis": named(names),
        "yAxis": {"type": "value", "name": unit, **axis_style()},
        "series": [{"type": "bar", "data": values, "itemStyle": {"color": color}, "barMaxWidth": 36}],
    }
    rows = [[name, f"{value:,.0f}"] for name, value in zip(names, values, strict=True)]
    return Chart(option, label, table_head=["", unit], table_rows=rows)

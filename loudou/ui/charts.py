"""Charts as plain data for ECharts; colours are token names (`$accent`) that the browser resolves, light or dark."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Chart:
    """A drawing and, always beside it, the table that says the same."""

    option: dict[str, Any]
    label: str
    height: str = "m"  # s, m or l: classes of the style sheet
    table_head: list[str] = field(default_factory=list)
    table_rows: list[list[str]] = field(default_factory=list)


def axis_style() -> dict[str, Any]:
    """What the axes of all charts have in common."""
    return {
        "axisLine": {"lineStyle": {"color": "$line"}},
        "axisTick": {"show": False},
        "axisLabel": {"color": "$ink3", "fontSize": 12},
        "splitLine": {"lineStyle": {"color": "$line2"}},
    }


def bars(
    label: str, names: list[str], values: list[float], *, unit: str = "", color: str = "$accent"
) -> Chart:
    """Plain bars, one a name."""
    option = {
        "grid": {"left": 8, "right": 8, "top": 24, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": names, **axis_style()},
        "yAxis": {"type": "value", "name": unit, **axis_style()},
        "series": [{"type": "bar", "data": values, "itemStyle": {"color": color}, "barMaxWidth": 36}],
    }
    rows = [[name, f"{value:,.0f}"] for name, value in zip(names, values, strict=True)]
    return Chart(option, label, table_head=["", unit], table_rows=rows)

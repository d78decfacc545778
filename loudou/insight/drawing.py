"""The funnel as a drawing: plain numbers for an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loudou.insight.reports.funnel import FunnelReport

WIDE, NARROW = 292.0, 52.0  # the widest bar, and one that still holds its number
HIGH, GAP, CENTRE = 64, 12, 254
AXIS, LONG = 412.0, 106.0  # where rates begin beside the slabs, and how far it is to 100 %


@dataclass(frozen=True)
class Slab:
    """A stage of the drawn funnel: its outline, where its middle is, and what it holds."""

    line: Any
    points: str
    middle: float
    value: int

    @property
    def gap(self) -> float:
        """Where the middle of the gap below it is."""
        return self.middle + (HIGH + GAP) / 2


@dataclass(frozen=True)
class Drawing:
    """All slabs, and how high the drawing is; the last one may be what was `won`."""

    slabs: Sequence[Slab]
    height: int
    won: Slab | None = None

    @staticmethod
    def along(share: Decimal | float | None) -> float:
        """Where a share stands on the axis beside the slabs; what has no value stands at its beginning."""
        return round(AXIS + LONG * min(max(float(share or 0), 0.0), 1.0), 1)


def drawing(report: FunnelReport, *, flow: bool) -> Drawing:
    """The funnel by what stands in it, or by what came into each stage."""
    values = [line.flow.inflow.count if flow else line.count for line in report.lines]
    return slabs_of(report.lines, values)


def drawing_to_the_win(lines: Sequence[Any], values: Sequence[int], won: int) -> Drawing:
    """Lines of stages as slabs, and below them a slab of what was won."""
    drawn = slabs_of([*lines, None], [*values, won])
    *slabs, last = drawn.slabs
    return Drawing(slabs, drawn.height, last)


def slabs_of(lines: Sequence[Any], values: Sequence[int]) -> Drawing:
    """Lines of stages as slabs as wide as their values."""
    largest = max([*values, 1])
    widths = [NARROW + (WIDE - NARROW) * value / largest if value else NARROW for value in values]
    slabs = []
    for place, line in enumerate(lines):
        top = place * (HIGH + GAP)
        below = widths[place + 1] if place + 1 < len(widths) else widths[place]
        slabs.append(
            Slab(line, _outline(top, widths[place], min(below, widths[place])), top + HIGH / 2, values[place])
        )
    return Drawing(slabs, max(len(slabs) * (HIGH + GAP) - GAP, HIGH))


def _outline(top: float, above: float, below: float) -> str:
    corners = (
        (CENTRE - above / 2, top),
        (CENTRE + above / 2, top),
        (CENTRE + below / 2, top + HIGH),
        (CENTRE - below / 2, top + HIGH),
    )
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)

"""What a screen shows: boards of figures in large type, as far as who put it up may see them; no customer is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from loudou.broadcasts import tables
from loudou.broadcasts.models import Screen
from loudou.daylog.reports.three_e import three_e
from loudou.insight.drawing import drawing
from loudou.insight.lens import InsightLens
from loudou.insight.reports.aims import Line
from loudou.insight.reports.funnel import funnel
from loudou.insight.reports.targets import target_progress
from loudou.insight.words import TITLES
from loudou.kernel.numbers import ZERO
from loudou.people.access import may
from loudou.people.models import User

MOST_LINES = 8  # that can be read from across a room


@dataclass(frozen=True)
class Board:
    """A board: its name, the right it takes, and what stands on it."""

    title: Any
    right: str
    content: Callable[[Screen, InsightLens], dict[str, Any]]


def lens_of(screen: Screen) -> InsightLens:
    """What a screen looks at: its unit, as far as its owner may see it now."""
    return InsightLens.read({"unit": screen.unit.code} if screen.unit is not None else {}, screen.owner)


def name_of(screen: Screen, user: User, place: int) -> str:
    """How a person is called on a screen: in full, by the first character, or by the place alone."""
    if screen.names == Screen.Names.FULL:
        return user.name
    return f"{user.name[:1]}＊" if screen.names == Screen.Names.SHORT else f"#{place}"


def open_to(screen: Screen) -> list[str]:
    """The boards of a screen that its owner may still see."""
    return [name for name in screen.boards if may(screen.owner, BOARDS[name].right)]


def _funnel(screen: Screen, lens: InsightLens) -> dict[str, Any]:
    report = funnel(lens)
    whole = [(line.count, line.amount, line.weighted) for line in report.lines]
    sums = [sum(values) for values in zip(*whole, strict=True)] if whole else [0, ZERO, ZERO]
    return {"drawing": drawing(report, flow=False), "count": sums[0], "amount": sums[1], "weighted": sums[2]}


def _attainment(screen: Screen, lens: InsightLens) -> dict[str, Any]:
    units = [line for line in _bookings(lens) if line.aim.person is None]
    return {"first": units[0] if units else None, "lines": units[1 : MOST_LINES + 1]}


def _leaders(screen: Screen, lens: InsightLens) -> dict[str, Any]:
    """People by attainment, not by amount: equal ones share a place (B0.10)."""
    people = [
        (person, line.progress, value)
        for line in _bookings(lens)
        if (person := line.aim.person) is not None and (value := line.progress.attainment.value) is not None
    ]
    people.sort(key=lambda one: (-one[2], one[0].pk))
    values = [value for _person, _progress, value in people]
    lines = [
        (values.index(value) + 1, name_of(screen, person, place), progress)
        for place, (person, progress, value) in enumerate(people[:MOST_LINES], 1)
    ]
    return {"lines": lines}


def _bookings(lens: InsightLens) -> list[Line]:
    return [line for line in target_progress(lens).lines if line.aim.counted == "bookings"]


def _three_e(screen: Screen, lens: InsightLens) -> dict[str, Any]:
    """The last working day that is over: of today the evening is still to come."""
    day = lens.company.calendar.work_calendar().latest(lens.company.today - timedelta(days=1))
    of_day = InsightLens.read({**lens.asked, "period": day.isoformat()}, screen.owner)
    return {"told": three_e(of_day).total, "day": day}


BOARDS: Mapping[str, Board] = {
    "funnel": Board(_("Funnel"), "insight.see", _funnel),
    "attainment": Board(_("Attainment"), "targets.see", _attainment),
    "leaders": Board(_("Leaderboard"), "targets.see", _leaders),
    "three_e": Board(_("3E board"), "daylog.see", _three_e),
    "promotion": Board(TITLES["promotion_table"], "insight.see", tables.promoted),
    "contacts": Board(TITLES["contact_table"], "insight.see", tables.contacted),
    "forecast": Board(TITLES["forecast_sheet"], "insight.see", tables.forecast),
    "accuracy": Board(_("Forecast accuracy"), "forecasts.see", tables.accuracy),
    "narrowing": Board(TITLES["bottlenecks"], "insight.see", tables.narrowing),
}

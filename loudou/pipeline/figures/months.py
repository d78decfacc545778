"""The parts that months are counted in: five days each, the last as many as are left."""

from __future__ import annotations

from datetime import date

from loudou.kernel.periods import add_months

DAYS = 5
LAST = 26  # the day on which the last part of a month begins


def part_of(day: date) -> date:
    """The first day of the part that a day lies in."""
    return day.replace(day=min(day.day - (day.day - 1) % DAYS, LAST))


def part_after(day: date) -> date:
    """The first day of the part that follows the one that begins on a day."""
    return day.replace(day=day.day + DAYS) if day.day < LAST else add_months(day.replace(day=1), 1)

"""What parts of a target weigh: last year, the funnel, capacity, learned seasons (`domain.md` M25, M61, M62; R007)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from loudou.kernel.numbers import MILLIONTH, ZERO, Ratio, rounded
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.kernel.workdays import WorkCalendar
from loudou.targets.figures.progress import employed
from loudou.targets.figures.selling import SellingDays

ZONES = (Decimal("0.25"), Decimal("0.50"), Decimal("0.75"))  # upper, middle, lower part of the funnel (M25)
RAMP = (Decimal(0), Decimal("0.25"), Decimal("0.50"), Decimal("0.75"), Decimal(1))  # by months since joining
_LEAP = (2, 29)
LEAST_YEARS = 2  # of history before a seasonal index is learned
WIDE = Decimal("1.5")  # a quota beyond this multiple of the weighted funnel calls for another territory

METHODS_IN_TIME = ("season", "learned", "equal")
METHODS_AMONG = ("equal", "last_year", "funnel", "capacity")
METHODS = ("season", "learned", "equal", "last_year", "funnel", "capacity")


def zone_rate(position: int, stages: int) -> Decimal:
    """What a stage's deals count in a quota: the funnel is cut in three parts of equally many stages."""
    return ZONES[min(3 * position // max(stages, 1), 2)]


def ramp(joined_on: date | None, month: date, steps: Sequence[Decimal] = RAMP) -> Decimal:
    """How much of a full quota somebody carries in a month, by the months since the one they joined in (M61)."""
    if joined_on is None:
        return steps[-1]
    since = (month.year - joined_on.year) * 12 + month.month - joined_on.month
    return ZERO if since < 0 else steps[min(since, len(steps) - 1)]


def capacity(
    period: Period,
    calendar: WorkCalendar | SellingDays,
    joined_on: date | None = None,
    left_on: date | None = None,
    monthly: Decimal = Decimal(1),
) -> Decimal:
    """A person's full monthly quota × ramp × presence, month by month (M61).

    Presence is the share of the month's working days within the period on which they are employed.
    """
    total = ZERO
    for part in Fiscal().split(period, Grain.MONTH):
        month = Fiscal().of(part.start, Grain.MONTH)
        days = calendar.count(month)
        there = employed(part, joined_on, left_on)
        if days and there is not None:
            # Who ramps up is measured by full months; the days before they came lie in a month of 0 %.
            total += monthly * ramp(joined_on, month.start) * calendar.count(there) / days
    return total


def learned(
    sales: Mapping[tuple[int, int], Decimal], years: Sequence[int], calendar: WorkCalendar | SellingDays
) -> dict[int, Decimal] | None:
    """The index of every month from whole years of sales: per working day, normalised to a mean of 1 (M62).

    `sales` are by (year, month). None where there are less than two years, or nothing was sold.
    """
    if len(years) < LEAST_YEARS:
        return None
    daily = {}
    for month in range(1, 13):
        sold = sum((sales.get((year, month), ZERO) for year in years), ZERO)
        days = sum(calendar.weigh(Fiscal().of(date(year, month, 1), Grain.MONTH)) for year in years)
        daily[month] = max(sold, ZERO) / days if days else ZERO
    mean = sum(daily.values(), ZERO) / 12
    if mean == 0:
        return None
    return {month: rounded(value / mean, MILLIONTH) for month, value in daily.items()}


def year_before(period: Period) -> Period:
    """The same days a year earlier (M35). 29 February is the 28th there, and what ends with the 28th does so there too."""
    start, end = period.start, period.end
    if (start.month, start.day) == _LEAP:
        start -= timedelta(days=1)
    if (end.month, end.day) == _LEAP:  # half-open: its last day is the 28th
        end += timedelta(days=1)
    return Period(start.replace(year=start.year - 1), end.replace(year=end.year - 1))


def strained(total: Decimal, weighted: Decimal) -> bool:
    """Whether a quota is more than one and a half times, or less than two thirds of, the weighted funnel (M25)."""
    ratio = Ratio.of(total, weighted).value
    return ratio is not None and (ratio > WIDE or ratio * WIDE < 1)


@dataclass(frozen=True)
class Leaver:
    """Somebody who left a seat."""

    name: str
    unit: str
    left_on: date


def vacant(leavers: Iterable[Leaver], joined: Iterable[tuple[str, date]]) -> list[Leaver]:
    """The seats nobody took since: each who joined a unit takes the seat vacated there longest (M31)."""
    came: dict[str, list[date]] = defaultdict(list)
    for unit, day in sorted(joined, key=lambda one: one[1]):
        came[unit].append(day)
    empty = []
    for leaver in sorted(leavers, key=lambda one: (one.left_on, one.name)):
        taken = next((day for day in came[leaver.unit] if day >= leaver.left_on), None)
        if taken is None:
            empty.append(leaver)
        else:
            came[leaver.unit].remove(taken)
    return empty

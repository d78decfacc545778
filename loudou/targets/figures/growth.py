"""Growth over the year before and the period before (`domain.md` M35), with the Spring Festival in the same place.

The festival moves between 21 January and 20 February and takes a week of work with it. So the same dates of another
year are also compared per working day, and a stretch of which only one year has the festival is set beside the stretch
that lies equally far from the other year's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from loudou.kernel.numbers import Ratio
from loudou.kernel.periods import Fiscal, Period
from loudou.targets.figures.weighing import year_before

_DAYS = (
    *("2010-02-14", "2011-02-03", "2012-01-23", "2013-02-10", "2014-01-31", "2015-02-19", "2016-02-08"),
    *("2017-01-28", "2018-02-16", "2019-02-05", "2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22"),
    *("2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-03"),
    *("2031-01-23", "2032-02-11", "2033-01-31", "2034-02-19", "2035-02-08", "2036-01-28", "2037-02-15"),
    *("2038-02-04", "2039-01-24", "2040-02-12"),
)
FESTIVALS = {int(day[:4]): date.fromisoformat(day) for day in _DAYS}
SEASON = timedelta(days=15)  # so far before and after it the festival is felt


@dataclass(frozen=True)
class Came:
    """What came in a stretch of days, and how many working days it has."""

    period: Period
    amount: Decimal
    working_days: int

    @property
    def a_day(self) -> Ratio:
        """Per working day."""
        return Ratio.of(self.amount, self.working_days)


def growth(now: Ratio, base: Ratio) -> Ratio:
    """now ÷ base − 1; without a base above zero there is none."""
    if now.value is None or base.value is None or base.value <= 0:
        return Ratio.missing("no_base")
    return Ratio(now.value / base.value - 1)


@dataclass(frozen=True)
class Growth:
    """What came in a period beside the same dates a year before, the same festival season, the period before."""

    now: Came
    year_before: Came
    aligned: Came
    before: Came

    @property
    def over_year(self) -> Ratio:
        """Over the same dates of the year before (同比)."""
        return growth(Ratio(self.now.amount), Ratio(self.year_before.amount))

    @property
    def over_year_a_day(self) -> Ratio:
        """The same, per working day."""
        return growth(self.now.a_day, self.year_before.a_day)

    @property
    def over_season(self) -> Ratio:
        """Over the days that lie as far from the festival, per working day."""
        return growth(self.now.a_day, self.aligned.a_day)

    @property
    def over_before(self) -> Ratio:
        """Over the period before (环比)."""
        return growth(Ratio(self.now.amount), Ratio(self.before.amount))


def season_before(period: Period) -> Period:
    """The same dates a year earlier, moved with the festival where only one of the two has its season."""
    plain = year_before(period)
    mine, other = FESTIVALS.get(period.end.year), FESTIVALS.get(plain.end.year)
    if mine is None or other is None or (_has(period, mine) and _has(plain, other)):
        return plain
    if not (_feels(period, mine) or _feels(plain, other)):
        return plain
    moved = mine - other
    return Period(period.start - moved, period.end - moved)


def period_before(period: Period, whole: Period, fiscal: Fiscal) -> Period:
    """As much of the period before `whole` as has passed of it."""
    before = fiscal.previous(whole)
    if period == whole:
        return before
    return Period(before.start, min(before.start + timedelta(days=period.length), before.end))


def _has(period: Period, festival: date) -> bool:
    return period.start <= festival - SEASON and festival + SEASON < period.end


def _feels(period: Period, festival: date) -> bool:
    return period.start <= festival + SEASON and festival - SEASON < period.end

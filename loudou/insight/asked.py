"""What the parameters of figures may say: the words they know, and reading one of them; what is not understood raises."""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TypeVar

from loudou.kernel.money import LARGEST, parse_amount
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import Period, midnight, parse_instant
from loudou.ui.fields import LATEST_YEAR

T = TypeVar("T")

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
EARLIEST = date(1970, 1, 1)
ALL_TIME = Period(EARLIEST, date.max)
TIMES = ("month", "quarter")  # parts that follow each other
SPLITS = ("company", "unit", "owner", "product", "source", "competitor", "period", *TIMES)
COMPARES = ("before", "year")
VIEWS = ("stock", "flow", "quiet", "contacted", "cohort")
NO_REASON = "none"  # deals lost for a reason nobody named
VALUED = ("plan", "current")
ZONE_RATES = ("zones", "deck")
# What somebody may assume of a funnel-backward instead of the organisation's own: amounts and counts, and shares.
ASSUMED_SHARES = ("win_rate", "lead_rate", "attainment_factor")
ASSUMED = ("deal_amount", "visits_per_opp", "cycle_days", "quota", *ASSUMED_SHARES)
_ASSUMABLE: dict[str, tuple[Decimal, Decimal]] = {
    **dict.fromkeys(("deal_amount", "quota"), (CENT, LARGEST)),
    **dict.fromkeys(("visits_per_opp", "cycle_days"), (CENT, Decimal(36_500))),
    **dict.fromkeys(ASSUMED_SHARES, (Decimal("0.001"), Decimal(1))),
}


def bounded(period: Period | None) -> Period:
    """A period that can be reckoned with: a side without a day stays open, other days lie in times there are."""
    assert period is not None
    start, end = max(period.start, EARLIEST), period.end
    if start.year > LATEST_YEAR or (end < date.max and end.year > LATEST_YEAR):
        raise ValueError(period)
    return Period(start, end)


def instant_of(raw: str, zone: tzinfo) -> datetime:
    """An instant, or the end of a day."""
    if DAY.fullmatch(raw):
        instant = midnight(date.fromisoformat(raw) + timedelta(days=1), zone)
    else:
        instant = parse_instant(raw, zone)
    if not EARLIEST.year < instant.year <= LATEST_YEAR:
        raise ValueError(raw)
    return instant


def found(row: T | None) -> T:
    """The row that was asked for."""
    if row is None:
        raise ValueError
    return row


def aim(raw: str) -> Decimal:
    """An amount to be reached: like a kept target it may be nothing, and is never less."""
    amount = parse_amount(raw)
    if not 0 <= amount <= LARGEST:
        raise ValueError(raw)
    return amount


def assumption(name: str, raw: str) -> Decimal:
    """A number that can be: an amount or count from 0.01 on, a share from 0.1% on, which is written 0.25, 25% or 25.

    What is divided by several of them has digits enough still.
    """
    number = raw.strip().removesuffix("%").removesuffix("％")
    value = parse_amount(number)
    if name in ASSUMED_SHARES and (number != raw.strip() or value > 1):
        value /= 100
    least, most = _ASSUMABLE[name]
    if not least <= value <= most:
        raise ValueError(raw)
    return value


def one_of(raw: str, choices: Container[str]) -> str:
    """One of the words that are known."""
    if raw not in choices:
        raise ValueError(raw)
    return raw


def year_before(day: date) -> date:
    """The same day a year earlier."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)

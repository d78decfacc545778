"""Where a check-in was: how coarse it is kept, when it may be taken down at all, how far it was from the customer."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import asin, cos, radians, sin, sqrt

from loudou.kernel.workdays import WorkCalendar

WORDING = 1  # the number of the text that people agree to; a new text asks anew
KEPT = timedelta(days=90)
DUTY = (time(8), time(18))
FAR = 1_000  # metres from the customer's place from which on a check-in calls for a look
_COARSE = Decimal("0.001")  # a thousandth of a degree: about 100 m
_EARTH = 6_371_000
_HUNDRED = 100

Spot = tuple[Decimal, Decimal]  # latitude, longitude


def coarse(latitude: Decimal, longitude: Decimal) -> Spot:
    """A spot as it is kept; raises `ValueError` for what is no spot on earth."""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError(f"{latitude}, {longitude}")
    return latitude.quantize(_COARSE, ROUND_HALF_UP), longitude.quantize(_COARSE, ROUND_HALF_UP)


def on_duty(local: datetime, calendar: WorkCalendar) -> bool:
    """Whether people are at work at this local time: a working day, 08:00 to 18:00."""
    return calendar.works(local.date()) and DUTY[0] <= local.time() <= DUTY[1]


def distance(one: Spot, other: Spot) -> int:
    """How many metres lie between two spots, in hundreds: along the great circle."""
    (north, east), (north_too, east_too) = ((radians(a), radians(b)) for a, b in (one, other))
    half = sin((north_too - north) / 2) ** 2 + cos(north) * cos(north_too) * sin((east_too - east) / 2) ** 2
    return round(2 * _EARTH * asin(sqrt(half)) / _HUNDRED) * _HUNDRED

"""How figures are written as JSON (`contract.md`): money with two decimals, ratios with six, what is missing as null."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from loudou.insight.lens import InsightLens
from loudou.kernel.numbers import CENT, MILLIONTH, Ratio, rounded
from loudou.people.models import User
from loudou.pipeline.models import StageSpec


def money(amount: Decimal) -> str:
    """12345.675 → "12345.68"."""
    return str(rounded(amount, CENT))


def rate(value: Decimal) -> str:
    """0.5 → "0.500000"."""
    return str(rounded(value, MILLIONTH))


def ratio(name: str, value: Ratio, step: Decimal = MILLIONTH) -> dict[str, Any]:
    """A ratio under its name, or null beside the reason why there is none."""
    if value.value is None:
        return {name: None, f"{name}_reason": value.reason}
    return {name: str(rounded(value.value, step))}


def count(name: str, value: Ratio) -> dict[str, Any]:
    """A number of things that may be missing: an integer, or null beside the reason."""
    if value.value is None:
        return missing(name, value.reason)
    return {name: int(value.value)}


def interval(bounds: tuple[float, float] | None) -> dict[str, Any]:
    """The bounds of an interval, or null beside the reason."""
    low, high = (
        (Ratio(Decimal(bounds[0])), Ratio(Decimal(bounds[1]))) if bounds else (Ratio.missing("no_base"),) * 2
    )
    return {**ratio("interval_low", low), **ratio("interval_high", high)}


def missing(name: str, reason: str) -> dict[str, Any]:
    """Null beside the reason."""
    return {name: None, f"{name}_reason": reason}


def when(value: datetime | date | None) -> str | None:
    """An instant or a day as ISO 8601."""
    return value.isoformat() if value is not None else None


def of_people(
    lens: InsightLens, whole: Mapping[str, Any], rows: Iterable[tuple[User, Mapping[str, Any]]]
) -> dict[str, Any]:
    """A report of a period with a line a person: when it is of, what it says of all together, what of each."""
    period = lens.or_this_quarter()
    return {
        "as_of": when(lens.instant),
        "from": when(period.start),
        "to": when(period.end),
        **whole,
        "rows": [
            {
                "who": user.username,
                "name": user.name,
                "unit": user.unit.code if user.unit else None,
                **told,
            }
            for user, told in rows
        ],
    }


def stage_name(spec: StageSpec) -> str:
    """A stage's name as reports call it whatever language is read: the first of the funnel's own languages."""
    names: dict[str, str] = spec.names
    return names.get("zh-hans") or next(iter(names.values()), spec.stage.code)

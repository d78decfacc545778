"""How a target's number is meant: absolute, a growth over a frozen base, a share of a whole (`domain.md` R002), of results
or of a single stage (R010)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from loudou.kernel.numbers import MILLIONTH, Ratio, rounded
from loudou.kernel.periods import Period

GROWTH, SHARE = "growth", "share"
_AT = "@"


@dataclass(frozen=True)
class Goal:
    """A growth over what was reached in a base period, or a share of a whole; `rate` is 0.1 for 10 %.

    Without a base period the same days a year earlier are meant; without a `base` what was reached then is counted.
    """

    kind: str
    rate: Decimal
    period: Period | None = None
    base: Decimal | None = None


def amount_at(kind: str, base: Decimal, rate: Decimal) -> Decimal:
    """What a growth over a base or a share of it comes to, in cents."""
    return rounded(base * (1 + rate) if kind == GROWTH else base * rate)


def rate_of(kind: str, base: Decimal, amount: Decimal, asked: Decimal | None = None) -> Decimal:
    """The growth or share that an amount is; the one that was asked where it comes to just that amount."""
    if asked is not None and amount_at(kind, base, asked) == amount:
        return asked
    return rounded(amount / base - (kind == GROWTH), MILLIONTH)


def reached(kind: str, base: Decimal, actual: Decimal | None, reason: str = "") -> Ratio:
    """The growth or share that was reached so far."""
    if actual is None:
        return Ratio.missing(reason)
    return Ratio(actual / base - (kind == GROWTH))


def counted_as(metric: str, stage: int | None) -> str:
    """What a target counts, in one word: its metric, of a single stage with that stage's key."""
    return metric if stage is None else f"{metric}{_AT}{stage}"


def apart(counted: str) -> tuple[str, int | None]:
    """The metric and the stage of `counted_as`."""
    metric, _, stage = counted.partition(_AT)
    return metric, int(stage) if stage else None

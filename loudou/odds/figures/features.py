"""What was known of a deal at an instant, as numbers (M04's companion that learns).

Only facts that had happened and were known by then speak (`pipeline.figures.history.as_known`): no later amount, no
later date, no close.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from math import exp, log, log1p

from loudou.pipeline.figures.history import Fact, as_known, pushes, unfold

FEATURES = (
    *("stage", "amount", "growth", "age", "stay", "due", "undated", "overdue"),
    *("pushes", "backs", "reopened", "resting", "owner"),
)
DAY = 86_400
_PRIOR = 10  # closes an owner's share is drawn to one half by
_FAR = (-6.0, 12.0)  # months to the expected date that still make a difference


def reading(
    facts: Sequence[Fact],
    at: datetime,
    order: Mapping[int, int],
    rate_of: Callable[[int], Decimal],
    closes_of: Callable[[int], tuple[int, int]],
    zone: tzinfo,
) -> tuple[float, ...] | None:
    """The features of a live deal at an instant, in the order of `FEATURES`; None where it was not known as live.

    `rate_of` gives a stage's configured rate, `closes_of` how many deals an owner had won and lost by then.
    """
    known = as_known(facts, at)
    if not known:
        return None
    history = unfold(known, order)
    now, first = history.now, history.stands[0]
    if now.outcome not in ("open", "on_hold"):
        return None
    today = at.astimezone(zone).date()
    months = (now.expected_on - today).days / 30 if now.expected_on is not None else 0.0
    won, lost = closes_of(now.owner)
    return (
        logit(float(rate_of(now.stage))),
        log1p(float(now.base_amount)),
        log1p(float(now.base_amount)) - log1p(float(first.base_amount)),
        _days(first.since, at),
        _days(history.stays[-1].entered_at, at),
        min(max(months, _FAR[0]), _FAR[1]),
        float(now.expected_on is None),
        float(now.expected_on is not None and now.expected_on < today),
        float(pushes(known)),
        float(sum(stay.left_by == "back" for stay in history.stays)),
        float(sum(stay.entered_by == "reopen" for stay in history.stays)),
        float(now.outcome == "on_hold"),
        logit((won + _PRIOR / 2) / (won + lost + _PRIOR)),
    )


def rate_told(values: Sequence[float]) -> float:
    """The configured rate of the stage a deal stood in, from its features."""
    return 1 / (1 + exp(-values[0]))


def logit(share: float) -> float:
    """The log odds of a share, kept away from nought and one."""
    kept = min(max(share, 0.01), 0.99)
    return log(kept / (1 - kept))


def _days(since: datetime, until: datetime) -> float:
    return log1p(max((until - since).total_seconds(), 0) / DAY)

"""What is odd about a deal's past: dates pushed, amounts that jumped, wins nobody saw coming (M16)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from loudou.pipeline.figures.gates import jumps
from loudou.pipeline.figures.history._shapes import Fact, History
from loudou.pipeline.figures.thresholds import STANDARD, Thresholds


def pushes(facts: Iterable[Fact]) -> int:
    """How often the expected date was moved later (M16)."""
    dates = [fact.expected_on for fact in facts if fact.expected_on is not None]
    return sum(later > earlier for earlier, later in itertools.pairwise(dates))


def amount_jumps(facts: Iterable[Fact], limits: Thresholds = STANDARD) -> int:
    """How often the amount changed by more than it may (M16); another currency is compared in the base currency."""
    count = 0
    before: Fact | None = None
    for fact in facts:
        if fact.amount is None:
            continue
        if before is not None:
            count += _jumped(before, fact, limits.amount_change)
        before = fact
    return count


def off_funnel(
    history: History,
    created_at: datetime | None,
    order: Mapping[int, int],
    limits: Thresholds = STANDARD,
) -> bool:
    """Whether a win was hidden until it was sure (M16): younger than some days, or first seen at the last stage.

    Wins of less than an amount, at the rate of their day, are not worth hiding.
    """
    if history.now.outcome != "won" or (history.stays[-1].left_amount or 0) < limits.off_funnel_amount:
        return False
    began = created_at or history.stands[0].since
    young = history.outcome_since - began < timedelta(days=limits.off_funnel_days)
    late = len(order) > 1 and order[history.stays[0].stage] == max(order.values())
    return young or late


def _jumped(before: Fact, after: Fact, limit: Decimal) -> bool:
    assert before.amount is not None and after.amount is not None
    if before.currency == (after.currency or before.currency):
        return jumps(before.amount, after.amount, limit)
    return jumps(before.base_amount or before.amount, after.base_amount or after.amount, limit)

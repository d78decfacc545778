"""What a past tells of a deal's anomalies (M16)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from loudou.insight.figures.anomalies import Limits, of_the_past, off_funnel_share
from loudou.pipeline.figures.flags import PLAIN, RED, Flag
from loudou.pipeline.figures.history import Fact, unfold

ORDER = {1: 0, 2: 1, 3: 2}
BEGAN = datetime(2026, 1, 1, 9, tzinfo=UTC)


def at(days: int) -> datetime:
    return BEGAN + timedelta(days=days)


def fact(kind: str, days: int, *, stage: int | None = None, amount: int | None = None) -> Fact:
    worth = Decimal(amount) if amount is not None else None
    return Fact(kind, at(days), at(days), stage=stage, amount=worth, base_amount=worth, owner=7)


def told(facts: list[Fact], limits: Limits) -> list[Flag]:
    """What is known of the facts after thirty days."""
    return of_the_past(unfold(facts, ORDER), facts, limits, at(30), at(30).date())


def test_a_stay_is_too_long_by_its_stages_limit_and_time_on_hold_is_taken_out() -> None:
    born = fact("enter", 0, stage=1, amount=100)
    assert told([born], Limits(max_days=20)) == [Flag("over_stay", RED, 10)]
    rested = [born, fact("hold", 5), fact("resume", 10)]
    assert told(rested, Limits(max_days=20)) == [Flag("over_stay", RED, 5)]


def test_a_stage_without_a_limit_keeps_nobody_too_long() -> None:
    assert told([fact("enter", 0, stage=1, amount=100)], Limits()) == []


def test_steps_back_and_jumps_of_the_amount_are_told() -> None:
    facts = [
        fact("enter", 0, stage=1, amount=100),
        fact("enter", 3, stage=2),
        fact("amount", 4, amount=200),
        fact("enter", 5, stage=1),
    ]
    assert told(facts, Limits()) == [Flag("amount_jump", PLAIN, 1), Flag("backward", PLAIN, 1)]


def test_no_wins_no_share_off_the_funnel() -> None:
    assert off_funnel_share(Decimal(280), Decimal(1900)).value == Decimal(280) / 1900  # D10: 14.74 %
    assert off_funnel_share(Decimal(0), Decimal(0)).value is None

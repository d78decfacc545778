"""A deal's past as it was known at an instant (B0.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from loudou.kernel.numbers import rounded
from loudou.pipeline.figures.history._shapes import Fact


def as_known(facts: Sequence[Fact], instant: datetime) -> list[Fact]:
    """The facts that had happened and were known before `instant` (B0.1; one at exactly that instant is not yet).

    A deal whose birth was not known yet was not known at all. A win without an amount of its own was won for what the
    deal was known to be worth, and a stage that nobody knew to be entered was jumped over.
    """
    known: list[Fact] = []
    worth = told = None  # what the deal is worth by all its facts, and by those that were known
    missed = False  # whether nobody knew of the stage it came to last
    for fact in facts:
        if fact.at >= instant:
            continue
        if fact.known_at < instant:
            seen = _won_for(fact, told) if fact.kind == "won" and fact.amount == worth else fact
            known.append(seen._replace(skipped=None) if missed and fact.kind == "enter" else seen)
            told = fact.amount if fact.amount is not None else told
        worth = fact.amount if fact.amount is not None else worth
        missed = fact.known_at >= instant if fact.kind == "enter" else missed
    return known if known and facts[0].known_at < instant else []


def _won_for(win: Fact, amount: Decimal | None) -> Fact:
    """A win at another amount, by the rate its own was counted with: the shortest that gives its amount in base."""
    if amount is None or amount == win.amount or not win.amount or win.base_amount is None:
        return win
    exact = win.base_amount / win.amount
    rates = (exact.quantize(Decimal(1).scaleb(-places)) for places in range(9))
    rate = next((rate for rate in rates if rounded(win.amount * rate) == win.base_amount), exact)
    return win._replace(amount=amount, base_amount=rounded(amount * rate))

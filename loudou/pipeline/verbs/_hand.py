"""What was read of a deal while an act has it locked: nobody can change it meanwhile, so it is read once.

It lies on the instance in hand and is let go when that is saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loudou.pipeline.figures.history import Fact
from loudou.pipeline.models import Deal, Move
from loudou.pipeline.queries.gates import NOTHING, Given, given_by
from loudou.pipeline.queries.history import fact_of, facts_of


@dataclass
class _Hand:
    past: list[Fact] | None = None
    given: Given | None = None
    is_new: bool = False


def past(deal: Deal) -> list[Fact]:
    """The deal's moves in order of business time."""
    hand = _of(deal)
    if hand.past is None:
        hand.past = facts_of([deal.pk])[deal.pk]
    return hand.past


def pasts(deals: Sequence[Deal]) -> dict[int, list[Fact]]:
    """The moves of these deals by key: those read already, the others from the database as they are now."""
    known = {deal.pk: facts for deal in deals if (facts := _of(deal).past) is not None}
    return known | facts_of([deal.pk for deal in deals if deal.pk not in known])


def given(deal: Deal) -> Given:
    """What hangs on the deal that a gate may ask for."""
    hand = _of(deal)
    if hand.given is None:
        hand.given = given_by(deal)
    return hand.given


def note(deal: Deal, move: Move) -> None:
    """A move was added to the past."""
    facts = _of(deal).past
    if facts is not None:
        facts.append(fact_of(move))
        facts.sort(key=lambda fact: fact.at)


def begin(deal: Deal) -> None:
    """The deal was made in this act: nothing can hang on it yet."""
    deal.__dict__["_hand"] = _Hand([], NOTHING, is_new=True)


def is_new(deal: Deal) -> bool:
    """Whether the deal was made in this act, and nothing follows from it yet."""
    return _of(deal).is_new


def let_go(deal: Deal) -> None:
    """The deal is saved; whoever goes on with this instance reads anew."""
    deal.__dict__.pop("_hand", None)


def _of(deal: Deal) -> _Hand:
    hand: _Hand = deal.__dict__.setdefault("_hand", _Hand())
    return hand

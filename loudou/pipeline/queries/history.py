"""Reading deals' pasts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from loudou.pipeline.figures.history import Fact
from loudou.pipeline.models import Move
from loudou.ui.prepared import MANY, Prepared, among

_FACT = (
    *("kind", "at", "known_at", "stage", "amount", "currency", "base_amount", "expected_on"),
    *("owner", "unit", "probability", "category", "skipped"),
)


_FACTS = Prepared(
    lambda keys: (
        Move.objects.filter(among(keys, "deal")).order_by("deal_id", "at", "id").values_list("deal", *_FACT)
    ),
    MANY,
)


def facts_of(deals: Sequence[int]) -> dict[int, list[Fact]]:
    """The moves of these deals as figures see them, by deal, in order of business time (one query)."""
    facts: dict[int, list[Fact]] = defaultdict(list)
    for deal, *fact in _FACTS.tuples(list(deals)) if deals else ():
        facts[deal].append(Fact(*fact))
    return facts


def fact_of(move: Move) -> Fact:
    """A move as figures see it."""
    return Fact(
        kind=move.kind,
        at=move.at,
        known_at=move.known_at,
        stage=move.stage_id,
        amount=move.amount,
        currency=move.currency,
        base_amount=move.base_amount,
        expected_on=move.expected_on,
        owner=move.owner_id,
        unit=move.unit_id,
        probability=move.probability,
        category=move.category,
        skipped=move.skipped,
    )

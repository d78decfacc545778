"""Reading deals' pasts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import TextField
from django.db.models.functions import Cast

from loudou.pipeline.figures.deliveries import Part, Plan
from loudou.pipeline.figures.history import Fact
from loudou.pipeline.models import Move
from loudou.ui.prepared import MANY, Prepared, among

_FACT = (
    *("kind", "at", "known_at", "stage", "amount", "currency", "base_amount", "expected_on"),
    *("owner", "unit", "probability", "category", "skipped", "reason_code"),
)
_PLAN = Cast("plan", TextField())  # few moves have one: as text it costs the others nothing


_FACTS = Prepared(
    lambda keys: (
        Move.objects.filter(among(keys, "deal"))
        .order_by("deal_id", "at", "id")
        .values_list("deal", *_FACT, _PLAN)
    ),
    MANY,
)


def facts_of(deals: Sequence[int]) -> dict[int, list[Fact]]:
    """The moves of these deals as figures see them, by deal, in order of business time (one query, of no deals too)."""
    facts: dict[int, list[Fact]] = defaultdict(list)
    for deal, *fact in _FACTS.tuples(list(deals)):
        if fact[-1] is not None:
            fact[-1] = plan_of(json.loads(fact[-1]))
        facts[deal].append(Fact(*fact))
    return facts


def plan_of(kept: list[list[str]] | None) -> Plan | None:
    """A plan of deliveries as a move keeps it."""
    if kept is None:
        return None
    return tuple(Part(date.fromisoformat(due_on), Decimal(amount)) for due_on, amount in kept)


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
        reason=move.reason_code_id,
        plan=plan_of(move.plan),
    )

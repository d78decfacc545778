"""States and visits as lines for COPY: what `_history.states_of` and `visits_of` say, without a model in between.

A model made and thrown away for each of them was a third of the time of an import; a test holds both to be the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from loudou.pipeline.figures.history import History
from loudou.pipeline.models import Deal

STATE = (
    *(
        "deal_id",
        "seq",
        "since",
        "until",
        "outcome",
        "funnel_id",
        "stage_id",
        "owner_id",
        "unit_id",
        "amount",
    ),
    *("currency", "base_amount", "expected_on", "probability", "category", "void_at"),
)
VISIT = (
    *(
        "deal_id",
        "seq",
        "funnel_id",
        "stage_id",
        "entered_at",
        "entered_by",
        "left_at",
        "left_by",
        "left_to_id",
    ),
    *(
        "held_seconds",
        "owner_id",
        "unit_id",
        "left_owner_id",
        "left_unit_id",
        "amount",
        "left_amount",
        "jumped",
    ),
    *("left_before_at", "returned_at", "again", "reopened_at", "void_at", "legacy"),
)


def state_lines(deal: Deal, history: History) -> Iterator[tuple[Any, ...]]:
    """A deal's states, column by column."""
    for seq, stand in enumerate(history.stands):
        yield (
            *(
                deal.pk,
                seq,
                stand.since,
                stand.until,
                stand.outcome,
                deal.funnel_id,
                stand.stage,
                stand.owner,
            ),
            *(
                stand.unit,
                stand.amount,
                stand.currency,
                stand.base_amount,
                stand.expected_on,
                stand.probability,
            ),
            *(stand.category, stand.void_at),
        )


def visit_lines(deal: Deal, history: History) -> Iterator[tuple[Any, ...]]:
    """A deal's visits, column by column."""
    for seq, stay in enumerate(history.stays):
        yield (
            *(
                deal.pk,
                seq,
                deal.funnel_id,
                stay.stage,
                stay.entered_at,
                stay.entered_by,
                stay.left_at,
                stay.left_by,
            ),
            *(
                stay.left_to,
                stay.held_seconds,
                stay.owner,
                stay.unit,
                stay.left_owner,
                stay.left_unit,
                stay.amount,
            ),
            *(
                stay.left_amount,
                stay.jumped,
                stay.left_before_at,
                stay.returned_at,
                stay.again,
                stay.reopened_at,
            ),
            *(stay.void_at, deal.legacy),
        )

"""Which of the fields a stage may ask for are there."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from loudou.customers.models import Contact
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.gates import FIELDS, filled_from

WHOLE: dict[str, Any] = {
    "customer_id": 7,
    "amount": Decimal(1),
    "expected_on": date(2026, 6, 1),
    "next_step": "送样",
    "next_on": date(2026, 4, 1),
    "source": "exhibition",
}
PARTS = (Contact.Part.ECONOMIC, Contact.Part.TECHNICAL)


def filled(
    parts: tuple[str, ...] = PARTS, rivals: bool = True, lines: bool = True, **values: Any
) -> set[str]:
    return filled_from(Deal(**{**WHOLE, **values}), parts, rivals=rivals, lines=lines)


def test_a_whole_deal_lacks_none() -> None:
    assert filled() == set(FIELDS)


@pytest.mark.parametrize(
    ("lacking", "without"),
    [
        ({"customer"}, {"customer_id": None}),
        ({"amount"}, {"amount": Decimal(0)}),
        ({"expected_on"}, {"expected_on": None}),
        ({"next_step"}, {"next_on": None}),
        ({"next_step"}, {"next_step": ""}),
        ({"source"}, {"source": ""}),
        ({"two_contacts"}, {"parts": PARTS[:1]}),
        ({"decision_maker"}, {"parts": (PARTS[1], PARTS[1])}),
        ({"contact", "two_contacts", "decision_maker"}, {"parts": ()}),
        ({"competitor"}, {"rivals": False}),
        ({"lines"}, {"lines": False}),
    ],
)
def test_what_is_not_there_is_lacking(lacking: set[str], without: dict[str, Any]) -> None:
    assert set(FIELDS) - filled(**without) == lacking

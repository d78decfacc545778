"""How often customers are to hear of us (接触计划, R059, R073): days by the customer's grade and the deal's stage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

Rules = Mapping[
    tuple[str, int | None], int
]  # (grade, stage of a deal) → days; no stage: without an open deal

# Two, four and twelve weeks by grade, four without one; a live deal every seven days (C2) [D].
DEFAULTS = {"vip": 14, "key": 28, "regular": 84, "": 28}
DEAL = 7


def days_between(rules: Rules, grade: str, stage: int | None = None) -> int:
    """At most how many days lie between two contacts: by the organisation's rule, else by default."""
    default = DEAL if stage is not None else DEFAULTS.get(grade, DEFAULTS[""])
    return rules.get((grade, stage), default)


def next_contact(last: datetime, days: int) -> datetime:
    """By when the next contact is due, so many days after the last one (or after the beginning, without one)."""
    return last + timedelta(days=days)

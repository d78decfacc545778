"""Which records are valid and which of them count (`domain.md` M40, R122): no record, no visit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

VISIT = "visit"
# What reaches the customer; everything else is work about them.
CONTACTS = (VISIT, "call", "meeting", "message", "email", "demo", "proposal")


@dataclass(frozen=True)
class Said:
    """What a record says, as far as it decides whether it counts. `purpose` is the deal it was for."""

    key: int
    kind: str
    at: datetime
    contact: str
    purpose: int | None
    result: str
    next_step: str


def is_valid(kind: str, contact: str, result: str, next_step: str) -> bool:
    """Whether a record holds what it must: a visit a person of the customer, and a result or a next step (M40)."""
    if kind != VISIT:
        return True
    return bool(contact.strip() and (result.strip() or next_step.strip()))


def counting(group: Iterable[Said]) -> set[int]:
    """The records of one person with one customer on one day that count: keys.

    Valid visits count once; another one counts when both its person and its purpose differ from those that count
    already. Everything else counts each time.
    """
    found: set[int] = set()
    visits: list[Said] = []
    for said in sorted(group, key=lambda one: (one.at, one.key)):
        if not is_valid(said.kind, said.contact, said.result, said.next_step):
            continue
        if said.kind == VISIT:
            if not all(_differ(said, former) for former in visits):
                continue
            visits.append(said)
        found.add(said.key)
    return found


def _differ(one: Said, other: Said) -> bool:
    same_person = one.contact.strip().casefold() == other.contact.strip().casefold()
    return not same_person and one.purpose != other.purpose

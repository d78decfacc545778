"""When people joined and left, as it was known at an instant (`domain.md` B0.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from loudou.journal.queries import Told, told_of_any
from loudou.people import events
from loudou.people.models import User

Employment = tuple[date | None, date | None]
_TELLING = (events.EDITED, events.DEACTIVATED, events.REACTIVATED)


def employment_then(people: Iterable[User], known: datetime | None) -> dict[int, Employment]:
    """The days on which these people joined and left; that they leave, entered at `known` or later, was not known yet.

    When they joined, and what a file brought, was so from the beginning. One query, none for the present.
    """
    found = {user.pk: (user.joined_on, user.left_on) for user in people}
    if known is None or not found:
        return found
    told: dict[int, list[Told]] = defaultdict(list)
    for entry in told_of_any(User, found, _TELLING):
        told[entry.subject].append(entry)
    for key, entries in told.items():
        acts = [act for entry in entries if (act := _Leaving.read(entry, known)) is not None]
        if any(act.is_late for act in acts):
            joined, _left = found[key]
            found[key] = joined, _then(acts)
    return found


@dataclass(frozen=True)
class _Leaving:
    """An act that said when somebody leaves, and what it had been; late is what was not known yet."""

    is_late: bool
    before: str | None
    after: str | None

    @classmethod
    def read(cls, entry: Told, known: datetime) -> _Leaving | None:
        """What an entry says; None where it is of something else."""
        told = entry.particulars
        if entry.event == events.EDITED.name:
            if "left_on" not in told["changes"]:
                return None
            before, after = told["changes"]["left_on"]
        else:
            before, after = None, told.get("left_on")  # opened again: none
        return cls(entry.at >= known and entry.channel != "import", before, after)


def _then(acts: Sequence[_Leaving]) -> date | None:
    """What the last act known said, else what it was before the first."""
    said = acts[0].before
    for act in acts:
        if not act.is_late:
            said = act.after
    return date.fromisoformat(said) if said else None

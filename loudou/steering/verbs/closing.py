"""Closing a month: what targets of it are held against is counted once more and frozen (`domain.md` C20)."""

from __future__ import annotations

from functools import partial

from loudou.insight.queries.achieved.settled import facts_of
from loudou.journal.record import verb
from loudou.kernel.periods import Period
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.targets import verbs as targets
from loudou.targets.models import Closing


@verb
def close_month(month: Period, *, by: User | None, note: str = "") -> Closing:
    """Close all books up to a month's end; from then on what targets of it have reached does not change."""
    return targets.close_books(month, facts=partial(facts_of, organisation()), note=note, by=by)

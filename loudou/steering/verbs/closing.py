"""Closing a month: what targets of it are held against is counted once more and frozen (`domain.md` C20)."""

from __future__ import annotations

from functools import partial

from loudou.insight.queries.achieved.settled import facts_of
from loudou.journal.record import verb
from loudou.kernel.periods import Period
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.steering.models import Cost
from loudou.targets import verbs as targets
from loudou.targets.models import Closing


@verb
def close_month(month: Period, *, by: User | None, note: str = "") -> Closing:
    """Close all books up to a month's end; from then on what targets of it have reached does not change."""
    return targets.close_books(month, facts=partial(facts_of, organisation()), note=note, by=by)


@verb
def take_closing(row: targets.ClosingRow, *, by: User | None) -> Closing | None:
    """Take over closed books with the costs on record that came late for them; None when it is known."""
    made = targets.import_closing(row, by=by)
    if made is not None and made.reopened_at is None:
        late = Cost.objects.filter(relates_to=None, counts_on__gte=made.ends_on)
        late.filter(day__gte=made.starts_on, day__lt=made.ends_on).update(relates_to=made)
    return made

"""Reading what was exchanged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import Q, Sum

from loudou.exchange import events
from loudou.exchange.models import ColumnChoice, Export
from loudou.journal.queries import told_of
from loudou.kernel import clock
from loudou.people.access import reach
from loudou.people.grants import Reach
from loudou.people.models import User
from loudou.people.models.user import Users

_SHOWN = 30
_MAPPINGS = 100
_ENDS = {Export.State.FAILED: events.EXPORT_FAILED, Export.State.REFUSED: events.EXPORT_REFUSED}


def visible_people(user: User | None) -> Users:
    """The people this person may see: everybody, or for a dealer themselves."""
    far = reach(user, "people.see")
    people: Users = User.objects.all()
    if far is Reach.ALL:
        return people
    return people.filter(pk=user.pk) if far is Reach.OWN and user is not None else people.none()


def exports_of(user: User) -> list[Export]:
    """A person's exports, newest first."""
    return list(Export.objects.filter(owner=user).order_by("-id")[:_SHOWN])


def reasons_of(exports: Iterable[Export]) -> dict[int, str]:
    """Why exports failed or were not approved, by their keys, as history tells (a query a kind of end)."""
    told: dict[int, str] = {}
    for state, event in _ENDS.items():
        keys = [export.pk for export in exports if export.state == state]
        for entry in told_of(Export, keys, event) if keys else ():
            told[entry.subject_id or 0] = str(entry.particulars.get("reason", ""))
    return told


def export_of(user: User, pk: int) -> Export | None:
    """One of a person's own exports; nobody sees another's."""
    return Export.objects.filter(owner=user, pk=pk).first()


def named_in_exports(user: User, span: timedelta) -> int:
    """How many people are named in the exports somebody asked for within a span until now, and may have."""
    asked = Export.objects.filter(owner=user, asked_at__gt=clock.now() - span)
    kept = asked.exclude(state__in=(Export.State.REFUSED, Export.State.FAILED))
    return kept.aggregate(n=Sum("persons", default=0))["n"]  # type: ignore[no-any-return]


def mappings_for(user: User, kind: str) -> list[ColumnChoice]:
    """The saved mappings a person may use for a kind: their own and those for everybody."""
    mine = Q(owner=user) | Q(is_shared=True)
    return list(ColumnChoice.objects.filter(mine, kind=kind).select_related("owner")[:_MAPPINGS])


def mapping_for(user: User, kind: str, header: Sequence[str]) -> ColumnChoice | None:
    """The newest saved mapping that was made for exactly these headers, if there is one."""
    alike = [choice for choice in mappings_for(user, kind) if choice.header == list(header)]
    return max(alike, key=lambda choice: choice.saved_at, default=None)

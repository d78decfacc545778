"""Reading what was exchanged."""

from __future__ import annotations

from loudou.exchange.models import Export
from loudou.people.models import User

_SHOWN = 30


def exports_of(user: User) -> list[Export]:
    """A person's exports, newest first."""
    return list(Export.objects.filter(owner=user).order_by("-id")[:_SHOWN])


def export_of(user: User, pk: int) -> Export | None:
    """One of a person's own exports; nobody sees another's."""
    return Export.objects.filter(owner=user, pk=pk).first()

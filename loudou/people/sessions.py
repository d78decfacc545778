"""Django's database sessions, in a table that knows whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import Now

from loudou.people.access import remember_branch
from loudou.people.models import Session, Unit, User
from loudou.ui.prepared import Prepared


def _open(key: str) -> QuerySet[Session]:
    below = Unit.objects.filter(path__startswith=OuterRef("user__unit__path")).values("pk")
    rows = Session.objects.filter(session_key=key, expire_date__gt=Now())
    return rows.select_related("user__unit").annotate(branch=ArraySubquery(below))


_OPEN = Prepared(_open, "a key")
_current: ContextVar[SessionBase | None] = ContextVar("session", default=None)


@contextmanager
def known(session: SessionBase) -> Iterator[None]:
    """A stretch in which `reader` knows whom this session was read with."""
    token = _current.set(session)
    try:
        yield
    finally:
        _current.reset(token)


def reader(user_id: int) -> User | None:
    """The person with this key, where the session of this request was read with them."""
    person = getattr(_current.get(), "person", None)
    return person if person is not None and person.pk == user_id else None


class SessionStore(DatabaseSessions):
    """Stores the person, their address and device beside the session's data."""

    cookie_age_key = "_session_expiry"
    person: User | None = None  # whose it is, read with it

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        """The session's data, and in the same query whose it is, their unit and what stands below it."""
        row = _OPEN.first(self.session_key)
        if row is None:
            self._session_key = None
            return {}
        self.person = row.user
        if row.user is not None:
            remember_branch(row.user, row.branch)  # type: ignore[attr-defined] # annotated
        data: dict[str, Any] = self.decode(row.session_data)
        return data

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment] # of get_model_class
        row.user_id = int(data["_auth_user_id"]) if data.get("_auth_user_id") else None
        row.started_at = data.get("started_at")
        row.address = data.get("address")
        row.device = data.get("device", "")
        return row

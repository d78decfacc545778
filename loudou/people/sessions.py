"""Django's database sessions, in a table that knows whose they are."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions

from loudou.people.models import Session


class SessionStore(DatabaseSessions):
    """Stores the person, their address and device beside the session's data."""

    cookie_age_key = "_session_expiry"

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment] # of get_model_class
        row.user_id = int(data["_auth_user_id"]) if data.get("_auth_user_id") else None
        row.started_at = data.get("started_at")
        row.address = data.get("address")
        row.device = data.get("device", "")
        return row

"""What machines that watch this one are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from loudou.kernel import clock
from loudou.people.verbs import note_backup


def test_alive_asks_no_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    # No database fixture: touching it would fail this test.
    response = client.get("/healthz", headers={"host": "10.1.2.3:80"})
    assert response.status_code == 200
    assert response.json() == {"status": "alive"}


def test_ready_tells_the_age_of_the_last_good_backup(db: None, client: Client) -> None:
    never = client.get("/readyz").json()
    assert (never["status"], never["backup_age_hours"], never["backup_overdue"]) == ("ready", None, True)
    with clock.at(clock.now() - timedelta(hours=30)):
        note_backup(file="old", size=1, rows=1, by=None)
    old = client.get("/readyz").json()
    assert (old["backup_age_hours"], old["backup_overdue"]) == (30.0, True)
    note_backup(file="new", size=1, rows=1, by=None)
    assert client.get("/readyz").json()["backup_overdue"] is False


def test_not_ready_while_migrations_are_missing(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loudou.launch.schema.known", lambda: frozenset({("pipeline", "9999_tomorrow")}))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "database": True, "migrated": False}


def test_not_ready_while_the_database_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise OperationalError("connection refused at 10.0.0.7")

    monkeypatch.setattr("loudou.launch.schema.unapplied", away)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "database": False}
    assert response["Retry-After"] == "5"


def test_neither_names_versions_or_hosts(db: None, client: Client) -> None:
    import django

    for path in ("/healthz", "/readyz"):
        said = client.get(path).content.decode() + str(client.get(path).headers)
        assert django.__version__ not in said
        assert "postgres" not in said.lower()

"""No URL without a decision: every door is in the table, and every kind of person gets what the table says."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.cast import Cast
from tests.doors import PEOPLE, Door, enter, person
from tests.world import World


def _rooms() -> list[str]:
    return sorted(path.parent.name for path in Path(__file__).resolve().parents[1].glob("*/doors.py"))


ALL = [door for room in _rooms() for door in importlib.import_module(f"tests.{room}.doors").DOORS]


def _names(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, (namespace, pattern.namespace)))
            yield from _names(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{namespace}:{pattern.name}" if namespace else pattern.name
        else:
            yield f"unnamed {pattern.pattern}"


def test_every_url_is_in_the_table() -> None:
    known = {door.name for door in ALL}
    served = {name for name in _names(get_resolver().url_patterns) if not name.startswith("api-")}
    assert sorted(served - known) == []
    assert sorted(known - served) == []


@pytest.mark.parametrize("door", ALL, ids=lambda door: f"{door.name} {door.method}")
def test_everybody_gets_what_the_table_says(door: Door, db: None) -> None:
    from django.db import transaction

    world = World()
    path = reverse(door.name, args=door.args(world)) + door.query
    data = door.data(world)
    cast = Cast()
    found = {}
    for kind in PEOPLE:
        client = Client()
        user = person(cast, kind)
        if user is not None:
            enter(client, user)
        mark = transaction.savepoint()
        response = client.generic(door.method, path) if door.method not in ("GET", "POST") else None
        if response is None:
            response = client.get(path) if door.method == "GET" else client.post(path, data)
        found[kind] = response.status_code
        transaction.savepoint_rollback(mark)
    assert found == door.row()


def test_a_get_changes_nothing(db: None) -> None:
    """Reading writes no history (CSRF would have no say over it), but for who looked at where somebody was."""
    from loudou.journal.models import Entry

    written = Entry.objects.exclude(event__in=["daylog.read", "visit.place_seen"])
    world = World()
    client = Client()
    client.force_login(world.cast.wumin)
    for door in ALL:
        if door.method == "GET":
            path = reverse(door.name, args=door.args(world)) + door.query
            before = written.count()
            client.get(path)
            assert written.count() == before, door.name

"""Keys of another unit's records, sent in every field of every form that may hold one: they lead nowhere (AC-01, AC-03).

Every table's next keys are the same far ones while the records of the other unit are made. So one value stands for a
foreign record of whatever kind a field takes, and nothing of one's own has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test import Client
from django.urls import reverse

from loudou.people.models import User
from loudou.problems.models import Cause
from tests.cast import Cast
from tests.doors import PEOPLE
from tests.security.crawl import DOORS, Form, client_of, forms
from tests.world import World

FAR, FURTHER = (
    900_001,
    950_001,
)  # keys from which on the other unit's records are numbered, and whatever comes after
ATTACKERS = ("owner", "manager")  # of 直销一部
_KEY = re.compile(r"(.*?)(\d+)")
_WRITTEN = ("textarea", "date", "time", "datetime-local", "email", "tel", "url", "password", "file", "color")
_LEAVES = {"people:sign_out", "people:end_sessions"}
_ONCE = {"closing"}  # what the whole house has but one of
_MEANT = {"csrfmiddlewaretoken", "version", "page"}


class _Elsewhere(Cast):
    """The cast with 直销二部 in the place of 直销一部."""

    def __getattr__(self, username: str) -> User:
        there = {"chenan": "sunqiang", "lina": "zhaomin", "zhangwei": "zhaomin", "wumin": "liuyang"}
        return super().__getattr__(there.get(username, username))

    def unit(self, code: str) -> Any:
        return super().unit("D2" if code == "D1" else code)


class Elsewhere(World):
    """The records of the world, of 直销二部."""

    form_codes = ("N1", "N8", "N9")

    def __init__(self) -> None:
        self.cast = _Elsewhere()


@pytest.fixture
def elsewhere(cast: Cast) -> Iterator[None]:
    """Records of 直销二部 with far keys."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'")
        before = cursor.fetchall()
    yet = Elsewhere()
    try:
        _number_from(FAR, [name for name, _last in before])
        for name in sorted(vars(World)):
            if hasattr(getattr(World, name), "attrname") and name not in _ONCE:
                getattr(yet, name)
        _number_from(FURTHER, [name for name, _last in before])
        yield
    finally:
        with connection.cursor() as cursor:
            for name, last in before:
                cursor.execute("SELECT setval(%s, %s, %s)", [name, last or 1, last is not None])


def _number_from(key: int, sequences: list[str]) -> None:
    with connection.cursor() as cursor:
        for name in sequences:
            cursor.execute("SELECT setval(%s, %s, false)", [name, key])


@cache
def _references() -> list[tuple[type[models.Model], str, type[models.Model] | None]]:
    """Every column that holds a key of another row: of which model, its name, of which model's row where that is said."""
    found: list[tuple[type[models.Model], str, type[models.Model] | None]] = []
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey):
                found.append((model, field.column, field.related_model))
            elif field.column.endswith("_id") and isinstance(
                field, models.BigIntegerField | models.IntegerField
            ):
                found.append((model, field.column, None))
    return found


def _hidden_from(user: User) -> dict[type[models.Model], list[int]]:
    """The far rows of each kind that somebody may not see; causes have names of the whole house."""
    hidden = {}
    for model in apps.get_models():
        if model._meta.managed and isinstance(model._meta.pk, models.AutoField | models.BigAutoField):
            rows = model._default_manager.filter(pk__range=(FAR, FURTHER - 1))
            seen = rows.visible_to(user) if hasattr(rows, "visible_to") else rows.none()
            hidden[model] = sorted(
                set(rows.values_list("pk", flat=True)) - set(seen.values_list("pk", flat=True))
            )
    return {model: keys for model, keys in hidden.items() if keys and model is not Cause}


def _stand(hidden: dict[type[models.Model], list[int]]) -> dict[str, str]:
    """How the hidden rows stand, and how many rows refer to them."""
    parts = []
    for model, keys in hidden.items():
        table, among = model._meta.db_table, ",".join(map(str, keys))
        parts.append(
            f"SELECT '{table}', md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t WHERE id IN ({among})"
        )
    every = sorted({key for keys in hidden.values() for key in keys})
    for model, column, target in _references():
        keys = hidden.get(target, []) if target is not None else every
        if keys:
            table, among = model._meta.db_table, ",".join(map(str, keys))
            parts.append(
                f"SELECT '{table}.{column}', count(*)::text FROM {table} WHERE {column} IN ({among})"
            )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


@contextmanager
def _undone() -> Iterator[None]:
    mark = transaction.savepoint()
    yield
    transaction.savepoint_rollback(mark)


def _posts(who: str, world: World) -> list[tuple[str, str, dict[str, list[str]], list[tuple[str, str]]]]:
    """Every form this person can send: its URL name, where it goes, what it holds, and its fields for keys with a shape."""
    client, found = client_of(who), {}
    for door in DOORS:
        if door.name in _LEAVES or door.row()[who] not in (200, 302, 422):
            continue
        address = reverse(door.name, args=door.args(world)) + door.query
        if door.method == "POST":
            data = {name: _several(value) for name, value in door.data(world).items()}
            fields = [(name, values[0] if values else "") for name, values in data.items()]
            found.setdefault((door.name, *sorted(data)), (door.name, address, data, fields))
        elif door.row()[who] == 200 and (page := _page(client, address)):
            for form in forms(address, page, who):
                if form.method == "POST" and form.name and form.name not in _LEAVES:
                    taken = [(name, value) for name, kind, value in form.fields if kind not in _WRITTEN]
                    names = sorted({name for name, _kind, _value in form.fields})
                    found.setdefault((form.name, *names), (form.name, form.action, _filled(form), taken))
    return list(found.values())


def _page(client: Client, address: str) -> str:
    answer = client.get(address)
    html = answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.content.decode() if html and not answer.streaming else ""


def _several(value: Any) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list | tuple) else [value])]


def _filled(form: Form) -> dict[str, list[str]]:
    values = form.values()
    for name, kind, value in form.fields:
        if kind in ("text", "textarea") and not value and not name.endswith("_text"):
            values[name] = ["与客户当面确认过，价格和交期都写在附件里"]
    return values


def _far(value: str) -> str:
    """A far key in the shape of a value: `deal:7` becomes `deal:900001`."""
    shape = _KEY.fullmatch(value)
    return f"{shape[1] if shape else ''}{FAR}"


@pytest.mark.parametrize("who", ATTACKERS)
def test_a_foreign_key_leads_nowhere_whatever_field_it_stands_in(elsewhere: None, who: str) -> None:
    attacker = getattr(Cast(), str(PEOPLE[who]))
    hidden, client, tried, holes = _hidden_from(attacker), client_of(who), 0, []
    for name, address, data, fields in _posts(who, World()):
        for field, value in sorted(set(fields)):
            if field in _MEANT:
                continue
            with _undone():
                before = _stand(hidden)
                body = urlencode({**data, field: [_far(value)]}, doseq=True)
                answer = client.generic(
                    "POST", address, body, content_type="application/x-www-form-urlencoded"
                )
                tried += 1
                if answer.status_code >= 500:
                    holes.append((name, field, str(answer.status_code)))
                if answer.status_code < 400:
                    after = _stand(hidden)
                    holes += [(name, field, place) for place in after if after[place] != before.get(place)]
    assert holes == []
    assert tried > 300
    assert len(hidden) > 40

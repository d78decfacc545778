"""Every field of every form and every page's address, with what nobody types: refused, never a fault of ours (IN-09)."""

from __future__ import annotations

import re
from itertools import chain, cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

import loudou
from tests.security.crawl import DOORS, WALKERS, Form, all_forms, client_of, pages
from tests.world import World

NEITHER_NUMBER_NOR_TEXT = "\u00b2\x00"
ODD = (
    *(
        "NaN",
        "-Infinity",
        "1e30",
        "1e999999",
        "9" * 30,
        "9" * 5000,
        "-1",
        "0x10",
        "1_000",
        "\uff12",
        "\u0663",
    ),
    *("0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "2026-W60", "2026-01-01T00:00+99:99"),
    *("\ud800", "'", '"><i>', "%", "\\", "{}", "[]", "a,b", ":", "../../etc/passwd", "\n"),
)
LEAVES = ("people:sign_out", "people:end_sessions")
LONG = "漏" * 30_000
_SOURCES = Path(loudou.__file__).parent.glob("*/**/*.py")
# What views read from an address one by one, and what lenses are asked with.
READ = {
    name
    for path in _SOURCES
    for name in re.findall(r'(?:GET|asked|params)(?:\.get\(|\[)"(\w+)"', path.read_text())
}
ASKED = sorted(
    READ
    | {"sort", "owner", "stage", "outcome", "min", "max", "created", "closed", "to", "as_of", "by", "compare"}
    | {"product", "columns", "what", "since", "until", "actor", "event", "customer_text", "role", "from"}
)


@pytest.fixture
def clients(db: None) -> dict[str, Client]:
    return {who: client_of(who) for who in WALKERS}


@pytest.fixture
def met(db: None) -> list[Form]:
    found = [form for form in all_forms(World()) if form.name not in LEAVES]
    assert len(found) > 60
    return found


def submit(client: Client, form: Form, values: dict[str, list[str]]) -> int:
    """Send the form as given, undo what it did; the status."""
    body = "&".join(f"{_raw(name)}={_raw(value)}" for name, given in values.items() for value in given)
    mark = transaction.savepoint()
    if form.method == "GET":
        answer = client.get(f"{form.action.partition('?')[0]}?{body}")
    else:
        kind = "application/x-www-form-urlencoded"
        answer = client.generic("POST", form.action, body, content_type=kind)
    transaction.savepoint_rollback(mark)
    return int(answer.status_code)


def _raw(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


def test_no_field_of_a_form_makes_us_stumble(met: list[Form], clients: dict[str, Client]) -> None:
    """Each field once: every second time what is neither number nor text, else the next of the odd values."""
    odd, stumbled, sent = cycle(chain.from_iterable((NEITHER_NUMBER_NOR_TEXT, value) for value in ODD)), [], 0
    for form in met:
        for name in sorted({name for name, _kind, _value in form.fields} - {"csrfmiddlewaretoken"}):
            value = next(odd)
            status = submit(clients[form.who], form, {**form.values(), name: [value]})
            sent += 1
            if status >= 500:
                stumbled.append((form.name, name, value[:20]))
    assert stumbled == []
    assert sent > 300


def test_no_field_that_a_door_takes_makes_us_stumble(clients: dict[str, Client]) -> None:
    """What is sent to an address that no page's own form goes to, or by more fields than the form has on the page."""
    world, stumbled, sent = World(), [], 0
    for door in DOORS:
        who = next((who for who in WALKERS if door.row()[who] in (200, 302, 422)), None)
        data = door.data(world) if door.method == "POST" and who and door.name not in LEAVES else {}
        for name in data:
            for value in (NEITHER_NUMBER_NOR_TEXT, "9" * 5000, "9" * 30):
                form = Form(reverse(door.name, args=door.args(world)) + door.query, "POST", str(who))
                values = {key: [str(each) for each in _several(given)] for key, given in data.items()}
                status = submit(clients[form.who], form, {**values, name: [value]})
                sent += 1
                if status >= 500:
                    stumbled.append((door.name, name, value[:20]))
    assert stumbled == []
    assert sent > 250


def _several(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else [given]


def test_no_length_makes_us_stumble(met: list[Form], clients: dict[str, Client]) -> None:
    for form in met:
        long = [
            name for name, kind, _value in form.fields if kind in ("text", "textarea", "search", "hidden")
        ]
        if long and form.method == "POST":
            values = {**form.values(), **{name: [LONG] for name in long if "FORMS" not in name}}
            assert submit(clients[form.who], form, values) < 500, form.name


def test_no_address_makes_us_stumble(clients: dict[str, Client]) -> None:
    """Every page with all that lists are asked by, each time other odd values."""
    odd, stumbled = cycle(ODD), []
    for door, path in pages(World()):
        who = next((who for who in WALKERS if door.row()[who] in (200, 302)), "manager")
        asked = {name: next(odd) for name in ASKED}
        for values in (asked, {name: next(odd) for name in ASKED}):
            joined = "&".join(f"{name}={_raw(value)}" for name, value in values.items())
            answer = clients[who].get(f"{path.partition('?')[0]}?{joined}")
            if answer.status_code >= 500:
                stumbled.append((door.name, values))
    assert stumbled == []


def test_a_nul_in_an_address_is_refused(clients: dict[str, Client]) -> None:
    assert clients["manager"].get("/deals/?q=a%00b").status_code == 400
    assert clients["manager"].get("/deals/choices/a%00b/").status_code in (400, 404)

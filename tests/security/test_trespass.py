"""Fields nobody showed and keys that are others': sent along with any form of any page they change nothing (AC-03, API3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client

from loudou.customers import verbs as customers
from loudou.customers.models import Contact, Customer
from loudou.kernel import clock
from loudou.people.models import User
from loudou.pipeline.models import Deal, DealContact, Line
from tests import make
from tests.cast import Cast
from tests.security.crawl import WALKERS, Form, all_forms, client_of
from tests.world import World

WORDS = "与客户当面确认过，价格和交期都写在附件里"
# What no form of a person's own record lets them say; a program that binds what it is sent would take it.
UNASKED = {
    **{"owner_id": "0", "owner": "0", "unit": "0", "unit_id": "0", "author": "0", "added_by": "0", "by": "0"},
    **{"outcome": "won", "state": "approved", "status": "done", "stage_id": "4", "spec": "4", "spec_id": "4"},
    **{"own_probability": "1", "base_amount": "9", "won_amount": "9", "close_verified_at": "2026-01-01"},
    **{"is_superuser": "on", "is_staff": "on", "is_active": "", "roles_held": "admin", "totp_secret": "x"},
    **{"recorded_at": "2020-01-01", "touched_at": "2020-01-01", "merged_into": "1", "phone_verified": "on"},
    **{
        "removed_at": "2020-01-01",
        "locked_at": "2020-01-01",
        "approved_at": "2020-01-01",
        "pk": "1",
        "id": "1",
    },
}
_ONES = (
    (Deal, ("owner", "unit", "outcome", "spec", "amount", "base_amount", "probability", "touched_at")),
    (Customer, ("owner", "unit", "phone_verified", "merged_into", "recorded_at", "touched_at")),
    (User, ("unit", "roles", "is_active", "password", "totp_secret")),
)


def _told() -> list[tuple[Any, ...]]:
    """What the rows of the business say of whose they are and how they stand."""
    return [
        row for model, names in _ONES for row in model._default_manager.order_by("pk").values_list(*names)
    ]


@contextmanager
def _undone() -> Iterator[None]:
    mark = transaction.savepoint()
    yield
    transaction.savepoint_rollback(mark)


def _filled(form: Form) -> dict[str, list[str]]:
    """The form as a willing person sends it: words where words are asked for."""
    values = form.values()
    for name, kind, value in form.fields:
        if kind in ("text", "textarea") and not value and not name.endswith("_text"):
            values[name] = [WORDS]
    return values


def _send(client: Client, form: Form, values: dict[str, list[str]]) -> tuple[int, str]:
    kind = "application/x-www-form-urlencoded"
    answer = client.generic("POST", form.action, urlencode(values, doseq=True), content_type=kind)
    return answer.status_code, "" if answer.streaming else answer.content.decode(errors="replace")


@pytest.fixture
def posts(db: None) -> list[Form]:
    """Every form that writes."""
    found = [form for form in all_forms(World()) if form.method == "POST" and form.name]
    return [form for form in found if form.name not in ("people:sign_out", "people:end_sessions")]


def test_what_a_form_does_not_ask_for_it_does_not_take(posts: list[Form]) -> None:
    instant, taken = clock.now() + timedelta(minutes=1), 0
    clients = {who: client_of(who) for who in WALKERS}
    for form in posts:
        values, shown = _filled(form), {name for name, _kind, _value in form.fields}
        outcomes = []
        for more in ({}, {name: [value] for name, value in UNASKED.items() if name not in shown}):
            with _undone(), clock.at(instant):
                status, _body = _send(clients[form.who], form, {**values, **more})
                outcomes.append((status, _told()))
        assert outcomes[0] == outcomes[1], form.name
        taken += outcomes[0][0] < 400
    assert taken > 40


@pytest.fixture
def foreign(cast: Cast) -> tuple[Customer, Contact, Deal]:
    """What chenan may not see."""
    customer = customers.add_customer(name="别人家的客户", by=cast.sunqiang)
    contact = customers.add_contact(customer, name="别人家的联系人", by=cast.sunqiang)
    return customer, contact, make.deal(cast.sunqiang, title="别人家的商机", customer=customer)


def test_keys_of_others_lead_nowhere_whatever_field_they_stand_in(
    posts: list[Form], foreign: tuple[Customer, Contact, Deal]
) -> None:
    client, tried, stood = client_of("owner"), 0, _foreign(foreign)
    customer, contact, deal = foreign
    meant = {"customer": customer, "merged": customer, "other": customer, "contacts": contact, "deal": deal}
    others = cycle(foreign)
    for form in posts:
        chosen = {name for name, kind, _value in form.fields if kind in ("hidden", "select", "search", "off")}
        for name in sorted(chosen - {"csrfmiddlewaretoken", "version"}):
            row = meant.get(name) or next(others)
            with _undone():
                _status, body = _send(client, form, {**_filled(form), name: [str(row.pk)]})
                tried += 1
                assert _foreign(foreign) == stood, (form.name, name)
                assert "别人家的" not in body, (form.name, name)
    assert tried > 100


def _foreign(rows: tuple[Customer, Contact, Deal]) -> list[Any]:
    """How the rows stand, and what hangs on them."""
    customer, contact, deal = rows
    stand = [type(row)._default_manager.filter(pk=row.pk).values().get() for row in rows]
    hanging = [
        Deal.objects.filter(customer=customer).count(),
        Contact.objects.filter(customer=customer).count(),
        DealContact.objects.filter(contact=contact).count(),
        Line.objects.filter(deal=deal).count(),
    ]
    return [*stand, *hanging]

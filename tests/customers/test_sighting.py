"""Reading is taking too: who is shown very many people's phones, page by page, is made known to security."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loudou.customers import verbs
from loudou.customers.models import Contact, Customer, Sight
from loudou.customers.verbs import sighting
from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.verbs import make_token
from tests.cast import Cast
from tests.doors import enter


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sighting, "_counted", set())


@pytest.fixture
def customers(cast: Cast) -> list[Customer]:
    return [
        verbs.add_customer(name=f"甬江机电{number}厂", by=cast.chenan, phone=f"1380000{number:04}")
        for number in range(4)
    ]


def _seen(user: User) -> set[int]:
    return set(Sight.objects.get(user=user).seen)


def test_pages_count_whom_they_show_whole_and_each_once(client: Client, customers: list[Customer]) -> None:
    chenan = customers[0].owner
    assert chenan is not None
    contact = verbs.add_contact(customers[0], name="许明华", by=chenan, phone="13912340002")
    verbs.add_contact(customers[0], name="无号码", by=chenan)
    enter(client, chenan)
    for _twice in range(2):
        client.get(reverse("customers:list"))
        assert _seen(chenan) == {one.pk for one in customers}
    client.get(reverse("customers:customer", args=[customers[0].pk]))
    assert _seen(chenan) == {*(one.pk for one in customers), -contact.pk}


def test_choosing_and_the_api_count_the_same(client: Client, customers: list[Customer]) -> None:
    chenan = customers[0].owner
    assert chenan is not None
    contact = verbs.add_contact(customers[3], name="许明华", by=chenan, phone="13912340002")
    enter(client, chenan).get(reverse("customers:suggest"), {"q": "机电0"})
    assert _seen(chenan) == {customers[0].pk}
    header: Any = {"authorization": f"Bearer {make_token(chenan, name='x', scopes=['read'], by=chenan)[1]}"}
    api = Client(headers=header)
    api.get(f"/api/v1/customers/{customers[1].pk}")
    assert _seen(chenan) == {customers[0].pk, customers[1].pk}
    api.get("/api/v1/customers?limit=10")
    api.get("/api/v1/contacts")
    api.get(f"/api/v1/contacts/{contact.pk}")
    assert _seen(chenan) == {*(one.pk for one in customers), -contact.pk}


def test_masked_phones_are_not_counted(client: Client, customers: list[Customer], cast: Cast) -> None:
    enter(client, cast.qianjin).get(reverse("customers:list"))
    assert not Sight.objects.exists()


def test_a_page_seen_before_costs_no_write(customers: list[Customer], cast: Cast) -> None:
    verbs.sight(customers, by=cast.chenan)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        verbs.sight(customers, by=cast.chenan)
    assert not [one for one in asked if "customers_sight" in one["sql"]]


def test_very_many_are_told_once_a_month(
    customers: list[Customer], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sighting, "MOST_A_MONTH", 2)
    verbs.sight(customers[:2], by=cast.chenan)
    assert not Entry.objects.filter(event="customer.sighted").exists()
    verbs.sight(customers[1:3], by=cast.chenan)
    verbs.sight(customers[2:], by=cast.chenan)
    told = Entry.objects.get(event="customer.sighted")
    assert (told.subject_id, told.particulars["count"]) == (cast.chenan.pk, 3)
    heard = {notice.recipient for notice in Notice.objects.filter(entry=told)}
    assert heard == {cast.anran, cast.wumin}
    with clock.at(clock.now() + timedelta(days=40)):
        verbs.sight(customers, by=cast.chenan)
    assert Entry.objects.filter(event="customer.sighted").count() == 2


def test_two_at_once_tell_once(cast: Cast, customers: list[Customer]) -> None:
    verbs.sight(customers, by=cast.chenan)
    asked = {"user": cast.chenan.pk, "month": Sight.objects.get().month}
    for _twice in range(2):
        sighting._sight(asked, count=9, by=cast.chenan)
    assert Entry.objects.filter(event="customer.sighted").count() == 1


def test_what_is_remembered_stays_small(
    customers: list[Customer], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sighting, "_REMEMBERED", 2)
    for customer in customers:
        verbs.sight([customer], by=cast.chenan)
    assert len(sighting._counted) <= 2
    assert Contact.objects.count() == 0 and len(_seen(cast.chenan)) == 4

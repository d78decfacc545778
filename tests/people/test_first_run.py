"""The first administrator of an empty house; nobody is there before them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from loudou.people import verbs
from loudou.people.models import Organisation, User
from tests.races import at_once

GIVEN = {
    "organisation": "远景设备",
    "base_currency": "CNY",
    "time_zone": "Asia/Taipei",
    "name": "管理员",
    "username": "boss",
    "password": "a-very-good-password",
}


@pytest.fixture
def empty(own_database: str) -> None:
    """A house without people, as `furnish` leaves it."""
    from django.db import connection

    tables = (
        "journal_notice",
        "journal_entry",
        "people_membership",
        "people_placing",
        "people_user",
        "people_unit",
    )
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER journal_append_only")
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("ALTER TABLE journal_entry ENABLE TRIGGER journal_append_only")


def test_there_is_no_default_account(empty: None) -> None:
    assert not User.objects.exists()
    client = Client()
    for name in ("admin", "administrator", "root", "loudou", "demo", "test"):
        for password in ("admin", "password", "loudou", "loudou-demo-2026", "123456", ""):
            assert client.post("/login/", {"username": name, "password": password}).url == "/welcome/"
    assert client.get("/").url.startswith("/login/")
    assert client.get("/login/").url == "/welcome/"


def test_they_name_the_organisation_and_are_in(empty: None) -> None:
    client = Client()
    assert client.get("/welcome/").status_code == 200
    assert client.post("/welcome/", {**GIVEN, "password": "short"}).status_code == 422
    assert not User.objects.exists()
    assert client.post("/welcome/", GIVEN).url == "/"
    user = User.objects.get()
    assert (user.username, user.roles) == ("boss", ["admin", "gm"])
    company = Organisation.objects.get()
    assert (company.name, company.time_zone, company.calendar.code) == ("远景设备", "Asia/Taipei", "TW")
    assert "开始使用" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("zone", "currency"), [("Asia/Shanghai", "CNY"), ("Asia/Taipei", "TWD"), ("Asia/Hong_Kong", "HKD")]
)
def test_the_money_of_the_land_is_proposed(empty: None, settings: Any, zone: str, currency: str) -> None:
    settings.TIME_ZONE = zone
    assert f'<option value="{currency}" selected>' in Client().get("/welcome/").content.decode()


@pytest.mark.parametrize("currency", ["USD", "THB"])
def test_the_money_it_was_furnished_in_is_proposed(empty: None, currency: str) -> None:
    verbs.set_organisation(base_currency=currency, by=None)
    page = Client().get("/welcome/").content.decode()
    assert page.count(" selected>") == 2 and f'<option value="{currency}" selected>' in page


def test_a_house_that_the_command_filled_has_a_first_administrator_to_come(empty: None) -> None:
    """Nobody it brought has a password: without the first page nobody could ever sign in."""
    verbs.add_person(username="anna", name="Anna", unit=None, roles_held=["rep"], by=None)
    client = Client()
    assert client.get("/login/").url == "/welcome/"
    assert client.post("/welcome/", {**GIVEN, "username": "anna"}).status_code == 422
    assert client.post("/welcome/", GIVEN).url == "/"
    assert Client().get("/welcome/").url == "/login/"


@pytest.mark.parametrize(
    ("roles", "password"), [(["admin"], ""), (["rep"], "correct-horse-battery"), (["admin"], "correct-horse")]
)
def test_nobody_becomes_the_first_where_somebody_administers_or_can_sign_in(
    empty: None, roles: list[str], password: str
) -> None:
    verbs.add_person(username="anna", name="Anna", unit=None, roles_held=roles, password=password, by=None)
    assert Client().get("/welcome/").url == "/login/"
    assert Client().get("/login/").status_code == 200


def test_afterwards_the_door_is_shut(empty: None) -> None:
    Client().post("/welcome/", GIVEN)
    late = Client()
    assert late.get("/welcome/").url == "/login/"
    assert late.post("/welcome/", {**GIVEN, "username": "second"}).url == "/login/"
    assert User.objects.count() == 1


def test_two_at_once_make_one_administrator(empty: None) -> None:
    acts = [
        lambda n=n: Client().post("/welcome/", {**GIVEN, "username": f"boss{n}"}).status_code
        for n in range(4)
    ]  # type: ignore[misc]
    statuses = at_once(acts)
    assert User.objects.count() == 1
    assert sorted(status for status in statuses if status == 302)
    assert set(statuses) <= {302, 422}

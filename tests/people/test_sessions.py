"""Sessions: how long they last, and ending them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden
from loudou.people import verbs
from loudou.people.models import Session, User
from tests.cast import Cast

PASSWORD = "a-good-password-26"


@pytest.fixture
def lina(cast: Cast) -> User:
    return verbs.set_password(cast.lina, password=PASSWORD, by=None, must_change=False)


@pytest.fixture
def client(lina: User) -> Client:
    client = Client()
    client.post("/login/", {"username": "lina", "password": PASSWORD})
    return client


def is_in(client: Client, **headers: str) -> bool:
    return client.get("/account/", **headers).status_code == 200  # type: ignore[arg-type]


def test_thirty_idle_minutes_end_it(client: Client) -> None:
    start = clock.now()
    with clock.at(start + timedelta(minutes=29)):
        assert is_in(client)
    with clock.at(start + timedelta(minutes=58)):
        assert is_in(client)
    with clock.at(start + timedelta(minutes=89)):
        assert not is_in(client)


def test_twelve_hours_end_it_however_busy(client: Client) -> None:
    start = clock.now()
    for minutes in range(20, 12 * 60, 20):
        with clock.at(start + timedelta(minutes=minutes)):
            assert is_in(client), minutes
    with clock.at(start + timedelta(hours=12, minutes=1)):
        assert not is_in(client)


def test_polling_does_not_extend_it(client: Client) -> None:
    start = clock.now()
    for minutes in range(3, 30, 3):
        with clock.at(start + timedelta(minutes=minutes)):
            assert client.get("/demo-progress/", headers={"X-Background": "1"}).status_code == 200
    with clock.at(start + timedelta(minutes=31)):
        assert not is_in(client)


def test_the_strict_profile_ends_it_after_fifteen(client: Client, settings: object) -> None:
    from dataclasses import replace

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, password_profile="mlps")  # type: ignore[attr-defined]
    start = clock.now()
    with clock.at(start + timedelta(minutes=14)):
        assert is_in(client)
    with clock.at(start + timedelta(minutes=30)):
        assert not is_in(client)


def test_part_of_a_page_is_answered_with_the_way_to_sign_in() -> None:
    answer = Client().get("/notices/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/login/"


def test_signing_out_is_a_post_and_leaves_nothing(client: Client, lina: User) -> None:
    assert client.get("/logout/").status_code == 405
    key = client.session.session_key
    answer = client.post("/logout/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert not Session.objects.filter(session_key=key).exists()
    client.cookies["loudou_session"] = key
    assert not is_in(client)
    assert Entry.objects.filter(event="user.signed_out", actor=lina).exists()


def test_one_sees_one_s_sessions_and_ends_them(client: Client, lina: User) -> None:
    other = Client(headers={"User-Agent": "Mozilla/5.0 (iPhone; CPU) MicroMessenger/8"})
    other.post("/login/", {"username": "lina", "password": PASSWORD})
    page = client.get("/account/").content.decode()
    assert "WeChat · iPhone" in page
    assert client.post("/account/sessions/end/").url == "/account/"
    assert not is_in(other)
    assert is_in(client)
    other.post("/login/", {"username": "lina", "password": PASSWORD})
    client.post("/account/sessions/end/", {"only": other.session.session_key})
    assert not is_in(other)
    assert Entry.objects.filter(event="user.sessions_ended").count() == 2
    assert verbs.end_sessions(lina, keep=client.session.session_key or "", by=lina) == 0


def test_a_keeper_ends_somebody_s(client: Client, lina: User, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.end_sessions(lina, by=cast.wumin)
    assert verbs.end_sessions(lina, by=cast.anran) == 1
    assert not is_in(client)


def test_a_session_knows_whose_it_is(client: Client, lina: User) -> None:
    row = Session.objects.get(user=lina)
    assert row.address == "127.0.0.1"
    assert row.started_at is not None

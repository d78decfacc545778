"""Dangerous acts ask for the password again, and what was typed goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.people import verbs
from loudou.people.models import Attempt, Token, User
from tests.cast import Cast
from tests.races import at_once

PASSWORD = "a-good-password-26"
WANTED = {"name": "ETL", "scopes": ["read", "write"], "days": "30"}


@pytest.fixture
def lina(cast: Cast) -> User:
    return verbs.set_password(cast.lina, password=PASSWORD, by=None, must_change=False)


@pytest.fixture
def client(lina: User) -> Client:
    client = Client()
    client.post("/login/", {"username": "lina", "password": PASSWORD})
    return client


def test_ten_minutes_after_signing_in_it_is_not_asked(client: Client) -> None:
    with clock.at(clock.now() + timedelta(minutes=9)):
        assert client.post("/account/tokens/", WANTED).status_code == 302


def test_later_it_is_and_what_was_sent_goes_on(client: Client, lina: User) -> None:
    with clock.at(clock.now() + timedelta(minutes=11)):
        asked = client.post("/account/tokens/", WANTED)
        assert asked.status_code == 403
        page = asked.content.decode()
        assert 'name="scopes" value="read"' in page
        assert 'name="scopes" value="write"' in page
        assert not Token.objects.exists()
        wrong = client.post("/account/tokens/", {**WANTED, "confirm-password": "wrong"})
        assert wrong.status_code == 403
        assert not Token.objects.exists()
        done = client.post("/account/tokens/", {**WANTED, "confirm-password": PASSWORD})
        assert done.status_code == 302
        assert Token.objects.get().scopes == ["read", "write"]
        assert client.post("/account/tokens/", WANTED).status_code == 302  # not asked again


def test_guessing_there_locks_as_guessing_at_the_door_does(client: Client, lina: User, cast: Cast) -> None:
    with clock.at(clock.now() + timedelta(minutes=11)):
        for _n in range(5):
            client.post("/account/tokens/", {**WANTED, "confirm-password": "wrong"})
        assert client.post("/account/tokens/", {**WANTED, "confirm-password": PASSWORD}).status_code == 403
        assert Entry.objects.filter(event="user.locked_out").exists()
        assert verbs.confirm(lina, password=PASSWORD, address=None, by=lina).locked


def test_guesses_made_at_once_are_counted_one_by_one(own_database: str) -> None:
    lina = verbs.set_password(Cast().lina, password=PASSWORD, by=None, must_change=False)
    acts = [lambda: verbs.confirm(lina, password="wrong", address=None, by=lina)] * 12
    assert all(outcome.user is None for outcome in at_once(acts))
    assert Attempt.objects.filter(username="lina").count() == 5


def test_nobody_confirms_for_somebody_else(lina: User, cast: Cast) -> None:
    assert verbs.confirm(lina, password=PASSWORD, address=None, by=cast.gaoming).user is None
    assert verbs.confirm(lina, password=PASSWORD, address=None, by=lina).user == lina


@pytest.mark.parametrize(
    "path", ["roles/", "edit/", "deactivate/", "password/", "invite/", "unlock/", "second-factor/remove/"]
)
def test_every_dangerous_act_asks(cast: Cast, path: str) -> None:
    client = Client()
    client.force_login(cast.gaoming)  # no password was given at all
    answer = client.post(f"/settings/people/{cast.lina.pk}/{path}", {"roles": ["gm"]})
    assert answer.status_code == 403
    cast.lina.refresh_from_db()
    assert (cast.lina.roles, cast.lina.is_active) == (["rep"], True)


def test_narrowing_and_adding_ask_too(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.anran)
    assert (
        client.post(
            "/settings/roles/narrow/", {"verb_name": "pipeline.see", "role": "manager", "reach": "OWN"}
        ).status_code
        == 403
    )
    client.force_login(cast.gaoming)
    assert client.post("/settings/people/add/", {"name": "x"}).status_code == 403

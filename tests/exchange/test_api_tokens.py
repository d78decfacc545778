"""Minting a token: for oneself, with a password of the last ten minutes, shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.people.models import Token, User
from tests.cast import Cast
from tests.exchange.calling import Calls, problem, send

PASSWORD = "loudou-demo-2026"


@pytest.fixture
def chenan(cast: Cast) -> User:
    cast.chenan.password = make_password(PASSWORD)
    cast.chenan.save()
    return cast.chenan


def sign_in(user: User) -> Client:
    client = Client()
    client.post("/login/", {"username": user.username, "password": PASSWORD})
    return client


def test_who_has_just_signed_in_makes_one_and_calls_with_it(chenan: User) -> None:
    response = send(sign_in(chenan), "POST", "/tokens", {})
    made = response.json()
    assert response.status_code == 201 and response["Location"] == f"/api/v1/tokens/{made['id']}"
    assert (made["scopes"], made["prefix"]) == (["read"], made["token"][:8])
    call = send(Client(), "GET", "/me", Authorization=f"Bearer {made['token']}")
    assert call.json()["username"] == "chenan"
    assert Entry.objects.filter(event="token.made", actor=chenan, channel="api").count() == 1


def test_an_older_session_gives_its_password_again(chenan: User) -> None:
    client = sign_in(chenan)
    with clock.at(clock.now() + timedelta(minutes=11)):
        problem(send(client, "POST", "/tokens", {}), 403, "confirm_password")
        problem(send(client, "POST", "/tokens", {"password": "falsch"}), 403, "confirm_password")
        assert send(client, "POST", "/tokens", {"password": PASSWORD}).status_code == 201


def test_a_token_makes_no_other_without_the_password(chenan: User) -> None:
    call = Calls(chenan)
    problem(call.post("/tokens", {"name": "noch eins"}), 403, "confirm_password")
    assert call.post("/tokens", {"name": "noch eins", "password": PASSWORD}).status_code == 201


def test_a_second_factor_is_asked_for_too(chenan: User) -> None:
    secret = pyotp.random_base32()
    chenan.totp_secret = secret
    chenan.save()
    call = Calls(chenan)
    problem(call.post("/tokens", {"password": PASSWORD}), 403, "confirm_password")
    problem(call.post("/tokens", {"password": PASSWORD, "code": "000000"}), 403, "confirm_password")
    code = pyotp.TOTP(secret).at(clock.now())
    assert call.post("/tokens", {"password": PASSWORD, "code": code}).status_code == 201
    problem(call.post("/tokens", {"password": PASSWORD, "code": code}), 403, "confirm_password")


def test_guessing_the_password_here_locks_the_door_as_at_sign_in(chenan: User) -> None:
    call = Calls(chenan)
    for number in range(5):
        problem(call.post("/tokens", {"password": f"falsch {number}"}), 403, "confirm_password")
    problem(call.post("/tokens", {"password": PASSWORD}), 403, "confirm_password")
    assert not Token.objects.filter(user=chenan, name="API").exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["admin"]}, "scopes.0"),
        ({"scopes": "write"}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"user": 1}, "user"),
        ({"name": "x" * 61}, "name"),
    ],
)
def test_what_no_token_can_be_is_refused(chenan: User, body: dict[str, Any], field: str) -> None:
    fields = problem(Calls(chenan).post("/tokens", {"password": PASSWORD, **body}), 422, "invalid")["fields"]
    assert list(fields) == [field]


def test_one_sees_and_revokes_ones_own(cast: Cast) -> None:
    mine, theirs = Calls(cast.chenan), Calls(cast.lina)
    listed = mine.get("/tokens").json()["items"]
    assert [row["id"] for row in listed] == [mine.token.pk] and "token" not in listed[0]
    problem(mine.send("DELETE", f"/tokens/{theirs.token.pk}"), 404, "not_found")
    response = mine.send("DELETE", f"/tokens/{mine.token.pk}")
    assert (response.status_code, response.content) == (204, b"")
    problem(mine.get("/me"), 401, "unauthenticated")
    assert theirs.get("/me").status_code == 200

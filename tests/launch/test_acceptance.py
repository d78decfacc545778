"""The small organisation that acceptance runs try the program with."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from django.test import Client

from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.launch.acceptance import PARTS, PASSWORD, furnish_acceptance
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.queries import token_owner
from loudou.people.verbs.tokens import digest
from loudou.pipeline.models import Deal
from tests import make

SECRET = "correct-horse-battery-2026"


@pytest.fixture
def told(db: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv(PASSWORD, SECRET)
    return furnish_acceptance()


def test_everybody_of_the_contract_is_there(told: dict[str, Any]) -> None:
    wanted = [
        "rep_a1",
        "rep_a2",
        "rep_b1",
        "lead_a",
        "lead_b",
        "mgr_x",
        "mgr_y",
        "director",
        "control",
        "ops",
        "finance",
        "hr",
        "admin",
        "auditor",
        "leaver",
    ]
    assert {user["username"] for user in told["users"]} == set(wanted)
    assert len([unit for unit in told["units"] if unit["kind"] == "department"]) == 2
    assert len([unit for unit in told["units"] if unit["kind"] == "team"]) == 3


def test_they_sign_in_with_the_given_password_and_the_leaver_does_not(told: dict[str, Any]) -> None:
    for username, landing in (("rep_a1", 302), ("finance", 302), ("leaver", 422)):
        response = Client().post("/login/", {"username": username, "password": SECRET})
        assert response.status_code == landing, username


def test_the_administrator_is_asked_for_the_code(told: dict[str, Any]) -> None:
    assert set(told["totp"]) == {"admin"}
    client = Client()
    first = client.post("/login/", {"username": "admin", "password": SECRET})
    assert first["Location"].startswith("/login/code/")
    code = pyotp.TOTP(told["totp"]["admin"]).at(clock.now())
    second = client.post(first["Location"], {"code": code})
    assert second.status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get(username="admin").pk)


def test_under_the_strict_profile_more_are_asked(
    db: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    from dataclasses import replace

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, password_profile="mlps")
    monkeypatch.setenv(PASSWORD, SECRET)
    assert {"admin", "finance", "ops", "auditor"} <= set(furnish_acceptance()["totp"])


def test_tokens_open_as_their_owners_with_their_scopes(told: dict[str, Any]) -> None:
    reading, writing = (token_owner(digest(told["tokens"]["rep_a1"][scope])) for scope in ("read", "write"))
    assert reading is not None and writing is not None
    assert (reading.user.username, reading.scopes, writing.scopes) == ("rep_a1", ["read"], ["read", "write"])
    assert "leaver" not in told["tokens"]


def test_again_the_people_stay_and_the_tokens_are_fresh(told: dict[str, Any]) -> None:
    before = {user.username: user.pk for user in User.objects.all()}
    again = furnish_acceptance()
    assert {user.username: user.pk for user in User.objects.all()} == before
    assert again["totp"] == told["totp"]
    assert again["tokens"]["ops"] != told["tokens"]["ops"]


def test_a_new_password_is_taken_over(told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "another-horse-battery-2026")
    furnish_acceptance()
    assert User.objects.get(username="rep_b1").check_password("another-horse-battery-2026")
    assert not User.objects.get(username="rep_b1").must_change_password


def test_teams_see_what_is_theirs(told: dict[str, Any]) -> None:
    people = {user.username: user for user in User.objects.select_related("unit")}
    deal = make.deal(people["rep_a1"])
    seen = {name for name in people if Deal.objects.visible_to(people[name]).filter(pk=deal.pk).exists()}
    mine = {part.username for part in PARTS} & seen
    assert mine == {"rep_a1", "lead_a", "mgr_x", "director", "control", "ops", "finance", "auditor"}
    assert may(people["mgr_x"], "pipeline.confirm", deal)


@pytest.mark.parametrize("password", ["", "short", "password1234"])
def test_a_password_that_would_not_do_is_refused(
    db: None, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv(PASSWORD, password)
    before = User.objects.count()
    with pytest.raises(Refused):
        furnish_acceptance()
    assert User.objects.count() == before

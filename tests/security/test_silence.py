"""What is secret stays out of the program's own notes: passwords, tokens, keys of sessions, numbers of people (PR-11)."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

from loudou.customers import verbs as customers
from tests.cast import Cast
from tests.exchange.calling import Calls

PASSWORD, PHONE = "Kanarienvogel-2026", "13977776666"


def test_nothing_secret_is_logged_whatever_goes_wrong(
    cast: Cast, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = Calls(cast.chenan).secret
    customer = customers.add_customer(name="甬江机电", phone=PHONE, by=cast.chenan)
    caplog.set_level(logging.INFO, "django.db.backends")  # statements are logged nowhere
    with caplog.at_level(logging.DEBUG):
        client = Client(raise_request_exception=False)
        client.post("/login/", {"username": "chenan", "password": PASSWORD})
        client.get(f"/api/v1/me?token={secret}")
        bearer = {"Authorization": f"Bearer {secret}"}
        client.post("/api/v1/deals", "{", content_type="application/json", headers=bearer)
        client.get(f"/customers/?q={PHONE}")
        client.force_login(cast.chenan)
        session = client.cookies["loudou_session"].value
        monkeypatch.setattr("loudou.customers.queries.people_at", _stumble)
        assert client.get(f"/customers/{customer.pk}/").status_code == 500
        client.get("/nothing/", headers={"Referer": f"https://evil.example/?{PHONE}"})
    told = caplog.text + "".join(str(vars(one)) for one in caplog.records if one.name.startswith("loudou"))
    assert "stumbled" in told  # the fault itself is there to be found
    for word in (PASSWORD, secret, session):
        assert word not in told, word


def _stumble(*_given: object) -> None:
    raise RuntimeError("stumbled")

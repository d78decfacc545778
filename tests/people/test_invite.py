"""Links by which people set their own password: by invitation, and when they forgot it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from loudou.environment import read
from loudou.journal.models import Delivery, Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people import invitations, verbs
from loudou.people.models import User
from tests.cast import Cast
from tests.doors import enter

NEW = "my-own-choice-2026"


@pytest.fixture
def mail(settings: object) -> None:
    server = read({"SMTP_URL": "smtp://localhost:25"}).mail
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mail=server)  # type: ignore[attr-defined]


@pytest.fixture
def lina(cast: Cast) -> User:
    return verbs.edit_person(cast.lina, email="lina@example.org", by=None)


def link_in_the_mail() -> str:
    body = Delivery.objects.get().payload["body"]
    found = re.search(rf"{re.escape(settings.SITE_ADDRESS)}(/welcome/\S+)", body)
    assert found
    return found.group(1)


def test_the_link_sets_a_password_once(mail: None, lina: User, cast: Cast) -> None:
    keeper = enter(Client(), cast.gaoming)
    assert keeper.post(f"/settings/people/{lina.pk}/invite/").status_code == 302
    link = link_in_the_mail()
    assert Entry.objects.get(event="user.invited").subject_id == lina.pk
    guest = Client()
    assert "lina" in guest.get(link).content.decode()
    assert guest.post(link, {"password": NEW, "again": "other"}).status_code == 422
    assert guest.post(link, {"password": "short", "again": "short"}).status_code == 422
    assert guest.post(link, {"password": NEW, "again": NEW}).url == "/login/"
    assert guest.get(link).status_code == 404
    assert guest.post(link, {"password": "another-one-2026", "again": "another-one-2026"}).status_code == 404
    assert verbs.sign_in(username="lina", password=NEW, address=None).user == lina


def test_no_stranger_says_where_it_leads(mail: None, lina: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_ADDRESS = "https://crm.example.com"
    told = Client(headers={"Host": "evil.example"}).post("/login/forgotten/", {"username": "lina"})
    assert told.status_code == 302
    body = Delivery.objects.get().payload["body"]
    assert "https://crm.example.com/welcome/" in body
    assert "evil.example" not in body


def test_it_dies_after_three_days_and_with_the_account(lina: User, cast: Cast) -> None:
    secret = invitations.make(lina)
    assert invitations.fits(lina, secret)
    assert not invitations.fits(cast.chenan, secret)
    assert not invitations.fits(lina, secret[:-1] + ("a" if secret[-1] != "a" else "b"))
    with clock.at(clock.now() + timedelta(days=3, minutes=1)):
        assert not invitations.fits(lina, secret)
    assert not invitations.fits(verbs.deactivate(lina, by=cast.gaoming), secret)


def test_it_serves_its_owner_alone(lina: User, cast: Cast) -> None:
    for by, secret in ((cast.chenan, invitations.make(lina)), (lina, "guess")):
        with pytest.raises(Refused):
            verbs.accept_invitation(lina, secret=secret, password=NEW, by=by)


def test_it_ends_the_lock_every_session_and_every_token(lina: User, client: Client) -> None:
    client.force_login(lina)
    token, _secret = verbs.make_token(lina, name="ETL", scopes=["read"], by=lina)
    for _n in range(5):
        verbs.sign_in(username="lina", password="wrong", address=None)
    verbs.accept_invitation(lina, secret=invitations.make(lina), password=NEW, by=lina)
    assert client.get("/account/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert verbs.sign_in(username="lina", password=NEW, address=None).user == lina


def test_without_mail_it_cannot_be_sent(lina: User, cast: Cast) -> None:
    with pytest.raises(Refused):
        verbs.invite(lina, link="x", by=cast.gaoming)


def test_who_has_no_address_gets_none(mail: None, cast: Cast) -> None:
    with pytest.raises(Refused) as caught:
        verbs.invite(cast.chenan, link="x", by=cast.gaoming)
    assert caught.value.field == "email"


def test_a_manager_invites_nobody(mail: None, lina: User, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.invite(lina, link="x", by=cast.wumin)


def test_whoever_forgot_it_gets_a_link_and_nobody_learns_who_exists(
    mail: None, lina: User, client: Client
) -> None:
    answers = [
        client.post("/login/forgotten/", {"username": name}) for name in ("lina", "ghost", "chenan", " LINA ")
    ]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, "/login/")}
    assert Delivery.objects.count() == 2
    assert Entry.objects.filter(event="user.link_asked").count() == 2
    assert client.post("/login/forgotten/", {"username": ""}).status_code == 422


def test_nobody_is_flooded_with_links(mail: None, lina: User, client: Client) -> None:
    for _n in range(6):
        client.post("/login/forgotten/", {"username": "lina"})
    assert Delivery.objects.count() == 3
    with clock.at(clock.now() + timedelta(minutes=16)):
        client.post("/login/forgotten/", {"username": "lina"})
    assert Delivery.objects.count() == 4


def test_a_house_without_mail_says_so(lina: User, client: Client) -> None:
    assert "<form" not in client.get("/login/forgotten/").content.decode().split("<h1>")[1]
    client.post("/login/forgotten/", {"username": "lina"})
    assert not Delivery.objects.exists()

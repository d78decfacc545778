"""Giving somebody a first password."""

from __future__ import annotations

import pytest
from django.test import Client

from loudou.kernel.refusals import Forbidden
from loudou.people import passwords, verbs
from loudou.people.models import Session
from tests.cast import Cast


def test_it_must_be_changed_before_anything_else(cast: Cast, client: Client) -> None:
    client.force_login(cast.lina)
    verbs.set_password(cast.lina, password="first-password-2026", by=cast.gaoming)
    assert not Session.objects.filter(user=cast.lina).exists()
    client.post("/login/", {"username": "lina", "password": "first-password-2026"})
    assert client.get("/").url == "/account/password/"
    given = {"current": "first-password-2026", "password": "a-better-one-2026", "again": "a-better-one-2026"}
    assert client.post("/account/password/", given).status_code == 302
    assert client.get("/account/").status_code == 200


def test_it_may_be_left_as_it_is(cast: Cast) -> None:
    fresh = verbs.set_password(cast.lina, password="first-password-2026", by=None, must_change=False)
    assert not passwords.expired(fresh)


def test_others_may_not(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.set_password(cast.lina, password="first-password-2026", by=cast.anran)


def test_a_first_password_is_good_under_every_profile_and_never_the_same() -> None:
    made = {passwords.first() for _n in range(50)}
    assert len(made) == 50
    for password in made:
        assert len(password) == 19
        for rule in (passwords.LengthRule(), passwords.ClassesRule()):
            rule.validate(password)

"""Closing and opening an account."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from loudou.kernel.refusals import Forbidden, Refused
from loudou.people import verbs
from loudou.people.models import Session
from loudou.people.queries import token_owner
from tests.cast import Cast


def test_sessions_and_tokens_end_at_once(cast: Cast, client: Client) -> None:
    client.force_login(cast.lina)
    token, _secret = verbs.make_token(cast.lina, name="x", scopes=["read"], by=cast.lina)
    assert client.get("/account/").status_code == 200
    fresh = verbs.deactivate(cast.lina, on=date(2026, 6, 30), by=cast.gaoming)
    assert (fresh.is_active, fresh.left_on) == (False, date(2026, 6, 30))
    assert not Session.objects.filter(user=fresh).exists()
    assert token_owner(token.digest) is None
    assert client.get("/account/").status_code == 302
    assert verbs.deactivate(fresh, by=cast.gaoming).version == fresh.version


def test_it_can_be_opened_again(cast: Cast) -> None:
    closed = verbs.deactivate(cast.lina, by=cast.renli)
    assert closed.left_on is not None
    opened = verbs.reactivate(closed, by=cast.renli)
    assert (opened.is_active, opened.left_on) == (True, None)
    assert verbs.reactivate(opened, by=cast.renli).version == opened.version


def test_nobody_closes_their_own_and_the_last_administrator_stays(cast: Cast) -> None:
    with pytest.raises(Refused):
        verbs.deactivate(cast.gaoming, by=cast.gaoming)
    with pytest.raises(Refused):
        verbs.deactivate(cast.gaoming, by=cast.renli)


def test_others_may_not(cast: Cast) -> None:
    for act in (verbs.deactivate, verbs.reactivate):
        with pytest.raises(Forbidden):
            act(cast.lina, by=cast.anran)

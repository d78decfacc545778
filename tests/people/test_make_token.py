"""API tokens: shown once, kept as a hash, ended at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people import verbs
from loudou.people.models import Token, User
from loudou.people.queries import token_owner, tokens
from loudou.people.verbs.tokens import digest
from tests.cast import Cast
from tests.doors import enter


def test_the_secret_is_kept_nowhere(cast: Cast) -> None:
    token, secret = verbs.make_token(cast.lina, name=" ETL ", scopes=["write", "read"], days=30, by=cast.lina)
    assert secret.startswith("ld_") and len(secret) > 40
    assert token.digest == digest(secret)
    row = str(Token.objects.values().get()) + str(list(Entry.objects.values_list("particulars", flat=True)))
    assert secret not in row
    assert (token.name, token.scopes) == ("ETL", ["read", "write"])
    found = token_owner(digest(secret))
    assert found is not None and found.user == cast.lina


def test_it_ends_by_time_by_revoking_and_with_its_owner(cast: Cast) -> None:
    token, secret = verbs.make_token(cast.lina, name="x", scopes=[], days=1, by=None)
    assert token.scopes == ["read"]
    with clock.at(clock.now() + timedelta(days=1, seconds=1)):
        assert token_owner(digest(secret)) is None
    assert tokens(cast.lina) == [token]
    verbs.revoke_token(token, by=cast.lina)
    assert token_owner(digest(secret)) is None
    assert tokens(cast.lina) == []
    verbs.revoke_token(token, by=cast.lina)
    assert Entry.objects.filter(event="token.revoked").count() == 1
    assert token_owner(digest("ld_guess\ud800")) is None


@pytest.mark.parametrize(
    ("scopes", "days", "field"), [(["root"], 1, "scopes"), (["read"], 0, "days"), (["read"], 366, "days")]
)
def test_nonsense_is_refused(cast: Cast, scopes: list[str], days: int, field: str) -> None:
    with pytest.raises(Refused) as caught:
        verbs.make_token(cast.lina, name="x", scopes=scopes, days=days, by=cast.lina)
    assert caught.value.field == field


def test_a_token_of_somebody_else_is_the_administrator_s_matter(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.make_token(cast.lina, name="x", scopes=["read"], by=cast.wumin)
    token, _secret = verbs.make_token(cast.lina, name="x", scopes=["read"], by=cast.gaoming)
    with pytest.raises(Forbidden):
        verbs.revoke_token(token, by=cast.wumin)
    assert verbs.revoke_token(token, by=cast.gaoming).revoked_at is not None


def test_the_page_shows_it_once(cast: Cast) -> None:
    client = enter(Client(), cast.lina)
    client.post("/account/tokens/", {"name": "ETL", "scopes": ["read"], "days": 5})
    assert "ld_" in client.get("/account/").content.decode().split("secret")[1]
    page = client.get("/account/").content.decode()
    assert 'class="secret"' not in page
    assert "ETL" in page
    token = Token.objects.get()
    enter(Client(), cast.chenan).post(f"/account/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is None  # somebody else's
    client.post(f"/account/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_what_a_token_cannot_be_is_said_beside_its_field(cast: Cast) -> None:
    client = enter(Client(), cast.lina)
    answer = client.post("/account/tokens/", {"name": "对账", "scopes": ["admin"], "days": 900})
    assert answer.status_code == 422
    page = answer.content.decode().split("/account/tokens/")[1]
    assert page.count('class="errors"') == 2
    assert 'value="对账"' in page
    assert not Token.objects.exists()


def test_a_token_of_a_closed_account_opens_nothing(cast: Cast) -> None:
    """Closing an account revokes its tokens; one that was missed is worth nothing all the same."""
    token, _secret = verbs.make_token(cast.lina, name="ETL", scopes=["read"], by=cast.lina)
    assert token_owner(token.digest) == token
    User.objects.filter(pk=cast.lina.pk).update(is_active=False)
    assert token_owner(token.digest) is None

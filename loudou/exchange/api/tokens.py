"""API tokens: minting, listing and revoking one's own."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import page
from loudou.exchange.api.problems import Problem
from loudou.exchange.api.rows import there
from loudou.exchange.api.shapes import Asked, In, Key, Out, Page, When
from loudou.people import verbs
from loudou.people.models import Token
from loudou.people.verbs.tokens import LONGEST_DAYS
from loudou.people.web import address, confirmed

router = Router(tags=["tokens"])


class TokenRow(Out):
    id: int
    name: str
    prefix: str
    scopes: list[str]
    made_at: When
    expires_at: When
    last_used_at: When | None


class MintedToken(TokenRow):
    token: str | None  # the secret, this once; null when the answer is repeated


class TokenPage(Page[TokenRow]):
    pass


class NewToken(In):
    name: Annotated[str, Field(max_length=60)] = "API"
    scopes: list[Literal["read", "write"]] = Field(["read"], max_length=2)
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] = 90
    password: Annotated[str, Field(max_length=1024)] | None = None
    code: Annotated[str, Field(max_length=10)] | None = None


@router.get("/tokens", response=TokenPage, summary=_("My tokens"))
def list_tokens(request: Call, asked: Query[Asked]) -> Page[TokenRow]:
    """Those that were not revoked."""
    mine = Token.objects.filter(user=request.user, revoked_at=None)
    return page(request, mine, asked, TokenPage, shape=token_row)


@router.post("/tokens", response={201: MintedToken}, summary=_("Make a token"))
def make_token(request: Call, body: NewToken) -> Status[MintedToken]:
    """For oneself. It wants one's password, of the last ten minutes: a new session brings it, others send `password`
    (and `code`, where a second factor is set up). The secret is shown this once; only its hash is kept."""
    _prove(request, body)
    token, secret = verbs.make_token(
        request.user, name=body.name, scopes=list(body.scopes), days=body.days, by=request.user
    )
    minted = MintedToken(**token_row(token).model_dump(), token=secret)
    request.place = f"/api/v1/tokens/{token.pk}"
    request.repeatable = json.dumps(minted.model_copy(update={"token": None}).model_dump(mode="json"))
    return Status(201, minted)


@router.api_operation(["DELETE"], "/tokens/{int:id}", response={204: None}, summary=_("Revoke a token"))
def revoke_token(request: Call, id: Key) -> Status[None]:
    """At once."""
    token = there(Token.objects.filter(user=request.user, pk=id).first())
    verbs.revoke_token(token, by=request.user)
    return Status(204, None)


def token_row(token: Token) -> TokenRow:
    return TokenRow(
        id=token.pk,
        name=token.name,
        prefix=token.prefix,
        scopes=token.scopes,
        made_at=token.made_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )


def _prove(request: Call, body: NewToken) -> None:
    """Refuse unless the caller has just shown that they are the owner and no stolen session (AU-19)."""
    if request.caller.token is None and confirmed(request):
        return
    if body.password is None:
        sentence = gettext("Confirm your password: send “password”, and “code” if you have a second factor.")
        raise Problem(403, "confirm_password", sentence, fields={"password": sentence})
    where = address(request)
    outcome = verbs.confirm(request.user, password=body.password, address=where, by=request.user)
    if outcome.user is not None and request.user.totp_secret:
        outcome = verbs.check_code(request.user, code=body.code or "", address=where)
    if outcome.user is None:
        raise Problem(403, "confirm_password", outcome.sentence, fields={"password": outcome.sentence})

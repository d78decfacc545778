"""API tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people import events
from loudou.people.access import require
from loudou.people.models import Token, User

LONGEST_DAYS = 365


@verb
def make_token(
    user: User, *, name: str, scopes: list[str], by: User | None, days: int = 90
) -> tuple[Token, str]:
    """Make a token for oneself; the secret is returned once and kept only as a hash."""
    if by is not None and by.pk != user.pk:
        require(by, "people.manage")
    wanted = sorted(set(scopes)) or ["read"]
    if not set(wanted) <= set(Token.SCOPES):
        raise Refused(_("A token's scope is read, write or both."), field="scopes")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(_("A token lives from 1 to {days} days.").format(days=LONGEST_DAYS), field="days")
    secret = f"ld_{secrets.token_urlsafe(32)}"
    token = Token.objects.create(
        user=user,
        name=name.strip()[:60] or _("token"),
        prefix=secret[:8],
        digest=digest(secret),
        scopes=wanted,
        made_at=clock.now(),
        expires_at=clock.now() + timedelta(days=days),
    )
    record(events.TOKEN_MADE, token, by=by, owner=user, scopes=wanted, expires_at=token.expires_at)
    return token, secret


@verb
def revoke_token(token: Token, *, by: User | None) -> Token:
    """End a token at once."""
    fresh = lock(token)
    if by is not None and by.pk != fresh.user_id:
        require(by, "people.manage")
    if fresh.revoked_at is None:
        fresh.revoked_at = clock.now()
        fresh.save(update_fields=["revoked_at"])
        record(events.TOKEN_REVOKED, fresh, by=by)
    return fresh


def digest(secret: str) -> str:
    """What is stored of a secret, of a token's or of a link's."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()

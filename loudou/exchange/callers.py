"""Who calls the REST door, how often, and what they were told before: the bookkeeping beside the acts themselves."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import Q
from django.http import HttpResponse

from loudou.exchange.models import Reply
from loudou.journal.record import acting
from loudou.kernel import clock
from loudou.people.models import Token, User
from loudou.people.queries import token_owner
from loudou.people.verbs.tokens import digest

MINUTE = timedelta(seconds=60)
KEPT = timedelta(hours=48)
_REPEATED_HEADERS = ("ETag", "Location")
_DEADLOCKS = ("40P01", "40001")
_TRIES = 3


@dataclass(frozen=True)
class Caller:
    """Somebody who calls: a person by their session, or by a token with its scopes."""

    user: User
    token: Token | None = None

    def may(self, scope: str) -> bool:
        """Whether the way they came in leaves them this scope; a session leaves them everything."""
        return self.token is None or scope in self.token.scopes

    @property
    def name(self) -> str:
        """What their allowance is counted under."""
        return f"token {self.token.pk}" if self.token else f"user {self.user.pk}"


def by_token(secret: str) -> Caller | None:
    """The owner of a token that works, its use noted at most once a minute."""
    token = token_owner(digest(secret))
    if token is None:
        return None
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at >= MINUTE:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lte=now - MINUTE)
        Token.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
    return Caller(token.user, token)


def stranger(address: str | None) -> str:
    """What the allowance of somebody unknown is counted under: an address, or the /64 an IPv6 host can roam in."""
    if address is None:
        return "address unknown"
    where = ipaddress.ip_address(address)
    if where.version == 6:
        return f"address {ipaddress.ip_network(f'{where}/64', strict=False)}"
    return f"address {where}"


def seconds_to_wait(caller: str) -> int:
    """Count one request of `caller`; 0 while within the allowance, else how long until their minute is over.

    Counted in the database, so that the number of web processes does not multiply it.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"caller": caller[:80], "now": now, "stale": now - MINUTE})
        used, began = cursor.fetchone()
    if used <= settings.ENVIRONMENT.api_rate:
        return 0
    left: float = (began + MINUTE - now).total_seconds()
    return max(1, ceil(left))


_COUNT = """
INSERT INTO exchange_allowance AS known (caller, began_at, used) VALUES (%(caller)s, %(now)s, 1)
ON CONFLICT (caller) DO UPDATE SET
    used = CASE WHEN known.began_at <= %(stale)s THEN 1 ELSE known.used + 1 END,
    began_at = CASE WHEN known.began_at <= %(stale)s THEN %(now)s ELSE known.began_at END
RETURNING used, began_at
"""


class InFlight(Exception):
    """The same key is being answered at this moment."""


class OtherRequest(Exception):
    """The key was used before, for something else."""


def once(user: User, key: str, request: bytes, act: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer a POST that came with an idempotency key: by acting the first time, by the first answer ever after.

    Act and answer are written in one transaction: a crash leaves both or neither. An answer of ours gone wrong (5xx)
    is not kept, since nothing was done. Raises `InFlight` and `OtherRequest`.
    """
    hashed = hashlib.sha256(key.encode()).hexdigest()
    wanted = hashlib.sha256(request).hexdigest()
    for attempt in range(_TRIES):
        try:
            with acting():
                return _first_or_again(user, hashed, wanted, act)
        except OperationalError as error:
            state = getattr(error.__cause__, "sqlstate", None)
            if state not in _DEADLOCKS or attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _first_or_again(user: User, key: str, wanted: str, act: Callable[[], HttpResponse]) -> HttpResponse:
    if not _lock(f"{user.pk} {key}"):
        raise InFlight
    former = Reply.objects.filter(user=user, key=key).first()
    if former is not None and former.made_at > clock.now() - KEPT:
        if former.request != wanted:
            raise OtherRequest
        return _again(former)
    response = act()
    if response.status_code < 500:
        body = getattr(response, "repeatable", response.content.decode())
        headers = {name: response[name] for name in _REPEATED_HEADERS if name in response}
        Reply.objects.update_or_create(
            user=user,
            key=key,
            defaults={
                "request": wanted,
                "status": response.status_code,
                "headers": headers,
                "body": body,
                "made_at": clock.now(),
            },
        )
    return response


def _again(former: Reply) -> HttpResponse:
    headers = {**former.headers, "Idempotent-Replayed": "true"}
    return HttpResponse(
        former.body, status=former.status, headers=headers, content_type="application/json; charset=utf-8"
    )


def _lock(name: str) -> bool:
    """Take a lock that ends with the transaction; False when somebody has it."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])


def prune() -> int:
    """Forget replies past their time and allowances nobody draws on; returns how many rows went."""
    now = clock.now()
    replies, _detail = Reply.objects.filter(made_at__lte=now - KEPT).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM exchange_allowance WHERE began_at <= %s", [now - 60 * MINUTE])
        return replies + int(cursor.rowcount)

"""Signing in and out, and the lock that five failures close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils.translation import gettext as _

from loudou.journal.record import lock, plain, record, verb
from loudou.kernel import clock
from loudou.people import events
from loudou.people.access import require
from loudou.people.codes import code_step, recovery_digest
from loudou.people.models import Attempt, Session, User
from loudou.people.queries import MOST_FAILURES, is_locked

MOST_FROM_ADDRESS = 30
ADDRESS_WINDOW = timedelta(minutes=10)


@dataclass(frozen=True)
class Outcome:
    """How a sign-in ended: the person, or nobody; `locked` when the door is shut for a while."""

    user: User | None
    locked: bool = False

    @property
    def sentence(self) -> str:
        """What the person is told when it failed; the same whatever was wrong."""
        if self.locked:
            return _("Too many failures. This door is locked for 15 minutes.")
        return _("User name, password or code is wrong.")


@verb
def sign_in(*, username: str, password: str, address: str | None) -> Outcome:
    """Check a name and password. Whoever guesses learns nothing: unknown, wrong and closed look and cost the same.

    The fifth failure within 15 minutes locks the name for 15 minutes, the thirtieth within 10 minutes the address;
    while locked nothing is checked or counted. With a second factor nobody is in, and no failure forgotten, before
    `check_code` says so.
    """
    key = str(plain(username)).strip().lower()[:60]
    if _locked(key, address):
        return Outcome(None, locked=True)
    user = User.objects.filter(username__iexact=key).first() if key else None
    if user is None:
        make_password(password[:1024])  # the same work as for a real account
    right = user is not None and user.check_password(password)
    _take_turn(key)
    if _locked(key, address):
        return Outcome(None, locked=True)
    if user is None or not right or not user.is_active:
        return Outcome(None, locked=_count_failure(key, user, address))
    if not user.totp_secret:
        _enter(user, address)
    return Outcome(user)


@verb
def check_code(user: User, *, code: str, address: str | None) -> Outcome:
    """Check a one-time code, of this time step or one beside it, or a recovery code; each serves at most once.

    Failures count as those of signing in do.
    """
    fresh = lock(user)
    if _locked(fresh.username.lower(), address):
        return Outcome(None, locked=True)
    step, recovery = code_step(fresh.totp_secret, code), recovery_digest(code)
    if step is not None and step > fresh.totp_last_step:
        fresh.totp_last_step = step
        fresh.save(update_fields=["totp_last_step"])
    elif recovery in fresh.recovery_codes:
        fresh.recovery_codes = [kept for kept in fresh.recovery_codes if kept != recovery]
        fresh.save(update_fields=["recovery_codes"])
        record(events.RECOVERY_CODE_USED, fresh, by=fresh, count=len(fresh.recovery_codes), notify=[fresh])
    else:
        return Outcome(None, locked=_count_failure(fresh.username.lower(), fresh, address))
    _enter(fresh, address)
    return Outcome(fresh)


@verb
def confirm(user: User, *, password: str, address: str | None, by: User) -> Outcome:
    """Check the password of somebody who is signed in, before a dangerous act; failures count as sign-ins do."""
    key = user.username.lower()
    if _locked(key, address):
        return Outcome(None, locked=True)
    right = by.pk == user.pk and user.check_password(password)
    _take_turn(key)
    if _locked(key, address):
        return Outcome(None, locked=True)
    if right:
        return Outcome(user)
    return Outcome(None, locked=_count_failure(key, user, address))


@verb
def sign_out(user: User, *, by: User) -> None:
    """Note that a person signed out; the session itself is ended by the view."""
    record(events.SIGNED_OUT, user, by=by)


@verb
def end_sessions(user: User, *, by: User, keep: str = "", only: str = "") -> int:
    """End sessions of a person: one (`only`) or all but the present one (`keep`). Returns how many."""
    if by.pk != user.pk:
        require(by, "people.unlock")
    ending = Session.objects.filter(user=user).exclude(session_key=keep)
    if only:
        ending = ending.filter(session_key=only)
    count, _detail = ending.delete()
    if count:
        record(events.SESSIONS_ENDED, user, by=by, count=count)
    return count


def _enter(user: User, address: str | None) -> None:
    """The person is in: their failures are forgotten."""
    Attempt.objects.filter(username=user.username.lower()).delete()
    user.last_login = clock.now()
    user.save(update_fields=["last_login"])
    record(events.SIGNED_IN, user, by=user, address=address)


def _take_turn(key: str) -> None:
    """One at a time for each name, so that guesses made at once are counted one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7620002))", [key])


def _locked(key: str, address: str | None) -> bool:
    return is_locked(key) or _address_busy(address)


def _address_busy(address: str | None) -> bool:
    recent = Attempt.objects.filter(address=address, at__gt=clock.now() - ADDRESS_WINDOW)
    return address is not None and recent[:MOST_FROM_ADDRESS].count() >= MOST_FROM_ADDRESS


def _count_failure(key: str, user: User | None, address: str | None) -> bool:
    Attempt.objects.create(username=key, address=address, at=clock.now())
    if user is None:
        return _locked(key, address)
    record(events.SIGN_IN_FAILED, user, by=None, address=address)
    if not is_locked(key):
        return _address_busy(address)
    keepers = User.objects.active().filter(roles__overlap=["admin", "security"]).order_by("pk")[:50]
    record(events.LOCKED_OUT, user, by=None, failures=MOST_FAILURES, address=address, notify=[user, *keepers])
    return True

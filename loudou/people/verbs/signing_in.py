"""Signing in and out, and the lock that five failures close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from django.contrib.auth.hashers import make_password

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.people import events
from loudou.people.models import Attempt, Session, User

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
MOST_FROM_ADDRESS = 30
ADDRESS_WINDOW = timedelta(minutes=10)
_STEP_SECONDS = 30


@dataclass(frozen=True)
class Outcome:
    """How a sign-in ended: the person, or nobody; `locked` when the door is shut for a while."""

    user: User | None
    locked: bool = False


@verb
def sign_in(*, username: str, password: str, address: str | None) -> Outcome:
    """Check a name and password. Whoever guesses learns nothing: unknown, wrong and closed look and cost the same.

    The fifth failure within 15 minutes locks the name for 15 minutes, the thirtieth within 10 minutes the address;
    while locked nothing is checked or counted. The second factor is `check_code`'s business.
    """
    key = username.strip().lower()[:60]
    if _locked(key, address):
        return Outcome(None, locked=True)
    user = User.objects.filter(username__iexact=key).first() if key else None
    if user is None:
        make_password(password[:1024])  # the same work as for a real account
    elif user.check_password(password) and user.is_active:
        Attempt.objects.filter(username=key).delete()
        user.last_login = clock.now()
        user.save(update_fields=["last_login"])
        record(events.SIGNED_IN, user, by=user, address=address)
        return Outcome(user)
    return Outcome(None, locked=_count_failure(key, user, address))


@verb
def check_code(user: User, *, code: str, address: str | None) -> Outcome:
    """Check a one-time code, of this time step or one beside it, each at most once; failures count as sign-ins do."""
    key = user.username.lower()
    if _locked(key, address):
        return Outcome(None, locked=True)
    fresh = lock(user)
    step = _step_of(fresh.totp_secret, code.strip().replace(" ", ""))
    if step is not None and step > fresh.totp_last_step:
        fresh.totp_last_step = step
        fresh.save(update_fields=["totp_last_step"])
        return Outcome(fresh)
    return Outcome(None, locked=_count_failure(key, fresh, address))


@verb
def sign_out(user: User, *, by: User) -> None:
    """Note that a person signed out; the session itself is ended by the view."""
    record(events.SIGNED_OUT, user, by=by)


@verb
def end_sessions(user: User, *, by: User, keep: str = "", only: str = "") -> int:
    """End sessions of a person: one (`only`) or all but the present one (`keep`). Returns how many."""
    ending = Session.objects.filter(user=user).exclude(session_key=keep)
    if only:
        ending = ending.filter(session_key=only)
    count, _detail = ending.delete()
    if count:
        record(events.SESSIONS_ENDED, user, by=by, count=count)
    return count


def _locked(key: str, address: str | None) -> bool:
    now = clock.now()
    fifth = _moments(Attempt.objects.filter(username=key, at__gt=now - 2 * LOCKED_FOR), MOST_FAILURES)
    if fifth and fifth[-1] - fifth[0] <= LOCKED_FOR and fifth[-1] > now - LOCKED_FOR:
        return True
    recent = Attempt.objects.filter(address=address, at__gt=now - ADDRESS_WINDOW)
    return address is not None and recent.count() >= MOST_FROM_ADDRESS


def _moments(attempts: object, n: int) -> list[datetime]:
    """The instants of the newest `n` attempts, oldest first; none when there are fewer."""
    newest = list(attempts.order_by("-at").values_list("at", flat=True)[:n])  # type: ignore[attr-defined]
    return newest[::-1] if len(newest) == n else []


def _count_failure(key: str, user: User | None, address: str | None) -> bool:
    Attempt.objects.create(username=key, address=address, at=clock.now())
    if user is not None:
        record(events.SIGN_IN_FAILED, user, by=None, address=address)
    locked = _locked(key, address)
    if locked and user is not None:
        record(events.LOCKED_OUT, user, by=None, failures=MOST_FAILURES, address=address)
    return locked


def _step_of(secret: str, code: str) -> int | None:
    """The time step (30 s) a code belongs to, looking one step back and forward."""
    if not secret or not code.isdigit():
        return None
    totp, now = pyotp.TOTP(secret), int(clock.now().timestamp()) // _STEP_SECONDS
    for step in (now, now - 1, now + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), code):
            return step
    return None

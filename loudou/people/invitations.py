"""Links by which a person sets their own password: signed, for one person, dead after three days or the first use."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int

from loudou.kernel import clock
from loudou.people.models import User

DAYS = 3  # Django's PASSWORD_RESET_TIMEOUT


class _Links(PasswordResetTokenGenerator):
    """Signed over the present password and last sign-in, so that either change ends the link."""

    key_salt = "loudou.people.invitations"

    def _now(self) -> datetime:
        return clock.now().replace(tzinfo=None)

    def made_before_now(self, secret: str) -> bool:
        """Whether a link that fits was made by now; one of the future would live for longer (DU-07)."""
        made = base36_to_int(secret.partition("-")[0])
        return self._num_seconds(self._now()) - made >= -clock.AHEAD.total_seconds()


_links = _Links()


def make(user: User) -> str:
    """The secret part of a person's link."""
    return _links.make_token(user)


def fits(user: User, secret: str) -> bool:
    """Whether this link is theirs and still good."""
    return user.is_active and _links.check_token(user, secret) and _links.made_before_now(secret)

"""Rules for passwords, in two profiles that contradict each other and so are a setting (`security.md` AU-06).

`modern` (ASVS 5, NIST): length, no common word, no composition rule, no expiry.
`mlps` (等保 8.1.4.1): 8 characters of three classes, changed every 90 days, none of the last five.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from loudou.kernel import clock
from loudou.people.models import User

LONGEST = 1024
_EXPIRY = timedelta(days=90)
_REMEMBERED = 5


_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another


def first() -> str:
    """A first password to hand over: sixteen letters and digits in fours, 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _n in range(4)) for _m in range(4))


def strict() -> bool:
    """Whether the `mlps` profile is in force."""
    return bool(settings.ENVIRONMENT.password_profile == "mlps")  # noqa: S105 - a profile's name


def expired(user: User) -> bool:
    """Whether the password must be changed before anything else is done."""
    if user.must_change_password:
        return True
    return strict() and (user.password_changed_at is None or user.password_changed_at < clock.now() - _EXPIRY)


class LengthRule:
    """At least 12 characters, or 8 under `mlps`; at most 1,024."""

    def validate(self, password: str, user: User | None = None) -> None:
        least = 8 if strict() else 12
        if len(password) < least:
            raise ValidationError(_("A password needs at least %(n)d characters.") % {"n": least})
        if len(password) > LONGEST:
            raise ValidationError(_("A password may have at most %(n)d characters.") % {"n": LONGEST})

    def get_help_text(self) -> str:
        return _("At least %(n)d characters.") % {"n": 8 if strict() else 12}


class ClassesRule:
    """Under `mlps`: three of lower case, upper case, digits and signs."""

    def validate(self, password: str, user: User | None = None) -> None:
        classes = (
            any(letter.islower() for letter in password),
            any(letter.isupper() for letter in password),
            any(letter.isdigit() for letter in password),
            any(not letter.isalnum() for letter in password),
        )
        if strict() and sum(classes) < 3:
            raise ValidationError(_("Use three of: small letters, capitals, digits, signs."))

    def get_help_text(self) -> str:
        return _("Three of: small letters, capitals, digits, signs.") if strict() else ""


class HistoryRule:
    """Under `mlps`: none of the last five passwords; in every profile not the present one."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        former = [user.password]
        if strict():
            rows = user.former_passwords.order_by("-changed_at")[:_REMEMBERED]
            former += [row.password for row in rows]
        if any(check_password(password, encoded) for encoded in former if encoded):
            raise ValidationError(_("This password was used before."))

    def get_help_text(self) -> str:
        return _("Not one of the last five.") if strict() else ""

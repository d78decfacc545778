"""The numbers of a person and period, which follow one another."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.forecasts.models import Submission, level_of
from loudou.kernel.money import LARGEST
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.models import User


def following(user: User, period: Period, previous: Submission | None, **values: Any) -> Submission:
    """The number that comes after a person's previous one of a period, not yet kept."""
    number = previous.number + 1 if previous else 1
    level = level_of(user)
    return Submission(user=user, level=level, first=period.start, end=period.end, number=number, **values)


def latest(user: User, period: Period) -> Submission | None:
    """The number a person handed in last for a period."""
    return Submission.objects.of(period).filter(user=user).order_by("-number").first()


def check_amount(amount: Decimal) -> None:
    """Refuse what nobody can hand in."""
    if amount < 0:
        raise Refused(_("The amount must not be negative."), field="submitted")
    if amount > LARGEST:
        raise Refused(_("The amount is too large."), field="submitted")

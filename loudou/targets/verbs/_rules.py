"""What no target may be, whatever act would make it so."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.kernel.money import LARGEST
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.models import Organisation, User
from loudou.targets.models import Target
from loudou.targets.proposals import refuse_beyond_whole, refuse_per_cent
from loudou.targets.queries import stays_closed
from loudou.ui.fields import EARLIEST_YEAR, LATEST_YEAR


def check_amount(amount: Decimal, metric: str) -> None:
    """Refuse what is no amount of a target of this metric."""
    refuse_per_cent(amount, metric)
    if not amount.is_finite() or amount < 0:
        raise Refused(_("The amount must not be negative."), field="amount")
    refuse_beyond_whole(amount, metric)
    if amount > LARGEST:
        raise Refused(_("The amount is too large."), field="amount")
    if amount != amount.quantize(CENT):
        raise Refused(_("At most two decimal places."), field="amount")


def check_period(period: Period, company: Organisation) -> None:
    """Refuse periods of another age, and what is closed."""
    if not (period.start.year >= EARLIEST_YEAR and period.end.year <= LATEST_YEAR + 1):
        raise Refused(_("The year must lie between 1990 and 2100."), field="period")
    refuse_closed(period, company)


def refuse_closed(period: Period, company: Organisation) -> None:
    """What ended within closed books is frozen (C20)."""
    closed = company.closed_through
    if closed is not None and period.end - timedelta(days=1) <= closed:
        raise stays_closed(closed)


def refuse_gone(person: User | None, period: Period) -> None:
    """Who left before a period begins reaches nothing in it."""
    if person is not None and person.left_on is not None and person.left_on < period.start:
        sentence = _("{name} left on {day}; set this target for somebody who is there.")
        raise Refused(sentence.format(name=person.name, day=person.left_on.isoformat()), field="person")


def refuse_approved(target: Target) -> None:
    """What was approved changes only by an adjustment that somebody signs (C9)."""
    if target.approved_by_id is not None:
        raise Refused(_("This target was approved; propose an adjustment."), field="amount")

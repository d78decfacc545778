"""Certain duplicates are refused, and nobody learns by trying whose customers exist (`domain.md` C21, `security.md` AC-12)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from loudou.customers import events
from loudou.customers.figures.duplicates import Identity
from loudou.customers.models import Customer, Inquiry
from loudou.customers.queries import certain_duplicate
from loudou.journal.record import record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import may, reach
from loudou.people.grants import Reach
from loudou.people.models import User

ASKED_AN_HOUR = 240  # a form asks each time one pauses while typing
ROWS_A_DAY = 5_000
MISSED_A_DAY = 300  # from here on somebody is told


class Taken(Refused):
    """The customer exists already: `known` is that one, `hidden` when the person may not see it."""

    def __init__(self, sentence: str, *, field: str, known: Customer, hidden: bool) -> None:
        super().__init__(sentence, field=field)
        self.known = known
        self.hidden = hidden


def refuse_known(asked: Identity, *, by: User | None, besides: int | None = None) -> None:
    """Refuse a certain duplicate, naming whose it is only as far as the person may see."""
    found = certain_duplicate(asked, besides=besides)
    if found is not None:
        raise taken(found[0], found[1], by=by)


def taken(field: str, known: Customer, *, by: User | None) -> Taken:
    """The refusal for a customer that exists already."""
    hidden = not may(by, "customers.see", known)
    if hidden:
        sentences = {
            "uscc": _("A customer with this credit code exists and is in other hands; ask your manager."),
            "phone": _("A customer with this phone exists and is in other hands; ask your manager."),
        }
        return Taken(sentences[field], field=field, known=known, hidden=True)
    sentences = {
        "uscc": _("“{name}” ({code}, {owner}) has this credit code."),
        "phone": _("“{name}” ({code}, {owner}) has this phone, and it is verified."),
    }
    words = {
        "name": known.name,
        "code": known.code,
        "owner": known.owner.name if known.owner else _("nobody"),
    }
    return Taken(sentences[field].format(**words), field=field, known=known, hidden=False)


def broken(error: IntegrityError, customer: Customer, *, by: User | None) -> Refused:
    """The refusal for a constraint that two people ran into at once, or a code that is taken."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    if name in ("one_customer_a_uscc", "one_customer_a_verified_phone"):
        asked = Identity("", customer.uscc, customer.phone, customer.phone_verified)
        found = certain_duplicate(asked, besides=customer.pk)
        if found is not None:
            return taken(found[0], found[1], by=by)
    return code_taken(customer.code)


def code_taken(code: str) -> Refused:
    """The refusal for a code that somebody has."""
    return Refused(_("A customer with the code “{code}” exists.").format(code=code), field="code")


def curious(by: User | None) -> bool:
    """Whether the person could learn anything: not who sees every customer anyway."""
    return by is not None and reach(by, "customers.see") is not Reach.ALL


def refuse_probing(by: User | None) -> None:
    """Refuse to say more to who asked too often within the hour."""
    if not curious(by):
        return
    count = Inquiry.objects.filter(user=by, hour=_this_hour()).values_list("asked", flat=True).first()
    if (count or 0) >= ASKED_AN_HOUR:
        raise Refused(
            _(
                "You have looked for duplicates very often; in an hour you can go on. Search finds what is yours."
            )
        )


@verb
def count_inquiry(*, by: User | None, missed: bool, asked: int = 1) -> None:
    """Count that somebody asked; the first to cross a day's measure of misses is made known to security."""
    if not curious(by):
        return
    assert by is not None
    row, _made = Inquiry.objects.get_or_create(user=by, hour=_this_hour())
    Inquiry.objects.filter(pk=row.pk).update(
        asked=F("asked") + asked, missed=F("missed") + (asked if missed else 0)
    )
    if not missed:
        return
    total = _of_a_day(by, "missed")
    if total - asked < MISSED_A_DAY <= total:
        guards = User.objects.active().filter(roles__contains=["security"])
        record(events.PROBED, by, by=None, count=total, notify=[*guards, *filter(None, [by.manager])])


def refuse_too_many_rows(by: User | None, rows: int) -> None:
    """A file with thousands of numbers asks as often; a day's measure holds for files too."""
    if curious(by) and by is not None and _of_a_day(by, "asked") + rows > ROWS_A_DAY:
        raise Refused(
            _("At most {n} rows a day; let sales operations import larger files.").format(n=f"{ROWS_A_DAY:,}")
        )


def _of_a_day(by: User, column: str) -> int:
    since = clock.now() - timedelta(days=1)
    total = Inquiry.objects.filter(user=by, hour__gt=since).aggregate(total=Sum(column))["total"]
    return int(total or 0)


def _this_hour() -> datetime:
    return clock.now().replace(minute=0, second=0, microsecond=0)

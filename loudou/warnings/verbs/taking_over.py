"""Taking warnings over from another house, with what people answered and what became of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline.models import Deal
from loudou.warnings import events
from loudou.warnings.models import EarlyWarning

State = EarlyWarning.State


@dataclass(frozen=True)
class WarningRow:
    """A warning as it is told: of which deal and sign, whose it was, how it was answered, how it ended."""

    deal: Deal
    sign: str
    owner: User
    raised_at: datetime
    unit_id: int | None = None
    amount: Decimal = Decimal(0)
    number: int = 0
    announced: bool = True
    since: datetime | None = None
    comes_at: datetime | None = None
    state: str = State.OPEN
    asked_at: datetime | None = None
    level: int = 0
    until: date | None = None
    reason: str = ""
    answered_at: datetime | None = None
    answered_by: User | None = None
    ended_at: datetime | None = None
    how: str = ""

    @property
    def values(self) -> dict[str, Any]:
        """The columns it fills."""
        return {**vars(self), "asked_at": self.asked_at or self.raised_at}


@verb
def import_warning(row: WarningRow, *, by: User | None) -> tuple[EarlyWarning, dict[str, Any] | None] | None:
    """Take a warning over; None when it is known as it is told.

    Of a sign that stands, the watch of this house may have warned already: that warning becomes the one that is told,
    and what it was comes back beside it. An ended one never changes. A dispute waits for a signature of the house it was
    raised in: what is disputed and stands waits for an answer again.
    """
    require(by, "exchange.import_history")
    values = row.values
    if row.ended_at is None and row.state == State.DISPUTED:
        values |= {"state": State.OPEN, "reason": "", "answered_at": None, "answered_by": None}
    _check(row)
    told = EarlyWarning.objects.filter(deal=row.deal, sign=row.sign)
    same = told.filter(raised_at=row.raised_at, announced=row.announced).first()
    if same is not None and not (_differs(same, values) and _differs(same, row.values)):
        return None
    if same is not None and (row.ended_at is not None or same.ended_at is not None):
        raise Refused(
            _("This warning stands otherwise already; what has ended does not change."), field="raised_at"
        )
    standing = told.standing().first() if row.ended_at is None else None
    if standing is not None:
        fresh = lock(standing)
        before = {name: getattr(fresh, name) for name in values if name != "deal"}
        record(events.TAKEN_OVER, row.deal, by=by, sign=row.sign)
        return _put(fresh, values), before
    made = EarlyWarning.objects.create(**values)
    record(events.TAKEN_OVER, row.deal, by=by, sign=row.sign)
    return made, None


@verb
def restore_warning(warning: EarlyWarning, *, before: dict[str, Any], by: User | None) -> EarlyWarning:
    """Let a warning be again what it was before an import told of it."""
    require(by, "exchange.import_history")
    fresh = lock(warning)
    record(events.GIVEN_BACK, fresh.deal, by=by, sign=fresh.sign)
    return _put(fresh, before)


@verb
def withdraw_warnings(keys: Collection[int], *, by: User | None) -> int:
    """Take back warnings an import brought; returns how many."""
    require(by, "exchange.import_history")
    rows = list(EarlyWarning.objects.filter(pk__in=keys).select_related("deal"))
    for row in rows:
        record(events.GIVEN_BACK, row.deal, by=by, sign=row.sign)
    EarlyWarning.objects.filter(pk__in=keys).delete()
    return len(rows)


def _check(row: WarningRow) -> None:
    if (row.ended_at is None) != (row.how == ""):
        raise Refused(_("What has ended says when and how; what stands says neither."), field="how")
    if row.ended_at is not None and row.ended_at < row.raised_at:
        raise Refused(_("It ended before it was raised."), field="ended_at")
    if not row.announced and row.ended_at is None:
        raise Refused(_("A problem that came without a warning has ended as it began."), field="announced")
    if row.state == State.SNOOZED and (row.until is None or not row.reason):
        raise Refused(_("What is put off says until when and why."), field="until")


def _differs(warning: EarlyWarning, values: dict[str, Any]) -> bool:
    return any(getattr(warning, name) != value for name, value in values.items())


def _put(warning: EarlyWarning, values: dict[str, Any]) -> EarlyWarning:
    for name, value in values.items():
        setattr(warning, name, value)
    warning.version += 1
    warning.save()
    return warning

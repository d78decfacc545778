"""Answering a warning: being done, put off with a reason, disputed with a reason; and a superior's word on a dispute."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.acts import refuse_others
from loudou.signoff.models import Request
from loudou.signoff.queries import stands_alone
from loudou.signoff.verbs import ask, send_back, sign
from loudou.warnings import events
from loudou.warnings.events import SIGNS
from loudou.warnings.models import EarlyWarning

ACT, JUDGE = "warnings.dispute", "warnings.judge"
LONGEST = timedelta(days=30)
State = EarlyWarning.State


@verb
def finish(warning: EarlyWarning, *, by: User, version: int | None = None) -> EarlyWarning:
    """Say that it is being seen to. A sign that still stands after a week is asked about again."""
    fresh = _to_answer(warning, by, version)
    _answer(fresh, State.DONE, by)
    record(events.DONE, fresh.deal, by=by, sign=fresh.sign)
    return fresh


@verb
def snooze(
    warning: EarlyWarning, *, until: date, reason: str, by: User, version: int | None = None
) -> EarlyWarning:
    """Put a warning off until a day within a month, saying why."""
    fresh = _to_answer(warning, by, version)
    today, reason = organisation().today, _why(reason)
    if not today < until <= today + LONGEST:
        raise Refused(_("Choose a day within the next 30 days."), field="until")
    _answer(fresh, State.SNOOZED, by, reason=reason, until=until)
    record(events.SNOOZED, fresh.deal, by=by, sign=fresh.sign, until=until, reason=reason)
    return fresh


@verb
def dispute(warning: EarlyWarning, *, reason: str, by: User, version: int | None = None) -> EarlyWarning:
    """Say why a warning does not hold; the owner's superior signs that it does not, or sends it back.

    Who has nobody above them answers for it alone.
    """
    fresh = _to_answer(warning, by, version)
    reason, deal = _why(reason), fresh.deal
    _answer(fresh, State.DISPUTED, by, reason=reason)
    record(events.DISPUTED, deal, by=by, sign=fresh.sign, reason=reason)
    if stands_alone(by, JUDGE):
        return _dismiss(fresh, by=by)
    ask(
        fresh,
        act=ACT,
        needs=JUDGE,
        url="warnings:confirm",
        by=by,
        owner=deal.owner,
        unit=deal.unit,
        payload={"warning": fresh.pk, "sign": fresh.sign},
        facts=[
            (gettext_lazy("Warning"), SIGNS[fresh.sign]),
            (gettext_lazy("Customer"), deal.customer_name),
            (gettext_lazy("Amount"), {"amount": str(deal.base_amount), "currency": _currency()}),
        ],
        reason=reason,
    )
    return fresh


@verb
def confirm_dispute(request: Request, *, opinion: str, by: User, version: int | None = None) -> EarlyWarning:
    """Accept a dispute with an opinion: the warning is shown no more and counts nowhere."""
    warning = _disputed(request)
    sign(request, opinion=opinion, by=by, version=version)
    return _dismiss(warning, by=by)


@verb
def refuse_dispute(request: Request, *, opinion: str, by: User, version: int | None = None) -> EarlyWarning:
    """Uphold a warning, saying why: it waits for an answer again."""
    warning = _disputed(request)
    send_back(request, opinion=opinion, by=by, version=version)
    if warning.is_standing:
        warning.state, warning.asked_at, warning.level = State.OPEN, clock.now(), 0
        warning.version += 1
        warning.save()
    record(
        events.UPHELD, warning.deal, by=by, sign=warning.sign, opinion=opinion, notify=[warning.deal.owner]
    )
    return warning


def _dismiss(warning: EarlyWarning, *, by: User) -> EarlyWarning:
    warning.state = State.DISMISSED
    warning.version += 1
    warning.save()
    record(events.DISMISSED, warning.deal, by=by, sign=warning.sign, notify=[warning.deal.owner])
    return warning


def _to_answer(warning: EarlyWarning, by: User, version: int | None) -> EarlyWarning:
    require(by, "warnings.answer", warning)
    fresh = lock(warning, version=version)
    if not fresh.is_standing:
        raise Refused(_("This warning has ended; there is nothing to answer any more."))
    if fresh.state in (State.DISPUTED, State.DISMISSED):
        raise Refused(_("This warning was disputed; the superior's word is awaited or given."))
    return fresh


def _answer(
    warning: EarlyWarning, state: str, by: User, *, reason: str = "", until: date | None = None
) -> None:
    warning.state, warning.reason, warning.until = state, reason, until
    warning.answered_at, warning.answered_by = clock.now(), by
    warning.level = 0
    warning.version += 1
    warning.save()


def _disputed(request: Request) -> EarlyWarning:
    refuse_others(request, ACT)
    return lock(EarlyWarning.objects.get(pk=request.subject_id))


def _why(reason: str) -> str:
    if not reason.strip():
        raise Refused(_("Say why."), field="reason")
    return reason.strip()[:300]


def _currency() -> str:
    return organisation().base_currency

"""How deals end, rest and come back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.journal.record import record, refuse_stale, verb
from loudou.kernel import clock
from loudou.kernel.money import Money
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.queries import organisation, spot_rate
from loudou.pipeline import events
from loudou.pipeline.models import Deal, Reason
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.verbs._asking import CLOSE_CHECK, ask_close_check, ask_reopen, ask_win
from loudou.pipeline.verbs._gates import GateShut, hold_at_gate
from loudou.pipeline.verbs._history import add_move, business_time, confirms, note_move, sane_amount
from loudou.pipeline.verbs._taking import (
    refuse_ended,
    refuse_unless_live,
    refuse_unless_open,
    take,
    withdraw_moot,
)
from loudou.pipeline.verbs.moving import Moved, last_spec, note_refusal
from loudou.signoff.models import Request

_EVENT = {Outcome.LOST: events.LOST, Outcome.CANCELLED: events.CANCELLED, Outcome.INVALID: events.INVALIDATED}
_REOPENABLE = (Outcome.LOST, Outcome.CANCELLED)


def win(
    deal: Deal,
    *,
    by: User | None,
    amount: Decimal | None = None,
    at: datetime | None = None,
    reason: str = "",
    version: int | None = None,
) -> Moved:
    """Win a deal from its last stage, all gates filled, at its final amount.

    Who may verify contracts (sales operations, finance) wins it at once; everybody else asks them to: won is
    triggered by a contract in effect (C7).
    """
    try:
        return _win(deal, by=by, amount=amount, at=at, reason=reason, version=version)
    except GateShut as shut:
        note_refusal(shut, by=by)
        raise


@verb
def _win(
    deal: Deal,
    *,
    by: User | None,
    amount: Decimal | None,
    at: datetime | None,
    reason: str,
    version: int | None,
) -> Moved:
    right = "pipeline.confirm_win" if may(by, "pipeline.confirm_win", deal) else "pipeline.close"
    fresh = take(deal, right, by=by)
    if fresh.outcome != Outcome.OPEN:
        refuse_ended(fresh, version, Outcome.WON)
    refuse_stale(fresh, version, {} if amount is None else {"amount": amount})
    final = sane_amount(fresh.amount if amount is None else amount)
    if by is not None and not confirms(by, fresh, "pipeline.confirm_win"):
        _refuse_unless_ripe(fresh)
        business_time(fresh, at, by)
        return Moved(fresh, ask_win(fresh, by=by, amount=final, at=at, reason=reason))
    return Moved(conclude_win(fresh, by=by, amount=final, at=at))


@verb
def conclude_win(
    deal: Deal, *, by: User | None, amount: Decimal, at: datetime | None = None, signed: Request | None = None
) -> Deal:
    """Write the win itself: its amount in the base currency is frozen at the rate of its day (B0.3)."""
    fresh = take(deal, "pipeline.confirm_win", by=by if signed is None else None)
    _refuse_unless_ripe(fresh)
    when = business_time(fresh, at, by, signed=signed)
    withdraw_moot(fresh, keep=signed)
    add_move(
        fresh,
        "won",
        by=by,
        when=when,
        amount=amount,
        currency=fresh.currency,
        base_amount=_at_event_rate(amount, fresh.currency, when.at),
    )
    record(
        events.WON,
        fresh,
        by=by,
        amount=Money(amount, fresh.currency),
        at=when.at,
        back_dated=when.back,
        request=signed.pk if signed else None,
        notify=[fresh.owner, *fresh.team.all(), *fresh.followers.all()],
    )
    return fresh


@verb
def lose(
    deal: Deal,
    *,
    by: User | None,
    code: Reason,
    review: str = "",
    lost_to: str = "",
    at: datetime | None = None,
    version: int | None = None,
) -> Deal:
    """Lose a deal, saying why and what was learned; a manager verifies it within three working days."""
    if code.asks_competitor and not lost_to.strip():
        raise Refused(_("Say to whom it was lost."), field="lost_to")
    return _close(
        deal, Outcome.LOST, by=by, code=code, review=review, lost_to=lost_to, at=at, version=version
    )


@verb
def cancel(
    deal: Deal,
    *,
    by: User | None,
    code: Reason,
    review: str = "",
    at: datetime | None = None,
    version: int | None = None,
) -> Deal:
    """Close a deal because the customer gave it up or never decided."""
    return _close(deal, Outcome.CANCELLED, by=by, code=code, review=review, at=at, version=version)


@verb
def invalidate(
    deal: Deal,
    *,
    by: User | None,
    code: Reason,
    review: str = "",
    at: datetime | None = None,
    version: int | None = None,
) -> Deal:
    """Take a deal out of every figure: a duplicate, created in error, or never a real need."""
    return _close(deal, Outcome.INVALID, by=by, code=code, review=review, at=at, version=version)


@verb
def verify_close(deal: Deal, *, by: User | None, signed: Request | None = None) -> Deal:
    """A manager confirms how the deal ended (战败核实)."""
    fresh = take(deal, "pipeline.confirm", by=by if signed is None else None)
    if fresh.closed_at is None or fresh.outcome == Outcome.WON or fresh.close_verified_at is not None:
        return fresh
    if signed is None and not confirms(by, fresh):
        raise Forbidden(_("Nobody signs for a record of their own; it goes one level up."))
    withdraw_moot(fresh, CLOSE_CHECK, keep=signed)
    fresh.close_verified_at = clock.now()
    fresh.version += 1
    fresh.save(update_fields=["close_verified_at", "version"])
    record(events.CLOSE_VERIFIED, fresh, by=by, request=signed.pk if signed else None, notify=[fresh.owner])
    return fresh


@verb
def reopen(
    deal: Deal, *, by: User | None, reason: str, at: datetime | None = None, version: int | None = None
) -> Moved:
    """Bring a lost or cancelled deal back to the stage it was closed from, within 180 days; a manager's right.

    Who lacks it asks for a signature. Later, a new deal is opened with this one as its predecessor.
    """
    right = "pipeline.reopen" if may(by, "pipeline.reopen", deal) else "pipeline.close"
    fresh = take(deal, right, by=by)
    refuse_ended(fresh, version, Outcome.OPEN)
    if not reason.strip():
        raise Refused(_("Say why the deal comes back."), field="reason")
    if by is not None and not confirms(by, fresh, "pipeline.reopen"):
        _refuse_unless_reopenable(fresh, business_time(fresh, at, by).at)
        return Moved(fresh, ask_reopen(fresh, by=by, reason=reason, at=at))
    return Moved(conclude_reopen(fresh, by=by, reason=reason, at=at))


@verb
def conclude_reopen(
    deal: Deal, *, by: User | None, reason: str, at: datetime | None = None, signed: Request | None = None
) -> Deal:
    """Write the reopening itself; what was asked for in time may be signed a little later."""
    fresh = take(deal, "pipeline.reopen", by=by if signed is None else None)
    when = business_time(fresh, at, by, signed=signed)
    _refuse_unless_reopenable(fresh, when.at if signed is None else signed.asked_at)
    fresh.review, fresh.lost_to, fresh.close_verified_at = "", "", None
    withdraw_moot(fresh, keep=signed)
    if fresh.owner.unit_id != fresh.unit_id:  # they came to another unit while it was closed
        note_move(fresh, "unit", by=None, when=when, owner=fresh.owner, unit=fresh.owner.unit)
    add_move(fresh, "reopen", by=by, when=when, stage=fresh.spec.stage, reason=reason.strip()[:500])
    record(
        events.REOPENED,
        fresh,
        by=by,
        reason=reason.strip(),
        at=when.at,
        back_dated=when.back,
        notify=[fresh.owner],
    )
    return fresh


@verb
def hold(
    deal: Deal,
    *,
    by: User | None,
    wake_on: date,
    reason: str,
    at: datetime | None = None,
    version: int | None = None,
) -> Deal:
    """Let a deal rest until a day, at most 90 days off; its time stands still and it counts in no coverage."""
    fresh = take(deal, "pipeline.close", by=by)
    refuse_ended(fresh, version, Outcome.ON_HOLD)
    if fresh.outcome == Outcome.ON_HOLD and fresh.wake_on == wake_on:
        return fresh
    refuse_unless_open(fresh)
    company = organisation()
    when = business_time(fresh, at, by)
    if not reason.strip():
        raise Refused(_("Say why the deal rests."), field="reason")
    if wake_on <= company.today:
        raise Refused(_("The day it wakes up must lie ahead."), field="wake_on")
    if (wake_on - when.at.astimezone(company.zone).date()).days > company.hold_days:
        raise Refused(
            _("A deal may rest at most {days} days.").format(days=company.hold_days), field="wake_on"
        )
    add_move(fresh, "hold", by=by, when=when, reason=reason.strip()[:500])
    fresh.wake_on = wake_on
    fresh.save(update_fields=["wake_on"])
    record(
        events.HELD, fresh, by=by, wake_on=wake_on, reason=reason.strip(), at=when.at, back_dated=when.back
    )
    return fresh


@verb
def resume(deal: Deal, *, by: User | None, at: datetime | None = None, version: int | None = None) -> Deal:
    """Take a resting deal up again; the job does it on the day it was to wake."""
    fresh = take(deal, "pipeline.close", by=by)
    refuse_ended(fresh, version, Outcome.OPEN)
    if fresh.outcome == Outcome.OPEN:
        return fresh
    refuse_unless_live(fresh)
    when = business_time(fresh, at, by)
    add_move(fresh, "resume", by=by, when=when)
    record(events.RESUMED, fresh, by=by, at=when.at, back_dated=when.back, notify=[fresh.owner])
    return fresh


def _close(
    deal: Deal,
    outcome: Outcome,
    *,
    by: User | None,
    code: Reason,
    review: str,
    at: datetime | None,
    version: int | None,
    lost_to: str = "",
) -> Deal:
    fresh = take(deal, "pipeline.close", by=by)
    refuse_ended(fresh, version, outcome)
    if not fresh.is_live:
        raise Refused(_("The deal is closed already."))
    if code.kind != outcome.value or code.retired_at is not None:
        raise Refused(_("Choose one of the reasons for this."), field="reason")
    if by is not None and not review.strip():
        raise Refused(_("Say what happened and what was learned from it."), field="review")
    when = business_time(fresh, at, by)
    withdraw_moot(fresh)
    add_move(fresh, outcome.value, by=by, when=when, reason_code=code, reason=review.strip()[:500])
    fresh.reason, fresh.review, fresh.lost_to = code, review.strip(), lost_to.strip()[:120]
    checked = confirms(by, fresh)
    fresh.close_verified_at = clock.now() if checked else None
    fresh.save(update_fields=["reason", "review", "lost_to", "close_verified_at"])
    said = {"reason": code.names, "review": fresh.review, "lost_to": fresh.lost_to}
    said |= {"amount": fresh.amount, "currency": fresh.currency}
    event = _EVENT[outcome]
    record(event, fresh, by=by, at=when.at, back_dated=when.back, notify=[fresh.owner], **said)
    if by is not None and not checked:
        ask_close_check(fresh, by=by, outcome=outcome, code=code)
    return fresh


def _refuse_unless_ripe(deal: Deal) -> None:
    """A deal is won from its last stage with its gate filled, and nothing owed to the gates behind."""
    refuse_unless_open(deal)
    last = last_spec(deal)
    if deal.spec.stage_id != last.stage_id:
        raise Refused(_("A deal is won from {stage}; take it there first.").format(stage=last), field="stage")
    hold_at_gate(deal, None)


def _refuse_unless_reopenable(deal: Deal, at: datetime) -> None:
    if deal.outcome not in _REOPENABLE or deal.closed_at is None:
        raise Refused(_("Only a lost or cancelled deal can be reopened."))
    limit = timedelta(days=organisation().reopen_days)
    if at - deal.closed_at > limit:
        sentence = _("It was closed more than {days} days ago; open a new deal that follows it.")
        raise Refused(sentence.format(days=limit.days))


def _at_event_rate(amount: Decimal, currency: str, when: datetime) -> Decimal:
    company = organisation()
    rate = spot_rate(currency, when.astimezone(company.zone).date())
    if rate is None:
        raise Refused(
            _("There is no rate for {currency} on that day.").format(currency=currency), field="currency"
        )
    return Money(amount, currency).into(company.base_currency, rate).amount

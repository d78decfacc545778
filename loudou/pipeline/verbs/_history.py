"""The only writer of moves, and of the states, visits and deal columns that follow from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.journal import channel
from loudou.journal.lines import Part, put, put_whole, write_back
from loudou.journal.record import record
from loudou.kernel import clock
from loudou.kernel.money import LARGEST, Money, minor_unit
from loudou.kernel.numbers import ZERO, rounded
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.queries import organisation, plan_rate
from loudou.pipeline import events
from loudou.pipeline.figures.deliveries import said, shares
from loudou.pipeline.figures.history import Fact, History, amount_jumps, off_funnel, pushes, unfold
from loudou.pipeline.models import Course, Deal, DeliveryPart, Move, StageSpec, State, Visit
from loudou.pipeline.models.deal import CLOSED, Outcome
from loudou.pipeline.queries.flags import thresholds
from loudou.pipeline.queries.funnels import order_in, spec_of
from loudou.pipeline.verbs import _hand
from loudou.pipeline.verbs._derived import (
    COURSE,
    DELIVERY,
    STATE,
    VISIT,
    Line,
    course_lines,
    delivery_lines,
    state_lines,
    visit_lines,
)
from loudou.pipeline.verbs._gates import recount
from loudou.signoff.models import Request
from loudou.signoff.queries import stands_alone


@dataclass(frozen=True)
class When:
    """The instant an act counts at, the one it is written at, and whether it is dated back further than is free."""

    at: datetime
    recorded_at: datetime
    back: bool = False


def add_move(deal: Deal, kind: str, *, by: User | None, when: When, **columns: Any) -> Move:
    """Write one fact about a locked deal and derive what follows; the deal in hand is brought up to date."""
    move = note_move(deal, kind, by=by, when=when, **columns)
    derive(deal)
    return move


def note_move(deal: Deal, kind: str, *, by: User | None, when: When, **columns: Any) -> Move:
    """Write one fact without deriving yet, for acts that write several."""
    deal.back_dated += when.back
    move = Move(
        deal=deal,
        kind=kind,
        at=when.at,
        recorded_at=when.recorded_at,
        known_at=when.recorded_at,
        by=by,
        channel=channel.current().channel,
        **columns,
    )
    put(move)
    _hand.note(deal, move)
    if deal.planned and move.amount is not None:
        _tell_deliveries(deal, move.amount, by)
    return move


def _tell_deliveries(deal: Deal, amount: Decimal, by: User | None) -> None:
    """Put on record that the parts a deal is delivered in follow the amount that becomes its own."""
    stated = [fact.plan for fact in _hand.past(deal) if fact.plan is not None]
    if not stated[-1] or amount == deal.amount:
        return
    unit = minor_unit(deal.currency)
    before, after = (said(shares(stated[-1], one, ZERO, unit=unit)) for one in (deal.amount, amount))
    record(events.DELIVERIES_FOLLOWED, deal, by=by, before=before, after=after)


def derive(deal: Deal) -> History:
    """Recompute one deal's states, visits and columns from its moves, and save it."""
    history = rebuild([deal])[deal.pk]
    touch(deal)
    return history


def touch(deal: Deal) -> None:
    """Save a deal as changed now, with what its gate holds now."""
    recount(deal)
    deal.version += 1
    deal.touched_at = max(deal.touched_at, clock.now())
    write_back(deal)
    _hand.let_go(deal)


def rebuild(deals: Sequence[Deal]) -> dict[int, History]:
    """Replace the states and visits of these deals by what their moves say and set the deals' columns, unsaved."""
    facts = _hand.pasts(deals)
    examples = {deal.funnel_id: deal for deal in deals}
    orders = {funnel: order_in(deal.funnel) for funnel, deal in examples.items()}
    histories: dict[int, History] = {}
    states: list[Line] = []
    visits: list[Line] = []
    ways: list[Line] = []
    deliveries: list[Line] = []
    planned = any(deal.planned for deal in deals)
    for deal in deals:
        history = unfold(facts[deal.pk], orders[deal.funnel_id])
        histories[deal.pk] = history
        settle(deal, history, facts[deal.pk], orders[deal.funnel_id])
        states += state_lines(deal, history)
        visits += visit_lines(deal, history)
        ways += course_lines(deal, history, orders[deal.funnel_id])
        deliveries += delivery_lines(deal, history)
    parts = [
        Part(State, STATE, "seq", states),
        Part(Visit, VISIT, "seq", visits),
        Part(Course, COURSE, "stage_id", ways),
    ]
    if planned or deliveries:
        parts.append(Part(DeliveryPart, DELIVERY, "seq", deliveries))
    put_whole("deal_id", [deal.pk for deal in deals if not _hand.is_new(deal)], parts)
    return histories


def settle(deal: Deal, history: History, facts: Sequence[Fact], order: Mapping[int, int]) -> None:
    """Set the deal's own columns to what its history says (unsaved); `order` is that of its funnel's stages."""
    now = history.now
    deal.spec = spec_of(deal.funnel_version_id, now.stage) or deal.spec
    deal.outcome = now.outcome
    deal.owner_id, deal.unit_id = now.owner, now.unit
    deal.amount, deal.currency, deal.base_amount = now.amount, now.currency, now.base_amount
    deal.expected_on, deal.probability, deal.category = now.expected_on, now.probability, now.category
    deal.closed_at = history.outcome_since if now.outcome in CLOSED else None
    deal.held_at = history.outcome_since if now.outcome == Outcome.ON_HOLD else None
    if now.outcome != Outcome.ON_HOLD:
        deal.wake_on = None
    if now.outcome not in (Outcome.LOST, Outcome.CANCELLED, Outcome.INVALID):
        deal.reason = None
    deal.planned = any(fact.plan is not None for fact in facts)
    deal.known_late = any(fact.known_at > fact.at for fact in facts)
    deal.reopen_count = sum(stay.entered_by == "reopen" for stay in history.stays)
    deal.backs = sum(stay.left_by == "back" for stay in history.stays)
    limits = thresholds()
    deal.pushes, deal.amount_jumps = pushes(facts), amount_jumps(facts, limits)
    stay = history.stays[-1]
    deal.stage_since = stay.entered_at
    held = timedelta(seconds=stay.held_seconds)
    deal.stage_warn_at = _days_after(deal.stage_since, deal.spec.warn_days, held)
    deal.stage_limit_at = _days_after(deal.stage_since, deal.spec.max_days, held)
    if deal.legacy and stay.entered_at <= deal.recorded_at:
        # Imported without its dates (C21): nobody knows since when it stands there.
        deal.stage_since = deal.stage_warn_at = deal.stage_limit_at = None
    deal.off_funnel = off_funnel(history, deal.created_at, order, limits)


def business_time(
    deal: Deal | None,
    at: datetime | None,
    by: User | None,
    *,
    owner: User | None = None,
    signed: Request | None = None,
) -> When:
    """The instant an act counts at: `at`, or now.

    Refused (B0.1): the future, before the deal's last move, and, without the right over somebody else's deal, more
    than 3 days back. `owner` is whose deal it becomes when there is none yet. For what was `signed` this was asked when
    the signature was: however late it comes, it is as far back as it was then. In a month whose books are closed it
    leaves what is frozen as it is and counts for targets in the open month (C20).
    """
    now = clock.now()
    facts = _hand.past(deal) if deal is not None else []
    last = facts[-1].at if facts else None
    if at is None:
        # Clocks of several machines differ a little; a deal's facts keep the order in which they were written.
        at = max(now, last) if last else now
        return When(at, at)
    company = organisation()
    if at > now:
        raise Refused(_("This lies in the future."), field="at")
    if last is not None and at < last:
        sentence = _("The deal's last event is of {when}; this must not lie before it.")
        raise Refused(sentence.format(when=f"{last.astimezone(company.zone):%Y-%m-%d %H:%M}"), field="at")
    back = (signed.asked_at if signed else now) - at > timedelta(days=company.back_date_days)
    if back and not signed and not _may_date_back(deal, by, owner):
        sentence = _("More than {days} days back must be entered by a superior of the owner.")
        raise Forbidden(sentence.format(days=company.back_date_days), field="at")
    return When(at, now, back)


def confirms(by: User | None, deal: Deal, right: str = "pipeline.confirm") -> bool:
    """Whether this person's own act on the deal counts as the superior's: with the right, and not on an own deal.

    Where nobody stands above an owner and nobody else has the right everywhere, the owner's word is the last one.
    """
    if by is None:
        return True
    return may(by, right, deal) and (by.pk != deal.owner_id or stands_alone(by, right))


def in_base(amount: Decimal, currency: str, at: datetime) -> Decimal:
    """An amount in the base currency at the plan rate in force; refused where no rate is known."""
    company = organisation()
    if currency == company.base_currency:
        return amount
    rate = plan_rate(currency, at.astimezone(company.zone).date())
    if rate is None:
        raise Refused(
            _(
                "There is no plan rate for {currency}; set one in the settings under currencies and rates."
            ).format(currency=currency),
            field="currency",
        )
    return Money(amount, currency).into(company.base_currency, rate).amount


def sane_amount(amount: Decimal, *, field: str = "amount") -> Decimal:
    """The amount, to the cent; refused where it cannot be meant."""
    if not amount.is_finite() or amount < 0:
        raise Refused(_("The amount must not be negative."), field=field)
    if amount > LARGEST:
        raise Refused(_("The amount is too large."), field=field)
    return rounded(amount)


def spec_named(deal: Deal, spec: StageSpec) -> StageSpec:
    """The stage asked for, as the deal's own version of the funnel has it."""
    found = spec_of(deal.funnel_version_id, spec.stage_id)
    if found is None:
        raise Refused(_("The deal's funnel has no such stage."), field="to")
    return found


def _may_date_back(deal: Deal | None, by: User | None, owner: User | None) -> bool:
    if deal is not None:
        return confirms(by, deal, "pipeline.back_date")
    if by is None:
        return True
    own = owner is not None and owner.pk == by.pk
    return may(by, "pipeline.back_date") and (not own or stands_alone(by, "pipeline.back_date"))


def _days_after(since: datetime | None, days: int | None, held: timedelta) -> datetime | None:
    return since + timedelta(days=days) + held if since is not None and days is not None else None

"""Moving a deal along its funnel: forward through the gate, over it with a signature, back with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from loudou.journal.record import record, verb
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import events
from loudou.pipeline.figures.gates import deviates
from loudou.pipeline.models import Deal, StageSpec
from loudou.pipeline.queries.funnels import next_spec, specs
from loudou.pipeline.queries.gates import standing
from loudou.pipeline.verbs._asking import PROBABILITY, PROMOTION, SKIP, WIN, ask_promotion, ask_skip
from loudou.pipeline.verbs._gates import GateShut, hold_at_gate
from loudou.pipeline.verbs._history import When, add_move, business_time, confirms, note_move, spec_named
from loudou.pipeline.verbs._taking import refuse_overtaken, refuse_unless_open, take, withdraw_moot
from loudou.signoff.models import Request

_STEPS = (PROMOTION, SKIP, WIN, PROBABILITY)  # what was asked for from where a deal no longer stands


@dataclass(frozen=True)
class Moved:
    """How an act ended: the deal as it now is, and the signature it waits for, if any."""

    deal: Deal
    request: Request | None = None


def move(
    deal: Deal,
    *,
    to: StageSpec,
    by: User | None,
    reason: str = "",
    at: datetime | None = None,
    version: int | None = None,
) -> Moved:
    """Take a deal to another stage: one forward through its gate, or any back with a reason.

    Forward it waits for a manager where the stage or the amount asks for it. A gate that lacks something, or a jump,
    raises `GateShut` or refuses; `skip` is the way over. The refusal itself is written down: what was tried counts.
    """
    try:
        return _move(deal, to=to, by=by, reason=reason, at=at, version=version)
    except GateShut as shut:
        note_refusal(shut, by=by)
        raise


@verb
def _move(
    deal: Deal, *, to: StageSpec, by: User | None, reason: str, at: datetime | None, version: int | None
) -> Moved:
    fresh = take(deal, "pipeline.move", by=by)
    refuse_overtaken(fresh, version, stage=(str(fresh.spec), str(to)))
    target = spec_named(fresh, to)
    refuse_unless_open(fresh)
    if target.stage_id == fresh.spec.stage_id:
        return Moved(fresh)
    if target.position < fresh.spec.position:
        return Moved(_step_back(fresh, target, by=by, reason=reason, at=at))
    following = next_spec(fresh.spec)
    if following is None or target.stage_id != following.stage_id:
        raise Refused(_("Stages are passed one by one; a jump needs a manager's signature."), field="to")
    hold_at_gate(fresh, target)
    if needs_confirmation(fresh, target) and by is not None and not confirms(by, fresh):
        business_time(fresh, at, by)
        return Moved(fresh, ask_promotion(fresh, to=target, by=by, reason=reason, at=at))
    return Moved(_promote(fresh, target, by=by, reason=reason, at=at))


@verb
def skip(
    deal: Deal,
    *,
    to: StageSpec,
    by: User | None,
    reason: str,
    at: datetime | None = None,
    version: int | None = None,
) -> Moved:
    """Pass a gate that lacks something, or jump stages, with a manager's right and a reason.

    Who lacks the right, or owns the deal, asks for a signature. What the skipped gates lack stays owed: the deal
    cannot be won before it is filled (C2). Where nothing would be skipped it is a move like any other.
    """
    fresh = take(deal, "pipeline.move", by=by)
    refuse_overtaken(fresh, version, stage=(str(fresh.spec), str(to)))
    target = spec_named(fresh, to)
    refuse_unless_open(fresh)
    if target.position <= fresh.spec.position:
        raise Refused(_("Only a stage further on can be skipped to."), field="to")
    if not reason.strip():
        raise Refused(_("Say why the gate is skipped; others will read it."), field="reason")
    if target == next_spec(fresh.spec) and standing(fresh, fresh.spec).gate.is_open:
        return _move(fresh, to=target, by=by, reason=reason, at=at, version=None)
    if by is not None and not confirms(by, fresh, "pipeline.skip"):
        business_time(fresh, at, by)
        return Moved(fresh, ask_skip(fresh, to=target, by=by, reason=reason, at=at))
    return Moved(_promote(fresh, target, by=by, reason=reason, at=at, skipping=True))


@verb
def step_back(deal: Deal, *, to: StageSpec, by: User | None, reason: str, at: datetime | None = None) -> Deal:
    """Take a deal back to an earlier stage: never blocked, and never taken back from its conversion, but explained."""
    fresh = take(deal, "pipeline.move", by=by)
    target = spec_named(fresh, to)
    refuse_unless_open(fresh)
    if target.position >= fresh.spec.position:
        raise Refused(_("This is not a step back."), field="to")
    return _step_back(fresh, target, by=by, reason=reason, at=at)


def _step_back(fresh: Deal, target: StageSpec, *, by: User | None, reason: str, at: datetime | None) -> Deal:
    if not reason.strip():
        raise Refused(_("Say why the deal goes back; that helps the next one."), field="reason")
    when = business_time(fresh, at, by)
    former = fresh.spec
    withdraw_moot(fresh, *_STEPS)
    _lapse(fresh, target, by=by, when=when)
    add_move(fresh, "enter", by=by, when=when, stage=target.stage, reason=reason.strip()[:500], backward=True)
    record(
        events.MOVED_BACK,
        fresh,
        by=by,
        from_stage=former.names,
        to_stage=target.names,
        reason=reason.strip(),
        at=when.at,
        back_dated=when.back,
        notify=[fresh.owner],
    )
    return fresh


@verb
def promote(
    deal: Deal,
    *,
    to: StageSpec,
    by: User | None,
    reason: str = "",
    at: datetime | None = None,
    skipping: bool = False,
    signed: Request | None = None,
) -> Deal:
    """Write the step itself, once nothing stands in its way: the last part of `move`, `skip` and `confirm`.

    Who `signed` may do so for one who is away, without a right of their own to the deal.
    """
    fresh = take(deal, "pipeline.move", by=by if signed is None else None)
    refuse_unless_open(fresh)
    if signed is not None and not skipping:
        hold_at_gate(fresh, to)  # evidence may have been withdrawn since it was asked for
    return _promote(fresh, to, by=by, reason=reason, at=at, skipping=skipping, signed=signed)


def _promote(
    fresh: Deal,
    to: StageSpec,
    *,
    by: User | None,
    reason: str,
    at: datetime | None,
    skipping: bool = False,
    signed: Request | None = None,
) -> Deal:
    when = business_time(fresh, at, by, signed=signed)
    former = fresh.spec
    over = max(to.position - former.position - 1, 0)
    fresh.skips += int(skipping)
    withdraw_moot(fresh, *_STEPS, keep=signed)
    _lapse(fresh, to, by=by, when=when)
    add_move(fresh, "enter", by=by, when=when, stage=to.stage, reason=reason.strip()[:500], skipped=over)
    record(
        events.SKIPPED if skipping else events.MOVED,
        fresh,
        by=by,
        from_stage=former.names,
        to_stage=to.names,
        reason=reason.strip(),
        skipped=over,
        amount=fresh.amount,
        currency=fresh.currency,
        at=when.at,
        back_dated=when.back,
        request=signed.pk if signed else None,
        notify=[fresh.owner],
    )
    return fresh


@verb
def note_refusal(shut: GateShut, *, by: User | None) -> None:
    """Write down that a gate held a deal back, and for want of what."""
    record(
        events.GATE_REFUSED,
        shut.deal,
        by=by,
        from_stage=shut.deal.spec.names,
        to_stage=shut.to.names if shut.to else "won",
        missing=[item.names for item in shut.missing],
    )


def needs_confirmation(deal: Deal, to: StageSpec) -> bool:
    """Whether a manager must confirm the entry: by the stage, or by an amount from its or the house's threshold on."""
    thresholds = [limit for limit in (to.confirm_amount, organisation().confirm_amount) if limit is not None]
    return to.confirm_entry or any(deal.base_amount >= limit for limit in thresholds)


def last_spec(deal: Deal) -> StageSpec:
    """The last stage of the deal's version, from which it is won."""
    return specs(deal.funnel_version_id)[-1]


def _lapse(deal: Deal, to: StageSpec, *, by: User | None, when: When) -> None:
    """A success rate of one's own that nobody would let stand at the new stage ends with the old one (M20)."""
    if deal.probability is not None and deviates(deal.probability, to.probability):
        note_move(deal, "probability", by=by, when=when, probability=None)
        deal.probability_reason = ""

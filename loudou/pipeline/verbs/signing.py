"""Signing what somebody asked for about a deal: the signature, and the act it permits, in one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.journal.record import lock, verb
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.pipeline.models import Deal, StageSpec
from loudou.pipeline.queries.funnels import spec_of
from loudou.pipeline.verbs import _asking as acts
from loudou.pipeline.verbs.closing import conclude_reopen, conclude_win, verify_close
from loudou.pipeline.verbs.dealing import touch_amount, touch_probability
from loudou.pipeline.verbs.moving import promote
from loudou.signoff.models import Request
from loudou.signoff.verbs import send_back, sign


@verb
def confirm(request: Request, *, opinion: str, by: User, version: int | None = None) -> Deal:
    """Sign a request about a deal with an opinion, and carry out what it asks for."""
    deal = lock(Deal.objects.get(pk=request.subject_id))
    signed = sign(request, opinion=opinion, by=by, version=version)
    if signed.act == acts.PROMOTION:
        return promote(deal, to=_target(deal, signed), by=by, reason=signed.opinion, signed=signed)
    if signed.act == acts.SKIP:
        target = _target(deal, signed)
        return promote(deal, to=target, by=by, reason=signed.reason, skipping=True, signed=signed)
    if signed.act == acts.AMOUNT:
        amount, currency = Decimal(signed.payload["amount"]), signed.payload["currency"]
        return touch_amount(deal, amount=amount, currency=currency, by=by, reason=signed.reason)
    if signed.act == acts.PROBABILITY:
        own = Decimal(signed.payload["probability"])
        return touch_probability(deal, probability=own, by=by, reason=signed.reason)
    if signed.act == acts.WIN:
        at = signed.payload.get("at")
        when = datetime.fromisoformat(at) if at else None
        return conclude_win(deal, by=by, amount=Decimal(signed.payload["amount"]), at=when, signed=signed)
    if signed.act == acts.CLOSE_CHECK:
        return verify_close(deal, by=by, signed=signed)
    if signed.act == acts.REOPEN:
        return conclude_reopen(deal, by=by, reason=signed.reason, signed=signed)
    raise Refused(_("This cannot be signed here."))


@verb
def refuse(request: Request, *, opinion: str, by: User, version: int | None = None) -> Deal:
    """Send a request about a deal back with an opinion; nothing changes but that it was answered."""
    send_back(request, opinion=opinion, by=by, version=version)
    return Deal.objects.get(pk=request.subject_id)


def _target(deal: Deal, request: Request) -> StageSpec:
    if request.payload["from"] != deal.spec.stage_id:
        raise Refused(_("The deal has moved since this was asked for."))
    target = spec_of(deal.funnel_version_id, request.payload["to"])
    if target is None:
        raise Refused(_("The deal's funnel has no such stage."))
    return target

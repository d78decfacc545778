"""Signing what somebody asked for about a deal: the signature, and the act it permits, in one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.catalog.models import Product
from loudou.journal.record import lock, verb
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.pipeline.models import Deal, StageSpec
from loudou.pipeline.queries.funnels import spec_of
from loudou.pipeline.verbs import _asking as acts
from loudou.pipeline.verbs.closing import conclude_reopen, conclude_win, verify_close
from loudou.pipeline.verbs.editing import touch_amount, touch_probability
from loudou.pipeline.verbs.lines import LineInput, write_lines
from loudou.pipeline.verbs.moving import promote
from loudou.signoff.acts import refuse_others
from loudou.signoff.models import Request
from loudou.signoff.verbs import send_back, sign


@verb
def confirm(request: Request, *, opinion: str, by: User, version: int | None = None) -> Deal:
    """Sign a request about a deal with an opinion, and carry out what it asks for."""
    carry_out = _ACTS.get(request.act)
    if carry_out is None:
        raise Refused(_("This cannot be signed here."))
    deal = lock(Deal.objects.get(pk=request.subject_id))
    return carry_out(deal, sign(request, opinion=opinion, by=by, version=version), by)


@verb
def refuse(request: Request, *, opinion: str, by: User, version: int | None = None) -> Deal:
    """Send a request about a deal back with an opinion; nothing changes but that it was answered."""
    refuse_others(request, *_ACTS)
    send_back(request, opinion=opinion, by=by, version=version)
    return Deal.objects.get(pk=request.subject_id)


def _promote(deal: Deal, signed: Request, by: User) -> Deal:
    at, to = _instant(signed), _target(deal, signed)
    return promote(deal, to=to, by=by, reason=signed.opinion, at=at, signed=signed)


def _skip(deal: Deal, signed: Request, by: User) -> Deal:
    at, to = _instant(signed), _target(deal, signed)
    return promote(deal, to=to, by=by, reason=signed.reason, at=at, skipping=True, signed=signed)


def _set_amount(deal: Deal, signed: Request, by: User) -> Deal:
    asked = signed.payload
    if "lines" in asked:
        return write_lines(deal, lines=_lines(signed), by=by, reason=signed.reason)
    amount = Decimal(asked["amount"])
    return touch_amount(deal, amount=amount, currency=asked["currency"], by=by, reason=signed.reason)


def _set_probability(deal: Deal, signed: Request, by: User) -> Deal:
    own = Decimal(signed.payload["probability"])
    return touch_probability(deal, probability=own, by=by, reason=signed.reason)


def _win(deal: Deal, signed: Request, by: User) -> Deal:
    amount = Decimal(signed.payload["amount"])
    return conclude_win(deal, by=by, amount=amount, at=_instant(signed), signed=signed)


def _verify(deal: Deal, signed: Request, by: User) -> Deal:
    return verify_close(deal, by=by, signed=signed)


def _reopen(deal: Deal, signed: Request, by: User) -> Deal:
    return conclude_reopen(deal, by=by, reason=signed.reason, at=_instant(signed), signed=signed)


_ACTS: dict[str, Callable[[Deal, Request, User], Deal]] = {
    acts.PROMOTION: _promote,
    acts.SKIP: _skip,
    acts.AMOUNT: _set_amount,
    acts.PROBABILITY: _set_probability,
    acts.WIN: _win,
    acts.CLOSE_CHECK: _verify,
    acts.REOPEN: _reopen,
}


def _target(deal: Deal, signed: Request) -> StageSpec:
    if signed.payload["from"] != deal.spec.stage_id:
        raise Refused(_("The deal has moved since this was asked for."))
    target = spec_of(deal.funnel_version_id, signed.payload["to"])
    if target is None:
        raise Refused(_("The deal's funnel has no such stage."))
    return target


def _instant(signed: Request) -> datetime | None:
    at = signed.payload.get("at")
    return datetime.fromisoformat(at) if at else None


def _lines(signed: Request) -> list[LineInput]:
    kept = signed.payload["lines"]
    products = Product.objects.in_bulk([product for product, *_rest in kept])
    return [
        LineInput(products[product], Decimal(quantity), Decimal(price), record)
        for product, quantity, price, record in kept
    ]

"""What can be done to a deal: each verb a POST, with exactly the rules of the page.

An act that now waits for somebody's signature answers 202 with the request; one that a gate forbids 422 with code
`gate_shut`, and `GET /deals/{id}/gate` lists what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from django.utils.translation import gettext_noop as _
from ninja import Router, Status
from pydantic import Field

from loudou.exchange.api.deals.records import DealDetail, Waiting, settled, told
from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.people import named_person
from loudou.exchange.api.rows import there
from loudou.exchange.api.shapes import VERSIONED, Amount, Day, In, Instant, Key, Reason, Version
from loudou.people.access import fetch
from loudou.pipeline import models, verbs
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.funnels import spec_by_name

router = Router(tags=["deals"])
Settled = DealDetail | Status[Waiting]
BOTH = {200: DealDetail, 202: Waiting}
Word = Annotated[str, Field(min_length=1, max_length=60)]


class Act(In):
    version: Version | None = None
    at: Annotated[Instant | None, Field(description="When it happened, if not now.")] = None


class Moving(Act):
    to: Annotated[Word, Field(description="A stage by its code or its name in any language.")]
    reason: Reason = ""


class Winning(Act):
    amount: Amount | None = None
    reason: Reason = ""


class Closing(Act):
    reason: Annotated[Word, Field(description="A reason's code; GET /reasons lists them.")]
    review: Annotated[str, Field(max_length=5000)] = ""


class Losing(Closing):
    lost_to: Annotated[str, Field(max_length=120)] = ""


class Reopening(Act):
    reason: Reason


class Holding(Act):
    wake_on: Day
    reason: Reason


class HandingOver(In):
    version: Version | None = None
    owner: Key
    reason: Reason


class Verifying(In):
    pass


@router.post(
    "/deals/{int:id}/move", response=BOTH, summary=_("Move to another stage"), openapi_extra=VERSIONED
)
def move(request: Call, id: Key, body: Moving) -> Settled:
    """One forward through the gate, or any back with a reason."""
    return _moved(verbs.move, request, id, body)


@router.post(
    "/deals/{int:id}/skip",
    response=BOTH,
    summary=_("Pass a gate that lacks something"),
    openapi_extra=VERSIONED,
)
def skip(request: Call, id: Key, body: Moving) -> Settled:
    """Or jump stages: with a manager's right and a reason; others ask for a signature."""
    return _moved(verbs.skip, request, id, body)


@router.post("/deals/{int:id}/win", response=BOTH, summary=_("Win"), openapi_extra=VERSIONED)
def win(request: Call, id: Key, body: Winning) -> Settled:
    """From the last stage, gates filled, at the final amount; who may not verify contracts asks for it."""
    deal = fetch(request.user, Deal, id)
    done = verbs.win(
        deal,
        by=request.user,
        amount=body.amount,
        at=body.at,
        reason=body.reason,
        version=sent_version(request, body.version),
    )
    return settled(request, done.deal, [done.request] if done.request else [])


@router.post("/deals/{int:id}/lose", response=DealDetail, summary=_("Lose"), openapi_extra=VERSIONED)
def lose(request: Call, id: Key, body: Losing) -> DealDetail:
    """With a reason and what was learned; a manager verifies it."""
    return _closed(verbs.lose, "lost", request, id, body, lost_to=body.lost_to)


@router.post(
    "/deals/{int:id}/cancel",
    response=DealDetail,
    summary=_("Cancelled by the customer"),
    openapi_extra=VERSIONED,
)
def cancel(request: Call, id: Key, body: Closing) -> DealDetail:
    """Given up or never decided."""
    return _closed(verbs.cancel, "cancelled", request, id, body)


@router.post(
    "/deals/{int:id}/invalidate", response=DealDetail, summary=_("Declare invalid"), openapi_extra=VERSIONED
)
def invalidate(request: Call, id: Key, body: Closing) -> DealDetail:
    """A duplicate, created in error, or never a real need: out of every figure."""
    return _closed(verbs.invalidate, "invalid", request, id, body)


@router.post("/deals/{int:id}/verify-close", response=DealDetail, summary=_("Verify how a deal ended"))
def verify_close(request: Call, id: Key, body: Verifying) -> DealDetail:
    """A manager's confirmation of a loss (战败核实)."""
    return told(request, verbs.verify_close(fetch(request.user, Deal, id), by=request.user))


@router.post("/deals/{int:id}/reopen", response=BOTH, summary=_("Reopen"), openapi_extra=VERSIONED)
def reopen(request: Call, id: Key, body: Reopening) -> Settled:
    """A lost or cancelled deal, within 180 days; a manager's right, others ask for a signature."""
    deal = fetch(request.user, Deal, id)
    version = sent_version(request, body.version)
    done = verbs.reopen(deal, by=request.user, reason=body.reason, at=body.at, version=version)
    return settled(request, done.deal, [done.request] if done.request else [])


@router.post("/deals/{int:id}/hold", response=DealDetail, summary=_("Let rest"), openapi_extra=VERSIONED)
def hold(request: Call, id: Key, body: Holding) -> DealDetail:
    """Until a day at most 90 days off."""
    deal = fetch(request.user, Deal, id)
    version = sent_version(request, body.version)
    held = verbs.hold(
        deal, by=request.user, wake_on=body.wake_on, reason=body.reason, at=body.at, version=version
    )
    return told(request, held)


@router.post(
    "/deals/{int:id}/resume", response=DealDetail, summary=_("Take up again"), openapi_extra=VERSIONED
)
def resume(request: Call, id: Key, body: Act) -> DealDetail:
    deal = fetch(request.user, Deal, id)
    version = sent_version(request, body.version)
    return told(request, verbs.resume(deal, by=request.user, at=body.at, version=version))


@router.post(
    "/deals/{int:id}/hand-over", response=DealDetail, summary=_("Hand over"), openapi_extra=VERSIONED
)
def hand_over(request: Call, id: Key, body: HandingOver) -> DealDetail:
    """To another owner, whose unit it joins."""
    deal = fetch(request.user, Deal, id)
    owner = named_person(request.user, body.owner, "owner")
    version = sent_version(request, body.version)
    handed = verbs.hand_over(deal, owner=owner, by=request.user, reason=body.reason, version=version)
    return told(request, handed)


def _moved(verb: Callable[..., verbs.Moved], request: Call, id: Key, body: Moving) -> Settled:
    deal = fetch(request.user, Deal, id)
    done = verb(
        deal,
        to=there(spec_by_name(deal.funnel_version_id, body.to), "to"),
        by=request.user,
        reason=body.reason,
        at=body.at,
        version=sent_version(request, body.version),
    )
    return settled(request, done.deal, [done.request] if done.request else [])


def _closed(
    verb: Callable[..., Deal], kind: str, request: Call, id: Key, body: Closing, **more: str
) -> DealDetail:
    deal = fetch(request.user, Deal, id)
    closed = verb(
        deal,
        by=request.user,
        code=there(models.Reason.objects.filter(kind=kind, code=body.reason).first(), "reason"),
        review=body.review,
        at=body.at,
        version=sent_version(request, body.version),
        **more,
    )
    return told(request, closed)

"""The past of a deal: its moves and signatures; and who follows it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.utils.translation import gettext_noop as _
from ninja import Query, Router
from pydantic import Field

from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.shapes import Asked, In, Key, Money, Out, Page, PersonRef, Ratio, When, person_ref
from loudou.exchange.api.signatures import RequestPage, RequestRow, request_page
from loudou.people.access import fetch
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Move
from loudou.pipeline.queries.history import plan_of
from loudou.signoff.models import Request

router = Router(tags=["deals"])


class PlannedDelivery(Out):
    due_on: date
    amount: Money


class MoveRow(Out):
    id: int
    kind: str
    at: When
    recorded_at: When
    known_at: When
    by: PersonRef | None
    channel: str
    stage: str | None
    amount: Money | None
    currency: str
    base_amount: Money | None
    expected_on: date | None
    owner: PersonRef | None
    probability: Ratio | None
    category: str
    reason_code: str | None
    reason: str
    skipped: int
    backward: bool
    deliveries: list[PlannedDelivery] | None


class MovePage(Page[MoveRow]):
    pass


class Following(In):
    user: Annotated[Key | None, Field(description="A colleague; oneself if left out.")] = None


class Followers(Out):
    items: list[PersonRef]


@router.get("/deals/{int:id}/moves", response=MovePage, summary=_("The facts of its past"))
def list_moves(request: Call, id: Key, asked: Query[Asked]) -> Page[MoveRow]:
    """In the order of their business time `at`."""
    rows = Move.objects.filter(deal=fetch(request.user, Deal, id))
    shown = ("by", "stage", "owner", "reason_code")
    return page(
        request,
        rows,
        asked,
        MovePage,
        order=("at", "id"),
        load=lambda keys: Move.objects.filter(pk__in=keys).select_related(*shown),
        shape=move_row,
    )


@router.get("/deals/{int:id}/requests", response=RequestPage, summary=_("Requests for a signature on it"))
def list_deal_requests(request: Call, id: Key, asked: Query[Asked]) -> Page[RequestRow]:
    return request_page(request, Request.objects.about(fetch(request.user, Deal, id)), asked)


@router.get("/deals/{int:id}/followers", response=Followers, summary=_("Who follows it"))
def list_followers(request: Call, id: Key) -> Followers:
    people = fetch(request.user, Deal, id).followers.order_by("name_key", "id")
    return Followers(items=[person_ref(user) for user in people])


@router.post("/deals/{int:id}/follow", response=Followers, summary=_("Follow, or let a colleague follow"))
def follow(request: Call, id: Key, body: Following) -> Followers:
    deal = fetch(request.user, Deal, id)
    user = named_person(request.user, body.user, "user") or request.user
    verbs.follow(deal, user=user, by=request.user)
    return list_followers(request, id)


@router.post("/deals/{int:id}/unfollow", response=Followers, summary=_("Stop following"))
def unfollow(request: Call, id: Key, body: Following) -> Followers:
    deal = fetch(request.user, Deal, id)
    user = named_person(request.user, body.user, "user") or request.user
    verbs.unfollow(deal, user=user, by=request.user)
    people = deal.followers.order_by("name_key", "id")
    return Followers(items=[person_ref(user) for user in people])


def move_row(move: Move) -> MoveRow:
    return MoveRow(
        id=move.pk,
        kind=move.kind,
        at=move.at,
        recorded_at=move.recorded_at,
        known_at=move.known_at,
        by=person_ref(move.by),
        channel=move.channel,
        stage=move.stage.code if move.stage else None,
        amount=move.amount,
        currency=move.currency,
        base_amount=move.base_amount,
        expected_on=move.expected_on,
        owner=person_ref(move.owner),
        probability=move.probability,
        category=move.category,
        reason_code=move.reason_code.code if move.reason_code else None,
        reason=move.reason,
        skipped=move.skipped,
        backward=move.backward,
        deliveries=_planned(move),
    )


def _planned(move: Move) -> list[PlannedDelivery] | None:
    parts = plan_of(move.plan)
    return None if parts is None else [PlannedDelivery(due_on=day, amount=amount) for day, amount in parts]

"""A request is answered by the room that asked and by no other, which would take its subject for one of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loudou.daylog import verbs as daylog
from loudou.exchange import verbs as exchange
from loudou.exchange.api.signatures import _ROOMS
from loudou.fieldwork import verbs as fieldwork
from loudou.forms import verbs as forms
from loudou.kernel.refusals import Refused
from loudou.pipeline import verbs as pipeline
from loudou.reviews import verbs as reviews
from loudou.signoff import verbs as signoff
from loudou.signoff.models import Request
from loudou.targets import verbs as targets
from loudou.warnings import verbs as warnings
from tests.world import World

OPINION = "看过了，情况属实，请按计划继续推进"
ANSWERS: dict[str, tuple[Callable[..., Any], ...]] = {
    "daylog": (daylog.confirm, daylog.refuse),
    "exchange": (exchange.confirm_export, exchange.refuse_export),
    "fieldwork": (fieldwork.confirm_visit, fieldwork.refuse_visit),
    "forms": (forms.confirm_form, forms.refuse_form, forms.confirm_record, forms.refuse_record),
    "pipeline": (pipeline.confirm, pipeline.refuse),
    "reviews": (reviews.confirm_pack, reviews.refuse_pack),
    "signoff": (signoff.confirm, signoff.refuse),
    "targets": (targets.confirm_target, targets.refuse_target),
    "warnings": (warnings.confirm_dispute, warnings.refuse_dispute),
}


def _requests() -> list[Request]:
    world = World()
    return [world.request, world.pack_request, world.dispute, world.visit_request, world.form_request]


def _room(request: Request) -> str:
    return request.act.partition(".")[0]


@pytest.mark.django_db
@pytest.mark.parametrize("room", ANSWERS)
def test_a_verb_refuses_what_another_room_asked_for(room: str) -> None:
    for asked in _requests():
        if _room(asked) == room:
            continue
        signer = asked.signer
        for verb in ANSWERS[room]:
            with pytest.raises(Refused, match="不能在这里签"):
                verb(asked, opinion=OPINION, by=signer or asked.asker)
        asked.refresh_from_db()
        assert asked.state == Request.State.WAITING


@pytest.mark.django_db
def test_another_rooms_address_is_no_way_to_answer() -> None:
    for asked in _requests():
        client = Client()
        client.force_login(asked.signer or asked.asker)
        for room in ANSWERS:
            for name in ("confirm", "refuse"):
                if room != _room(asked):
                    address = reverse(f"{room}:{name}", args=[asked.pk])
                    assert client.post(address, {"opinion": OPINION}).status_code == 404, (room, asked.act)
        asked.refresh_from_db()
        assert asked.state == Request.State.WAITING


def test_every_room_that_asks_is_answered_over_the_api() -> None:
    assert set(_ROOMS) == set(ANSWERS)

"""Doors of reports and meetings: writers hand in their own, superiors read, who leads a unit calls its meetings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from loudou.kernel import clock
from tests.doors import Door
from tests.world import World


def _pack(world: World) -> list[Any]:
    return [world.pack.pk]


def _draft(world: World) -> list[Any]:
    return [world.draft.pk]


def _meeting(world: World) -> list[Any]:
    return [world.meeting.pk]


def _request(world: World) -> list[Any]:
    return [world.pack_request.pk]


#            anon own col out man dir ops fin con adm sec aud
SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"
PACK = "302 200 404 404 200 200 200 200 200 404 404 200"
DRAFT = "302 200 404 404 404 404 404 404 404 404 404 404"
WRITING = "302 200 200 200 200 200 403 403 403 403 403 403"
SIGNING = "302 422 404 404 422 422 422 422 404 404 404 422"
CALLING = "302 403 403 403 200 200 200 403 403 403 403 403"
MEETING = "302 200 200 404 200 200 200 200 200 404 404 200"
LEADING = "302 403 403 404 302 302 302 403 403 404 404 403"

DOORS = [
    Door("reviews:packs", SEEING),
    Door("reviews:open", WRITING),
    Door("reviews:open", WRITING.replace("200", "422"), method="POST"),
    Door("reviews:pack", PACK, args=_pack),
    Door("reviews:pack", DRAFT, args=_draft),
    Door(
        "reviews:pack",
        DRAFT.replace("302 200", "302 302"),
        args=_draft,
        method="POST",
        data=lambda world: {"causes": "少"},
    ),
    Door("reviews:refresh", DRAFT.replace("302 200", "302 302"), args=_draft, method="POST"),
    Door("reviews:hand_in", DRAFT.replace("302 200", "302 422"), args=_draft, method="POST"),
    Door("reviews:pack_pdf", PACK, args=_pack, method="POST"),
    Door("reviews:confirm", SIGNING, args=_request, method="POST"),
    Door("reviews:refuse", SIGNING, args=_request, method="POST"),
    Door("reviews:meetings", SEEING),
    Door("reviews:plan_meeting", CALLING),
    Door("reviews:plan_meeting", CALLING.replace("200", "422"), method="POST"),
    Door("reviews:meeting", MEETING, args=_meeting),
    Door(
        "reviews:meeting",
        LEADING,
        args=_meeting,
        method="POST",
        data=lambda world: {
            "minutes": "先看红灯",
            "todo-TOTAL_FORMS": "1",
            "todo-INITIAL_FORMS": "0",
            "todo-0-what": "走访两家",
            "todo-0-owner": world.cast.chenan.pk,
            "todo-0-due_on": str(clock.now().date() + timedelta(days=7)),
        },
    ),
    Door("reviews:refresh_agenda", LEADING, args=_meeting, method="POST"),
    Door(
        "reviews:cancel_meeting", LEADING, args=_meeting, method="POST", data=lambda world: {"reason": "出差"}
    ),
    Door("reviews:minutes_pdf", MEETING, args=_meeting, method="POST"),
]

"""Doors of field work: reps see their own, managers their branch, everybody in the house by role."""

from __future__ import annotations

from datetime import timedelta

from loudou.fieldwork.verbs import open_feed
from loudou.kernel import clock
from loudou.people.queries import organisation
from tests.doors import Door
from tests.world import World


def _activity(world: World) -> list[int]:
    return [world.activity.pk]


# anonymous owner colleague outsider manager director operations finance control admin security auditor
SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"
OF_DEAL = "302 200 404 404 200 200 200 200 200 404 404 200"

ANSWERING = "302 200 200 200 200 200 200 200 200 200 200 403"
OWN_VISIT = "302 {} 404 404 403 403 403 403 403 404 404 403"
SIGNING = "302 403 404 404 302 302 403 403 404 404 404 403"


def _call(world: World) -> list[int]:
    return [world.call.pk]


def _visit(world: World) -> list[int]:
    return [world.visit.pk]


def _made(world: World) -> list[int]:
    return [world.visit_made.pk]


def _asked(world: World) -> list[int]:
    return [world.visit_request.pk]


DOORS = [
    Door("fieldwork:list", SEEING),
    Door("fieldwork:log", "302 200 200 200 200 200 200 403 403 403 403 403"),
    Door(
        "fieldwork:log",
        "302 302 422 422 302 302 302 403 403 403 403 403",
        method="POST",
        data=lambda world: {"kind": "call", "at": world.activity.at.isoformat(), "deal": world.deal.pk},
    ),
    Door("fieldwork:activity", OF_DEAL, args=_activity),
    Door("fieldwork:edit", "302 200 404 404 200 200 200 403 403 404 404 403", args=_activity),
    Door("fieldwork:annul", "302 200 404 404 200 200 200 403 200 404 404 403", args=_activity),
    Door("fieldwork:calls", "200"),
    Door("fieldwork:take_call", ANSWERING),
    Door(
        "fieldwork:take_call",
        "302 302 302 302 302 302 302 302 302 302 302 403",
        method="POST",
        data=lambda world: {
            **{"caller_text": "王工", "matter": "问价", "reply": "已答"},
            "at": world.call.at.astimezone(organisation().zone).strftime("%Y-%m-%dT%H:%M"),
        },
    ),
    Door("fieldwork:callers", ANSWERING, query="?caller_text=许明"),
    Door("fieldwork:call", OF_DEAL, args=_call),
    Door("fieldwork:call_card", OF_DEAL, args=_call, method="POST"),
    Door("fieldwork:annul_call", "302 200 404 404 200 200 200 403 200 404 404 403", args=_call),
    Door("fieldwork:of_deal", OF_DEAL, args=lambda world: [world.deal.pk]),
    Door("fieldwork:of_customer", OF_DEAL, args=lambda world: [world.customer.pk]),
    Door("fieldwork:agenda", SEEING),
    Door("fieldwork:today", SEEING),
    Door("fieldwork:feed", SEEING),
    Door("fieldwork:feed", SEEING, method="POST"),
    Door(
        "fieldwork:calendar",
        "200 200 200 200 200 200 200 200 200 200 200 200",
        args=lambda world: [open_feed(by=world.cast.chenan)],
    ),
    Door("fieldwork:contact_plan", SEEING),
    Door("fieldwork:contact_plan_file", SEEING, args=lambda world: ["xlsx"], method="POST"),
    Door("fieldwork:cadence", "302 403 403 403 403 403 200 403 403 200 403 403"),
    Door(
        "fieldwork:cadence",
        "302 403 403 403 403 403 302 403 403 302 403 403",
        method="POST",
        data=lambda world: {"vip-0": "10"},
    ),
    Door("fieldwork:visits", SEEING),
    Door("fieldwork:plan_visit", "302 200 200 200 200 200 403 403 403 403 403 403"),
    Door(
        "fieldwork:plan_visit",
        "302 302 422 422 302 302 403 403 403 403 403 403",
        method="POST",
        data=lambda world: {
            "customer": world.customer.pk,
            "starts_at": (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
            "method": "on_site",
        },
    ),
    Door("fieldwork:begin_emergency", "302 200 200 200 200 200 403 403 403 403 403 403"),
    Door("fieldwork:consent", "302 200 200 200 200 200 403 403 403 403 403 403"),
    Door("fieldwork:consent", "302 302 302 302 302 302 403 403 403 403 403 403", method="POST"),
    Door("fieldwork:visit", OF_DEAL, args=_visit),
    Door("fieldwork:edit_visit", OWN_VISIT.format(200), args=_visit),
    Door("fieldwork:cancel_visit", OWN_VISIT.format(200), args=_visit),
    Door("fieldwork:submit_visit", OWN_VISIT.format(422), args=_visit, method="POST"),
    Door("fieldwork:start_visit", OWN_VISIT.format(422), args=_visit, method="POST"),
    Door("fieldwork:record_visit", OWN_VISIT.format(200), args=_made),
    Door(
        "fieldwork:review_visit",
        "302 403 404 404 422 422 403 403 403 404 404 403",
        args=_made,
        method="POST",
        data=lambda world: {"opinion": "预算问清了，样件周一要到"},
    ),
    Door(
        "fieldwork:take_place", "302 403 404 404 422 422 403 403 403 404 404 403", args=_made, method="POST"
    ),
    Door("fieldwork:visit_report", OF_DEAL, args=_made),
    Door("fieldwork:visit_report_pdf", OF_DEAL, args=_made, method="POST"),
    Door(
        "fieldwork:visit_file",
        "302 200 404 404 200 200 200 200 200 404 404 200",
        args=lambda world: [world.visit_file.pk],
    ),
    Door(
        "fieldwork:confirm",
        SIGNING,
        args=_asked,
        method="POST",
        data=lambda world: {"opinion": "可以去，先问清预算来源"},
    ),
    Door(
        "fieldwork:refuse",
        SIGNING,
        args=_asked,
        method="POST",
        data=lambda world: {"opinion": "目标太空，写清要拿到什么"},
    ),
]

"""Doors of field work: reps see their own, managers their branch, everybody in the house by role."""

from __future__ import annotations

from tests.doors import Door
from tests.world import World


def _activity(world: World) -> list[int]:
    return [world.activity.pk]


# anonymous owner colleague outsider manager director operations finance control admin security auditor
SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"
OF_DEAL = "302 200 404 404 200 200 200 200 200 404 404 200"

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
    Door("fieldwork:of_deal", OF_DEAL, args=lambda world: [world.deal.pk]),
    Door("fieldwork:of_customer", OF_DEAL, args=lambda world: [world.customer.pk]),
]

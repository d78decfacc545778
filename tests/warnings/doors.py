"""Doors of early warnings: they are seen with their deals, answered by who works on these, decided by superiors."""

from __future__ import annotations

from datetime import timedelta

from loudou.kernel import clock
from tests.doors import Door
from tests.world import World


def _warning(world: World) -> list[int]:
    return [world.warning.pk]


def _dispute(world: World) -> list[int]:
    return [world.dispute.pk]


#          anon own col out man dir ops fin con adm sec aud
SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"
ANSWERING = "302 200 404 404 200 200 200 403 403 404 404 403"
DONE = "302 302 404 404 302 302 302 403 403 404 404 403"
SIGNING = "302 422 404 404 422 422 422 422 404 404 404 422"

DOORS = [
    Door("warnings:list", SEEING),
    Door("warnings:prevention", SEEING),
    Door("warnings:warning", "302 200 404 404 200 200 200 200 200 404 404 200", args=_warning),
    Door("warnings:done", DONE, args=_warning, method="POST"),
    Door("warnings:snooze", ANSWERING, args=_warning),
    Door(
        "warnings:snooze",
        DONE,
        args=_warning,
        method="POST",
        data=lambda world: {"until": str(clock.now().date() + timedelta(days=9)), "reason": "客户停产检修"},
    ),
    Door("warnings:dispute", ANSWERING, args=_warning),
    Door("warnings:dispute", DONE, args=_warning, method="POST", data=lambda world: {"reason": "已约定下月"}),
    Door("warnings:confirm", SIGNING, args=_dispute, method="POST"),
    Door("warnings:refuse", SIGNING, args=_dispute, method="POST"),
]

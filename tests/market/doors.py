"""Doors of the market: who sees its units sees its picture and walks; leaders record their own."""

from __future__ import annotations

from tests.doors import Door
from tests.world import World

#            anon own col out man dir ops fin con adm sec aud
SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"
LEADING = "302 403 403 403 200 200 403 403 403 403 403 403"
WALK = "302 404 404 404 200 200 200 200 200 404 404 200"  # of wumin's


def _walk(world: World) -> list[int]:
    return [world.walk.pk]


DOORS = [
    Door("market:picture", SEEING),
    Door("market:picture_file", SEEING, args=lambda world: ["xlsx"], method="POST"),
    Door("market:walks", SEEING),
    Door("market:walks_file", SEEING, args=lambda world: ["xlsx"], method="POST"),
    Door("market:record", LEADING),
    Door("market:record", LEADING.replace("200", "422"), method="POST"),
    Door("market:walk", WALK, args=_walk),
    Door(
        "market:annul",
        "302 404 404 404 302 302 302 403 403 404 404 403",
        args=_walk,
        method="POST",
        data=lambda world: {"reason": "写错了日期"},
    ),
]

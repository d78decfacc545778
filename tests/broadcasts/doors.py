"""Doors of what goes out by itself: one's own mails and screens; two links that know nobody."""

from __future__ import annotations

from loudou.broadcasts.letters import stop_address
from tests.doors import Door
from tests.world import World

# anonymous owner colleague outsider manager director operations finance control admin security auditor
NEW = "302 200 200 200 200 200 200 200 200 404 404 200"
MINE = "302 {0} 404 404 404 404 404 404 404 404 404 404"
SHOWING = "302 403 403 403 200 200 200 403 200 403 403 403"
WALL = "302 403 403 403 {0} 404 404 403 404 403 403 403"
OPEN = "200 200 200 200 200 200 200 200 200 200 200 200"


def _subscription(world: World) -> list[int]:
    return [world.subscription.pk]


def _screen(world: World) -> list[int]:
    return [world.screen[0].pk]


def _key(world: World) -> list[str]:
    return [stop_address(world.subscription).rstrip("/").rsplit("/", 1)[1]]


DOORS = [
    Door("broadcasts:subscriptions", "200"),
    Door("broadcasts:subscribe", NEW, query="?page=insight:funnel"),
    Door("broadcasts:edit_subscription", MINE.format(200), args=_subscription),
    Door("broadcasts:stop_subscription", MINE.format(302), method="POST", args=_subscription),
    Door("broadcasts:unsubscribe", OPEN, args=_key),
    Door("broadcasts:unsubscribe", OPEN, method="POST", args=_key),
    Door("broadcasts:screens", SHOWING),
    Door("broadcasts:make_screen", SHOWING),
    Door("broadcasts:renew_screen", WALL.format(200), args=_screen),
    Door("broadcasts:revoke_screen", WALL.format(302), method="POST", args=_screen),
    Door("broadcasts:show", OPEN, args=lambda world: [world.screen[1]]),
]

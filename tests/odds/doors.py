"""Doors of what is learned: whoever may see figures sees it, who sets up funnels lets it be learned."""

from __future__ import annotations

from loudou.kernel import clock
from loudou.odds.models import Lesson
from tests import make
from tests.doors import Door
from tests.world import World

SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"


def lesson(world: World) -> list[int]:
    """A lesson that is being learned."""
    found, _made = Lesson.objects.get_or_create(
        funnel=make.funnel(), number=1, defaults={"asked_at": clock.now()}
    )
    return [found.pk]


DOORS = [
    Door("odds:lesson", SEEING),
    Door("odds:judged", SEEING.replace("200", "404")),
    Door(
        "odds:ask_lesson",
        "302 403 403 403 403 403 422 403 403 422 403 403",
        method="POST",
        args=lambda world: [make.funnel().pk],
    ),
    Door(
        "odds:choose",
        "302 403 403 403 403 403 200 403 403 200 403 403",
        args=lambda world: [make.funnel().pk],
    ),
    Door(
        "odds:choose",
        "302 403 403 403 403 403 422 403 403 422 403 403",
        method="POST",
        args=lambda world: [make.funnel().pk],
        data=lambda world: {"reason": "布里尔分更小"},
    ),
    Door("odds:stop_lesson", "302 403 403 403 403 403 302 403 403 302 403 403", method="POST", args=lesson),
    Door("odds:progress", SEEING.replace("200", "302"), args=lesson),
    Door("odds:outlook", SEEING),
    Door("odds:outlook_target", SEEING.replace("200", "302")),
    Door(
        "odds:outlook_file",
        "302 200 200 200 200 200 200 200 200 403 403 200",
        method="POST",
        args=lambda world: ["pdf"],
    ),
    Door(
        "odds:of_deal",
        "302 200 404 404 200 200 200 200 200 403 403 200",
        args=lambda world: [world.deal.pk],
    ),
]

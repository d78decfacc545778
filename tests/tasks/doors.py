"""Doors of tasks: one's own, those of one's people, those of deals one sees; auditors look only."""

from __future__ import annotations

from tests.doors import Door
from tests.world import World


def _task(world: World) -> list[int]:
    return [world.task.pk]


#          anon own col out man dir ops fin con adm sec aud
SEEING = "302 200 200 200 200 200 200 200 200 200 200 200"
SETTING = "302 200 200 200 200 200 200 200 200 200 200 403"
ONE = "302 200 404 404 200 200 200 200 200 404 404 200"
CHANGING = "302 200 404 404 200 200 200 403 403 404 404 403"
DOING = "302 302 404 404 302 302 302 403 403 404 404 403"
OF_DEAL = "302 200 404 404 200 200 200 200 200 404 404 200"

DOORS = [
    Door("tasks:mine", SEEING),
    Door("tasks:list", SEEING),
    Door("tasks:stages", "302 200 200 200 200 200 200 200 200 403 403 200"),
    Door("tasks:team", "302 403 403 403 200 200 200 200 200 403 403 200"),
    Door("tasks:today", SEEING),
    Door(
        "tasks:quick",
        "302 302 302 302 302 302 302 302 302 302 302 403",
        method="POST",
        data=lambda world: {"title": "问清预算"},
    ),
    Door("tasks:set_task", SETTING),
    Door(
        "tasks:set_task",
        "302 302 422 422 302 302 302 302 302 422 422 403",
        method="POST",
        data=lambda world: {"title": "送样件", "deal": world.deal.pk, "priority": 2},
    ),
    Door(
        "tasks:bulk",
        "302 302 302 302 302 302 302 302 302 302 302 302",
        method="POST",
        data=lambda world: {"act": "finish", "task": world.task.pk},
    ),
    Door("tasks:task", ONE, args=_task),
    Door("tasks:edit_task", CHANGING, args=_task),
    Door("tasks:hand_over_task", CHANGING, args=_task),
    Door("tasks:finish_task", CHANGING, args=_task),
    Door("tasks:finish_task", DOING, args=_task, method="POST", data=lambda world: {"result": "已寄出"}),
    Door("tasks:drop_task", CHANGING, args=_task),
    Door("tasks:drop_task", DOING, args=_task, method="POST", data=lambda world: {"reason": "客户取消了"}),
    Door("tasks:reopen_task", DOING, args=_task, method="POST"),
    Door("tasks:of_deal", OF_DEAL, args=lambda world: [world.deal.pk]),
    Door("tasks:of_customer", OF_DEAL, args=lambda world: [world.customer.pk]),
]

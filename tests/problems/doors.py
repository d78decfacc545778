"""Doors of problems and rules: who may register sees and works on their own, leaders class and close, everybody reads rules."""

from __future__ import annotations

from typing import Any

from loudou.kernel import clock
from tests.doors import Door
from tests.world import World


def _problem(world: World) -> list[Any]:
    return [world.problem.pk]


def _step(name: str) -> Any:
    return lambda world: [world.problem.pk, name]


def _rule(world: World) -> list[Any]:
    return [world.rule.pk]


def _cause(world: World) -> list[Any]:
    return [world.rule.cause_id]


#            anon own col out man dir ops fin con adm sec aud
SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"
JUDGING = "302 403 403 403 200 200 200 403 403 403 403 403"
RULES = "302 200 200 200 200 200 200 200 200 200 200 200"

DOORS = [
    Door("problems:list", SEEING),
    Door("problems:board", SEEING),
    Door("problems:board_file", SEEING, method="POST", args=lambda world: ["xlsx"]),
    Door("problems:register", "302 200 200 200 200 200 200 200 200 403 403 403"),
    Door(
        "problems:register",
        "302 422 422 422 422 422 422 422 422 403 403 403",
        method="POST",
    ),
    Door("problems:file", SEEING, method="POST", args=lambda world: ["xlsx"]),
    Door("problems:problem", "302 200 404 404 200 200 200 200 200 404 404 200", args=_problem),
    Door(
        "problems:act",
        "302 302 404 404 302 302 302 403 302 404 404 403",
        args=_step("contain"),
        method="POST",
        data=lambda world: {"containment": "已先发替代件"},
    ),
    Door(
        "problems:act",
        "302 403 404 404 422 422 422 403 403 404 404 403",
        args=_step("close"),
        method="POST",
    ),
    Door("problems:of_deal", "302 200 404 404 200 200 200 200 200 404 404 200", args=lambda w: [w.deal.pk]),
    Door(
        "problems:of_customer",
        "302 200 404 404 200 200 200 200 200 404 404 200",
        args=lambda world: [world.customer.pk],
    ),
    Door("problems:rules", RULES),
    Door("problems:rule", RULES, args=_rule),
    Door("problems:rule_pdf", RULES, args=_rule, method="POST"),
    Door("problems:write_rule", JUDGING, args=_cause),
    Door("problems:write_rule", JUDGING.replace("200", "422"), args=_cause, method="POST"),
    Door(
        "problems:review_rule",
        "302 403 403 403 302 302 302 403 403 403 403 403",
        args=_rule,
        method="POST",
        data=lambda world: {"finding": "执行到位", "review_on": str(clock.now().date().replace(year=2099))},
    ),
    Door(
        "problems:retire_rule",
        "302 403 403 403 302 302 302 403 403 403 403 403",
        args=_rule,
        method="POST",
        data=lambda world: {"reason": "产品已停售"},
    ),
]

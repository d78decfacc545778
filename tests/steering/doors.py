"""Doors of steering: whoever sees targets sees how they are steered."""

from __future__ import annotations

from typing import Any

from tests.doors import Door
from tests.world import World

#          anon own col out man dir ops fin con adm sec aud
SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"

BUDGETS = "302 403 403 403 200 200 200 200 200 403 403 200"
SETTING = "302 403 403 403 403 200 200 200 403 403 403 403"
THIS = "302 404 404 404 200 200 200 200 200 404 404 200"
THIS_SETTING = "302 404 404 404 403 200 200 200 403 404 404 403"
THIS_SPENDING = "302 404 404 404 200 200 200 200 403 404 404 403"


def the_budget(world: World) -> list[Any]:
    return [world.budget.pk]


MINE = "302 200 404 404 200 200 200 200 200 404 404 200"


def the_target(world: World) -> list[Any]:
    return [world.target.pk]


def the_measure(world: World) -> list[Any]:
    return [world.measure.pk]


CLOSING = "302 403 403 403 403 403 403 200 403 403 403 403"
CLOSED = "302 200 200 200 200 200 200 200 200 404 404 200"


def the_closing(world: World) -> list[Any]:
    return [world.closing.pk]


SWITCHING = "302 403 403 403 403 302 302 403 403 403 403 403"


DOORS = [
    Door("steering:ranking", SEEING),
    Door("steering:achieved", SEEING),
    Door("steering:choices", SEEING, args=lambda world: ["unit"]),
    Door(
        "steering:show_leaderboard",
        SWITCHING,
        method="POST",
        data=lambda world: {"unit": "D1", "shown": "1"},
    ),
    Door("steering:closings", SEEING),
    Door("steering:closing", CLOSED, args=the_closing),
    Door("steering:close_month", CLOSING),
    Door("steering:close_month", CLOSING.replace("200", "422"), method="POST"),
    Door("steering:ask_reopening", CLOSING.replace("200", "422"), method="POST", args=the_closing),
    Door("steering:budgets", BUDGETS),
    Door("steering:add_budget", SETTING),
    Door("steering:add_budget", SETTING.replace("200", "422"), method="POST"),
    Door("steering:budget", THIS, args=the_budget),
    Door("steering:card", THIS, args=the_budget),
    Door("steering:describe_budget", THIS_SETTING, args=the_budget),
    Door("steering:describe_budget", THIS_SETTING.replace("200", "302"), method="POST", args=the_budget),
    Door("steering:set_line", THIS_SETTING, args=the_budget),
    Door("steering:set_line", THIS_SETTING.replace("200", "422"), method="POST", args=the_budget),
    Door("steering:spend", THIS_SPENDING, args=the_budget),
    Door("steering:spend", THIS_SPENDING.replace("200", "422"), method="POST", args=the_budget),
    Door("steering:following", SEEING),
    Door("steering:follow", MINE, args=the_target),
    Door("steering:answer", MINE.replace("200", "422"), method="POST", args=the_target),
    Door("steering:take_measure", MINE.replace("200", "422"), method="POST", args=the_target),
    Door("steering:evaluate", MINE.replace("200", "422"), method="POST", args=the_target),
    Door("steering:measure", MINE.replace("200", "302"), args=the_measure),
    Door("steering:close_measure", MINE.replace("200", "422"), method="POST", args=the_measure),
    Door("steering:backward", SEEING),
    Door("steering:pace", SEEING),
    Door("steering:ring", SEEING),
]

"""Doors of the pipeline."""

from __future__ import annotations

from typing import Any

from loudou.pipeline.queries.funnels import specs
from tests import make
from tests.doors import Door
from tests.world import World

# anonymous owner colleague outsider manager director operations finance control admin security auditor
SEE = "302 200 200 200 200 200 200 200 200 403 403 200"
OPEN = "302 200 200 200 200 200 200 403 403 403 403 403"
ONE = "302 {0} 404 404 {0} {0} {0} {0} {0} 404 404 {0}"  # who sees chenan's deal
EDIT = "302 {0} 404 404 {0} {0} {0} 403 403 404 404 403"  # who may change it
SELL = "302 {0} 404 404 {0} {0} 403 403 403 404 404 403"  # who may move and close it
GIVE = "302 403 404 404 200 200 200 403 403 404 404 403"  # who may hand it over

SET_UP = "302 403 403 403 403 403 {0} 403 403 {0} 403 403"  # who may set up funnels and reasons


def _funnel(world: World) -> list[Any]:
    return [make.funnel("channel").pk]


def _stage(world: World) -> list[Any]:
    funnel = make.funnel("channel")
    return [funnel.pk, specs(funnel.current_id or 0)[1].stage_id]


def _reason(world: World) -> list[Any]:
    return [make.reason().pk]


def _deal(world: World) -> list[Any]:
    return [world.deal.pk]


def _evidence_kind(world: World) -> list[Any]:
    return [world.deal.pk, make.specs_of(world.deal)[0].evidence_kinds.all()[0].pk]


def _task(world: World) -> list[Any]:
    return [world.deal.pk, make.specs_of(world.deal)[0].tasks.all()[0].pk]


def _spec(world: World) -> list[Any]:
    return [make.specs_of(world.deal)[0].pk]


DOORS = [
    Door("pipeline:board", SEE),
    Door("pipeline:column", SEE, args=_spec),
    Door("pipeline:list", SEE),
    Door("pipeline:choices", SEE, args=lambda world: ["unit"]),
    Door("pipeline:filter", SEE),
    Door("pipeline:columns", SEE),
    Door("pipeline:total", SEE),
    Door("pipeline:suggest", SEE, query="?q=柔性"),
    Door(
        "pipeline:bulk",
        "302 200 302 302 200 200 200 200 200 403 403 200",
        method="POST",
        data=lambda world: {"act": "follow", "deal": [world.deal.pk]},
    ),
    Door("pipeline:open", OPEN),
    Door("pipeline:deal", ONE.format(200), args=_deal),
    Door("pipeline:timeline", ONE.format(200), args=_deal),
    Door("pipeline:acts", ONE.format(200), args=_deal),
    Door("pipeline:edit", EDIT.format(200), args=_deal),
    Door("pipeline:move", SELL.format(200), args=_deal),
    Door("pipeline:gate", ONE.format(200), args=_deal),
    Door("pipeline:skip", SELL.format(200), args=_deal),
    Door("pipeline:step_back", SELL.format(200), args=_deal),
    Door("pipeline:undo", SELL.format(422), args=_deal, method="POST"),
    Door("pipeline:win", "302 200 404 404 200 200 200 200 403 404 404 403", args=_deal),
    Door("pipeline:lose", SELL.format(200), args=_deal),
    Door("pipeline:cancel", SELL.format(200), args=_deal),
    Door("pipeline:invalidate", SELL.format(200), args=_deal),
    Door("pipeline:reopen", SELL.format(200), args=_deal),
    Door("pipeline:hold", SELL.format(200), args=_deal),
    Door("pipeline:resume", SELL.format(200), args=_deal),
    Door("pipeline:hand_over", GIVE, args=_deal),
    Door("pipeline:give_evidence", EDIT.format(200), args=_evidence_kind),
    Door("pipeline:withdraw_evidence", EDIT.format(200), args=lambda world: [world.evidence.pk]),
    Door("pipeline:complete_task", EDIT.format(200), args=_task),
    Door("pipeline:set_lines", EDIT.format(200), args=_deal),
    Door("pipeline:set_deliveries", EDIT.format(200), args=_deal),
    Door("pipeline:set_contacts", EDIT.format(200), args=_deal),
    Door("pipeline:set_team", EDIT.format(200), args=_deal),
    Door("pipeline:set_competitor", EDIT.format(200), args=_deal),
    Door(
        "pipeline:remove_competitor",
        EDIT.format(302),
        args=lambda world: [world.competitor.pk],
        method="POST",
    ),
    Door("pipeline:add_note", ONE.format(200), args=_deal),
    Door("pipeline:add_file", EDIT.format(200), args=_deal),
    Door("pipeline:file", ONE.format(200), args=lambda world: [world.file.pk]),
    Door("pipeline:remove_file", EDIT.format(302), args=lambda world: [world.file.pk], method="POST"),
    Door("pipeline:follow", ONE.format(302), args=_deal, method="POST"),
    Door("pipeline:unfollow", ONE.format(302), args=_deal, method="POST"),
    Door(
        "pipeline:for_customer",
        "302 200 404 404 200 200 200 200 200 403 403 200",
        args=lambda world: [world.customer.pk],
    ),
    Door("pipeline:funnels", SET_UP.format(200)),
    Door("pipeline:add_funnel", SET_UP.format(200)),
    Door("pipeline:funnel", SET_UP.format(200), args=_funnel),
    Door("pipeline:edit_funnel", SET_UP.format(200), args=_funnel),
    Door("pipeline:retire_funnel", SET_UP.format(302), args=_funnel, method="POST"),
    Door("pipeline:restore_funnel", SET_UP.format(302), args=_funnel, method="POST"),
    Door("pipeline:add_stage", SET_UP.format(200), args=_funnel),
    Door("pipeline:set_stage", SET_UP.format(200), args=_stage),
    Door(
        "pipeline:place_stage", SET_UP.format(302), args=_stage, method="POST", data=lambda world: {"to": "0"}
    ),
    Door("pipeline:remove_stage", SET_UP.format(302), args=_stage, method="POST"),
    Door("pipeline:discard_draft", SET_UP.format(302), args=_funnel, method="POST"),
    Door("pipeline:publish", SET_UP.format(200), args=_funnel),
    Door("pipeline:migrate", SET_UP.format(200), args=_funnel),
    Door("pipeline:migration", SET_UP.format(302), args=_funnel),
    Door("pipeline:stop_migration", SET_UP.format(302), args=_funnel, method="POST"),
    Door("pipeline:reasons", SET_UP.format(200)),
    Door("pipeline:add_reason", SET_UP.format(200)),
    Door("pipeline:set_reason", SET_UP.format(200), args=_reason),
    Door(
        "pipeline:place_reason",
        SET_UP.format(302),
        args=_reason,
        method="POST",
        data=lambda world: {"step": "1"},
    ),
    Door("pipeline:retire_reason", SET_UP.format(302), args=_reason, method="POST"),
    Door("pipeline:restore_reason", SET_UP.format(302), args=_reason, method="POST"),
    Door("pipeline:thresholds", SET_UP.format(200)),
    Door("pipeline:thresholds", SET_UP.format(422), method="POST", data=lambda world: {"pushes": "0"}),
]

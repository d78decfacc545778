"""Doors of days: people write their own, superiors sign, the control desk calls, nobody of the admin's kind sees any."""

from __future__ import annotations

from datetime import date

from tests.doors import Door
from tests.world import World

#          anon own col out man dir ops fin con adm sec aud
SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"
WRITING = "302 200 200 200 200 200 403 403 403 403 403 403"
OF_CHENAN = "302 200 404 404 200 200 200 200 200 404 404 200"
SIGNING = "302 403 404 404 302 302 403 403 404 404 404 403"
CALLING = "302 403 403 403 403 403 200 403 200 403 403 403"
CHECKS = "302 403 403 403 200 200 200 403 200 403 403 200"
OPINION = "客户与结果写得清楚，下次写明决策人"
STOPS = {"stop-TOTAL_FORMS": "0", "stop-INITIAL_FORMS": "0"}


def _asked(world: World) -> list[object]:
    from loudou.signoff.models import Request

    return [Request.objects.about(world.day_log).waiting().get().pk]


def _line(world: World) -> list[object]:
    query = world.query
    return [query.log_id, query.line_id, "persons"]


DOORS = [
    Door("daylog:write", WRITING),
    Door(
        "daylog:write",
        "302 302 302 302 302 302 403 403 403 403 403 403",
        method="POST",
        data=lambda world: {**STOPS, "reflection": "在公司准备投标文件", "late_reason": "出差在途"},
    ),
    Door("daylog:today", WRITING),
    Door("daylog:logs", SEEING),
    Door("daylog:log", OF_CHENAN, args=lambda world: [world.day_log.pk]),
    Door("daylog:paper", OF_CHENAN, args=lambda world: [world.day_log.pk], method="POST"),
    Door(
        "daylog:annul",
        "302 403 404 404 403 403 302 403 302 404 404 403",
        method="POST",
        args=lambda world: [world.day_log.pk],
        data=lambda world: {"reason": "客户称无人来访"},
    ),
    Door(
        "daylog:check",
        "302 403 404 404 403 302 302 403 302 404 404 403",
        method="POST",
        args=lambda world: [world.day_log.pk],
    ),
    # The world's logs differ in the place alone, and that was asked.
    Door(
        "daylog:ask",
        "302 403 404 404 403 403 422 403 422 404 404 403",
        method="POST",
        args=_line,
    ),
    Door(
        "daylog:confirm",
        SIGNING,
        method="POST",
        args=_asked,
        data=lambda world: {"opinion": OPINION},
    ),
    Door(
        "daylog:refuse",
        SIGNING,
        method="POST",
        args=_asked,
        data=lambda world: {"opinion": OPINION},
    ),
    Door(
        "daylog:query",
        "302 302 404 404 302 302 302 404 302 404 404 302",
        args=lambda world: [world.query.pk],
    ),
    Door(
        "daylog:explain",
        "302 302 404 404 403 403 403 404 403 404 404 403",
        method="POST",
        args=lambda world: [world.query.pk],
        data=lambda world: {"answer": "客户的新厂在绍兴"},
    ),
    Door(
        "daylog:judge",
        "302 403 404 404 403 403 422 404 422 404 404 403",
        method="POST",
        args=lambda world: [world.query.pk],
        data=lambda world: {"verdict": "explained"},
    ),
    Door("daylog:items", SEEING),
    Door(
        "daylog:close_item",
        "302 302 404 404 403 403 403 403 403 404 404 403",
        method="POST",
        args=lambda world: [world.item.pk],
    ),
    Door(
        "daylog:carry_item",
        "302 302 404 404 403 403 403 403 403 404 404 403",
        method="POST",
        args=lambda world: [world.item.pk],
        data=lambda world: {
            f"item-{world.item.pk}-cause": "客户出差",
            f"item-{world.item.pk}-to": "2099-01-05",
        },
    ),
    Door("daylog:desk", CALLING),
    Door(
        "daylog:check_in",
        "302 403 403 403 403 403 302 403 302 403 403 403",
        method="POST",
        args=lambda world: [world.cast.chenan.pk],
        data=lambda world: {"arrival": "on_time"},
    ),
    Door("daylog:hear", CALLING, args=lambda world: [world.cast.chenan.pk]),
    Door(
        "daylog:hear",
        "302 403 403 403 403 403 302 403 302 403 403 403",
        method="POST",
        args=lambda world: [world.cast.chenan.pk],
        data=lambda world: {**STOPS, "deviation": "在公司开会"},
    ),
    Door("daylog:board", SEEING),
    Door("daylog:board_file", SEEING, args=lambda world: ["xlsx"], method="POST"),
    Door("daylog:approvals", "302 403 403 403 200 200 200 403 200 403 403 200"),
    Door(
        "daylog:approvals_file",
        "302 403 403 403 200 200 200 403 200 403 403 200",
        args=lambda world: ["xlsx"],
        method="POST",
    ),
    Door("daylog:spot_checks", CHECKS),
    Door("daylog:draw", "302 403 403 403 403 302 302 403 302 403 403 403", method="POST"),
    Door(
        "daylog:spot_check",
        "302 404 404 404 200 200 200 404 200 404 404 200",
        args=lambda world: [world.spot_check.pk],
    ),
    Door(
        "daylog:spot_check",
        "302 404 404 404 403 302 302 404 302 404 404 403",
        method="POST",
        args=lambda world: [world.spot_check.pk],
        data=lambda world: {"result": "verified"},
    ),
    Door("daylog:support", SEEING),
    Door(
        "daylog:support",
        "302 302 302 302 302 302 403 403 403 403 403 403",
        method="POST",
        data=lambda world: {"matter": "需要样机一台"},
    ),
    Door("daylog:support_request", OF_CHENAN, args=lambda world: [world.support.pk]),
    Door(
        "daylog:support_request",
        "302 403 404 404 302 302 302 403 302 404 404 403",
        method="POST",
        args=lambda world: [world.support.pk],
        data=lambda world: {"answer": "售前周三到场"},
    ),
    Door("daylog:absences", "302 403 403 403 200 200 200 403 200 403 403 403"),
    Door(
        "daylog:absences",
        "302 403 403 403 302 302 302 403 302 403 403 403",
        method="POST",
        data=lambda world: {
            "user": world.cast.lina.pk,
            "first": date(2026, 12, 1).isoformat(),
            "last": date(2026, 12, 2).isoformat(),
            "kind": "leave",
        },
    ),
    Door(
        "daylog:cancel_absence",
        "302 403 403 403 302 302 302 403 302 403 403 403",
        method="POST",
        args=lambda world: [world.absence.pk],
    ),
]

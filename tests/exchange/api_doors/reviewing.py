"""Doors of the API to problems, rules, market walks, reports of periods and meetings."""

from __future__ import annotations

from datetime import timedelta

from loudou.kernel import clock
from tests.exchange.api_doors.row import MAY_SEE, Row, key, sent
from tests.exchange.api_doors.world import World

SEES = "200 404 404 200 200 200 200 200 404 404 200"
WORKS = "200 404 404 200 200 200 403 200 404 404 403"
JUDGES = "403 404 404 200 200 200 403 403 404 404 403"
NEXT = "403 404 404 422 422 422 403 403 404 404 403"  # another step comes first
DRAFT = "200 404 404 404 404 404 404 404 404 404 404"
MEETS = "403 403 404 200 200 200 403 403 404 404 403"
RULES = "403 403 403 200 200 200 403 403 403 403 403"


def _later(world: World) -> str:
    return str(clock.now().date() + timedelta(days=200))


ROWS = {
    "GET /problems": Row(MAY_SEE),
    "GET /problems/{id}": Row(SEES, key("problem")),
    "POST /problems": Row(
        "201 201 201 201 201 201 201 201 403 403 403",
        body=sent(title="延迟交货", what="晚了", area="delivery"),
    ),
    "POST /problems/{id}/contain": Row(WORKS, key("problem"), sent(containment="先发替代件")),
    "POST /problems/{id}/cause": Row(
        WORKS.replace("200", "422"), key("problem"), sent(cause="备件", analysis="台账")
    ),
    "POST /problems/{id}/class": Row(NEXT, key("problem"), sent(kind="routine")),
    "POST /problems/{id}/return": Row(NEXT, key("problem"), sent(reason="没好")),
    "POST /problems/{id}/close": Row(NEXT, key("problem"), sent(finding="好了")),
    "GET /walks": Row(MAY_SEE),
    "GET /walks/{id}": Row("404 404 404 200 200 200 200 200 404 404 200", key("walk")),
    "POST /walks": Row(
        "403 403 403 201 201 403 403 403 403 403 403",
        body=sent(day=lambda world: str(clock.now().date()), met=[{"customer_name": "甬江机电"}]),
    ),
    "POST /walks/{id}/annul": Row(
        "404 404 404 200 200 200 403 403 404 404 403", key("walk"), sent(reason="写错了")
    ),
    "GET /period-reports": Row(MAY_SEE),
    "GET /period-reports/{id}": Row(SEES, key("pack")),
    "POST /period-reports": Row(
        "201 201 201 201 201 403 403 403 403 403 403",
        body=sent(kind="report", period=lambda world: f"{clock.now():%Y-%m}"),
    ),
    "POST /period-reports/{id}/texts": Row(DRAFT, key("draft"), sent(causes="客户少")),
    "POST /period-reports/{id}/assemble": Row(DRAFT, key("draft")),
    "POST /period-reports/{id}/hand-in": Row(DRAFT.replace("200", "422"), key("draft")),
    "GET /meetings": Row(MAY_SEE),
    "GET /meetings/{id}": Row("200 200 404 200 200 200 200 200 404 404 200", key("meeting")),
    "POST /meetings": Row(
        "403 403 403 201 201 201 403 403 403 403 403",
        body=sent(
            unit=lambda world: world.cast.unit("D1").pk, starts_at=lambda world: clock.now().isoformat()
        ),
    ),
    "POST /meetings/{id}/minutes": Row(
        MEETS,
        key("meeting"),
        sent(
            minutes="看了红灯",
            actions=lambda world: [
                {"what": "走访两家", "owner": world.cast.chenan.pk, "due_on": _later(world)}
            ],
        ),
    ),
    "POST /meetings/{id}/cancel": Row(MEETS, key("meeting"), sent(reason="出差")),
    "GET /rules": Row("200"),
    "GET /rules/{id}": Row("200", key("rule")),
    "POST /rules": Row(
        RULES.replace("200", "201"),
        body=sent(
            cause=lambda world: world.rule.cause_id,
            title="备件",
            applies_to="主机",
            content="低于两套即补",
            effective_on=lambda world: str(clock.now().date() + timedelta(days=1)),
            review_on=_later,
        ),
    ),
    "POST /rules/{id}/review": Row(RULES, key("rule"), sent(finding="可行", review_on=_later)),
    "POST /rules/{id}/retire": Row(RULES, key("rule"), sent(reason="停售")),
}

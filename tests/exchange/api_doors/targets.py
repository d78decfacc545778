"""Doors of the API to targets, actuals and closed books."""

from __future__ import annotations

from tests.exchange.api_doors.row import MAY_SEE, Row, key, sent, version
from tests.exchange.api_doors.world import World

FOLLOWS = "200 404 404 200 200 200 403 403 404 404 403"
SEASONS = "403 403 403 403 403 200 403 403 200 403 403"
BUDGETS = "403 403 403 200 200 200 200 200 403 403 200"


def a_unit(world: World) -> int:
    """直销一部."""
    return world.cast.unit("D1").pk


ROWS = {
    "GET /targets": Row(MAY_SEE),
    "GET /targets/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("target")),
    "POST /targets": Row(
        "403 403 403 201 201 201 403 403 403 403 403",
        body=sent(
            person=lambda world: world.cast.lina.pk, metric="bookings", period="2027", amount="100000.00"
        ),
    ),
    "PATCH /targets/{id}": Row(
        "403 404 404 200 200 200 403 403 404 404 403",
        key("target"),
        sent(version=version("target"), amount="90000", cause="staffing", relevant="进入锂电行业"),
    ),
    "POST /targets/{id}/withdraw": Row("403 404 404 204 204 204 403 403 404 404 403", key("target")),
    "POST /targets/{id}/adjustment": Row(
        "403 404 404 422 422 422 403 403 404 404 403",  # January has begun
        key("target"),
        sent(
            version=version("target"),
            amount="90000",
            effective_on="2026-01-01",
            cause="market",
            reason="行业下行",
        ),
    ),
    "POST /targets/{id}/transfer": Row(
        "403 404 404 422 422 422 403 403 404 404 403",  # nobody else has such a target
        key("target"),
        sent(
            version=version("target"),
            takers=lambda world: [{"target": world.target.pk, "amount": "1000"}],
            effective_on="2026-01-01",
            reason="华东片区调整",
        ),
    ),
    "POST /targets/decompose": Row(
        "403 403 403 200 200 200 403 403 403 403 403",
        body=sent(unit="D1", metric="bookings", period="2026", total="1000000", by="month"),
    ),
    "GET /seasonal-indices": Row(MAY_SEE),
    "POST /seasonal-indices": Row(
        SEASONS, body=sent(seasons=[{"month": 4, "index": "1.2"}, {"month": 5, "index": None}])
    ),
    "GET /selling-days": Row(MAY_SEE),
    "POST /selling-days": Row(SEASONS, body=sent(unit=a_unit, weekdays=[1, 1, 1, 1, 1, 2, 2])),
    "GET /actuals": Row(MAY_SEE),
    "GET /actuals/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("actual")),
    "POST /actuals": Row(
        "403 403 403 403 403 201 201 403 403 403 403",
        body=sent(
            person=lambda world: world.cast.lina.pk, metric="invoiced", day="2026-04-03", amount="-12.50"
        ),
    ),
    "PATCH /actuals/{id}": Row(
        "403 404 404 403 403 200 200 403 404 404 403",
        key("actual"),
        sent(version=version("actual"), amount="90"),
    ),
    "POST /actuals/{id}/withdraw": Row("403 404 404 403 403 204 204 403 404 404 403", key("actual")),
    "GET /closings": Row(MAY_SEE),
    "GET /closings/{id}": Row(MAY_SEE, key("closing")),
    "POST /closings": Row("403 403 403 403 403 403 201 403 403 403 403", body=sent(month="2026-02")),
    "POST /closings/{id}/reopen": Row(
        "403 403 403 403 403 403 202 403 403 403 403", key("closing"), sent(version=1, reason="凭证缺失")
    ),
    "GET /negotiations": Row(MAY_SEE),
    "GET /negotiations/{id}": Row("404 404 404 200 200 200 200 200 404 404 200", key("negotiation")),
    "POST /negotiations": Row(
        "403 403 403 403 201 201 403 403 403 403 403",
        body=sent(unit=a_unit, metric="deals", period="2027", envelope="100"),
    ),
    "POST /negotiations/{id}/propose": Row(
        "404 404 404 200 200 200 403 403 404 404 403",
        key("negotiation"),
        sent(version=1, amount="27000000", text="可行"),
    ),
    "POST /negotiations/{id}/answer": Row(
        "404 404 404 403 200 200 403 403 404 404 403", key("negotiation"), sent(version=1, text="再看看")
    ),
    "POST /negotiations/{id}/say": Row(
        "404 404 404 200 200 200 403 403 404 404 403", key("negotiation"), sent(text="看看三月")
    ),
    "POST /negotiations/{id}/waive": Row(
        "404 404 404 403 200 403 403 403 404 404 403", key("negotiation"), sent(version=1, reason="新人多")
    ),
    "POST /negotiations/{id}/submit": Row(
        "404 404 404 422 422 422 403 403 404 404 403", key("negotiation"), sent(version=1)
    ),
    "POST /negotiations/{id}/drop": Row(
        "404 404 404 403 200 200 403 403 404 404 403", key("negotiation"), sent(version=1)
    ),
    "POST /targets/{id}/causes": Row(FOLLOWS, key("target"), sent(causes="客户停产")),
    "POST /targets/{id}/measures": Row(
        FOLLOWS.replace("200", "201"),
        key("target"),
        sent(text="每周走访两家", owner=lambda world: world.cast.chenan.pk, due_on="2099-05-01"),
    ),
    "POST /targets/{id}/evaluations": Row(FOLLOWS, key("target"), sent(period="2026-04", text="两单推迟")),
    "GET /measures": Row(MAY_SEE),
    "GET /measures/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("measure")),
    "POST /measures/{id}/close": Row(
        FOLLOWS, key("measure"), sent(version=1, state="done", result="新增两单")
    ),
    "GET /evaluations": Row(MAY_SEE),
    "GET /budgets": Row(BUDGETS),
    "GET /budgets/{id}": Row("404 404 404 200 200 200 200 200 404 404 200", key("budget")),
    "POST /budgets": Row(
        "403 403 403 403 201 201 201 403 403 403 403", body=sent(unit=a_unit, period="2027")
    ),
    "PATCH /budgets/{id}": Row(
        "404 404 404 403 200 200 200 403 404 404 403", key("budget"), sent(version=1, demand="锂电扩产")
    ),
    "POST /budgets/{id}/lines": Row(
        "404 404 404 403 200 200 200 403 404 404 403",
        key("budget"),
        sent(version=1, category="travel", month="2026-05-01", amount="20000"),
    ),
    "GET /costs": Row(BUDGETS),
    "GET /costs/{id}": Row("404 404 404 200 200 200 200 200 404 404 200", key("cost")),
    "POST /costs": Row(
        "403 403 403 201 201 201 201 403 403 403 403",
        body=sent(unit=a_unit, category="travel", day="2026-04-03", amount="120"),
    ),
    "PATCH /costs/{id}": Row(
        "404 404 404 200 200 200 200 403 404 404 403", key("cost"), sent(version=1, amount="90")
    ),
    "POST /costs/{id}/withdraw": Row(
        "404 404 404 204 204 204 204 403 404 404 403", key("cost"), sent(version=1)
    ),
}

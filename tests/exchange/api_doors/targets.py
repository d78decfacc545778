"""Doors of the API to targets, actuals and closed books."""

from __future__ import annotations

from tests.exchange.api_doors.row import MAY_SEE, Row, key, sent, version

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
    "POST /targets/decompose": Row(
        "403 403 403 200 200 200 403 403 403 403 403",
        body=sent(unit="D1", metric="bookings", period="2026", total="1000000", by="month"),
    ),
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
}

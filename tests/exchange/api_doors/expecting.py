"""Doors of the API to forecasts and judgements."""

from __future__ import annotations

from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Grain
from tests.exchange.api_doors.row import MAY_SEE, Row, key, of, sent
from tests.exchange.api_doors.world import World


def this_month(world: World) -> str:
    fiscal = Fiscal()
    return fiscal.name(fiscal.of(clock.now().date(), Grain.MONTH))


ROWS = {
    "GET /forecasts": Row(MAY_SEE),
    "GET /forecasts/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("submission")),
    "POST /forecasts": Row(
        "201 201 201 201 201 403 403 403 403 403 403",
        body=sent(period=this_month, submitted="1200000.00", reason="两单已口头确认"),
    ),
    "POST /forecasts/{id}/reopen": Row(
        "403 404 404 403 403 200 403 403 404 404 403", key("submission"), sent(reason="数字录错")
    ),
    "POST /forecasts/lock": Row("403 403 403 403 200 200 403 403 403 403 403", body=sent(period=this_month)),
    "POST /forecasts/chase": Row("403 403 403 200 200 403 403 403 403 403 403", body=sent(period=this_month)),
    "GET /judgements": Row(MAY_SEE),
    "POST /judgements": Row(
        "403 422 422 201 201 403 403 403 403 403 403",
        body=sent(period=this_month, deal=of("due_deal"), verdict="in", reason="合同已过法务"),
    ),
}

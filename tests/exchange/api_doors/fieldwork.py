"""Doors of the API to activities, visits, days and warnings."""

from __future__ import annotations

from datetime import timedelta

from loudou.kernel import clock
from loudou.people.queries import organisation
from tests.exchange.api_doors.row import ANSWERS, MAY_SEE, Row, key, of, sent, version
from tests.exchange.api_doors.world import World, in_ten_days

CHECKS = "403 403 403 200 200 200 403 200 403 403 200"
CHECK = "404 404 404 200 200 200 404 200 404 404 200"
CALLS = "403 403 403 403 403 200 403 200 403 403 403"
SETTING = "403 403 403 403 403 200 403 403 200 403 403"


def chenan(world: World) -> int:
    return world.cast.chenan.pk


ROWS = {
    "GET /activities": Row(MAY_SEE),
    "GET /activities/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("activity")),
    "POST /activities": Row(
        "201 422 422 201 201 201 403 403 422 422 403", body=sent(kind="call", deal=of("deal"))
    ),
    "PATCH /activities/{id}": Row(
        "200 404 404 200 200 200 403 403 404 404 403",
        key("activity"),
        sent(version=version("activity"), contact="韩磊"),
    ),
    "POST /activities/{id}/annul": Row(
        "200 404 404 200 200 200 403 200 404 404 403", key("activity"), sent(reason="客户说没来过")
    ),
    "GET /calls": Row("200"),
    "GET /calls/callers": Row("200 200 200 200 200 200 200 200 200 200 403"),
    "GET /calls/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("call")),
    "POST /calls": Row(
        "201 201 201 201 201 201 201 201 201 201 403", body=sent(name="王工", matter="问价", reply="已答")
    ),
    "POST /calls/{id}/annul": Row(
        "200 404 404 200 200 200 403 200 404 404 403", key("call"), sent(reason="记错了")
    ),
    "GET /contact-rules": Row(SETTING),
    "POST /contact-rules": Row(SETTING, body=sent(rules=[{"grade": "vip", "days": 10}])),
    "GET /contact-plan": Row(MAY_SEE),
    "GET /day-logs": Row("200 200 200 200 200 200 200 200 403 403 200"),
    "GET /day-logs/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("day_log")),
    "POST /day-logs": Row(
        "201 201 201 201 201 403 403 403 403 403 403",
        body=sent(
            day=lambda world: organisation().today.isoformat(),
            stops=[{"place": "宁波", "customer_name": "甬江机电", "outcome": "agreed"}],
            late_reason="出差在途",
        ),
    ),
    "POST /day-logs/{id}/annul": Row(
        "403 404 404 403 403 200 403 200 404 404 403", key("day_log"), sent(reason="客户称无人来访")
    ),
    "GET /day-logs/{id}/differences": Row(
        "200 404 404 200 200 200 403 200 404 404 200", lambda world: {"id": world.query.log_id}
    ),
    # The world's logs differ in the place alone, and that was asked.
    "POST /day-logs/{id}/queries": Row(
        "403 404 404 403 403 422 403 422 404 404 403",
        lambda world: {"id": world.query.log_id},
        sent(line=lambda world: world.query.line_id, field="persons"),
    ),
    "GET /day-queries": Row("200 200 200 200 200 200 403 200 403 403 200"),
    "GET /day-queries/{id}": Row("200 404 404 200 200 200 404 200 404 404 200", key("query")),
    "POST /day-queries/{id}/explain": Row(
        "200 404 404 403 403 403 404 403 404 404 403", key("query"), sent(answer="客户的新厂在绍兴")
    ),
    "POST /day-queries/{id}/judge": Row(
        "403 404 404 403 403 422 404 422 404 404 403", key("query"), sent(verdict="explained")
    ),
    "GET /day-items": Row("200 200 200 200 200 200 200 200 403 403 200"),
    "GET /day-items/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("item")),
    "POST /day-items": Row("201 201 201 201 201 403 403 403 403 403 403", body=sent(text="寄样件")),
    "POST /day-items/{id}/close": Row("200 404 404 403 403 403 403 403 404 404 403", key("item")),
    "POST /day-items/{id}/carry": Row(
        "201 404 404 403 403 403 403 403 404 404 403",
        key("item"),
        sent(cause="客户出差", to=lambda world: str(in_ten_days())),
    ),
    "GET /absences": Row("200 200 200 200 200 200 200 200 403 403 200"),
    "GET /absences/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("absence")),
    "POST /absences": Row(
        "403 403 403 201 201 201 403 201 403 403 403",
        body=sent(user=chenan, first="2026-12-01", last="2026-12-02"),
    ),
    "DELETE /absences/{id}": Row("403 404 404 204 204 204 403 204 404 404 403", key("absence")),
    "GET /desk-logs": Row(CHECKS),
    "GET /desk-logs/{id}": Row(CHECK, key("desk_log")),
    "POST /desk-logs/arrival": Row(CALLS, body=sent(user=chenan, arrival="on_time")),
    "POST /desk-logs/report": Row(CALLS, body=sent(user=chenan, stops=[{"place": "宁波"}])),
    "GET /spot-checks": Row(CHECKS),
    "GET /spot-checks/{id}": Row(CHECK, key("spot_check")),
    "POST /spot-checks": Row("403 422 422 403 201 201 403 201 422 422 403", body=sent(day_log=of("day_log"))),
    "POST /spot-checks/draw": Row("403 403 403 403 200 200 403 200 403 403 403"),
    "POST /spot-checks/{id}/finding": Row(
        "404 404 404 403 200 200 404 200 404 404 403", key("spot_check"), sent(result="verified")
    ),
    "GET /support-requests": Row("200 200 200 200 200 200 200 200 403 403 200"),
    "GET /support-requests/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("support")),
    "POST /support-requests": Row(
        "201 201 201 201 201 403 403 403 403 403 403", body=sent(matter="需要样机一台")
    ),
    "POST /support-requests/{id}/answer": Row(
        "403 404 404 200 200 200 403 200 404 404 403", key("support"), sent(answer="售前周三到场")
    ),
    "GET /visits": Row(MAY_SEE),
    "GET /visits/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("visit")),
    "POST /visits": Row(
        "201 422 422 201 201 403 403 403 422 422 403",
        body=sent(customer=of("customer"), starts_at=lambda world: str(in_ten_days()) + "T10:00:00+08:00"),
    ),
    "POST /visits/emergency": Row(
        "201 422 422 201 201 403 403 403 422 422 403",
        body=sent(
            customer=of("customer"),
            objectives=["恢复生产"],
            reason="客户停线",
            consented_by=lambda world: world.cast.hezong.pk,
        ),
    ),
    "PATCH /visits/{id}": Row(
        "200 404 404 403 403 403 403 403 404 404 403",
        key("visit"),
        sent(version=version("visit"), place="二楼会议室"),
    ),
    "POST /visits/{id}/submit": Row("422 404 404 403 403 403 403 403 404 404 403", key("visit")),
    "POST /visits/{id}/start": Row("422 404 404 403 403 403 403 403 404 404 403", key("visit")),
    "POST /visits/{id}/record": Row(
        "201 404 404 403 403 403 403 403 404 404 403",
        key("visit_made"),
        sent(people=[{"name": "许明华"}], results=["谈了"]),
    ),
    "POST /visits/{id}/review": Row(
        "403 404 404 200 200 403 403 403 404 404 403",
        key("visit_recorded"),
        sent(opinion="预算问到了，样件周一要到"),
    ),
    "POST /visits/{id}/cancel": Row(
        "200 404 404 403 403 403 403 403 404 404 403", key("visit"), sent(reason="客户出差")
    ),
    "GET /warnings": Row(MAY_SEE),
    "GET /warnings/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("warning")),
    "POST /warnings/{id}/done": Row(ANSWERS, key("warning")),
    "POST /warnings/{id}/snooze": Row(
        ANSWERS,
        key("warning"),
        sent(until=lambda world: str(clock.now().date() + timedelta(days=9)), reason="停产"),
    ),
    "POST /warnings/{id}/dispute": Row(ANSWERS, key("warning"), sent(reason="客户要求下月再联系")),
}

"""Doors of the API to forms and what is handed in on them."""

from __future__ import annotations

from tests.exchange.api_doors.row import MAY_SEE, Row, key, sent

#            owner col out man dir ope fin con adm sec aud
OF_UNIT = "  200   200 404 200 200 200 200 200 200 404 200"
RECORD = "   200   404 404 200 200 200 200 200 404 404 200"
KEEPS = "    403   403 404 403 200 200 403 403 403 404 403"
STUCK = "    403   403 404 403 422 422 403 403 403 404 403"
_ANSWERS = {"market": "甬江机电月底扩产，正在找两家供应商比价"}
_WORTH = {
    **{"decision": {"zh-hans": "定价"}, "readers": ["manager"], "fillers": ["rep"], "minutes": 3},
    **{"times": 1, "period": "week", "serves": ["follow"]},
}

ROWS = {
    "GET /forms": Row("200 200 200 200 200 200 200 200 200 403 200"),
    "GET /forms/{id}": Row(OF_UNIT, key("form")),
    "POST /forms": Row(
        "403 403 403 403 201 201 201 201 403 403 403",
        body=sent(code="F99", names={"zh-hans": "新表"}),
    ),
    "POST /forms/{id}/change": Row(KEEPS, key("form")),
    "POST /forms/{id}/retire": Row(KEEPS, key("form"), sent(reason="没人看")),
    "POST /form-versions/{id}/edit": Row(KEEPS, key("form_version"), sent(names={"zh-hans": "改名"})),
    "POST /form-versions/{id}/justify": Row(KEEPS, key("form_version"), sent(**_WORTH)),
    "POST /form-versions/{id}/ask": Row(STUCK, key("form_version")),
    "POST /form-versions/{id}/issue": Row(STUCK, key("form_version")),
    "POST /form-versions/{id}/drop": Row(KEEPS, key("form_version"), sent(reason="不改了")),
    "GET /form-reviews": Row("200 200 200 200 200 200 200 200 200 403 200"),
    "GET /form-reviews/{id}": Row(OF_UNIT, key("form_review")),
    "POST /form-reviews/{id}/decide": Row(KEEPS, key("form_review"), sent(outcome="keep", note="人人都看")),
    "GET /form-records": Row(MAY_SEE),
    "GET /form-records/{id}": Row(RECORD, key("form_record")),
    "POST /form-records": Row(
        "201 201 422 403 403 403 403 403 403 422 403",
        body=sent(form=lambda world: world.form.code, answers=_ANSWERS),
    ),
    "POST /form-records/{id}/correct": Row(
        "201 404 404 403 403 403 403 403 404 404 403",
        key("form_record"),
        sent(answers=_ANSWERS, reason="听错了"),
    ),
    "POST /form-records/{id}/read": Row(RECORD, key("form_record")),
    "POST /form-records/{id}/use": Row(
        "422 404 404 200 200 200 200 200 404 404 200",
        key("form_record"),
        sent(use="meeting", note="周会"),
    ),
    "POST /form-records/{id}/doubt": Row(
        "403 404 404 200 200 200 403 200 404 404 403", key("form_record"), sent(reason="查无此事")
    ),
}

"""Doors of the API to tasks."""

from __future__ import annotations

from tests.exchange.api_doors.row import Row, key, of, sent, version

_CHANGING = "200 404 404 200 200 200 403 403 404 404 403"
ROWS = {
    "GET /tasks": Row("200"),
    "GET /tasks/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("task")),
    "POST /tasks": Row(
        "201 422 422 201 201 201 201 201 422 422 403", body=sent(title="送样", deal=of("deal"))
    ),
    "PATCH /tasks/{id}": Row(_CHANGING, key("task"), sent(version=version("task"), title="寄三台样件")),
    "POST /tasks/{id}/hand-over": Row(
        "200 404 404 200 200 200 403 403 404 404 403",
        key("task"),
        sent(owner=lambda world: world.cast.wumin.pk),
    ),
    "POST /tasks/{id}/finish": Row(_CHANGING, key("task"), sent(result="已寄出")),
    "POST /tasks/{id}/drop": Row(_CHANGING, key("task"), sent(reason="客户取消了")),
    "POST /tasks/{id}/reopen": Row(_CHANGING, key("task")),
}

"""Doors of the API to the organisation, people, tokens and the audit."""

from __future__ import annotations

from loudou.people.models import Token
from tests.exchange.api_doors.row import SETS_UP, Row, key, of, sent, version

ROWS = {
    "GET /me": Row("200"),
    "GET /users": Row("200"),
    "GET /users/{id}": Row("200", lambda world: {"id": world.cast.lina.pk}),
    "POST /users": Row(
        "403 403 403 403 403 403 403 403 201 403 403",
        body=sent(username="xinren", name="新人", unit=of("unit")),
    ),
    "PATCH /users/{id}": Row(
        SETS_UP, lambda world: {"id": world.cast.lina.pk}, lambda world: {"version": 1, "name": "李娜娜"}
    ),
    "POST /users/{id}/roles": Row(
        "403 403 403 403 403 403 403 403 200 200 403",
        lambda world: {"id": world.cast.lina.pk},
        sent(roles=["rep", "presales"]),
    ),
    "POST /users/{id}/join-unit": Row(
        SETS_UP, lambda world: {"id": world.cast.lina.pk}, sent(unit=of("unit"))
    ),
    "POST /users/{id}/deactivate": Row(SETS_UP, lambda world: {"id": world.cast.zhaomin.pk}),
    "POST /users/{id}/reactivate": Row(SETS_UP, lambda world: {"id": world.cast.zhaomin.pk}),
    "GET /units": Row("200"),
    "GET /units/{id}": Row("200", key("unit")),
    "POST /units": Row(
        "403 403 403 403 403 403 403 403 201 403 403",
        body=sent(code="X1", name="新部", kind="team", parent=of("unit")),
    ),
    "PATCH /units/{id}": Row(SETS_UP, key("unit"), sent(version=version("unit"), name="直销一部甲")),
    "POST /units/{id}/move": Row(SETS_UP, key("empty_unit"), sent(parent=None)),
    "POST /units/{id}/retire": Row(SETS_UP, key("empty_unit")),
    "GET /rates": Row("200"),
    "POST /rates": Row(
        "403 403 403 403 403 403 200 403 200 403 403",
        body=sent(currency="USD", kind="plan", valid_from="2026-01-01", rate="7.12"),
    ),
    "GET /calendars": Row("200"),
    "GET /calendars/{id}": Row("200", key("calendar")),
    "GET /tokens": Row("200"),
    "POST /tokens": Row("403", body=sent(name="noch eins")),  # by a token: not without the password
    "DELETE /tokens/{id}": Row("404", lambda world: {"id": Token.objects.get(user=world.cast.shiyun).pk}),
    "GET /audit": Row("403 403 403 403 403 403 403 403 403 200 200"),
}

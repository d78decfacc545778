"""Doors of the API to reports and imports."""

from __future__ import annotations

from tests.exchange.api_doors.row import MAY_SEE, Row, key

ROWS = {
    "GET /reports": Row(MAY_SEE),
    "GET /reports/{name}": Row(MAY_SEE, lambda world: {"name": "win-rate"}),
    "GET /imports": Row("200 200 200 200 200 200 200 200 200 403 403"),
    "GET /imports/{id}": Row("404 404 404 404 404 200 404 404 200 404 404", key("import_run")),
    "GET /imports/{id}/problems": Row("404 404 404 404 404 200 404 404 200 404 404", key("import_run")),
}

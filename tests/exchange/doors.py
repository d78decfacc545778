"""Doors of exchange: exports, the API's guide. (The API's own doors stand in `test_api_doors.py`.)"""

from __future__ import annotations

from tests.doors import Door

DOORS = [
    Door("exchange:exports", "302 200 200 200 200 200 200 200 200 200 403 200"),
    Door(
        "exchange:exports",
        "302 302 302 302 302 302 302 302 302 422 403 302",
        method="POST",
        data=lambda world: {"kind": "deals", "format": "csv"},
    ),
    Door("exchange:export_list", "302 200 200 200 200 200 200 200 200 200 403 200"),
    Door("exchange:download", "404", args=lambda world: [1]),
    Door("exchange:confirm", "404", method="POST", args=lambda world: [1]),
    Door("exchange:refuse", "404", method="POST", args=lambda world: [1]),
    Door("exchange:api", "200"),
]

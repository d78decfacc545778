"""Doors of exchange: exports, the API's guide. (The API's own doors stand in `test_api_doors.py`.)"""

from __future__ import annotations

from typing import Any

from tests.doors import Door
from tests.world import World

IMPORTS = "302 200 200 200 200 200 200 200 200 200 403 403"  # whoever may import anything
SEEN = "302 200 404 404 200 200 200 404 404 200 403 403"  # an import of chenan's
OWN = "302 302 404 404 404 404 404 404 404 404 403 403"  # to bring it further


def run_of(world: World) -> list[Any]:
    return [world.brought.pk]


DOORS = [
    Door("exchange:imports", IMPORTS),
    Door("exchange:import", SEEN, args=run_of),
    Door("exchange:state", SEEN, args=run_of),
    Door("exchange:problems", SEEN, args=run_of),
    Door("exchange:refused", OWN.replace("302 302", "302 404"), args=run_of),
    Door("exchange:read", OWN, args=run_of, method="POST", data=lambda world: {"encoding": "utf-8"}),
    Door("exchange:map", OWN.replace("302 302", "302 422"), args=run_of, method="POST"),
    Door("exchange:check", OWN, args=run_of, method="POST", data=lambda world: {"from_name": "h:客户名称"}),
    Door("exchange:write", OWN.replace("302 302", "302 422"), args=run_of, method="POST"),
    Door("exchange:stop", SEEN.replace("200", "302"), args=run_of, method="POST"),
    Door(
        "exchange:undo",
        SEEN.replace("404 200 403", "404 403 403").replace("200", "422"),
        args=run_of,
        method="POST",
    ),
    Door("exchange:remove_mapping", IMPORTS.replace("200", "404"), args=lambda world: [1], method="POST"),
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
    Door("exchange:target_sheet", "302 200 200 200 200 200 200 200 200 403 403 200", method="POST"),
    Door("exchange:read_target_sheet", "302 403 403 403 200 200 200 403 403 403 403 403"),
    Door("exchange:read_target_sheet", "302 403 403 403 422 422 422 403 403 403 403 403", method="POST"),
    Door("exchange:api", "200"),
]

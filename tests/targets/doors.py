"""Doors of targets: who leads sets them, whoever they are for sees them."""

from __future__ import annotations

from typing import Any

from tests.doors import Door
from tests.world import World

SETTING = "302 403 403 403 200 200 200 403 403 403 403 403"


SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"


def of_chenan(world: World) -> list[Any]:
    return [world.target.pk]


DOORS = [
    Door("targets:add", SETTING),
    Door("targets:add", SETTING.replace("200", "422"), method="POST"),
    Door("targets:decompose", SETTING),
    Door("targets:decompose", SETTING.replace("200", "422"), method="POST"),
    Door("targets:sheet", SEEING),
    Door("targets:sheet_data", SEEING),
    Door("targets:sheet_row", SEEING.replace("200", "302"), args=lambda world: ["u0"]),
    Door("targets:set_cells", SETTING.replace("200", "422"), method="POST"),
    Door("targets:seasons", "302 200 200 200 200 200 200 200 200 403 403 200"),
    Door(
        "targets:seasons",
        "302 422 422 422 422 422 422 422 422 403 403 422",
        method="POST",
        data=lambda world: {"m1": "x"},
    ),
    Door("targets:learn_seasons", "302 403 403 403 403 403 422 403 403 422 403 403", method="POST"),
    Door("targets:target", "302 200 404 404 200 200 200 200 200 404 404 200", args=of_chenan),
    Door("targets:adjust", "302 403 404 404 200 200 200 403 403 404 404 403", args=of_chenan),
    Door(
        "targets:withdraw", "302 403 404 404 302 302 302 403 403 404 404 403", method="POST", args=of_chenan
    ),
]

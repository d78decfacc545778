"""Doors of targets: who leads sets them, whoever they are for sees them."""

from __future__ import annotations

from typing import Any

from tests.doors import Door
from tests.world import World

SETTING = "302 403 403 403 200 200 200 403 403 403 403 403"


SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"


TALKING = "302 404 404 404 200 200 200 200 200 404 404 200"
TURNING = "302 404 404 404 422 422 422 403 403 404 404 403"


WEIGHING = "302 403 403 403 403 403 200 403 403 200 403 403"


def of_talk(world: World) -> list[Any]:
    return [world.negotiation.pk]


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
    Door("targets:negotiations", SEEING),
    Door("targets:open_negotiation", SETTING),
    Door("targets:open_negotiation", SETTING.replace("200", "422"), method="POST"),
    Door("targets:negotiation", TALKING, args=of_talk),
    *(Door(f"targets:{act}", TURNING, args=of_talk, method="POST") for act in ("propose", "submit_target")),
    Door("targets:thread", TALKING.replace("200", "302"), args=of_talk),
    Door("targets:say", TURNING.replace("422", "302"), args=of_talk, method="POST"),
    Door("targets:answer", TURNING.replace("422 422 422", "422 422 422"), args=of_talk, method="POST"),
    Door("targets:waive", "302 404 404 404 403 422 403 403 403 404 404 403", args=of_talk, method="POST"),
    Door(
        "targets:drop_negotiation",
        "302 404 404 404 403 302 302 403 403 404 404 403",
        args=of_talk,
        method="POST",
    ),
    Door("targets:confirm", "404", method="POST", args=lambda world: [1]),
    Door("targets:refuse", "404", method="POST", args=lambda world: [1]),
    *(
        Door(f"targets:{act}", "302 403 404 404 200 200 200 403 403 404 404 403", args=of_chenan)
        for act in ("adjustment", "transfer")
    ),
    *(
        Door(
            f"targets:{act}", "302 403 404 404 422 422 422 403 403 404 404 403", args=of_chenan, method="POST"
        )
        for act in ("adjustment", "transfer")
    ),
    Door("targets:seasons", "302 200 200 200 200 200 200 200 200 403 403 200"),
    Door(
        "targets:seasons",
        "302 422 422 422 422 422 422 422 422 403 403 422",
        method="POST",
        data=lambda world: {"m1": "x"},
    ),
    Door("targets:learn_seasons", "302 403 403 403 403 403 422 403 403 422 403 403", method="POST"),
    Door("targets:selling", SEEING),
    Door("targets:set_selling_days", WEIGHING),
    Door("targets:set_selling_days", WEIGHING.replace("200", "422"), method="POST"),
    Door(
        "targets:withdraw_selling_days", WEIGHING.replace("200", "404"), method="POST", args=lambda world: [1]
    ),
    Door("targets:target", "302 200 404 404 200 200 200 200 200 404 404 200", args=of_chenan),
    *(
        Door(f"targets:{act}", "302 403 404 404 200 200 200 403 403 404 404 403", args=of_chenan)
        for act in ("adjust", "describe")
    ),
    Door(
        "targets:describe", "302 403 404 404 302 302 302 403 403 404 404 403", method="POST", args=of_chenan
    ),
    Door(
        "targets:withdraw", "302 403 404 404 302 302 302 403 403 404 404 403", method="POST", args=of_chenan
    ),
]

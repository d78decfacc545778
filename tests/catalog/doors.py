"""Doors of products."""

from __future__ import annotations

from typing import Any

from tests.doors import Door
from tests.world import World

# anonymous owner colleague outsider manager director operations finance control admin security auditor
MANAGING = "302 403 403 403 403 403 {0} 403 403 {0} 403 403"


def _product(world: World) -> list[Any]:
    return [world.product.pk]


def _chosen(world: World) -> dict[str, Any]:
    return {"chosen": [world.product.pk]}


DOORS = [
    Door("catalog:list", "200"),
    Door("catalog:suggest", "200", query="?product_text=柔性"),
    Door("catalog:product", "200", args=_product),
    Door("catalog:add", MANAGING.format(200)),
    Door("catalog:add", MANAGING.format(422), method="POST", data=lambda world: {"name": ""}),
    Door("catalog:edit", MANAGING.format(200), args=_product),
    Door("catalog:retire", MANAGING.format(302), args=_product, method="POST"),
    Door("catalog:restore", MANAGING.format(302), args=_product, method="POST"),
    Door("catalog:retire_several", MANAGING.format(302), method="POST", data=_chosen),
    Door("catalog:restore_several", MANAGING.format(302), method="POST", data=_chosen),
]

"""Doors of customers."""

from __future__ import annotations

from typing import Any

from tests.doors import Door
from tests.world import World

# anonymous owner colleague outsider manager director operations finance control admin security auditor
SEEN = "302 200 200 200 200 200 200 200 200 403 403 200"
ADDING = "302 200 200 200 200 200 200 403 403 403 403 403"
ITS_PAGE = "302 200 404 404 200 200 200 200 200 403 403 200"
CHANGING = "302 {0} 404 404 {0} {0} {0} 403 403 404 404 403"
LEADING = "302 403 404 404 {0} {0} {0} 403 403 404 404 403"
REVEALING = "302 200 404 404 200 200 200 200 200 404 404 403"


def _customer(world: World) -> list[Any]:
    return [world.customer.pk]


def _contact(world: World) -> list[Any]:
    return [world.contact.pk]


def _file(world: World) -> list[Any]:
    return [world.customer_file.pk]


def _chosen(world: World) -> dict[str, Any]:
    return {"chosen": [world.customer.pk]}


DOORS = [
    Door("customers:list", SEEN),
    Door("customers:count", SEEN),
    Door("customers:choices", SEEN, args=lambda world: ["unit"]),
    Door("customers:chain", ITS_PAGE, args=_customer),
    Door("customers:chain_pdf", ITS_PAGE, args=_customer, method="POST"),
    Door("customers:suggest", SEEN, query="?customer_text=甬江"),
    Door("customers:add", ADDING),
    Door("customers:add", ADDING.replace("200", "422"), method="POST", data=lambda world: {"name": ""}),
    Door("customers:duplicates", ADDING, method="POST", data=lambda world: {"name": "宁波甬江机电"}),
    Door(
        "customers:hand_over_several",
        "302 403 403 403 200 200 200 403 403 403 403 403",
        method="POST",
        data=_chosen,
    ),
    Door(
        "customers:tag_several",
        "302 200 200 200 200 200 200 403 403 403 403 403",
        method="POST",
        data=_chosen,
    ),
    Door("customers:customer", ITS_PAGE, args=_customer),
    Door("customers:timeline", ITS_PAGE, args=_customer),
    Door("customers:edit", CHANGING.format(200), args=_customer),
    Door("customers:hand_over", LEADING.format(200), args=_customer),
    Door("customers:share", CHANGING.format(200), args=_customer),
    Door(
        "customers:unshare",
        CHANGING.format(302),
        args=lambda world: [world.customer.pk, world.cast.maxiao.pk],
        method="POST",
    ),
    Door("customers:tag", CHANGING.format(200), args=_customer),
    Door("customers:verify_phone", CHANGING.format(302), args=_customer, method="POST"),
    Door("customers:reveal_phone", REVEALING, args=_customer, method="POST"),
    Door("customers:merge", CHANGING.format(200), args=_customer),
    Door(
        "customers:unmerge",
        CHANGING.format(302),
        args=lambda world: [world.merge.kept_id, world.merge.pk],
        method="POST",
    ),
    Door("customers:add_contact", CHANGING.format(200), args=_customer),
    Door("customers:add_note", ITS_PAGE, args=_customer),
    Door("customers:add_file", CHANGING.format(200), args=_customer),
    Door("customers:file", ITS_PAGE, args=_file),
    Door("customers:remove_file", CHANGING.format(302), args=_file, method="POST"),
    Door("customers:edit_contact", CHANGING.format(200), args=_contact),
    Door("customers:mark_left", CHANGING.format(302), args=_contact, method="POST"),
    Door("customers:mark_back", CHANGING.format(302), args=_contact, method="POST"),
    Door("customers:reveal_contact", REVEALING, args=_contact, method="POST"),
]

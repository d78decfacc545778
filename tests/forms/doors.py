"""Doors of forms: the register is the house's, what comes in on them follows who may see it, forms of a unit are its own."""

from __future__ import annotations

from tests.doors import Door
from tests.world import World


def _form(world: World) -> list[int]:
    return [world.form.pk]


def _version(world: World) -> list[int]:
    return [world.form_version.pk]


def _record(world: World) -> list[int]:
    return [world.form_record.pk]


def _review(world: World) -> list[int]:
    return [world.form_review.pk]


def _answers(world: World) -> dict[str, str]:
    return {"q-market": "甬江机电月底扩产，正在找两家供应商比价"}


#           anon own col out man dir ops fin con adm sec aud
SEEING = "302 200 200 200 200 200 200 200 200 200 403 200"
READING = "302 200 200 200 200 200 200 200 200 403 403 200"
OF_UNIT = "302 200 200 404 200 200 200 200 200 200 403 200"
RECORD = "302 200 404 404 200 200 200 200 200 404 404 200"
KEEPING = "302 403 403 404 403 200 200 403 403 403 404 403"
ACTING = "302 403 403 404 403 302 302 403 403 403 404 403"
STUCK = "302 403 403 404 403 422 422 403 403 403 404 403"
NOTHING = "302 302 404 404 302 302 302 302 302 404 404 302"

DOORS = [
    Door("forms:list", SEEING),
    Door("forms:map", SEEING),
    Door("forms:records", READING),
    Door("forms:hand_ins", READING),
    Door("forms:hand_ins_file", READING, args=lambda world: ["xlsx"], method="POST"),
    Door("forms:worth", READING),
    Door("forms:worth_file", READING, args=lambda world: ["xlsx"], method="POST"),
    Door("forms:propose", "302 403 403 403 200 200 200 200 200 403 403 403"),
    Door("forms:form", OF_UNIT, args=_form),
    Door("forms:version", OF_UNIT, args=_version),
    Door("forms:edit", KEEPING, args=_version),
    Door("forms:justify", KEEPING, args=_version),
    Door("forms:drop", KEEPING, args=_version),
    Door("forms:issue", KEEPING, args=_version),
    Door("forms:ask", STUCK, args=_version, method="POST"),
    Door("forms:change", ACTING, args=_form, method="POST"),
    Door("forms:retire", KEEPING, args=_form),
    Door("forms:give", KEEPING, args=_form),
    Door("forms:review", OF_UNIT, args=_review),
    Door("forms:fill", "302 200 200 404 404 404 404 404 404 403 403 403", args=_form),
    Door(
        "forms:fill",
        "302 302 302 404 404 404 404 404 404 403 403 403",
        args=_form,
        method="POST",
        data=_answers,
    ),
    Door("forms:record", RECORD, args=_record),
    Door("forms:correct", "302 200 404 404 403 403 403 403 403 404 404 403", args=_record),
    Door("forms:file", RECORD, args=lambda world: [world.form_file.pk]),
    Door("forms:read", NOTHING, args=_record, method="POST"),
    Door("forms:use", RECORD, args=_record),
    Door("forms:doubt", "302 403 404 404 200 200 200 403 200 404 404 403", args=_record),
    Door("forms:paper", RECORD, args=_record, method="POST"),
    Door(
        "forms:take_out",
        "302 200 200 404 200 200 200 200 200 200 403 200",
        args=lambda world: [world.form.pk, "csv"],
        method="POST",
    ),
    Door(
        "forms:of_customer",
        "302 200 404 404 200 200 200 200 200 404 404 200",
        args=lambda world: [world.customer.pk],
    ),
    Door(
        "forms:of_deal",
        "302 200 404 404 200 200 200 200 200 404 404 200",
        args=lambda world: [world.deal.pk],
    ),
    Door(
        "forms:confirm",
        "302 404 404 404 404 422 422 422 404 404 404 422",
        args=lambda world: [world.form_request.pk],
        method="POST",
    ),
    Door(
        "forms:refuse",
        "302 404 404 404 404 422 422 422 404 404 404 422",
        args=lambda world: [world.form_request.pk],
        method="POST",
    ),
]

"""What says two things at once, of which one reader would check the first and another use the last: refused (IN-11)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from loudou.exchange.forms.exporting import ExportForm
from loudou.exchange.importing.mapping import parse_map
from loudou.exchange.importing.reading import Bad, Reading
from loudou.exchange.importing.spec import kind_named
from loudou.journal.models import Entry
from loudou.kernel.refusals import Refused
from loudou.pipeline.models import Deal
from loudou.targets.models import Target
from loudou.targets.proposals import read_weights
from loudou.ui.objects import read_json
from tests.cast import Cast
from tests.doors import PEOPLE, enter, person
from tests.exchange.api_doors import ROWS
from tests.exchange.api_doors.row import Row
from tests.exchange.api_doors.world import World
from tests.exchange.calling import Calls, operations, problem

TWICE = '{"owner": "chenan", "owner": "lina"}'


@pytest.fixture(autouse=True)
def _no_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many operations there are: one caller may ask them all."""
    monkeypatch.setattr("loudou.exchange.callers.seconds_to_wait", lambda _caller: 0)


def test_no_operation_takes_a_body_that_names_a_field_twice(db: None) -> None:
    """Each that reads JSON, as somebody whom it lets in; nothing is written."""
    asked = 0
    world = World()
    callers = _callers(world.cast)
    for method, path, operation in operations():
        if "application/json" not in operation.get("requestBody", {}).get("content", {}):
            continue
        row = ROWS[f"{method} {path}"]
        filled, usual = path.format(**row.keys(world)), row.body(world)
        inner = json.dumps(usual, default=str)[1:-1]
        before = Entry.objects.count()
        for body in (TWICE, f'{{{inner}{"," if inner else ""} "x": {{"a": 1, "a": 2}}}}'):
            problem(callers[_welcome(row)].send(method, filled, body), 400, "bad_request")
        assert Entry.objects.count() == before, path
        asked += 1
    assert asked > 50


def test_no_operation_takes_a_parameter_twice(db: None) -> None:
    asked = 0
    world = World()
    callers = _callers(world.cast)
    for method, path, operation in operations():
        row = ROWS[f"{method} {path}"]
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "query" or "array" in json.dumps(parameter["schema"]):
                continue
            twice = f"{path.format(**row.keys(world))}?{parameter['name']}=1&{parameter['name']}=2"
            problem(callers[_welcome(row)].send(method, twice), 400, "bad_request")
            asked += 1
    assert asked > 50


def test_an_address_says_nothing_beside_the_body(cast: Cast) -> None:
    """A parameter of the same name is no second opinion, nor is one passed over."""
    made = Calls(cast.chenan).post("/deals?title=anders&owner=lina", {"title": "柔性产线"})
    assert list(problem(made, 422, "invalid")["fields"]) == ["title", "owner"]
    assert not Deal.objects.filter(title__in=("anders", "柔性产线")).exists()


def _callers(cast: Cast) -> dict[str, Calls]:
    return {kind: Calls(person(cast, kind)) for kind in list(PEOPLE)[1:]}


def _welcome(row: Row) -> str:
    """Somebody the operation lets in, else anybody whom it knows."""
    statuses = row.statuses()
    return next((kind for kind, status in statuses.items() if status < 300 or status == 422), "owner")


# Files and pages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [TWICE, '[{"a": {"b": 1, "b": 1}}]', "{", "", b"\xff"])
def test_json_has_one_meaning_or_none(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        read_json(text)


def test_json_with_one_meaning_is_read_whole() -> None:
    assert read_json('{"a": [{"b": 1}, {"b": 2}], "c": null}') == {"a": [{"b": 1}, {"b": 2}], "c": None}


@pytest.mark.parametrize("file", [b'{"e1": 30, "e1": 70}', b'[{"key": "e1", "weight": 30, "weight": 70}]'])
def test_a_part_is_not_weighed_twice(file: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        read_weights(file)
    assert refusal.value.field == "weights"


def test_a_mapping_does_not_name_a_column_twice() -> None:
    with pytest.raises(Refused) as refusal:
        parse_map(b'{"columns": {"code": "A", "code": "B"}}')
    assert refusal.value.field == "map"


def test_an_answer_is_not_given_twice() -> None:
    kind = kind_named("form-records")
    assert kind is not None
    read = next(column.read for column in kind.columns if column.name == "answers")
    reading = Reading(zone=ZoneInfo("Asia/Shanghai"), now=datetime(2026, 6, 1, tzinfo=UTC))
    assert read('{"market": "a"}', reading) == {"market": "a"}
    with pytest.raises(Bad):
        read('{"market": "a", "market": "b"}', reading)


def test_what_is_taken_out_is_not_filtered_two_ways(cast: Cast) -> None:
    said = {"kind": "deals", "filters": TWICE}
    assert "filters" in ExportForm(cast.chenan, said).errors
    assert "filters" not in ExportForm(cast.chenan, {**said, "filters": '{"owner": "lina"}'}).errors


@pytest.mark.parametrize(
    "body",
    [
        '{"cells": [], "cells": [["%s", "2026-01", "80", 0, null]]}',
        '{"cells": [["%s", "2026-01", "80", Infinity, null]]}',
        '{"cells": [[]]}',
        '{"cells": {"a": 1}}',
        "[" * 100_000,
        "7",
    ],
)
def test_cells_that_say_two_things_or_nothing_are_not_understood(
    body: str, cast: Cast, client: Client
) -> None:
    unit = cast.unit("D1")
    address = f"{reverse('targets:set_cells')}?unit=D1&metric=bookings&period=2026&grain=month"
    enter(client, cast.heli)
    answer: Any = client.post(address, body.replace("%s", f"u{unit.pk}"), content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (422, ["sentence"])
    assert not Target.objects.filter(unit=unit).exists()

"""The sheet: many cells at once, each with its own version; proofs; a row as a form; the workbook out and in."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from loudou.journal.models import Entry, Notice
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs as people
from loudou.people.models import Organisation, Unit
from loudou.people.queries import organisation
from loudou.targets import verbs
from loudou.targets.figures.sheet import Fault, Line, prove
from loudou.targets.models import Edition, Target
from loudou.targets.queries.sheet import rows_named, sheet_of
from loudou.targets.verbs import CellInput
from tests.cast import Cast
from tests.doors import enter
from tests.targets.test_pages import text

YEAR = Fiscal().parse("2027")
JAN = Fiscal().parse("2027-01")
ASKED = "?unit={}&metric=bookings&period=2027&grain=month"


@pytest.fixture
def team(cast: Cast) -> Unit:
    return Unit.objects.get(pk=cast.wumin.unit_id)


def typed(unit: Unit, amount: int | None, **more: Any) -> CellInput:
    said = {"person": None, "period": JAN, "amount": None if amount is None else Decimal(amount), **more}
    return CellInput(unit, **said)


def test_cells_are_set_changed_and_emptied_at_once(cast: Cast, team: Unit) -> None:
    said = [
        typed(team, 100, version=0),
        typed(team, 70, person=cast.lina, version=0),
        typed(team, None, period=YEAR),
    ]
    first, second, none = verbs.set_cells(said, metric="bookings", by=cast.wumin)
    assert (first.target, none.target) == (Target.objects.get(person=None), None)
    assert second.target is not None and second.target.currency == "CNY"
    assert Notice.objects.filter(recipient=cast.lina, entry__event="target.typed").count() == 1
    again = [typed(team, 120, version=1), typed(team, None, person=cast.lina, version=1)]
    changed, gone = verbs.set_cells(again, metric="bookings", by=cast.wumin)
    assert changed.target is not None and changed.target.version == 2 and gone.target is None
    assert [one.amount for one in Edition.objects.filter(target=changed.target)] == [120, 100]
    events = list(
        Entry.objects.filter(event__startswith="target.").order_by("id").values_list("event", flat=True)
    )
    assert sorted(events) == sorted(
        ["target.set", "target.set", "target.typed", "target.adjusted", "target.withdrawn"]
    )
    assert verbs.set_cells([typed(team, 120, version=2)], metric="bookings", by=None)[0].target is not None
    assert Target.objects.get().version == 2  # the same again is no change


def test_one_cell_typed_twice_in_a_paste_ends_as_the_last(cast: Cast, team: Unit) -> None:
    verbs.set_cells([typed(team, 1)], metric="bookings", by=None)
    verbs.set_cells([typed(team, 2), typed(team, 3)], metric="bookings", by=None)
    assert (Target.objects.get().amount, Edition.objects.count()) == (3, 2)
    verbs.set_cells([typed(team, 4), typed(team, None)], metric="bookings", by=None)
    assert not Target.objects.exists()


def test_whoever_was_second_gets_both_values_and_the_rest_is_written(cast: Cast, team: Unit) -> None:
    verbs.set_cells([typed(team, 100)], metric="bookings", by=None)
    said = [typed(team, 200, version=0), typed(team, 300, period=YEAR, version=0)]
    late, fine = verbs.set_cells(said, metric="bookings", by=cast.wumin)
    assert isinstance(late.refusal, Stale) and late.refusal.version == 1
    assert late.refusal.differences == {"amount": (100, 200)}
    assert fine.target is not None and Target.objects.get(starts_on=JAN.start, ends_on=JAN.end).amount == 100
    emptied = verbs.set_cells(
        [typed(team, 5, period=Fiscal().parse("2027-02"), version=4)], metric="bookings", by=None
    )
    assert isinstance(emptied[0].refusal, Stale) and emptied[0].refusal.version == 0


def test_locked_approved_closed_and_foreign_cells_stay(cast: Cast, team: Unit) -> None:
    verbs.set_cells([typed(team, 100, locked=True)], metric="bookings", by=None)

    def refused(cell: CellInput, by: Any = None, metric: str = "bookings") -> str:
        outcome = verbs.set_cells([cell], metric=metric, by=by)[0]
        assert outcome.refusal is not None
        return outcome.refusal.field or type(outcome.refusal).__name__

    assert refused(typed(team, 200)) == "amount" and refused(typed(team, None)) == "amount"
    assert refused(typed(team, -1, period=YEAR)) == "amount"
    assert refused(typed(team, 1), by=cast.chenan) == "Forbidden"
    opened = verbs.set_cells([typed(team, 100, locked=False)], metric="bookings", by=None)[0].target
    assert opened is not None and not opened.locked
    Target.objects.update(approved_by=cast.heli)
    assert refused(typed(team, 200)) == "amount"
    people.set_rate(currency="USD", kind="plan", valid_from=date(2027, 1, 1), rate=Decimal(7), by=None)
    verbs.set_target(unit=team, metric="cash", period=JAN, amount=Decimal(1), currency="USD", by=None)
    assert refused(typed(team, 2), metric="cash") == "amount"
    Organisation.objects.update(closed_through=date(2027, 12, 31))
    assert refused(typed(team, 7, period=YEAR)) == "period"
    with pytest.raises(Refused):
        verbs.set_cells([], metric="fame", by=None)
    with pytest.raises(Refused) as refusal:
        verbs.set_cells([typed(team, 1)] * 40_001, metric="bookings", by=None)
    assert refusal.value.field == "cells"
    with pytest.raises(Refused):
        verbs.adjust_target(Target.objects.get(metric="bookings"), amount=Decimal(5), by=None)
    assert issubclass(Forbidden, Refused)


def test_what_is_proved() -> None:
    lines = [
        Line("u1", "", False),
        Line("u2", "u1", False),
        Line("u3", "u1", False),
        Line("p1", "u2", True),
        Line("p2", "u3", True),
    ]
    cells = {
        ("u1", "Y"): 100,
        ("u1", "1"): 40,
        ("u1", "2"): 50,
        ("u2", "Y"): 60,
        ("p1", "Y"): 72,
        ("p2", "Y"): 40,
    }
    cells |= {("u2", "1"): 10, ("p1", "1"): 11, ("u3", "1"): 30, ("p2", "1"): 36}
    found = prove(lines, ["1", "2"], "Y", {place: Decimal(n) for place, n in cells.items()})
    assert set(found) == {
        Fault("u1", "Y", "sum", Decimal(10)),
        Fault("u2", "Y", "sum", Decimal(50)),
        Fault("p1", "Y", "sum", Decimal(61)),
        Fault("p2", "Y", "sum", Decimal(4)),
        Fault("u1", "Y", "sum_units", Decimal(40)),
        Fault("u1", "Y", "over_assignment", Decimal(8)),
    }
    only = {("u2", "1"): Decimal(10), ("p1", "1"): Decimal(11)}
    assert prove(lines, ["1"], "Y", only) == [Fault("u2", "1", "over_assignment", Decimal(1))]


def test_the_page_and_its_data(cast: Cast, team: Unit, client: Client) -> None:
    verbs.set_target(unit=team, metric="bookings", period=YEAR, amount=Decimal(100), by=None)
    verbs.set_target(unit=team, metric="bookings", period=JAN, amount=Decimal(90), by=None)
    verbs.set_target(unit=None, person=cast.lina, metric="bookings", period=YEAR, amount=Decimal(60), by=None)
    asked = ASKED.format(team.code)
    enter(client, cast.wumin)
    page = text(client.get(f"/targets/sheet/{asked}"))
    assert "李娜" in page and "2 项检查未通过" in page
    data = client.get(f"/targets/sheet/data/{asked}").json()
    assert [column["key"] for column in data["columns"]][::12] == ["2027-01", "2027"]
    assert [column["name"] for column in data["columns"]][:2] == ["1 月", "2 月"]
    assert data["cells"][f"u{team.pk}"] == {"2027": ["100.00", 1, 0, ""], "2027-01": ["90.00", 1, 0, ""]}
    assert data["faults"] == [
        [f"u{team.pk}", "2027", "sum", "10.00"],
        [f"u{team.pk}", "2027", "over_assignment", "60.00"],
    ]
    rows = {row[0]: row for row in data["rows"]}
    assert rows[f"p{cast.lina.pk}"] == [f"p{cast.lina.pk}", f"u{team.pk}", 1, "李娜", 1, 1, "", 0]
    quarters = client.get(f"/targets/sheet/data/{asked.replace('month', 'quarter')}&period=1800").json()
    assert [column["name"] for column in quarters["columns"]][:2] == ["一季度", "二季度"]
    assert len(quarters["columns"]) == 5
    own = enter(Client(), cast.lina).get(f"/targets/sheet/data/{asked}").json()
    assert own["cells"] == {f"p{cast.lina.pk}": {"2027": ["60.00", 1, 0, ""]}}
    assert [row[5] for row in own["rows"]] == [0, 0]


def test_two_people_type_into_one_tree(cast: Cast, team: Unit, client: Client) -> None:
    asked = f"/targets/sheet/cells/{ASKED.format(team.code)}"
    row, other = f"u{team.pk}", f"p{cast.lina.pk}"

    def send(who: Client, *cells: list[Any]) -> Any:
        return who.post(asked, json.dumps({"cells": cells}), content_type="application/json")

    enter(client, cast.wumin)
    second = enter(Client(), cast.heli)
    first = send(client, [row, "2027", "1,000", 0, None], [other, "2027", "12万", 0, True])
    assert first.status_code == 200 and first.json()["cells"][1]["amount"] == "120000.00"
    assert first.json()["cells"][1]["locked"] == 1 and first.json()["faults"] == []
    late = send(second, [row, "2027", "2000", 0, None], [row, "2027-01", "5", 0, None])
    told = late.json()["cells"]
    assert (
        late.status_code == 409
        and told[0]["stale"]
        and told[0]["amount"] == "1000.00"
        and told[0]["version"] == 1
    )
    assert told[1]["amount"] == "5.00" and "sentence" not in told[1]
    assert send(second, [row, "2027", "2000", 1, None]).status_code == 200
    assert send(client, [other, "2027", None, 1, None]).status_code == 422  # locked
    for body in ("{", '{"cells": [1]}', '{"cells": [["u0", "2027", "1", 0, null]]}', "[]"):
        assert client.post(asked, body, content_type="application/json").status_code == 422
    assert send(client, [row, "2027", "much", 2, None]).json()["sentence"].startswith("请写成")


def test_a_row_is_a_form_without_script(cast: Cast, team: Unit, client: Client) -> None:
    address = f"/targets/sheet/row/u{team.pk}/{ASKED.format(team.code)}"
    enter(client, cast.wumin)
    assert 'name="2027-01"' in client.get(address).content.decode()
    said = {
        "2027": "120",
        "2027-version": "0",
        "2027-01": "",
        "2027-01-version": "0",
        "2027-02": "10",
        "2027-02-version": "x",
    }
    assert client.post(address, said).status_code == 302
    assert {row.amount for row in Target.objects.all()} == {120, 10}
    wrong = client.post(address, {"2027": "much", "2027-version": "1"})
    assert wrong.status_code == 422 and 'value="much"' in wrong.content.decode()
    late = client.post(address, {"2027": "130", "2027-version": "0"})
    assert late.status_code == 409 and "120.00" in text(late) and 'value="130"' in late.content.decode()
    assert client.post(address, {"2027": "120", "2027-version": "1"}).status_code == 302
    assert client.get("/targets/sheet/row/u0/").status_code == 302


def workbook(answer: Any) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return [list(row) for row in book.get_sheet_by_index(0).to_python()]


def as_file(rows: list[list[Any]]) -> SimpleUploadedFile:
    lines = [",".join('"' + str(cell).replace('"', '""') + '"' for cell in row) for row in rows]
    return SimpleUploadedFile("targets.csv", "\n".join(lines).encode())


def test_the_workbook_goes_out_and_comes_back(cast: Cast, team: Unit, client: Client) -> None:
    verbs.set_target(unit=team, metric="bookings", period=YEAR, amount=Decimal(100), by=None)
    verbs.set_target(unit=team, metric="bookings", period=JAN, amount=Decimal(8), by=None)
    enter(client, cast.wumin)
    asked = ASKED.format(team.code)
    rows = workbook(client.post(f"/targets/sheet/out/{asked}"))
    assert rows[0][:5] == ["unit_code", "username", "name", "2027", "2027-01"]
    assert rows[1][:5] == [team.code, "", team.name, 100, 8]
    assert Entry.objects.filter(event="targets.taken_out", actor=cast.wumin).count() == 1
    verbs.set_cells([typed(team, 9)], metric="bookings", by=None)  # somebody else, meanwhile
    into = f"/targets/sheet/in/{asked}"
    place = next(at for at, row in enumerate(rows) if row[1] == "lina")
    rows[1][3], rows[place][3] = 120, "60"
    assert client.post(into, {"file": as_file(rows)}).status_code == 302
    amounts = {
        (row.person_id, row.starts_on.month, row.ends_on.month): row.amount for row in Target.objects.all()
    }
    assert amounts[None, 1, 1] == 120 and amounts[cast.lina.pk, 1, 1] == 60 and amounts[None, 1, 2] == 9
    rows[1][4] = 7  # typed over what somebody else changed
    late = client.post(into, {"file": as_file(rows)})
    assert late.status_code == 409 and "9.00" in text(late)


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([["a", "b"], [1, 2]], "unit_code"),
        ([["unit_code", "2027"], ["NOWHERE", 1]], "2"),
        ([["unit_code", "2027"], ["", ""], ["{code}", "much"]], "much"),
        ([["unit_code", "2027", "kept"], ["{code}", "1", "[]"]], "kept"),
    ],
)
def test_a_workbook_of_something_else_is_refused(
    cast: Cast, team: Unit, client: Client, rows: list[list[Any]], word: str
) -> None:
    rows = [[str(cell).replace("{code}", team.code) for cell in row] for row in rows]
    enter(client, cast.wumin)
    answer = client.post(f"/targets/sheet/in/{ASKED.format(team.code)}", {"file": as_file(rows)})
    assert answer.status_code == 422 and word in text(answer) and not Target.objects.exists()


def test_who_belongs_nowhere_has_no_sheet(cast: Cast, client: Client) -> None:
    somebody = people.add_person(
        username="nomad", name="游", roles_held=["rep", "manager"], unit=None, by=None
    )
    enter(client, somebody)
    assert "不属于任何部门" in text(client.get("/targets/sheet/"))
    assert client.get("/targets/sheet/data/").json()["rows"] == []
    assert client.post("/targets/sheet/cells/", "{}", content_type="application/json").status_code == 422
    assert client.get("/targets/sheet/row/u1/").status_code == 302
    assert client.post("/targets/sheet/out/").status_code == 302
    assert client.get("/targets/sheet/in/").status_code == 302


def test_cells_that_cannot_be_typed_over_say_why(cast: Cast, team: Unit, client: Client) -> None:
    people.set_rate(currency="USD", kind="plan", valid_from=date(2027, 1, 1), rate=Decimal(7), by=None)
    amount = Decimal(70)
    verbs.set_target(unit=team, metric="bookings", period=YEAR, amount=amount, currency="USD", by=None)
    verbs.set_target(unit=team, metric="bookings", period=JAN, amount=amount, by=None)
    verbs.set_target(unit=team, metric="bookings", period=Fiscal().parse("2027-W20"), amount=amount, by=None)
    february = verbs.set_target(
        unit=team, metric="bookings", period=Fiscal().parse("2027-02"), amount=amount, by=None
    )
    Target.objects.filter(pk=february.pk).update(approved_by=cast.heli)
    Organisation.objects.update(closed_through=date(2027, 1, 31))
    data = enter(client, cast.wumin).get(f"/targets/sheet/data/{ASKED.format(team.code)}").json()
    cells = data["cells"][f"u{team.pk}"]
    assert {name: cell[3] for name, cell in cells.items()} == {
        "2027": "currency",
        "2027-01": "closed",
        "2027-02": "approved",
    }


def test_a_keystroke_asks_the_same_of_the_database_however_large_the_sheet_is(cast: Cast, team: Unit) -> None:
    def save(amount: int) -> tuple[int, Any]:
        body = json.dumps({"cells": [[f"p{cast.lina.pk}", "2027-01", str(amount), 0, None]]})
        Target.objects.filter(person=cast.lina, starts_on=JAN.start, ends_on=JAN.end).delete()
        with CaptureQueriesContext(connection) as asked:
            answer = client.post(at, body, content_type="application/json")
        assert answer.status_code == 200
        return len(asked), answer.json()["faults"]

    client, at = enter(Client(), cast.wumin), reverse("targets:set_cells") + ASKED.format(team.code)
    before, none = save(5)
    verbs.set_cells(
        [
            typed(team, amount, person=person, period=Fiscal().parse(month))
            for person, amount in ((cast.lina, 30), (cast.chenan, 70), (None, 200))
            for month in ("2027-02", "2027-03", "2027")
        ],
        metric="bookings",
        by=None,
    )
    after, some = save(7)
    assert (none, after) == ([], before)
    shown = sheet_of(cast.wumin, team, "bookings", YEAR, organisation()).faults()
    assert some == [[one.row, one.column, one.rule, f"{one.shortfall:.2f}"] for one in shown] != []


def test_a_row_is_named_only_to_who_sees_it(cast: Cast, team: Unit) -> None:
    asked = (f"p{cast.lina.pk}", f"p{cast.chenan.pk}", f"u{team.pk}", f"p{cast.zhaomin.pk}", "x1", "p", "p1e")
    assert set(rows_named(cast.wumin, team, "bookings", YEAR, asked)) == set(asked[:3])
    own = rows_named(cast.chenan, team, "bookings", YEAR, asked)
    assert set(own) == {f"p{cast.chenan.pk}", f"u{team.pk}"}

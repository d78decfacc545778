"""What cannot be is refused in one sentence beside its field by page, command and API, and nothing typed is lost."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse

from loudou.exchange.importing.handing import Order, hand_in
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Refused
from loudou.people.models import Organisation
from loudou.targets import verbs
from loudou.targets.commands import decompose as command
from loudou.targets.models import Target
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls, problem
from tests.make import instant

YEAR = Fiscal().parse("2026")
Wrong = tuple[dict[str, str], dict[str, tuple[str, str]], str, str]
CASES: dict[str, Wrong] = {  # what is asked, weight and lock by part, the field, words of the sentence
    "a part that cannot sum": ({"total": "1005", "step": "10"}, {}, "total", "取整单位的整数倍"),
    "a negative remainder": (
        {"total": "1000"},
        {"2026-Q1": ("1", "1001"), "2026-Q2": ("1", "")},
        "total",
        "锁定的部分已超过总数",
    ),
    "parts that are all locked at less": (
        {"total": "1000"},
        {f"2026-Q{n}": ("1", "200") for n in range(1, 5)},
        "total",
        "还差 ¥200",
    ),
    "parts that are all locked at more": (
        {"total": "1000"},
        {f"2026-Q{n}": ("1", "300") for n in range(1, 5)},
        "total",
        "锁定的部分已超过总数",
    ),
    "no step": ({"total": "1000", "step": "0"}, {}, "step", "取整单位是大于零的金额"),
    "a period outside the parent": (
        {"total": "1000"},
        {"2027-Q1": ("1", ""), "2026-Q1": ("1", "")},
        "weights",
        "“2027-Q1”",
    ),
    "more than there is to convert": (
        {"metric": "conversion", "total": "150%"},
        {},
        "total",
        "转化率最多 100 %",
    ),
}
SHEET = "/targets/sheet/cells/?unit={}&metric=bookings&period=2026&grain=month"


@pytest.fixture(autouse=True)
def _february(db: None) -> Any:
    with clock.at(instant("2026-02-10 10:00")):
        yield


@pytest.mark.parametrize("wrong", CASES)
def test_a_decomposition_is_refused_the_same_by_command_api_and_page(
    cast: Cast, client: Client, tmp_path: Path, wrong: str
) -> None:
    said, weights, field, words = CASES[wrong]
    asked = {"unit": "D1", "metric": "bookings", "period": "2026", "step": "1", "by": "quarter", **said}
    file = tmp_path / "w.csv"
    file.write_text("".join(f"{key},{weight},{lock}\n" for key, (weight, lock) in weights.items()), "utf-8")
    options = [part for name, value in asked.items() for part in (f"--{name}", value)]
    with patch("loudou.targets.commands.ready", nullcontext):
        result = CliRunner().invoke(command, [*options, *(["--weights", str(file)] if weights else [])])
    assert result.exit_code == 1 and isinstance(result.exception, Refused)
    assert result.exception.field == field and words in result.exception.sentence

    by_hand = {key: weight for key, (weight, _lock) in weights.items()}
    locked = {key: lock for key, (_weight, lock) in weights.items() if lock}
    answer = Calls(cast.heli).post("/targets/decompose", {**asked, "weights": by_hand, "locked": locked})
    told = problem(answer, 422, "")
    assert words in told["fields"].get(field, told["fields"].get("locked", ""))

    typed = {f"weight-{key}": weight for key, weight in by_hand.items()}
    typed |= {f"lock-{key}": lock for key, lock in locked.items()}
    page = enter(client, cast.heli).post(
        "/targets/decompose/", {**asked, **typed, **({"method": "hand"} if weights else {})}
    )
    shown = page.content.decode()
    assert page.status_code == 422
    assert words in shown or wrong == "a period outside the parent"  # the page has no field for that one
    assert all(f'value="{value}"' in shown for value in (asked["total"], *locked.values()))
    assert not Target.objects.exists()


def test_a_closed_month_stays_as_it_is_at_every_door(cast: Cast, client: Client, tmp_path: Path) -> None:
    january = Fiscal().parse("2026-01")
    unit = cast.unit("D1")
    made = verbs.set_target(unit=unit, metric="bookings", period=january, amount=Decimal(70), by=None)
    Organisation.objects.update(closed_through=date(2026, 1, 31))
    words = "2026-01-31 以前已封账"
    enter(client, cast.heli)
    said = {"unit": unit.pk, "metric": "bookings", "period": "2026-01", "amount": "80"}
    said |= {"kind": "absolute", "currency": "CNY"}
    answer = client.post(reverse("targets:add"), said)
    assert (
        answer.status_code == 422
        and words in answer.content.decode()
        and 'value="80"' in answer.content.decode()
    )
    cells = {"cells": [[f"u{unit.pk}", "2026-01", "80", made.version, None]]}
    answer = client.post(SHEET.format("D1"), json.dumps(cells), content_type="application/json")
    assert answer.status_code == 422 and words in answer.json()["cells"][0]["sentence"]
    told = problem(
        Calls(cast.heli).patch(f"/targets/{made.pk}", {"amount": "80", "version": made.version}), 422, ""
    )
    assert words in told["message"]
    file = tmp_path / "targets.csv"
    file.write_text(
        "unit_code,metric,period,amount\nD1,bookings,2026-01,80\nD1,bookings,2026-02,90\n", "utf-8"
    )
    result = hand_in(Order("targets", file), dry_run=False, all_or_nothing=False)
    assert [(note.line, words in note.reason) for note in result.notes] == [(2, True)]
    assert sorted(Target.objects.values_list("amount", flat=True)) == [70, 90]


def test_of_two_people_in_one_tree_the_second_sees_both_values(cast: Cast, client: Client) -> None:
    unit = cast.unit("D1")
    made = verbs.set_target(unit=unit, metric="bookings", period=YEAR, amount=Decimal(1000), by=None)
    verbs.adjust_target(made, amount=Decimal(1200), by=cast.heli)
    enter(client, cast.heli)
    cells = {"cells": [[f"u{unit.pk}", "2026", "1500", 1, None], [f"u{unit.pk}", "2026-03", "5", 0, None]]}
    answer = client.post(SHEET.format("D1"), json.dumps(cells), content_type="application/json")
    first, second = answer.json()["cells"]
    assert (answer.status_code, first["amount"], first["stale"]) == (409, "1200.00", True)
    assert second["amount"] == "5.00"  # what nobody else touched is kept
    page = client.post(reverse("targets:adjust", args=[made.pk]), {"amount": "1500", "version": "1"})
    assert page.status_code == 409
    assert "<tr><td>目标</td>" in page.content.decode()
    assert "¥1,200" in page.content.decode() and "¥1,500" in page.content.decode()
    told = problem(Calls(cast.heli).patch(f"/targets/{made.pk}", {"amount": "1500", "version": 1}), 409, "")
    assert told["message"]
    assert Target.objects.get(pk=made.pk).amount == 1200

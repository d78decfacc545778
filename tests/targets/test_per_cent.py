"""A conversion's target as people write it: 25% is a quarter, wherever it is typed or imported; an amount has no %."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from loudou.exchange.importing.handing import Order, hand_in
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Refused
from loudou.targets import verbs
from loudou.targets.figures.typed import PerCent, parse_target
from loudou.targets.models import Target
from tests.cast import Cast
from tests.doors import enter

YEAR = Fiscal().parse("2027")


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("25%", "0.25"),
        (" 25 ％ ", "0.25"),
        ("100%", "1"),
        ("1%", "0.01"),
        ("0%", "0"),
        ("12.5%", "12.5"),
        ("120%", "120"),
        ("0.5%", "0.005"),
    ],
)
def test_what_is_written_with_the_sign_is_the_same_rate(raw: str, number: str) -> None:
    found = parse_target(raw)
    assert isinstance(found, PerCent) and found == Decimal(number)


def test_what_is_written_without_is_what_it_was() -> None:
    assert [parse_target(raw) for raw in ("25", "0.25", "1.2万")] == [25, Decimal("0.25"), 12000]
    assert not isinstance(parse_target("25"), PerCent)
    for raw in ("%", "2%5", "NaN%"):
        with pytest.raises(ValueError):
            parse_target(raw)


def test_it_is_typed_on_a_form_and_on_the_sheet(cast: Cast, client: Client) -> None:
    enter(client, cast.heli)
    said = {"unit": cast.wumin.unit_id, "period": "2027", "currency": "CNY", "amount": "25%"}
    assert client.post("/targets/add/", said | {"metric": "conversion"}).status_code in (200, 302)
    assert Target.objects.get(metric="conversion").amount == Decimal("0.25")
    refused = client.post("/targets/add/", said | {"metric": "bookings"})
    assert refused.status_code == 422 and "百分" in refused.content.decode()
    assert cast.wumin.unit is not None
    for metric, is_rate in (("conversion", True), ("bookings", False)):
        page = client.get(f"/targets/sheet/?unit={cast.wumin.unit.code}&metric={metric}&period=2027")
        assert (" data-rate" in page.content.decode()) is is_rate
    asked = f"/targets/sheet/cells/?unit={cast.wumin.unit.code}&metric=conversion&period=2027&grain=month"
    cells = [[f"p{cast.lina.pk}", "2027-01", "40%", 0, None]]
    answer = client.post(asked, json.dumps({"cells": cells}), content_type="application/json")
    assert answer.status_code == 200 and answer.json()["cells"][0]["amount"] == "0.40"


def test_it_is_imported_and_an_amount_of_money_has_none(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "targets.csv"
    lines = ("lina,conversion,2027,40%", "chenan,bookings,2027,40%", "chenan,conversion,2027,x%")
    file.write_text("\n".join(("username,metric,period,amount", *lines)) + "\n", "utf-8")
    assert hand_in(Order("targets", file), dry_run=False, all_or_nothing=False).refused == 2
    assert Target.objects.get().amount == Decimal("0.40")


def test_an_amount_of_money_in_per_cent_is_refused(cast: Cast) -> None:
    unit = cast.wumin.unit
    with pytest.raises(Refused) as refusal:
        verbs.set_target(unit=unit, metric="bookings", period=YEAR, amount=parse_target("25%"), by=cast.heli)
    assert refusal.value.field == "amount"

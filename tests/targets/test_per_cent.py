"""A conversion's target as people write it: 25% is a quarter, wherever it is typed or imported; an amount has no %."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from loudou.exchange.importing.handing import Order, hand_in
from loudou.insight.asked import assumption
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Refused
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.targets import verbs
from loudou.targets.figures.typed import PerCent, as_ratio, as_written, like, parse_target
from loudou.targets.models import Target
from loudou.targets.proposals import Asked, propose, read_weights
from loudou.targets.queries.agreeing import check_of, previews
from loudou.ui.fields import PercentField
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.make import instant
from tests.targets.test_pages import text

YEAR = Fiscal().parse("2027")
JULY = date(2027, 7, 1)


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


def test_no_more_is_won_than_was_closed(cast: Cast, client: Client, tmp_path: Path) -> None:
    file = tmp_path / "targets.csv"
    file.write_text(
        "username,metric,period,amount\nlina,conversion,2027,150%\nchenan,conversion,2027,150\n"
        "zhoukai,conversion,2027,100%\n",
        "utf-8",
    )
    found = hand_in(Order("targets", file), dry_run=False, all_or_nothing=False)
    assert [(note.line, note.column, note.reason) for note in found.notes] == [
        (line, "amount", "转化率最多 100 %。") for line in (2, 3)
    ]
    assert Target.objects.get().amount == 1
    assert cast.wumin.unit is not None
    enter(client, cast.heli)
    asked = f"/targets/sheet/cells/?unit={cast.wumin.unit.code}&metric=conversion&period=2027&grain=month"
    cells = [[f"p{cast.lina.pk}", "2027-01", "101", 0, None]]
    answer = client.post(asked, json.dumps({"cells": cells}), content_type="application/json")
    assert answer.status_code == 422 and answer.json()["cells"][0]["sentence"] == "转化率最多 100 %。"


def test_an_amount_of_money_in_per_cent_is_refused(cast: Cast) -> None:
    unit = cast.wumin.unit
    with pytest.raises(Refused) as refusal:
        verbs.set_target(unit=unit, metric="bookings", period=YEAR, amount=parse_target("25%"), by=cast.heli)
    assert refusal.value.field == "amount"


@pytest.mark.parametrize(
    ("rate", "ratio", "kept"),
    [("0.25", "0.25", "0.25"), ("12.5", "0.125", "12.5"), ("1", "1", "1"), ("0.005", "0.005", "0.005")],
)
def test_a_rate_is_kept_as_it_can_be_read_again(rate: str, ratio: str, kept: str) -> None:
    assert as_ratio(Decimal(rate)) == Decimal(ratio)
    assert as_written(Decimal(ratio)) == Decimal(kept)


def test_what_is_beside_a_rate_is_written_as_it_is() -> None:
    assert like(Decimal("0.05"), Decimal("12.5")) == like(Decimal(5), Decimal("12.5")) == 5
    assert like(Decimal("0.05"), Decimal("0.25")) == like(Decimal(5), Decimal("0.25")) == Decimal("0.05")


def _approved(cast: Cast, person: User, amount: str, metric: str = "conversion") -> Target:
    """A target of 2027 that only an adjustment changes."""
    target = verbs.set_target(
        person=person, unit=None, metric=metric, period=YEAR, amount=Decimal(amount), by=None
    )
    Target.objects.filter(pk=target.pk).update(approved_by=cast.heli)
    return target


@pytest.mark.parametrize(("typed", "given", "taken"), [("12.5%", "27.5", "62.5"), ("12.5", "27.5", "62.5")])
def test_who_takes_on_a_rate_writes_it_with_the_sign_or_without(
    cast: Cast, client: Client, typed: str, given: str, taken: str
) -> None:
    giver, taker = _approved(cast, cast.chenan, "0.40"), _approved(cast, cast.lina, "50")
    enter(client, cast.wumin)
    said = {"effective_on": "2027-07-01", "reason": "移交", f"to-{taker.pk}": typed, "look": "1"}
    with clock.at(instant("2027-06-10")):
        answer = client.post(f"/targets/{giver.pk}/transfer/", said)
        alone = previews([(giver, Decimal(given))], effective_on=JULY, cause="market", company=organisation())
    page = answer.content.decode()
    assert answer.status_code == 200 and f"→ {given}" in page and f"→ {taken}" in page
    months = [line.after for line in alone[0].lines]
    assert months == [Decimal("0.40")] * 6 + [Decimal(given)] * 6  # a rate is to be reached in every month


def test_who_signs_another_rate_is_told_it_as_it_is_written(cast: Cast) -> None:
    target = _approved(cast, cast.chenan, "0.40")
    with clock.at(instant("2027-10-10 10:00")):
        request = verbs.propose_adjustment(
            [(target, Decimal("27.5"))],
            effective_on=date(2027, 12, 1),
            cause="market",
            reason="行业下行",
            by=cast.wumin,
        )
    told = {"from": "0.40", "into": "27.5"}
    assert request.facts[2:] == [["陈安", told], ["2027-12", told]]


def test_who_takes_on_an_amount_of_money_writes_no_sign(cast: Cast, client: Client) -> None:
    giver, taker = (_approved(cast, one, "1200", "bookings") for one in (cast.chenan, cast.lina))
    enter(client, cast.wumin)
    said = {"effective_on": "2027-07-01", "reason": "移交", f"to-{taker.pk}": "10%", "look": "1"}
    with clock.at(instant("2027-06-10")):
        answer = client.post(f"/targets/{giver.pk}/transfer/", said)
    assert answer.status_code == 422 and "百分" in answer.content.decode()


@pytest.mark.parametrize("sign", ["", "%", "％"])
def test_taking_a_rate_apart_reads_the_sign_in_every_field(cast: Cast, client: Client, sign: str) -> None:
    assert cast.wumin.unit is not None
    enter(client, cast.wumin)
    said = {"unit": cast.wumin.unit.code, "metric": "conversion", "period": "2027", "by": "quarter"}
    said |= {"total": f"12.5{sign}", "step": f"2.5{sign}", "lock-2027-Q1": f"5{sign}", "method": "hand"}
    said |= {f"weight-2027-Q{n}": f"25{sign}" for n in range(1, 5)}
    answer = client.get("/targets/decompose/", said)
    assert answer.status_code == 200
    parts = re.findall(r'<td class="num"><b>([^<]+)</b></td>', answer.content.decode())
    assert parts == ["5", "12.50", "12.50", "12.50"]  # no sum of them


@pytest.mark.parametrize("by", ["month", "unit", "person"])
def test_a_rate_is_the_same_for_every_part_at_each_door(cast: Cast, by: str, tmp_path: Path) -> None:
    assert cast.wumin.unit is not None and cast.heli.unit is not None
    unit = cast.heli.unit if by == "unit" else cast.wumin.unit
    said = {"unit": unit.code, "metric": "conversion", "period": "2027", "by": by, "total": "12.5%"}
    told = Calls(cast.heli).post("/targets/decompose", said).json()
    assert len(told["parts"]) > 1 and {part["amount"] for part in told["parts"]} == {"12.50"}
    assert (told["sum"], told["sum_reason"], told["checks"], told["warnings"]) == (None, "rate", [], [])
    assert (told["assignment"], told["assignment_reason"]) == (None, "rate")
    first = told["parts"][0]["key"]
    locked = Calls(cast.heli).post("/targets/decompose", {**said, "locked": {first: "5%"}}).json()
    assert [part["amount"] for part in locked["parts"]] == ["5.00"] + ["12.50"] * (len(told["parts"]) - 1)
    weights = tmp_path / "weights.csv"
    weights.write_text(f"key,weight,locked\n{first},3,5%\n{told['parts'][1]['key']},1,\n")
    found = propose(Asked.read(**said, step="1"), read_weights(weights.read_bytes()))
    assert [share.amount for share in found.shares][:2] == [Decimal(5), Decimal("12.5")] and found.is_rate
    with pytest.raises(Refused) as refusal:
        propose(Asked.read(**{**said, "metric": "deals"}, step="1"))
    assert refusal.value.field == "total"
    with pytest.raises(Refused) as refusal:
        propose(Asked.read(**{**said, "total": "0.333"}, step="1"))
    assert refusal.value.field == "total"


def test_the_parts_of_a_rate_are_taken_over_as_it_is(cast: Cast, client: Client) -> None:
    assert cast.wumin.unit is not None
    verbs.set_target(
        unit=cast.wumin.unit, metric="conversion", period=YEAR, amount=Decimal("12.5"), by=cast.heli
    )
    enter(client, cast.wumin)
    said = {"unit": cast.wumin.unit.code, "metric": "conversion", "period": "2027", "by": "person"}
    page = client.get("/targets/decompose/", said).content.decode()
    assert "比率" in page and "120 %" not in text(client.get("/targets/decompose/", said))
    assert client.post("/targets/decompose/", {**said, "total": "12.5", "step": "1"}).status_code == 302
    parts = Target.objects.filter(person__isnull=False)
    assert parts.count() > 1 and {one.amount for one in parts} == {Decimal("12.5")}


def test_a_negotiated_rate_is_no_sum_of_its_peoples(cast: Cast, client: Client) -> None:
    assert cast.wumin.unit is not None
    unit = Unit.objects.get(pk=cast.wumin.unit_id)
    talk = verbs.open_negotiation(
        unit=unit, metric="conversion", period=YEAR, envelope=Decimal("12.5"), by=cast.heli
    )
    words = {"specific": "华东装备", "attainable": "在手商机充足", "relevant": "三年进前五"}
    parts = {cast.chenan.username: Decimal("12.5"), cast.lina.username: Decimal(13)}
    talk = verbs.propose_target(talk, amount=Decimal("12.5"), parts=parts, by=cast.wumin, **words)
    check, ratio = check_of(talk)
    assert check.passed and ratio.reason == "rate"
    page = text(enter(client, cast.heli).get(f"/targets/negotiations/{talk.pk}/"))
    assert "120 %" not in page
    verbs.confirm_target(
        verbs.submit_target(talk, by=cast.wumin), opinion="同意，按季检视一次进度", by=cast.heli
    )
    months = Target.objects.filter(person=cast.lina)
    assert months.count() == 13 and {one.amount for one in months} == {Decimal(13)}


@pytest.mark.parametrize("field", ["total", "step", "lock-2027-Q1"])
def test_taking_money_apart_has_no_sign(cast: Cast, client: Client, field: str) -> None:
    assert cast.wumin.unit is not None
    enter(client, cast.wumin)
    said = {"unit": cast.wumin.unit.code, "metric": "bookings", "period": "2027", "by": "quarter"}
    answer = client.get("/targets/decompose/", said | {"total": "100", "step": "1"} | {field: "50%"})
    assert answer.status_code == 422 and "百分" in answer.content.decode()


def test_what_somebody_tries_is_read_with_the_wide_sign_too() -> None:
    assert [assumption("win_rate", raw) for raw in ("12.5", "12.5%", "12.5％", " 12.5 % ")] == [
        Decimal("0.125")
    ] * 4
    assert PercentField().clean("12.5％") == PercentField().clean("12.5") == Decimal("0.125")


def test_a_rate_is_no_sum_of_its_periods_on_the_sheet(cast: Cast, client: Client) -> None:
    assert cast.wumin.unit is not None
    for name in ("2027", "2027-01", "2027-02"):
        period, amount = Fiscal().parse(name), Decimal("0.25")
        verbs.set_target(unit=cast.wumin.unit, metric="conversion", period=period, amount=amount, by=None)
    enter(client, cast.wumin)
    asked = f"unit={cast.wumin.unit.code}&metric=conversion&period=2027"
    assert client.get(f"/targets/sheet/data/?{asked}").json()["faults"] == []


@pytest.mark.parametrize(("amount", "shown"), [("0.25", "25.00%"), ("12.5", "12.50%"), ("1", "100.00%")])
def test_pages_show_it_in_per_cent_however_it_was_written(
    cast: Cast, client: Client, amount: str, shown: str
) -> None:
    period = Fiscal().parse("2026-Q2")
    target = verbs.set_target(
        unit=cast.unit("D1"), metric="conversion", period=period, amount=Decimal(amount), by=None
    )
    with clock.at(instant("2026-05-06 10:00")):
        enter(client, cast.wumin)
        board = text(client.get("/analysis/targets/?period=2026-Q2"))
        assert shown.replace("0%", "%") in board
        assert shown in text(client.get(f"/targets/{target.pk}/"))

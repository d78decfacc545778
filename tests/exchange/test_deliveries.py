"""Delivery plans over the API and by file: in, again, refused, out, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import pytest

from loudou.exchange import verbs as imports
from loudou.exchange.exporting.sheets import SHEETS
from loudou.exchange.importing.handing import Order, hand_in
from loudou.exchange.importing.taking_back import take_back
from loudou.exchange.models import Import
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.deliveries import planned
from tests import make
from tests.cast import Cast
from tests.exchange.calling import Calls, problem
from tests.make import instant

HEAD = "deal_code,due_on,amount"


@pytest.fixture(autouse=True)
def _in_may(db: None) -> Iterator[None]:
    with clock.at(instant("2026-05-06 10:00")):
        yield


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.deal(cast.chenan, amount=100_000, code="D-1")


def amounts(deal: Deal) -> list[tuple[str, Decimal]]:
    deal.refresh_from_db()
    return [(f"{part.due_on}", part.amount) for part in planned(deal)]


def bring(folder: Path, *lines: str, by: str | None = None) -> str:
    file = folder / "deliveries.csv"
    file.write_text("\n".join((HEAD, *lines)) + "\n", "utf-8")
    return hand_in(Order("deliveries", file, username=by), dry_run=False, all_or_nothing=False).as_text()


def taken_out(user: User | None = None) -> list[tuple[object, ...]]:
    sheet, zone = SHEETS["deliveries"], organisation().zone
    return [tuple(sheet.write(row, user, zone)) for row in sheet.choose(user, {})]


# Over the API ---------------------------------------------------------------------------------------------------


def test_a_plan_is_read_replaced_and_taken_away(deal: Deal, cast: Cast) -> None:
    call = Calls(cast.chenan)
    assert call.get(f"/deals/{deal.pk}/deliveries").json() == {"version": deal.version, "items": []}
    two = [{"due_on": "2026-06-30", "amount": "40000.00"}, {"due_on": "2026-09-30", "amount": "60000.00"}]
    made = call.put(f"/deals/{deal.pk}/deliveries", {"version": deal.version, "deliveries": two})
    assert made.status_code == 200, made.content
    body = made.json()
    assert [(one["due_on"], one["amount"], one["base_amount"]) for one in body["items"]] == [
        ("2026-06-30", "40000.00", "40000.00"),
        ("2026-09-30", "60000.00", "60000.00"),
    ]
    assert made["ETag"] == f'"{body["version"]}"'
    [planned_so] = [
        move["deliveries"]
        for move in call.get(f"/deals/{deal.pk}/moves").json()["items"]
        if move["kind"] == "deliveries"
    ]
    assert planned_so == two
    none = {"version": body["version"], "deliveries": []}
    refused = problem(call.put(f"/deals/{deal.pk}/deliveries", none), 422, "refused")
    assert list(refused["fields"]) == ["reason"]
    assert call.put(f"/deals/{deal.pk}/deliveries", none | {"reason": "一次交付"}).json()["items"] == []


def test_what_does_not_come_to_the_amount_is_refused_with_one_sentence(deal: Deal, cast: Cast) -> None:
    two = [{"due_on": "2026-06-30", "amount": "1"}, {"due_on": "2026-09-30", "amount": "2"}]
    answer = Calls(cast.chenan).put(
        f"/deals/{deal.pk}/deliveries", {"version": deal.version, "deliveries": two}
    )
    assert list(problem(answer, 422, "refused")["fields"]) == ["deliveries"]


def test_the_sheet_counts_each_delivery_in_its_own_quarter(deal: Deal, cast: Cast) -> None:
    """By API and by command alike; as of before the plan was made the deal counts whole."""
    with clock.at(instant("2026-05-07 10:00")):
        parts = [Part(date(2026, 6, 30), Decimal(40_000)), Part(date(2026, 9, 30), Decimal(60_000))]
        verbs.set_deliveries(deal, parts=parts, by=cast.chenan)
    call = Calls(cast.hezong)

    def sheet(quarter: str, **more: str) -> tuple[str, str]:
        asked = urlencode({"period": quarter, **more})
        told = call.get(f"/reports/forecast-sheet?{asked}").json()
        assert told == run("forecast-sheet", {"period": quarter, **more}, cast.hezong)
        line = [one for stage in told["stages"] for one in stage["deals"]]
        return told["total_amount"], ",".join(f"{one['expected_on']}#{one['delivery']}" for one in line)

    with clock.at(instant("2026-05-08 10:00")):
        assert sheet("2026-Q2") == ("40000.00", "2026-06-30#1")
        assert sheet("2026-Q3") == ("60000.00", "2026-09-30#2")
        before = {"as_of": "2026-05-07T00:00:00+08:00"}
        assert sheet("2026-Q2", **before)[0] == "0.00"
        assert sheet("2026-Q3", **before) == ("100000.00", f"{deal.expected_on}#None")


# By file --------------------------------------------------------------------------------------------------------


def test_a_file_plans_a_deal_and_says_nothing_new_the_second_time(
    deal: Deal, cast: Cast, tmp_path: Path
) -> None:
    rows = ("D-1,2026-06-30,40000", "D-1,2026-09-30,60000")
    assert "changed 2" in bring(tmp_path, *rows, by="chenan")
    assert amounts(deal) == [("2026-06-30", 40_000), ("2026-09-30", 60_000)]
    assert "unchanged 2" in bring(tmp_path, *rows, by="chenan")
    assert taken_out(cast.chenan) == [
        ("D-1", date(2026, 6, 30), Decimal(40_000)),
        ("D-1", date(2026, 9, 30), Decimal(60_000)),
    ]
    assert taken_out(cast.sunqiang) == []


def test_rows_of_one_deal_stand_or_fall_together(deal: Deal, cast: Cast, tmp_path: Path) -> None:
    told = bring(tmp_path, "D-1,2026-06-30,40000", "D-1,2026-09-30,50000", "NO,2026-06-30,1", by="chenan")
    assert "refused 3" in told and amounts(deal) == []
    assert "refused 2" in bring(tmp_path, "D-1,2026-01-30,40000", "D-1,2026-09-30,60000", by="chenan")


def test_who_brings_history_brings_days_that_are_over(deal: Deal, cast: Cast, tmp_path: Path) -> None:
    assert "changed 2" in bring(tmp_path, "D-1,2026-01-30,40000", "D-1,2026-09-30,60000")
    assert amounts(deal)[0] == ("2026-01-30", 40_000)


def test_an_import_taken_back_leaves_the_plan_that_was_there(deal: Deal, cast: Cast, tmp_path: Path) -> None:
    files = (
        ("D-1,2026-06-30,40000", "D-1,2026-09-30,60000"),
        ("D-1,2026-07-31,50000", "D-1,2026-09-30,50000"),
    )
    for hour, rows in enumerate(files, 11):
        with clock.at(instant(f"2026-05-06 {hour}:00")):
            bring(tmp_path, *rows)
    for hour, plan in ((13, [("2026-06-30", 40_000), ("2026-09-30", 60_000)]), (14, [])):
        with clock.at(instant(f"2026-05-06 {hour}:00")):
            last = Import.objects.exclude(state="undone").latest("id")
            imports.undo_import(last, by=cast.linjing)
            assert take_back(last.pk, None).kept_back == []
        assert amounts(deal) == plan


def test_a_closed_deals_plan_is_no_longer_given_out(deal: Deal, cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "D-1,2026-06-30,40000", "D-1,2026-09-30,60000")
    verbs.lose(deal, by=None, code=make.reason())
    assert taken_out() == []
    told = bring(tmp_path, "D-1,2026-06-30,50000", "D-1,2026-09-30,50000")
    assert "refused 2" in told and told.count("deal_code") == 2

"""All that is wrong with a row is said at once, and a file that was mended is taken without anything being there twice."""

from __future__ import annotations

import csv
import io
import pickle
from concurrent.futures import Future
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError

from loudou.customers.models import Customer
from loudou.exchange.importing import engine
from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.exchange.models import Import
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.steering import verbs as steering
from loudou.targets import verbs as targets
from loudou.ui import disk
from tests import make
from tests.cast import Cast
from tests.exchange.test_import_page import brought, checked, signed_in, written

# A row of each kind that cannot be read and names what is not there, and the columns that are to blame.
ROWS = {
    "customers": (
        "name,uscc,phone,website,created_at,owner_username\n甲,123,abc,nope,2026-13-40,nobody\n",
        {"uscc", "phone", "website", "created_at", "owner_username"},
    ),
    "deals": (
        "title,amount,owner_username,customer_code\n甲,-5,nobody,CX\n",
        {"amount", "owner_username", "customer_code"},
    ),
    "lines": (
        "deal_code,product_code,quantity\nDX,PX,-1\n",
        {"deal_code", "product_code", "quantity"},
    ),
    "moves": ("deal_code,at,event,by\nDX,zz,enter,nobody\n", {"deal_code", "at", "by"}),
    "visits": (
        "owner_username,customer_code,deal_code,starts_at\nnobody,CX,DX,zz\n",
        {"owner_username", "customer_code", "deal_code", "starts_at"},
    ),
    "tasks": ("title,owner_username,due_on\nx,nobody,zz\n", {"owner_username", "due_on"}),
    "targets": (
        "unit_code,username,metric,period,amount\nUX,nobody,bookings,2026,zz\n",
        {"unit_code", "username", "amount"},
    ),
    "people": ("username,name,email,unit_code\nneu,,keine,UX\n", {"name", "email", "unit_code"}),
}
# Rows that can be read and that several rules forbid.
FORBIDDEN = {
    "units": ("code,name,parent_code,kind\nU1,甲,UX,planet\n", {"parent_code", "kind"}),
    "people": (
        "username,name,unit_code,manager_username,joined_on,left_on\n坏!名,甲,UX,nobody,2026-05-01,2026-04-01\n",
        {"username", "unit_code", "manager_username", "left_on"},
    ),
    "targets": (
        "unit_code,username,metric,period,amount,currency,stage\nUX,nobody,bookings,2026-Q9,1,ZZZ,没有\n",
        {"unit_code", "username", "period", "currency", "stage"},
    ),
    "forecasts": ("period,username,submitted\n2026-Q9,nobody,-1\n", {"period", "username", "submitted"}),
    "measures": (
        "metric,period,text,owner_username,due_on,unit_code\nbookings,1900,x,nobody,2026-12-01,UX\n",
        {"period", "owner_username", "unit_code"},
    ),
    "budgets": (
        "unit_code,category,month,amount,period\nUX,travel,2026-12,1,2026-Q9\n",
        {"unit_code", "period"},
    ),
    "rates": ("currency,valid_from,kind,rate\nUSDX,zz,foo,0\n", {"currency", "valid_from", "kind", "rate"}),
    "seasonal-index": ("month,index\n13,-1\n", {"month", "index"}),
    "products": (
        "code,name,list_price,currency,cost,tax_rate\nP1,,-1,USDX,-5,200%\n",
        {"name", "list_price", "currency", "cost", "tax_rate"},
    ),
    "activities": (
        "kind,at,owner_username,customer_code,deal_code\nvisit,2026-01-01,nobody,CX,DX\n",
        {"owner_username", "customer_code", "deal_code"},
    ),
}


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def bring(tmp_path: Path, kind: str, content: str, **order: Any) -> Result:
    file = tmp_path / f"{kind}.csv"
    file.write_text(content, "utf-8")
    return hand_in(Order(kind, file, **order), dry_run=True, all_or_nothing=False)


@pytest.mark.parametrize(
    ("content", "kind", "wrong"),
    [*((content, kind, wrong) for rows in (ROWS, FORBIDDEN) for kind, (content, wrong) in rows.items())],
)
def test_every_column_that_is_wrong_is_named_once(
    cast: Cast, tmp_path: Path, kind: str, content: str, wrong: set[str]
) -> None:
    result = bring(tmp_path, kind, content)
    assert sorted(note.column for note in result.notes) == sorted(wrong)
    assert (result.refused, result.counts.rows) == (1, 1)


def test_a_manager_of_the_same_file_is_not_blamed(cast: Cast, tmp_path: Path) -> None:
    rows = "username,name,manager_username,roles\nneu,甲,chef,king\nchef,乙,,king\n"
    assert [note.column for note in bring(tmp_path, "people", rows).notes] == ["roles", "roles"]
    rows = "code,name,parent_code,kind\nU1,甲,U2,planet\nU2,乙,,planet\n"
    assert [note.column for note in bring(tmp_path, "units", rows).notes] == ["kind", "kind"]


def test_a_measure_that_was_written_here_is_the_same_one_again(cast: Cast, tmp_path: Path) -> None:
    """An export has no id of it; who it is for is named in its own column."""
    head = "metric,period,text,owner_username,due_on,unit_code\n"
    row = f"bookings,2027-Q1,每周不少于四家,wumin,2027-02-01,{cast.chenan.unit.code}\n"
    period = {"metric": "bookings", "period": Fiscal().parse("2027-Q1")}
    target = targets.set_target(unit=cast.chenan.unit, **period, amount=Decimal(5), by=None)
    due_on = date(2027, 2, 1)
    told = steering.MeasureRow(target, "每周不少于四家", cast.wumin, due_on)
    steering.bring_measure(told, by=None)
    assert bring(tmp_path, "measures", head + row).counts.unchanged == 1
    assert bring(tmp_path, "measures", head + row.replace("四家", "五家")).counts.new == 1


def test_a_cost_that_was_recorded_here_is_the_same_one_again(cast: Cast, tmp_path: Path) -> None:
    """With an id of another system and without one; it used to end the import."""
    unit = cast.chenan.unit
    day = clock.now().date()
    rows = [
        steering.CostRow(unit, "travel", day, Decimal(50), source_system="OA", source_id="B-1"),
        steering.CostRow(unit, "travel", day, Decimal(60), note="高铁"),
    ]
    steering.record_costs(rows, by=None)
    head = "unit_code,category,date,amount,note,source_system,source_id\n"
    told = f"{unit.code},travel,{day},50,,ＯＡ,B-1\n{unit.code},travel,{day},60.00,高铁 ,,\n"
    assert bring(tmp_path, "costs", head + told).counts.unchanged == 2
    assert bring(tmp_path, "costs", head + told.replace(",50,", ",51,")).counts.changed == 1


def test_what_a_verb_refuses_is_not_the_end_either(cast: Cast, tmp_path: Path) -> None:
    """The row can be read; the verb ends at the code, which is not the only thing that is wrong."""
    result = bring(tmp_path, "customers", "name,uscc,phone\n甲,123,abc\n")
    assert sorted(note.column for note in result.notes) == ["phone", "uscc"]


def test_what_is_right_of_a_refused_row_is_not_blamed(cast: Cast, tmp_path: Path) -> None:
    deal = make.deal(cast.chenan)
    rows = f"owner_username,deal_code,starts_at\nchenan,{deal.code},zz\n陈安,{deal.code},zz\n"
    result = bring(tmp_path, "visits", rows)
    assert [note.column for note in result.notes] == ["starts_at", "starts_at"]


def test_what_somebody_may_not_see_is_not_there_for_them(cast: Cast, tmp_path: Path) -> None:
    """Else a row that is wrong on purpose would tell which numbers there are."""
    deal = make.deal(cast.sunqiang)
    rows = f"title,owner_username,due_on,deal_code\nx,chenan,zz,{deal.code}\ny,chenan,zz,D-NIE\n"
    notes = bring(tmp_path, "tasks", rows, username="chenan").notes
    assert [note.column for note in notes] == ["due_on", "deal_code"] * 2
    assert notes[1].reason.replace(deal.code, "D-NIE") == notes[3].reason


def test_a_mended_file_brings_what_was_refused_and_nothing_twice(cast: Cast) -> None:
    """By the page: the refused lines alone, mended, and then the whole file, mended too, with a change on the way."""
    client = signed_in(cast.chenan)
    first = "编号,客户名称,电话,网址\nK1,宁波甬江机电,13800001111,\nK2,绍兴越城轻纺,abc,nope\nK3,台州路桥,13800003333,\n"
    found = written(client, checked(client, brought(client, first.encode())))
    assert (found.new, found.refused) == (2, 1)
    refused = client.get(f"/imports/{found.pk}/refused/").getvalue().decode("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(refused))
    assert "phone" in line["import_error"] and "website" in line["import_error"]
    mended = refused.replace("abc", "13800002222").replace("nope", "www.example.com")
    again = written(client, checked(client, brought(client, mended.encode())))
    assert (again.rows, again.new, again.refused) == (1, 1, 0)
    whole = first.replace("abc,nope", "13800002222,www.example.com").replace("13800003333", "13800004444")
    last = checked(client, brought(client, whole.encode()))
    assert (last.new, last.changed, last.unchanged, last.refused) == (0, 1, 2, 0)
    last = written(client, last)
    assert (last.state, last.changed) == (Import.State.DONE, 1)
    phones = dict(Customer.objects.values_list("code", "phone"))
    assert phones == {"K1": "+8613800001111", "K2": "+8613800002222", "K3": "+8613800004444"}
    assert checked(client, brought(client, whole.encode())).unchanged == 3


def test_a_fault_of_a_helping_process_is_known_for_what_it_is(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was the cause of stays behind where it happened, and with it how it is told from others."""

    def full(*_: Any) -> None:
        raise OperationalError("…") from psycopg.errors.DiskFull("could not extend file")

    monkeypatch.setattr(engine, "_settle", full)
    monkeypatch.setattr(engine, "_in_hand", object())
    future: Future[list[engine.Settled]] = Future()
    with pytest.raises(psycopg.errors.DiskFull) as met:
        engine._settle_apart([])
    future.set_exception(pickle.loads(pickle.dumps(met.value)))
    with pytest.raises(OperationalError) as heard:
        engine._joined([], future)
    assert disk.is_full(heard.value)

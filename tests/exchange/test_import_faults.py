"""All that is wrong with a row is said at once, and a file that was mended is taken without anything being there twice."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from loudou.customers.models import Customer
from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.exchange.models import Import
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


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def bring(tmp_path: Path, kind: str, content: str, **order: Any) -> Result:
    file = tmp_path / f"{kind}.csv"
    file.write_text(content, "utf-8")
    return hand_in(Order(kind, file, **order), dry_run=True, all_or_nothing=False)


@pytest.mark.parametrize("kind", ROWS)
def test_every_column_that_is_wrong_is_named_once(cast: Cast, tmp_path: Path, kind: str) -> None:
    content, wrong = ROWS[kind]
    result = bring(tmp_path, kind, content)
    assert sorted(note.column for note in result.notes) == sorted(wrong)
    assert (result.refused, result.counts.rows) == (1, 1)


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

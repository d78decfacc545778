"""What an import may not take from closed books: frozen moves, deals and visits stay, lines of frozen deals too (C20)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path

import pytest

from loudou.catalog import verbs as catalog
from loudou.exchange.importing.handing import Order, hand_in
from loudou.exchange.importing.taking_back import take_back
from loudou.exchange.models import Import
from loudou.exchange.verbs import importing as verbs
from loudou.fieldwork.models import Activity
from loudou.kernel import clock
from loudou.pipeline.models import Deal, Line, Move
from loudou.steering.verbs import close_month
from tests.cast import Cast
from tests.make import instant
from tests.steering.test_late import APRIL, bring

WHY = "账已封到 2026-04-30，其中的记录不再改写。"
WON = "2026-04-20T09:00:00+08:00,won,,,,"


@pytest.fixture(autouse=True)
def _products(cast: Cast) -> None:
    catalog.add_product(code="P1", name="机床", family="设备", list_price=Decimal(100), by=None)


def back(kind: str, cast: Cast) -> list[list[object]]:
    """What of the newest import of a kind stays when it is taken back: label, reason, how many."""
    run = Import.objects.filter(kind=kind, state="done").latest("id")
    verbs.undo_import(run, by=cast.linjing)
    return list(take_back(run.pk, None).kept_back)


def at(minute: int) -> AbstractContextManager[object]:
    return clock.at(instant(f"2026-05-06 10:{minute:02}"))


def won(folder: Path, code: str, minute: int) -> None:
    """A deal of April with its win, by two imports."""
    with at(minute):
        head = "code,title,funnel,owner_username,amount,currency,created_at"
        bring(folder, "deals", head, f"{code},产线,b2b,chenan,50000,CNY,2026-04-02T09:00:00+08:00")
    with at(minute + 1):
        head = "deal_code,at,event,stage,amount,reason,by"
        bring(folder, "moves", head, f"{code},2026-04-02T09:00:00+08:00,enter,verify,,,", f"{code},{WON}")


def test_what_is_frozen_is_not_taken_back(cast: Cast, tmp_path: Path) -> None:
    won(tmp_path, "F1", 1)
    with at(5):
        bring(tmp_path, "customers", "code,name,owner_username", "K1,甬江机电,chenan")
        head = "code,kind,at,owner_username,customer_code,contact,result"
        bring(tmp_path, "activities", head, "V1,visit,2026-04-10T09:00:00+08:00,chenan,K1,王总,已确认需求")
    with at(10):
        close_month(APRIL, by=cast.qianjin)
    won(tmp_path, "F2", 15)  # came late: frozen nowhere
    with at(30):
        assert back("moves", cast) == []
        assert back("deals", cast) == []
        told = Move.objects.count()
        assert back("moves", cast) == [["pipeline.move", WHY, 2]]
        assert back("deals", cast) == [["pipeline.deal", WHY, 1]]
        assert back("activities", cast) == [["fieldwork.activity", WHY, 1]]
    assert (Move.objects.count(), Deal.objects.get().outcome, Activity.objects.count()) == (told, "won", 1)


def test_lines_of_a_frozen_deal_stay_as_they_are(cast: Cast, tmp_path: Path) -> None:
    head, row = "deal_code,product_code,quantity,price", "F1,P1,2,100"
    won(tmp_path, "F1", 1)
    with at(5):
        bring(tmp_path, "lines", head, row)
    with at(10):
        close_month(APRIL, by=cast.qianjin)
    with at(15):
        bring(tmp_path, "lines", head, row)  # the same again is no news
        file = tmp_path / "more.csv"
        file.write_text(f"{head}\n{row}\nF1,P1,3,100\n", "utf-8")
        result = hand_in(Order("lines", file), dry_run=False, all_or_nothing=False)
        assert [(note.line, note.column, note.reason) for note in result.notes] == [(3, "deal_code", WHY)]
        run = Import.objects.filter(kind="lines").earliest("id")
        verbs.undo_import(run, by=cast.linjing)
        assert take_back(run.pk, None).kept_back == [["pipeline.deal", WHY, 1]]
    assert (Line.objects.get().quantity, Deal.objects.get().amount) == (2, 200)

"""What a deal was worth before its lines, its owner's own judgement, and since when things are known: out and in again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loudou.catalog import verbs as catalog
from loudou.exchange import verbs as exchange
from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.exchange.importing.taking_back import take_back
from loudou.exchange.models import Import
from loudou.kernel import clock
from loudou.people import verbs as people
from loudou.people.models import User
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Line, Move, State, Visit
from loudou.pipeline.verbs.lines import LineInput
from tests import make
from tests.cast import Cast

KINDS = ("deals", "moves", "lines")
DEALS = (
    "code,title,funnel,owner_username,amount,currency,created_at\n"
    "O1,老商机,b2b,chenan,1000,CNY,2025-01-05T09:30:00+08:00\n"
    "O2,又一个,b2b,lina,1000,CNY,2025-01-06T09:30:00+08:00\n"
)
MOVES = (
    "deal_code,at,event,stage\n"
    "O1,2025-01-05T09:30:00+08:00,enter,verify\nO2,2025-01-07T09:30:00+08:00,enter,develop\n"
)
LINES = "deal_code,product_code,quantity,price,system_of_record\nO1,P1,2,300,erp\nO2,P1,2,300,funnel\n"


@pytest.fixture
def product(cast: Cast) -> Any:
    return catalog.add_product(name="控制柜", code="P1", by=None, list_price=Decimal(300))


def bring(folder: Path, kind: str, content: str) -> Result:
    file = folder / f"in-{kind}.csv"
    file.write_text(content, "utf-8")
    return hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)


def out(folder: Path) -> dict[str, Path]:
    files = {kind: folder / f"{kind}.csv" for kind in KINDS}
    for kind, file in files.items():
        hand(kind, username=None, output=file, form="csv", filters={}, bom=False)
    return files


def past() -> list[Any]:
    stands = ("deal__code", "since", "until", "outcome", "amount", "base_amount", "probability", "category")
    stays = ("deal__code", "entered_at", "amount", "left_at", "left_amount", "unit__code")
    facts = Move.objects.exclude(kind="unit").order_by("deal__code", "at", "id")
    return [
        *State.objects.order_by("deal__code", "seq").values_list(*stands, "unit__code", "owner__username"),
        *Visit.objects.order_by("deal__code", "seq").values_list(*stays),
        *facts.values_list("deal__code", "kind", "at", "known_at"),
        *Deal.objects.order_by("code").values_list("code", "amount", "erp_amount"),
    ]


def emptied() -> None:
    for model in (State, Visit, Move, Line, Deal):
        model._default_manager.all().delete()


def unchanged(files: dict[str, Path]) -> None:
    for kind, file in files.items():
        again = hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)
        assert again.counts.rows == again.counts.unchanged, again.as_text()


def story(cast: Cast, product: Any, folder: Path) -> None:
    """Deals made here and brought, whose lines came at once and later, in the funnel and in the ERP; judged by their owners."""
    bring(folder, "deals", DEALS)
    bring(folder, "moves", MOVES)
    bring(folder, "lines", LINES)
    erp = LineInput(product, Decimal(1), Decimal(50), "erp")
    own = LineInput(product, Decimal(3), Decimal(250))
    with clock.at(make.instant("2026-03-02 09:00")):
        made = make.deal(cast.chenan, title="这里开的", amount=Decimal(800))
    with clock.at(make.instant("2026-04-02 09:00")):
        verbs.set_lines(made, lines=[own], by=None, reason="定了")
        verbs.set_lines(Deal.objects.get(code="O1"), lines=[own, erp], by=None, reason="改配置")
        verbs.edit(made, by=None, reason="客户口头答应", probability=Decimal("0.65"), category="commit")
    with clock.at(make.instant("2026-04-20 09:00")):
        made.refresh_from_db()
        verbs.edit(made, by=None, reason="又没了", probability=None, category="")
    with clock.at(make.instant("2026-05-20 09:00")):
        second = Deal.objects.get(code="O2")
        verbs.hold(second, by=None, wake_on=clock.now().date() + timedelta(9), reason="年检")


def test_an_empty_house_knows_what_deals_were_worth_before_their_lines(
    cast: Cast, product: Any, tmp_path: Path
) -> None:
    story(cast, product, tmp_path)
    told, files = past(), out(tmp_path)
    unchanged(files)
    assert past() == told
    amounts = [row[4] for row in told if row[0] == "O1" and len(row) == 10]
    assert amounts == [Decimal(400), Decimal(750)]  # 1,000 less what the ERP keeps, then the lines of today
    emptied()
    for kind, file in files.items():
        hand_in(Order(kind, file), dry_run=False, all_or_nothing=True)
    assert past() == told
    unchanged(files)
    again = out(tmp_path)
    assert {kind: file.read_text("utf-8") for kind, file in again.items()} == {
        kind: file.read_text("utf-8") for kind, file in files.items()
    }
    unchanged(again)


def test_lines_that_tell_the_amount_apart_can_be_taken_back(cast: Cast, product: Any, tmp_path: Path) -> None:
    bring(tmp_path, "deals", DEALS)
    before = past()
    head, *rows = LINES.splitlines()
    apart = "\n".join([f"{head},amount_by", *(f"{row},moves" for row in rows)])
    assert bring(tmp_path, "lines", apart).counts.new == 2
    assert list(Deal.objects.order_by("code").values_list("amount", "erp_amount")) == [(1000, 600), (1000, 0)]
    assert bring(tmp_path, "lines", apart).counts.unchanged == 2
    run = Import.objects.filter(kind="lines", new=2).get()
    exchange.undo_import(run, by=cast.linjing)
    assert take_back(run.pk, cast.linjing.pk).kept_back == []
    assert past() == before and not Line.objects.exists()
    bring(tmp_path, "lines", LINES)
    assert list(Deal.objects.order_by("code").values_list("amount", flat=True)) == [400, 600]
    changed = bring(tmp_path, "lines", apart)
    assert (changed.counts.changed, changed.counts.refused) == (2, 0)
    assert list(Deal.objects.order_by("code").values_list("amount", flat=True)) == [1000, 1000]


def test_a_first_amount_told_apart_is_corrected_by_its_row(cast: Cast, product: Any, tmp_path: Path) -> None:
    bring(tmp_path, "deals", DEALS)
    bring(tmp_path, "lines", "deal_code,product_code,quantity,price,金额依据\nO1,P1,2,300,历史\n")
    assert bring(tmp_path, "deals", DEALS.replace("chenan,1000", "chenan,1100")).counts.changed == 1
    assert Deal.objects.get(code="O1").amount == 1100


def test_what_was_known_late_comes_back_known_late(cast: Cast, tmp_path: Path) -> None:
    since = clock.now() - timedelta(days=30)
    deal = verbs.open_deal(title="补记", by=None, owner=cast.chenan, amount=Decimal(9), at=since)
    verbs.lose(deal, by=None, code=make.reason(), review="价格", at=clock.now() - timedelta(days=9))
    late = Move.objects.filter(deal=deal).order_by("at")
    told = list(late.values_list("kind", "at", "known_at"))
    assert all(known > at for _kind, at, known in told)
    files = out(tmp_path)
    emptied()
    for kind, file in files.items():
        hand_in(Order(kind, file), dry_run=False, all_or_nothing=True)
    assert list(Move.objects.order_by("at").values_list("kind", "at", "known_at")) == told
    assert Deal.objects.get().known_late


def test_judgements_are_read_and_refused_by_line(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "deals", DEALS)
    result = bring(
        tmp_path,
        "moves",
        "deal_code,at,event,stage,amount,reason\n"
        "O1,2025-02-05T09:30:00+08:00,成功率,,,35%\n"
        "O1,2025-03-05T09:30:00+08:00,probability,,,1\n"
        "O1,2025-04-05T09:30:00+08:00,category,,,承诺\n"
        "O2,2025-02-05T09:30:00+08:00,probability,,,0.4\n"
        "O2,2025-03-05T09:30:00+08:00,probability,,,\n"
        "O2,2025-02-06T09:30:00+08:00,probability,,,很高\n"
        "O2,2025-02-06T09:30:00+08:00,category,,,也许\n",
    )
    assert [(note.line, note.column) for note in result.notes] == [(7, "reason"), (8, "reason")]
    assert result.counts.new == 5
    first, second = Deal.objects.get(code="O1"), Deal.objects.get(code="O2")
    assert (first.probability, first.category) == (Decimal(1), "commit")
    assert second.probability is None
    then = State.objects.get(deal=second, since=make.instant("2025-02-05 09:30"))
    assert then.probability == Decimal("0.4")


def test_who_came_into_a_unit_with_the_deal_came_to_its_stage_there(cast: Cast) -> None:
    with clock.at(make.instant("2026-03-10 09:00")):
        deal = make.deal(cast.lina)
    people.join_unit(
        User.objects.get(pk=cast.lina.pk), unit=cast.unit("D2"), on=make.instant("2026-03-02").date(), by=None
    )
    assert Visit.objects.get(deal=deal).unit == cast.unit("D2")

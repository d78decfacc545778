"""The verbs of imports refuse what their pages do not offer, and the engine tells rows of one file apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.catalog.models import Product
from loudou.exchange import verbs
from loudou.exchange.importing import engine
from loudou.exchange.importing.handing import Order, Result, UnknownKind, hand_in
from loudou.exchange.importing.mapping import ColumnMap
from loudou.exchange.models import ColumnChoice, Import, Problem
from loudou.kernel.refusals import Forbidden, Refused
from loudou.pipeline.models import Deal
from tests.cast import Cast
from tests.exchange.test_import_page import CUSTOMERS, brought, checked, signed_in, written

PRODUCTS = "code,name\nK-1,控制柜\nK-1,控制柜\nK-1,别的柜\n,无编号\nK-2,线束,多余\n"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def bring(
    tmp_path: Path, content: str, kind: str = "products", *, all_or_nothing: bool = False, **order: Any
) -> Result:
    file = tmp_path / f"{kind}.csv"
    file.write_text(content, "utf-8")
    return hand_in(Order(kind, file, **order), dry_run=False, all_or_nothing=all_or_nothing)


def test_of_rows_with_one_key_the_same_is_settled_and_the_other_refused(cast: Cast, tmp_path: Path) -> None:
    result = bring(tmp_path, PRODUCTS)
    counts = result.counts
    assert (counts.rows, counts.new, counts.unchanged, counts.refused) == (5, 1, 1, 3)
    assert [(note.line, note.column) for note in result.notes] == [(4, "code"), (5, "code"), (6, "")]


def test_two_columns_of_one_name_are_refused_where_it_is_asked_for(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        bring(tmp_path, "code,name,name\nK-1,控制柜,线束\n")
    assert "“name”" in refusal.value.sentence and refusal.value.field == "map"
    assert bring(tmp_path, "code,name,备注,备注\nK-1,控制柜,甲,乙\n").counts.new == 1


def test_all_or_nothing_writes_nothing_with_a_refused_row_and_everything_without(
    cast: Cast, tmp_path: Path
) -> None:
    result = bring(tmp_path, PRODUCTS, all_or_nothing=True)
    assert (result.written, result.refused, Product.objects.count()) == (False, 3, 0)
    result = bring(tmp_path, "code,name\nK-1,控制柜\nK-2,线束\n", all_or_nothing=True)
    assert (result.written, result.counts.new, Product.objects.count()) == (True, 2, 2)


def test_a_file_of_too_many_rows_for_its_kind_is_refused(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MOST_AT_ONCE", 1)
    with pytest.raises(Refused) as refusal:
        bring(
            tmp_path, "currency,valid_from,kind,rate\nUSD,2026-01-01,plan,7\nEUR,2026-01-01,plan,8\n", "rates"
        )
    assert refusal.value.field == "file"
    assert Import.objects.get().state == Import.State.FAILED


def test_the_command_refuses_what_it_cannot_mean(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(UnknownKind):
        bring(tmp_path, PRODUCTS, "elephants")
    with pytest.raises(Refused):
        bring(tmp_path, PRODUCTS, username="niemand")
    with pytest.raises(Refused):
        bring(tmp_path, "名\n甲\n")
    mapping = tmp_path / "map.toml"
    mapping.write_text('kind = "deals"', "utf-8")
    with pytest.raises(Refused):
        bring(tmp_path, PRODUCTS, map_file=mapping)


def test_the_outcome_is_told_to_people_and_programs(cast: Cast, tmp_path: Path) -> None:
    result = bring(tmp_path, PRODUCTS, error_file=tmp_path / "wrong.csv")
    assert "K-1" not in result.as_text() and "4" in result.as_text()
    assert '"refused": 3' in result.as_json() and result.refusal
    assert len((tmp_path / "wrong.csv").read_text("utf-8-sig").splitlines()) == 4


def test_a_place_for_refused_rows_that_is_none_is_said_before_anything_is_written(
    cast: Cast, tmp_path: Path
) -> None:
    before = Product.objects.count()
    with pytest.raises(Refused, match="nowhere"):
        bring(tmp_path, PRODUCTS, error_file=tmp_path / "nowhere" / "wrong.csv")
    assert Product.objects.count() == before


def test_another_ones_import_is_not_brought_further(cast: Cast) -> None:
    run = brought(signed_in(cast.chenan))
    for act in (verbs.write_import, lambda run, by: verbs.check_import(run, mapping=ColumnMap(), by=by)):
        with pytest.raises(Forbidden):
            act(run, by=cast.linjing)
    with pytest.raises(Refused):
        verbs.map_import(run, mapping=ColumnMap(kind="deals"), by=cast.chenan)
    with pytest.raises(Refused):
        verbs.write_import(run, by=cast.chenan)
    with pytest.raises(Refused):
        verbs.undo_import(run, by=cast.chenan)
    assert verbs.stop_import(run, by=cast.chenan).state == Import.State.UPLOADED


def test_who_may_no_longer_import_a_kind_takes_nothing_of_it_back(cast: Cast) -> None:
    begun = verbs.begin_import(kind="rates", name="rates.csv", size=1, sha256="0" * 64, by=cast.qianjin)
    run = verbs.finish_import(begun, by=cast.qianjin)
    cast.qianjin.roles = ["rep"]
    with pytest.raises(Forbidden):
        verbs.undo_import(run, by=cast.qianjin)


def test_a_new_dry_run_begins_to_count_anew(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = checked(client, brought(client))
    assert run.new == 2
    again = verbs.check_import(run, mapping=ColumnMap(), by=cast.chenan)
    assert (again.new, again.state) == (0, Import.State.CHECKING)


def test_a_mapping_belongs_to_who_saved_it_and_to_a_kind_they_may_import(cast: Cast) -> None:
    said = {"mapping": {}, "header": ["a"], "shared": True}
    choice = verbs.save_mapping(kind="customers", name="甲", by=cast.chenan, **said)
    assert verbs.save_mapping(kind="customers", name=" 甲 ", by=cast.chenan, **said) == choice
    with pytest.raises(Forbidden):
        verbs.remove_mapping(choice, by=cast.lina)
    with pytest.raises(Forbidden):
        verbs.save_mapping(kind="people", name="乙", by=cast.chenan, **said)
    with pytest.raises(Refused):
        verbs.save_mapping(kind="elephants", name="乙", by=cast.chenan, **said)
    assert ColumnChoice.objects.count() == 1


def test_a_dry_run_that_was_stopped_waits_for_the_next(cast: Cast) -> None:
    run = brought(signed_in(cast.chenan))
    verbs.check_import(run, mapping=ColumnMap(), by=cast.chenan)
    assert verbs.finish_check(run, by=cast.chenan, stopped=True).state == Import.State.UPLOADED


def test_pages_of_imports_keep_their_budget_however_much_there_is(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    content = CUSTOMERS + "坏客户,keine,\n".encode()
    run = written(client, checked(client, brought(client, content)))
    addresses = [
        "/imports/",
        f"/imports/{run.pk}/",
        f"/imports/{run.pk}/problems/",
        f"/imports/{run.pk}/state/",
    ]
    few = [_queries(client, address) for address in addresses]
    Problem.objects.bulk_create(Problem(run=run, line=n, column="name", reason="x") for n in range(300))
    for _number in range(12):
        brought(client)
    many = [_queries(client, address) for address in addresses]
    assert many == few and max(many) <= 20


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_a_stage_answers_to_each_half_of_its_name_and_whoever_rests_is_not_told_to_be_closed(
    cast: Cast, tmp_path: Path
) -> None:
    bring(tmp_path, "code,name\nW1,温州东瓯阀门有限公司\n", "customers")
    deals = "code,title,customer_code,funnel,owner_username,amount,currency,created_at\n"
    deals += "H1,江南府,W1,real-estate,chenan,100,CNY,2026-01-05\nH2,新车,W1,car,chenan,100,CNY,2026-01-05\n"
    assert bring(tmp_path, deals, "deals").counts.new == 2
    moves = "deal_code,at,event,stage,reason\nH1,2026-01-05,enter,报备/来电,\nH1,2026-01-06,enter,來電,\n"
    moves += "H2,2026-01-05,enter,线索,\nH2,2026-01-06,enter,建卡,\nH2,2026-01-07,enter,卡,\n"
    moves += "H2,2026-01-08,hold,,客户出国\nH2,2026-01-09,hold,,客户出国了\n"
    told = bring(tmp_path, moves, "moves")
    assert [(note.line, note.column) for note in told.notes] == [(6, "stage"), (8, "event")]
    assert "恢复" in told.notes[1].reason
    stood = Deal.objects.order_by("code").values_list("code", "spec__stage__code")
    assert list(stood) == [("H1", "lead"), ("H2", "card")]

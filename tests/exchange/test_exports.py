"""Exports: what one may see, for oneself and for a day."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from django.db import connections, transaction
from django.test import Client

from loudou.catalog import verbs as catalog
from loudou.exchange import verbs
from loudou.exchange.exporting import making
from loudou.exchange.exporting.files import write_xlsx
from loudou.exchange.exporting.handing import hand
from loudou.exchange.exporting.sheets import SHEETS
from loudou.exchange.models import Export
from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import User
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal
from loudou.signoff.models import Request
from loudou.ui.cells import guarded
from tests import make
from tests.cast import Cast
from tests.exchange.taking_out import customer, made, many, table


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


# What one may see ----------------------------------------------------------------------------------------------


def test_everybody_gets_the_rows_they_may_see(cast: Cast) -> None:
    deals = {
        owner: make.deal(getattr(cast, owner)).code for owner in ("chenan", "lina", "sunqiang", "maxiao")
    }
    expected = {
        "chenan": {"chenan"},
        "wumin": {"chenan", "lina"},
        "heli": {"chenan", "lina", "sunqiang"},
        "linjing": set(deals),
        "wangfang": set(deals),
    }
    for username, owners in expected.items():
        codes = {row["code"] for row in table(made(getattr(cast, username), "deals"))}
        assert codes == {deals[owner] for owner in owners}, username


@pytest.mark.parametrize("kind", SHEETS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_has_the_columns_that_import_reads(cast: Cast, kind: str, form: str) -> None:
    from loudou.exchange.importing.spec import kind_named

    make.deal(cast.chenan)
    customer(cast.chenan, 1)
    catalog.add_product(name="传感器", by=None)
    export = made(cast.linjing, kind, form)
    rows = table(export)
    assert len(rows) == export.rows == SHEETS[kind].count(cast.linjing, {})
    imported = kind_named(kind)
    # Reports of periods and minutes are made in the house; nobody brings them.
    assert (imported is None) == (kind in {"period-reports", "meetings"})
    if imported is not None:
        assert set(SHEETS[kind].columns) <= {column.name for column in imported.columns}
    if rows:
        assert tuple(rows[0]) == SHEETS[kind].columns


def test_phones_are_masked_and_costs_left_out_as_on_pages(cast: Cast) -> None:
    customer(cast.chenan, 1)
    catalog.add_product(name="传感器", by=None, cost=Decimal("812.34"))
    assert table(made(cast.chenan, "customers"))[0]["phone"] == "'+8613812340001"
    assert table(made(cast.wangfang, "customers"))[0]["phone"] == "138****0001"
    assert table(made(cast.linjing, "products"))[0]["cost"] == "812.34"
    assert "cost" not in table(made(cast.chenan, "products"))[0]


@pytest.mark.parametrize(
    ("username", "kind"), [("gaoming", "deals"), ("gaoming", "customers"), ("anran", "units")]
)
def test_who_may_not_see_a_kind_may_not_export_it(cast: Cast, username: str, kind: str) -> None:
    with pytest.raises(Forbidden):
        verbs.ask_export(kind=kind, format="csv", filters={}, by=getattr(cast, username))
    with pytest.raises(Forbidden):
        hand(kind, username=username, output=None, form="csv", filters={}, bom=False)


def test_the_filters_of_the_list_are_the_filters_of_the_file(cast: Cast) -> None:
    make.deal(cast.chenan)
    lost = make.deal(cast.chenan)
    pipeline.lose(lost, by=None, code=make.reason(), review="比价输了")
    assert len(table(made(cast.wumin, "deals"))) == 2
    assert [row["code"] for row in table(made(cast.wumin, "deals", filters={"outcome": "lost"}))] == [
        lost.code
    ]
    assert table(made(cast.wumin, "deals", filters={"owner": "lina"})) == []


@pytest.mark.parametrize("filters", [{"outcome": "gone"}, {"password": "x"}, {"unit": "S1"}])
def test_filters_that_are_not_understood_are_refused_not_left_out(
    cast: Cast, filters: dict[str, str]
) -> None:
    with pytest.raises(Refused):
        verbs.ask_export(kind="deals", format="csv", filters=filters, by=cast.wumin)
    with pytest.raises(Refused):
        verbs.ask_export(kind="products", format="csv", filters=filters, by=cast.wumin)


def test_there_is_no_other_kind_and_no_other_format(cast: Cast) -> None:
    for kind, form in (("passwords", "csv"), ("deals", "pdf")):
        with pytest.raises(Refused):
            verbs.ask_export(kind=kind, format=form, filters={}, by=cast.linjing)


# What stands in the cells --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),
        ("'abc", "'abc"),
        ("abc", "abc"),
        ("", ""),
        ("'", "'"),
    ],
)
def test_no_cell_of_a_csv_file_is_a_formula(text: str, cell: str) -> None:
    assert guarded(text) == cell


def test_a_workbook_has_text_where_text_was_and_numbers_where_numbers_were(
    cast: Cast, tmp_path: Path
) -> None:
    rows = [
        ("=1+1", Decimal("168000.01"), "0012345678901234567", "👩‍🔧", None),
        ("-5", Decimal("1234567890123456.78"), "1e5", "x", clock.now().date()),
    ]
    file = tmp_path / "x.xlsx"
    assert write_xlsx(file, ["a", "b", "c", "d", "e"], rows, title="数据", notes=[("谁", "陈安")]) == 2
    book = python_calamine.CalamineWorkbook.from_path(str(file))
    assert book.sheet_names == ["数据", "Loudou"]
    _head, first, second = book.get_sheet_by_index(0).to_python()
    assert first == ["=1+1", 168000.01, "0012345678901234567", "👩‍🔧", ""]
    assert second == ["-5", "1234567890123456.78", "1e5", "x", clock.now().date()]


def test_the_file_says_who_made_it_and_when(cast: Cast) -> None:
    make.deal(cast.chenan)
    with clock.at(make.instant("2026-04-17 09:30")):
        text, book = made(cast.chenan, "units"), made(cast.chenan, "units", "xlsx")
    assert text.name.endswith("-20260417-0930-chenan.csv")
    last = making.stored(text).read_text("utf-8-sig").splitlines()[-1]
    assert last.startswith("# ") or last.startswith('"# ')
    assert "chenan" in last and "2026-04-17 09:30" in last
    notes = (
        python_calamine.CalamineWorkbook.from_path(str(making.stored(book))).get_sheet_by_index(1).to_python()
    )
    assert any("chenan" in str(cell) for row in notes for cell in row)


def test_a_csv_file_begins_with_a_mark_for_excel(cast: Cast) -> None:
    assert making.stored(made(cast.chenan, "units")).read_bytes().startswith(b"\xef\xbb\xbfcode,name")


# On record -----------------------------------------------------------------------------------------------------


def test_every_export_is_in_the_journal_with_kind_count_and_filters(cast: Cast, capsysbinary: Any) -> None:
    make.deal(cast.chenan)
    made(cast.wumin, "deals", filters={"owner": "chenan"})
    hand("deals", username="wumin", output=None, form="csv", filters={}, bom=False)
    hand("deals", username=None, output=None, form="xlsx", filters={}, bom=False)
    entries = list(Entry.objects.filter(event="export.made").order_by("id"))
    assert [entry.actor for entry in entries] == [cast.wumin, None, None]
    told = [
        (entry.particulars["kind"], entry.particulars["count"], entry.particulars["filters"])
        for entry in entries
    ]
    assert told == [("deals", 1, {"owner": "chenan"}), ("deals", 1, {}), ("deals", 1, {})]
    owners = Export.objects.order_by("id").values_list("owner__username", "state")
    assert list(owners) == [("wumin", "ready"), ("wumin", "handed"), (None, "handed")]


# For oneself and for a day -------------------------------------------------------------------------------------


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_only_its_owner_fetches_a_file(cast: Cast) -> None:
    make.deal(cast.chenan)
    export = made(cast.chenan, "deals")
    address = f"/exports/{export.pk}/download/"
    response = signed_in(cast.chenan).get(address)
    assert response.status_code == 200 and response["Content-Disposition"].startswith("attachment;")
    assert b"".join(response.streaming_content) == making.stored(export).read_bytes()  # type: ignore[attr-defined]
    assert response["Cache-Control"] == "no-store"
    for username in ("wumin", "heli", "gaoming", "anran", "yanzheng"):
        assert signed_in(getattr(cast, username)).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_after_a_day_nobody_does_and_the_file_is_gone(cast: Cast) -> None:
    make.deal(cast.chenan)
    start = clock.now()
    with clock.at(start):
        export = made(cast.chenan, "deals")
    file, address = making.stored(export), f"/exports/{export.pk}/download/"
    with clock.at(start + timedelta(hours=23)):
        assert making.clear() == 0 and file.exists()
    with clock.at(start + timedelta(hours=24)):
        client = signed_in(cast.chenan)
        assert client.get(address).status_code == 404
        assert making.clear() == 1
    assert not file.exists()
    export.refresh_from_db()
    assert (export.state, export.stored_as) == (Export.State.EXPIRED, "")


def test_a_file_is_readable_by_the_program_alone(cast: Cast) -> None:
    file = making.stored(made(cast.chenan, "units"))
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0


def test_who_has_left_gets_no_file(cast: Cast) -> None:
    from loudou.people import verbs as people

    asked = verbs.ask_export(kind="units", format="csv", filters={}, by=cast.chenan)
    people.deactivate(cast.chenan, by=None)
    assert making.make(asked.pk).state == Export.State.FAILED


def test_a_file_that_could_not_be_made_is_said_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "write_csv", lambda *_args, **_more: 1 / 0)
    export = made(cast.chenan, "units")
    assert export.state == Export.State.FAILED
    assert not list(making._folder().iterdir())
    assert Notice.objects.get().recipient == cast.chenan


# Long and at one instant ---------------------------------------------------------------------------------------


def test_more_than_two_thousand_rows_are_made_by_a_job(cast: Cast) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    many(cast, 2001)
    export = verbs.ask_export(
        kind="customers", format="csv", filters={}, by=cast.heli, reason="年度盘点", proved=True
    )
    verbs.confirm_export(Request.objects.get(), opinion="年度盘点需要全量名单，同意", by=cast.hezong)
    export.refresh_from_db()
    assert export.state == Export.State.QUEUED
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args) == ("loudou.exchange.tasks.exporting.make_export", {"pk": export.pk})


def test_many_rows_that_name_nobody_are_made_by_a_job_at_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    monkeypatch.setattr("loudou.exchange.verbs.exporting.AT_ONCE", 1)
    make.deal(cast.chenan)
    ask = {"kind": "deals", "format": "csv", "filters": {}, "by": cast.chenan}
    verbs.ask_export(**ask)
    assert not ProcrastinateJob.objects.exists()
    make.deal(cast.chenan)
    export = verbs.ask_export(**ask)
    assert (export.state, export.expected) == (Export.State.QUEUED, 2)
    assert ProcrastinateJob.objects.get().args == {"pk": export.pk}


def test_rows_are_read_as_they_are_written(cast: Cast, tmp_path: Path) -> None:
    """A hundred thousand rows never stand in the memory together."""
    alive = 0
    most = 0

    class Row(tuple[Any, ...]):
        def __new__(cls, values: tuple[Any, ...]) -> Row:
            nonlocal alive, most
            alive += 1
            most = max(most, alive)
            return super().__new__(cls, values)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def rows() -> Iterator[Row]:
        for number in range(20_000):
            yield Row((f"客户 {number}", Decimal(number)))

    told: list[int] = []
    assert write_xlsx(tmp_path / "x.xlsx", ["a", "b"], rows(), title="x", told=told.append) == 20_000
    assert most < 100 and told[-1] == 20_000


@pytest.mark.slow
def test_a_file_is_of_one_instant_while_others_write(
    own_database: str, django_db_blocker: Any, tmp_path: Path
) -> None:
    """Two deals whose amounts always sum to 1,000: every file says so, however busy it is (IE-10)."""
    with django_db_blocker.unblock():
        cast = Cast()
        one, two = make.deal(cast.chenan, amount=500), make.deal(cast.chenan, amount=500)
        over = threading.Event()

        def shift() -> None:
            amount = 0
            while not over.is_set():
                amount = (amount + 37) % 1000
                with transaction.atomic():
                    Deal.objects.filter(pk=one.pk).update(amount=amount)
                    Deal.objects.filter(pk=two.pk).update(amount=1000 - amount)
            connections.close_all()

        writers = [threading.Thread(target=shift) for _number in range(4)]
        for writer in writers:
            writer.start()
        try:
            for number in range(25):
                file = tmp_path / f"{number}.csv"
                hand("deals", username=None, output=file, form="csv", filters={}, bom=False)
                amounts = [Decimal(row["amount"]) for row in csv.DictReader(file.open(encoding="utf-8"))]
                assert sum(amounts) == 1000
        finally:
            over.set()
            for writer in writers:
                writer.join()

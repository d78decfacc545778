"""Exports: what one may see, approved where it names many people, for oneself and for a day."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from django.contrib.auth.hashers import make_password
from django.db import connections, transaction
from django.test import Client

from loudou.catalog import verbs as catalog
from loudou.customers import verbs as customers
from loudou.customers.models import Customer, Sight
from loudou.exchange import verbs
from loudou.exchange.exporting import making
from loudou.exchange.exporting.files import write_xlsx
from loudou.exchange.exporting.handing import hand
from loudou.exchange.exporting.sheets import SHEETS
from loudou.exchange.models import Export
from loudou.forms import verbs as forms
from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal
from loudou.signoff.models import Request
from loudou.ui.cells import guarded
from tests import make
from tests.cast import Cast
from tests.forms.making import issued

PASSWORD = "loudou-demo-2026"


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def made(user: User, kind: str, form: str = "csv", **more: Any) -> Export:
    """An export asked for and made."""
    asked = verbs.ask_export(kind=kind, format=form, filters=more.pop("filters", {}), by=user, **more)
    return making.make(asked.pk)


def table(export: Export) -> list[dict[str, str]]:
    """The rows of a file, its note left out."""
    if export.format == "xlsx":
        head, *rows = (
            python_calamine.CalamineWorkbook.from_path(str(making.stored(export)))
            .get_sheet_by_index(0)
            .to_python()
        )
        return [dict(zip(map(str, head), row, strict=True)) for row in rows]
    text = making.stored(export).read_text("utf-8-sig")
    return [row for row in csv.DictReader(io.StringIO(text)) if not next(iter(row.values())).startswith("# ")]


def customer(owner: User, number: int) -> Customer:
    return customers.add_customer(name=f"宁波甬江机电{number}", phone=f"1381234{number:04}", by=owner)


def many(cast: Cast, count: int) -> None:
    """So many customers of chenan's, quickly."""
    first = customer(cast.chenan, 0)
    rows = []
    for number in range(1, count):
        copy = Customer.objects.get(pk=first.pk)
        copy.pk, copy.code, copy.name, copy.phone = None, f"V{number}", f"客户 {number}", ""
        copy._state.adding = True
        rows.append(copy)
    Customer.objects.bulk_create(rows)


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
    # Reports of periods, minutes and warnings are made in the house; nobody brings them.
    assert (imported is None) == (kind in {"period-reports", "meetings", "warnings"})
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


# Many people ---------------------------------------------------------------------------------------------------


def test_two_hundred_and_fifty_customers_need_nobodys_approval(cast: Cast) -> None:
    many(cast, 250)
    assert made(cast.chenan, "customers").state == Export.State.READY
    assert not Request.objects.exists()


def test_one_more_needs_the_password_a_reason_and_a_superiors_signature(cast: Cast) -> None:
    many(cast, 251)
    ask = {"kind": "customers", "format": "csv", "filters": {}, "by": cast.chenan}
    with pytest.raises(Refused) as refusal:
        verbs.ask_export(**ask, proved=True)
    assert refusal.value.field == "reason"
    with pytest.raises(verbs.Unproved):
        verbs.ask_export(**ask, reason="客户答谢会")
    export = verbs.ask_export(**ask, reason="客户答谢会", proved=True)
    assert export.state == Export.State.ASKED
    assert making.make(export.pk).state == Export.State.ASKED  # nobody makes it yet
    request = Request.objects.get()
    assert (request.act, request.signer, request.reason) == ("exchange.export", cast.wumin, "客户答谢会")
    with pytest.raises(Forbidden):
        verbs.confirm_export(request, opinion="客户答谢会确实需要这些名单", by=cast.chenan)
    verbs.confirm_export(request, opinion="客户答谢会确实需要这些名单", by=cast.wumin)
    export = making.make(export.pk)
    assert (export.state, export.rows, export.persons) == (Export.State.READY, 251, 251)
    assert Entry.objects.filter(event="export.confirmed", actor=cast.wumin).count() == 1


def test_slices_of_one_day_count_together(cast: Cast) -> None:
    many(cast, 150)
    ask = {"kind": "customers", "format": "csv", "filters": {}, "by": cast.chenan}
    assert verbs.ask_export(**ask).state == Export.State.QUEUED
    with pytest.raises(Refused) as refusal:
        verbs.ask_export(**ask)
    assert refusal.value.field == "reason"
    with pytest.raises(verbs.Unproved):
        verbs.ask_export(**ask, reason="客户答谢会")
    assert verbs.ask_export(**{**ask, "kind": "deals"}).state == Export.State.QUEUED  # names nobody
    assert verbs.ask_export(**{**ask, "by": cast.wumin}).state == Export.State.QUEUED  # somebody else's
    with clock.at(clock.now() + timedelta(days=1)):
        assert verbs.ask_export(**ask).state == Export.State.QUEUED


def test_security_hears_once_when_small_files_have_become_many(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loudou.exchange.verbs.exporting.ALARMING_PERSONS", 5)
    many(cast, 3)
    for _number in range(4):  # 3, 6, 9, 12
        made(cast.chenan, "customers")
    heard = Notice.objects.filter(recipient=cast.anran)
    assert [notice.entry.event for notice in heard] == ["export.made"]


def test_whom_somebody_was_shown_on_pages_counts_towards_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loudou.exchange.verbs.exporting.ALARMING_PERSONS", 5)
    many(cast, 3)
    Sight.objects.create(user=cast.chenan, month=organisation().today.replace(day=1), seen=[1, 2, 3])
    made(cast.chenan, "customers")
    heard = Notice.objects.filter(recipient=cast.anran)
    assert [notice.entry.event for notice in heard] == ["export.made"]


def test_tables_of_forms_count_too(cast: Cast) -> None:
    many(cast, 249)
    form = issued(cast)
    forms.take_out_records(form, count=2, kind="csv", asked={}, by=cast.chenan)
    with pytest.raises(Refused) as refusal:
        verbs.ask_export(kind="customers", format="csv", filters={}, by=cast.chenan)
    assert refusal.value.field == "reason"  # a superior will read it


def test_a_superior_may_refuse(cast: Cast) -> None:
    many(cast, 251)
    export = verbs.ask_export(
        kind="customers", format="csv", filters={}, by=cast.chenan, reason="想留个底", proved=True
    )
    verbs.refuse_export(Request.objects.get(), opinion="名单不能这样带出去，来找我谈", by=cast.wumin)
    export.refresh_from_db()
    assert export.state == Export.State.REFUSED
    assert making.make(export.pk).state == Export.State.REFUSED


def test_a_signature_for_something_else_lets_nothing_out(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    asked = pipeline.skip(deal, to=make.specs_of(deal)[2], by=cast.chenan, reason="客户直接招标").request
    assert asked is not None
    for answer in (verbs.confirm_export, verbs.refuse_export):
        with pytest.raises(Refused):
            answer(asked, opinion="客户答谢会确实需要这些名单", by=cast.wumin)
    asked.refresh_from_db()
    assert asked.state == Request.State.WAITING and not Export.objects.exists()


def test_security_hears_of_two_and_a_half_thousand(cast: Cast) -> None:
    many(cast, 2501)
    hand("customers", username=None, output=Path("/dev/null"), form="csv", filters={}, bom=False)
    assert [notice.recipient for notice in Notice.objects.all()] == [cast.anran]


def test_the_page_asks_for_the_password_and_goes_on_when_it_is_right(cast: Cast) -> None:
    many(cast, 251)
    cast.chenan.password = make_password(PASSWORD)
    cast.chenan.save()
    client = Client()
    client.force_login(cast.chenan)
    wanted = {"kind": "customers", "format": "csv", "reason": "客户答谢会"}
    assert client.post("/exports/", wanted).status_code == 403
    assert client.post("/exports/", {**wanted, "confirm-password": "falsch"}).status_code == 403
    assert not Export.objects.exists()
    assert client.post("/exports/", {**wanted, "confirm-password": PASSWORD}).status_code == 302
    assert Export.objects.get().state == Export.State.ASKED


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

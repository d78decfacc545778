"""Exports that name many people: a reason, the password and a superior, however they are cut; security hears of very many."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from loudou.customers.models import Sight
from loudou.exchange import verbs
from loudou.exchange.exporting import making
from loudou.exchange.exporting.handing import hand
from loudou.exchange.models import Export
from loudou.forms import verbs as forms
from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast
from tests.exchange.taking_out import customer, made, many
from tests.forms.making import issued

PASSWORD = "loudou-demo-2026"


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


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


def test_who_came_before_it_was_made_is_counted(cast: Cast) -> None:
    many(cast, 3)
    export = verbs.ask_export(kind="customers", format="csv", filters={}, by=cast.chenan)
    for number in (8, 9):
        customer(cast.chenan, number)
    done = making.make(export.pk)
    assert (done.expected, done.rows, done.persons) == (3, 5, 5)


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


def test_what_was_exported_counts_when_records_are_taken_out_as_a_table(cast: Cast) -> None:
    """250 people a day is the limit of both ways together, whichever comes first."""
    form = issued(cast)
    many(cast, 249)
    made(cast.wumin, "customers")
    taken = {"kind": "csv", "asked": {}, "by": cast.wumin}
    forms.take_out_records(form, count=1, **taken)
    with pytest.raises(Refused, match="250"):
        forms.take_out_records(form, count=1, **taken)
    with pytest.raises(Refused) as refusal:
        verbs.ask_export(kind="customers", format="csv", filters={}, by=cast.wumin)
    assert refusal.value.field == "reason"


def test_security_hears_once_when_small_files_have_become_many(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loudou.exchange.verbs.exporting.ALARMING_PERSONS", 5)
    many(cast, 3)
    for _number in range(4):  # 3, 6, 9, 12
        made(cast.chenan, "customers")
    heard = Notice.objects.filter(recipient=cast.anran)
    assert [notice.entry.event for notice in heard] == ["export.made"]


def test_security_hears_of_more_than_the_limit_and_not_of_the_limit(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loudou.exchange.verbs.exporting.ALARMING_PERSONS", 6)
    many(cast, 3)
    heard = []
    for _number in range(3):  # 3, 6, 9
        made(cast.chenan, "customers")
        heard.append(Notice.objects.filter(recipient=cast.anran).count())
    assert heard == [0, 0, 1]


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
    page = Client()
    page.force_login(cast.chenan)
    assert "名单不能这样带出去" in page.get("/exports/").content.decode()


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

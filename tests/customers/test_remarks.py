"""Notes and files on a customer: who may write and read them, and what becomes of them when customers are merged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from loudou.customers import verbs
from loudou.customers.models import Customer, CustomerFile, CustomerNote
from loudou.journal.models import Entry, Notice
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import User
from tests import make
from tests.cast import Cast

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _at(name: str, *args: int) -> str:
    return reverse(f"customers:{name}", args=args)


def _page(user: User, customer: Customer, **asked: str) -> str:
    return _as(user).get(_at("timeline", customer.pk), asked).content.decode()


@pytest.fixture
def customer(cast: Cast) -> Customer:
    return verbs.add_customer(name="宁波甬江机电", by=cast.chenan)


# Notes ----------------------------------------------------------------------------------------------------------


def test_who_sees_the_customer_writes_on_it_and_who_is_named_hears(customer: Customer, cast: Cast) -> None:
    text = "周五前要报价 @吴敏 @马晓 " + "长" * 300
    answer = _as(cast.wumin).post(_at("add_note", customer.pk), {"text": text})
    assert answer.status_code == 302
    note = CustomerNote.objects.get(customer=customer)
    assert (note.author, note.text) == (cast.wumin, text)
    heard = Notice.objects.filter(entry__event="customer.noted").values_list("recipient__username", flat=True)
    assert list(heard) == ["chenan"]  # maxiao does not see the customer, wumin wrote it
    assert text in _page(cast.chenan, customer), "the whole text, not what history keeps of it"
    assert Customer.objects.get(pk=customer.pk).version == customer.version
    for other, status in ((cast.lina, 404), (cast.maxiao, 404), (cast.gaoming, 403)):
        assert _as(other).post(_at("add_note", customer.pk), {"text": "看看"}).status_code == status
    with pytest.raises(Forbidden):
        verbs.add_note(customer, text="看看", by=cast.maxiao)
    empty = _as(cast.chenan).post(_at("add_note", customer.pk), {"text": " "}, headers=HTMX)
    assert empty.status_code == 422


@pytest.mark.parametrize("text", [" ", "长" * 10_001, "坏\x00", "半\ud800"])
def test_a_note_says_something_that_can_be_kept(customer: Customer, cast: Cast, text: str) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.add_note(customer, text=text, by=cast.chenan)
    assert refusal.value.field == "text"


def test_nobodys_customer_is_written_on_without_anybody_hearing(cast: Cast) -> None:
    free = verbs.add_customer(name="无主客户", by=None)
    verbs.add_note(free, text="展会上见过", by=cast.linjing)
    assert not Notice.objects.filter(entry__event="customer.noted").exists()


def test_the_timeline_is_narrowed_to_notes_and_files(customer: Customer, cast: Cast) -> None:
    verbs.add_note(customer, text="只此一条", by=cast.chenan)
    verbs.tag(customer, add=["展会"], by=cast.chenan)
    whole, noted = _page(cast.chenan, customer), _page(cast.chenan, customer, kind="notes")
    assert ("展会" in whole, "展会" in noted) == (True, False)
    assert "只此一条" in noted
    assert "只此一条" not in _page(cast.chenan, customer, kind="people")
    assert "展会" in _page(cast.chenan, customer, kind="nonsense")


# Files ----------------------------------------------------------------------------------------------------------


def test_a_file_is_given_out_to_who_sees_the_customer(customer: Customer, cast: Cast) -> None:
    upload = SimpleUploadedFile("营业执照.pdf", PDF)
    assert _as(cast.chenan).post(_at("add_file", customer.pk), {"file": upload}).status_code == 302
    file = CustomerFile.objects.get(customer=customer)
    assert (file.name, file.kind, file.size, file.added_by) == (
        "营业执照.pdf",
        "application/pdf",
        len(PDF),
        cast.chenan,
    )
    assert "营业执照.pdf" in _as(cast.wumin).get(_at("customer", customer.pk)).content.decode()
    answer = _as(cast.wumin).get(_at("file", file.pk))
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")
    for other, status in ((cast.lina, 404), (cast.maxiao, 404), (cast.gaoming, 403)):
        assert _as(other).get(_at("file", file.pk)).status_code == status
    verbs.share(customer, user=cast.maxiao, by=cast.chenan)
    assert _as(cast.maxiao).get(_at("file", file.pk)).status_code == 200
    assert _as(cast.maxiao).post(_at("remove_file", file.pk)).status_code == 403


def test_a_file_that_is_refused_leaves_nothing_behind(
    customer: Customer, cast: Cast, own_files: Path
) -> None:
    bad = SimpleUploadedFile("合同.pdf", b"<html><script>alert(1)</script>")
    assert _as(cast.chenan).post(_at("add_file", customer.pk), {"file": bad}).status_code == 422
    assert _as(cast.chenan).post(_at("add_file", customer.pk), {}).status_code == 422
    kept = verbs.add_customer(name="留下的客户", by=cast.chenan)
    form = _as(cast.chenan)
    verbs.merge_customers(kept, merged=customer, by=cast.chenan)
    good = SimpleUploadedFile("合同.pdf", PDF)
    assert form.post(_at("add_file", customer.pk), {"file": good}).status_code == 422
    assert not [path for path in own_files.rglob("*") if path.is_file()]
    assert not CustomerFile.objects.exists()


def test_a_file_taken_off_or_lost_is_not_found(customer: Customer, cast: Cast, own_files: Path) -> None:
    file, lost = make.customer_file(customer, cast.chenan), make.customer_file(customer, cast.chenan)
    assert _as(cast.chenan).post(_at("remove_file", file.pk)).status_code == 302
    assert _as(cast.chenan).get(_at("file", file.pk)).status_code == 404
    assert _as(cast.chenan).post(_at("remove_file", file.pk)).status_code == 404
    verbs.remove_file(file, by=cast.chenan)  # a second time changes nothing
    assert Entry.objects.filter(event="customer.file_removed").count() == 1
    (own_files / lost.stored_as).unlink()
    assert _as(cast.chenan).get(_at("file", lost.pk)).status_code == 404


def test_notes_and_files_go_with_a_merge_and_come_back(customer: Customer, cast: Cast) -> None:
    other = verbs.add_customer(name="甬江集团", by=cast.chenan)
    verbs.add_note(other, text="旧的记事", by=cast.chenan)
    file = make.customer_file(other, cast.chenan)
    own = make.customer_file(customer, cast.chenan)
    merge = verbs.merge_customers(customer, merged=other, by=cast.chenan)
    assert set(customer.files.all()) == {own, file}
    assert "旧的记事" in _page(cast.chenan, customer)
    assert _as(cast.chenan).get(_at("file", file.pk)).status_code == 200
    verbs.unmerge(merge, by=cast.chenan)
    assert (list(customer.files.all()), list(other.files.all())) == ([own], [file])
    assert [note.text for note in other.notes.all()] == ["旧的记事"]

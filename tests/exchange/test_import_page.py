"""The page `/imports/`: a file is brought, mapped, checked, written and taken back."""

from __future__ import annotations

import errno
import io
import os
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from loudou.customers.models import Customer
from loudou.exchange import verbs
from loudou.exchange.forms.importing import ColumnsForm
from loudou.exchange.importing import receiving, working
from loudou.exchange.importing.spec import kind_named, kinds
from loudou.exchange.importing.taking_back import take_back
from loudou.exchange.models import ColumnChoice, Import, Problem
from loudou.kernel import clock
from loudou.people.grants import GRANTS
from loudou.people.models import Rate, User
from loudou.pipeline.models import Deal
from tests.cast import Cast

Bring = Callable[..., Import]
CUSTOMERS = "客户名称,电话,行业\n宁波甬江机电,13800001111,机械\n绍兴越城轻纺,13900002222,纺织\n".encode()


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def errors(response: Any) -> list[str]:
    """What stands beside the fields of an answer, and above them."""
    lists = re.findall(r'<ul class="(?:form-)?errors"[^>]*>(.*?)</ul>', response.content.decode(), re.S)
    return [error for one in lists for error in re.findall(r"<li>(.*?)</li>", one, re.S)]


def upload(
    client: Client, content: bytes, *, name: str = "客户.csv", kind: str = "customers", **more: Any
) -> Any:
    return client.post("/imports/", {"kind": kind, "file": SimpleUploadedFile(name, content), **more})


@pytest.mark.parametrize(("who", "told"), [("lina", "先从客户文件开始吧"), ("gaoming", "还没有导入过。")])
def test_an_empty_list_advises_what_the_reader_may_bring(cast: Cast, who: str, told: str) -> None:
    page = signed_in(getattr(cast, who)).get("/imports/").content.decode()
    assert told in page and page.count("客户文件") == (who == "lina")


def newest() -> Import:
    return Import.objects.latest("id")


def brought(client: Client, content: bytes = CUSTOMERS, **more: Any) -> Import:
    response = upload(client, content, **more)
    assert response.status_code == 302, response.content.decode()[:2000]
    return newest()


def chosen(client: Client, run: Import, **changed: str) -> dict[str, str]:
    """What the mapping form would post as it stands, with something changed."""
    run.refresh_from_db()
    kind = kind_named(run.kind)
    assert kind is not None
    form = ColumnsForm(run, kind)
    values = {name: form[name].value() for name in form.fields}
    return {
        name: str(value) for name, value in {**values, **changed}.items() if value not in (None, False, "")
    }


def checked(client: Client, run: Import, **changed: str) -> Import:
    response = client.post(f"/imports/{run.pk}/check/", chosen(client, run, **changed))
    assert response.status_code == 302, response.content.decode()[:3000]
    working.check(run.pk)
    run.refresh_from_db()
    return run


def written(client: Client, run: Import) -> Import:
    assert client.post(f"/imports/{run.pk}/write/").status_code == 302
    working.write(run.pk)
    run.refresh_from_db()
    return run


def stopped(client: Client, run: Import) -> Import:
    """Written, and stopped after its only chunk."""
    client.post(f"/imports/{run.pk}/write/")
    client.post(f"/imports/{run.pk}/stop/")
    working.write(run.pk)
    run.refresh_from_db()
    assert run.state == "stopped"
    return run


def test_a_file_goes_all_the_way(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = checked(client, brought(client))
    assert (run.state, run.rows, run.new, run.refused) == ("checked", 2, 2, 0)
    assert not Customer.objects.exists()
    run = written(client, run)
    assert (run.state, run.new) == ("done", 2)
    found = Customer.objects.get(name="宁波甬江机电")
    assert (found.owner, found.industry, found.phone) == (cast.chenan, "机械", "+8613800001111")
    again = checked(client, brought(client))
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)


def test_known_headers_are_recognised_and_the_first_rows_shown(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = brought(client)
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert '<option value="h:客户名称" selected>' in page
    assert "绍兴越城轻纺" in page


def test_every_problem_is_named_by_line_and_column_and_the_rows_can_be_fetched(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    content = "name,owner_username,created_at\n好客户,chenan,\n,chenan,\n坏客户,niemand,\n早客户,chenan,2026-13-45\n"
    run = checked(client, brought(client, content.encode()))
    assert (run.new, run.refused) == (1, 3)
    told = list(Problem.objects.filter(run=run).order_by("line").values_list("line", "column"))
    assert told == [(3, "name"), (4, "owner_username"), (5, "created_at")]
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert "niemand" in page
    response = client.get(f"/imports/{run.pk}/refused/")
    rows = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert rows[0] == "name,owner_username,created_at,import_error"
    assert len(rows) == 4 and "niemand" in rows[2]
    assert signed_in(cast.wumin).get(f"/imports/{run.pk}/refused/").status_code == 404


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"])
def test_any_common_encoding_is_read(cast: Cast, encoding: str) -> None:
    client = signed_in(cast.chenan)
    run = brought(client, "客戶名稱,電話\n臺北機電工程股份有限公司,0912345678\n".encode(encoding))
    assert run.header == ["客戶名稱", "電話"]
    assert run.samples[0][0] == "臺北機電工程股份有限公司"


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (64 << 20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("leer.csv", b""),
        ("bild.png", b"\x89PNG\r\n\x1a\n\x00\x01\x02\x00\xff\xfe\xfd"),
        ("null.csv", b"name\nab\x00c\n"),
        ("bombe.xlsx", bomb()),
        ("archiv.xlsx", b"PK\x03\x04kaputt"),
        ("kaputt.csv", "名称\n".encode() + "宁波甬江机电有限公司\n".encode() * 40 + b"\xff\xfe\n"),
        ("offen.csv", b'"name\nx\n'),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence_and_not_kept(
    cast: Cast, name: str, content: bytes
) -> None:
    response = upload(signed_in(cast.chenan), content, name=name)
    assert response.status_code == 422
    assert len(errors(response)) == 1, errors(response)
    assert not Import.objects.exists()
    assert not list(receiving.folder().iterdir())


def test_a_file_of_201_megabytes_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_BYTES", 20)
    response = upload(signed_in(cast.chenan), CUSTOMERS)
    assert response.status_code == 422 and len(errors(response)) == 1


def test_a_formula_is_taken_as_text(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = brought(client, b'name,note\n=HYPERLINK("http://x"),"=1+1"\n')
    written(client, checked(client, run))
    assert Customer.objects.get().note == "=1+1"


def test_another_encoding_can_be_chosen(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = brought(client)
    assert client.post(f"/imports/{run.pk}/read/", {"encoding": "gb18030"}).status_code in (302, 422)
    assert client.post(f"/imports/{run.pk}/read/", {"encoding": "utf-8"}).status_code == 302
    assert client.post(f"/imports/{run.pk}/read/", {"encoding": "klingon"}).status_code == 422
    run.refresh_from_db()
    assert run.header == ["客户名称", "电话", "行业"]


def test_columns_can_be_set_by_hand_and_kept_under_a_name(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = brought(client, b"a,b\nAcme,x\n")
    refused = client.post(f"/imports/{run.pk}/check/", chosen(client, run))
    working.check(run.pk)
    run.refresh_from_db()
    assert refused.status_code == 302 and run.state == "failed" and "name" in run.fault
    choice = {
        "from_name": "h:a",
        "from_industry": "=",
        "value_industry": "机械",
        "save-name": "阿克",
        "save-shared": "1",
    }
    run = checked(client, run, **choice)
    assert (run.state, run.new) == ("checked", 1)
    kept = ColumnChoice.objects.get()
    assert (kept.name, kept.owner, kept.is_shared) == ("阿克", cast.chenan, True)
    other = signed_in(cast.lina)
    again = brought(other, b"a,b\nZeta,y\n")
    assert written(other, checked(other, again)).new == 1
    assert Customer.objects.get().industry == "机械"
    third = brought(other, b"b,a\ny,Theta\n")
    assert other.post(f"/imports/{third.pk}/map/", {"saved": str(kept.pk)}).status_code == 302
    assert other.post(f"/imports/{third.pk}/map/", {}).status_code == 422
    assert other.post(f"/imports/mappings/{kept.pk}/remove/").status_code == 404
    assert client.post(f"/imports/mappings/{kept.pk}/remove/").status_code == 302
    assert not ColumnChoice.objects.exists()


def test_a_mapping_file_says_what_a_form_cannot(cast: Cast) -> None:
    client = signed_in(cast.linjing)
    mapping = b'kind = "customers"\n[columns]\ncode = { from = "a", slug = true }\nname = "a"\n'
    run = brought(client, b"a\nAcme Corp\n", map=SimpleUploadedFile("m.toml", mapping))
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert '<option value="~" selected>' in page
    assert written(client, checked(client, run)).new == 1
    assert Customer.objects.get().code == "acme-corp"
    wrong = upload(client, b"a\nB\n", kind="products", map=SimpleUploadedFile("m.toml", mapping))
    assert wrong.status_code == 422 and len(errors(wrong)) == 1
    broken = upload(client, b"a\nB\n", map=SimpleUploadedFile("m.toml", b"kind = "))
    assert broken.status_code == 422 and len(errors(broken)) == 1


def test_all_or_none(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = brought(client, b"name,owner_username\nA,chenan\nB,niemand\n")
    run = checked(client, run, all_or_nothing="on")
    run = written(client, run)
    assert (run.state, run.refused) == ("done", 1)
    assert not Customer.objects.exists()
    good = checked(client, brought(client, b"name,owner_username\nA,chenan\n"), all_or_nothing="on")
    assert written(client, good).new == 1
    assert Customer.objects.count() == 1


def test_the_page_waits_and_survives_a_reload(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = brought(client)
    client.post(f"/imports/{run.pk}/check/", chosen(client, run))
    for _time in range(2):
        assert 'id="import-progress"' in client.get(f"/imports/{run.pk}/").content.decode()
    assert client.get(f"/imports/{run.pk}/state/", HTTP_HX_REQUEST="true").status_code == 200
    working.check(run.pk)
    answer = client.get(f"/imports/{run.pk}/state/", HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer["HX-Redirect"]) == (204, f"/imports/{run.pk}/")


def test_a_run_can_be_stopped_and_goes_on(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = checked(client, brought(client))
    client.post(f"/imports/{run.pk}/write/")
    assert client.post(f"/imports/{run.pk}/stop/").status_code == 302
    working.write(run.pk)
    run.refresh_from_db()
    assert run.state == "stopped" and Customer.objects.count() == 2
    assert (written(client, run).state, run.unchanged) == ("done", 2)


def test_an_import_is_taken_back_but_for_what_was_touched_since(cast: Cast) -> None:
    from loudou.customers import verbs as customers

    client = signed_in(cast.chenan)
    run = written(client, checked(client, brought(client)))
    touched = Customer.objects.get(name="绍兴越城轻纺")
    customers.edit_customer(touched, by=cast.chenan, industry="服装")
    assert client.post(f"/imports/{run.pk}/undo/").status_code == 302
    take_back(run.pk, cast.chenan.pk)
    run.refresh_from_db()
    assert run.state == "undone"
    assert [customer.name for customer in Customer.objects.all()] == ["绍兴越城轻纺"]
    assert [(label, count) for label, _reason, count in run.kept_back] == [("customers.customer", 1)]
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert run.kept_back[0][1] in page


def test_it_can_be_taken_back_for_thirty_days(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = written(client, checked(client, brought(client)))
    with clock.at(clock.now() + timedelta(days=31)):
        assert signed_in(cast.chenan).post(f"/imports/{run.pk}/undo/").status_code == 422
    assert Customer.objects.count() == 2


def test_who_may_not_import_a_kind_does_not_find_it(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    assert upload(client, b"username,name\nx,y\n", kind="people").status_code == 422
    offered = re.findall(r'<option value="(\w+)"', client.get("/imports/").content.decode())
    assert "customers" in offered and "people" not in offered and "moves" not in offered
    assert signed_in(cast.anran).get("/imports/").status_code == 403


def test_another_ones_import_is_looked_at_by_superiors_alone(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = checked(client, brought(client))
    assert signed_in(cast.lina).get(f"/imports/{run.pk}/").status_code == 404
    boss = signed_in(cast.wumin)
    assert boss.get(f"/imports/{run.pk}/").status_code == 200
    for act in ("check", "read", "map", "write"):
        assert boss.post(f"/imports/{run.pk}/{act}/").status_code == 404


def test_deals_of_a_rep_are_opened_by_the_rules_of_the_page(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    content = (
        b"title,owner_username,amount,expected_close\nA,chenan,1000,2026-12-31\nB,sunqiang,1000,2026-12-31\n"
    )
    run = checked(client, brought(client, content, kind="deals"))
    assert (run.new, run.refused) == (1, 1)
    assert written(client, run).new == 1
    deal = Deal.objects.get()
    assert deal.brought is None and deal.owner == cast.chenan


def test_the_history_of_imports_pages_and_filters(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = brought(client)
    assert run.name in client.get("/imports/").content.decode()
    assert run.name in client.get("/imports/?kind=customers&state=uploaded").content.decode()
    assert run.name not in client.get("/imports/?state=done").content.decode()
    assert client.get("/imports/?after=abc", HTTP_HX_REQUEST="true").status_code == 200


def test_files_are_kept_as_long_as_an_import_can_be_taken_back(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    content = CUSTOMERS + "坏客户,keine,\n".encode()
    run, waiting = written(client, checked(client, brought(client, content))), brought(client)
    files = [receiving.path_of(run), receiving.refused_path(run)]
    stray = receiving.folder() / "f00d-refused.csv"
    stray.touch()
    assert all(file.exists() for file in files) and receiving.clear() == 0
    Import.objects.filter(pk=waiting.pk).update(state="checking")
    with clock.at(clock.now() + timedelta(days=30, minutes=1)):
        os.utime(stray, (0, 0))
        assert receiving.clear() == 1 and receiving.clear() == 0
        assert signed_in(cast.chenan).get(f"/imports/{run.pk}/").status_code == 200
    assert list(receiving.folder().iterdir()) == [receiving.path_of(waiting)]
    run.refresh_from_db()
    assert (run.stored_as, run.new) == ("", 2)


def test_finance_brings_rates_by_the_page_and_nothing_else(cast: Cast) -> None:
    client = signed_in(cast.qianjin)
    offered = re.findall(r'<option value="(\w+)"', client.get("/imports/").content.decode())
    assert "rates" in offered and not {"customers", "deals", "moves", "people"} & set(offered)
    content = "币种,生效日期,类型,汇率\nUSD,2026-01-01,计划,7.1\nEUR,2026-01-01,plan,-1\n"
    run = checked(client, brought(client, content.encode(), name="汇率.csv", kind="rates"))
    assert (run.new, run.refused) == (1, 1)
    assert written(client, run).new == 1
    assert Rate.objects.get(currency="USD").rate == Decimal("7.1")
    assert upload(client, CUSTOMERS).status_code == 422


def test_whoever_may_do_it_by_hand_may_do_it_by_a_file() -> None:
    only_look = {"partner", "security", "auditor"}
    for kind in kinds():
        hands = {role for right in kind.rights for role in GRANTS[right]} - only_look
        assert hands <= GRANTS["exchange.import"].keys(), kind.name


def test_what_is_wrong_again_and_again_is_said_once_with_its_rows(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    lines = "".join(f"宁波第{line}机电,{line},机械\n" for line in range(3))
    run = checked(client, brought(client, f"客户名称,电话,行业\n{lines}".encode()))
    body = client.get(f"/imports/{run.pk}/").content.decode()
    told = body[body.index('class="t reasons"') :]
    row = re.search(r"<tbody><tr>(.*?)</tr>", told, re.S)
    assert row is not None
    assert re.findall(r'<td class="num">(?:<b>)?(\d+)', row.group(1)) == ["3", "2"]
    assert "逐行查看" in body
    run = checked(client, brought(client, "客户名称,电话,行业\n宁波甬江机电,1,机械\n".encode()))
    assert 'class="t reasons"' not in client.get(f"/imports/{run.pk}/").content.decode()


def test_customers_are_offered_first_unless_another_kind_was_asked_for(cast: Cast) -> None:
    client = signed_in(cast.linjing)
    assert '<option value="customers" selected>' in client.get("/imports/").content.decode()
    assert '<option value="deals" selected>' in client.get("/imports/?kind=deals").content.decode()


def test_what_was_touched_while_it_stood_still_stays(cast: Cast) -> None:
    """It wrote before it was stopped: what people did to those rows since then is theirs, also when it went on."""
    from loudou.customers import verbs as customers

    client = signed_in(cast.chenan)
    run = stopped(client, checked(client, brought(client)))
    touched = Customer.objects.get(name="绍兴越城轻纺")
    customers.edit_customer(touched, by=cast.chenan, address="柯桥")
    run = written(client, run)
    assert (run.state, run.new) == ("done", 0)
    assert f"/imports/{run.pk}/undo/" in client.get(f"/imports/{run.pk}/").content.decode()
    assert client.post(f"/imports/{run.pk}/undo/").status_code == 302
    assert [count for _label, _reason, count in take_back(run.pk, cast.chenan.pk).kept_back] == [1]
    assert [customer.name for customer in Customer.objects.all()] == ["绍兴越城轻纺"]


def test_what_one_wrote_that_failed_or_was_checked_again_can_be_taken_back(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    run = checked(client, stopped(client, checked(client, brought(client))))
    assert (run.state, Customer.objects.count()) == ("checked", 2)
    verbs.write_import(run, by=cast.chenan)
    verbs.finish_import(run, by=cast.chenan, fault="磁盘已满")
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert "磁盘已满" in page and f"/imports/{run.pk}/undo/" in page
    assert client.post(f"/imports/{run.pk}/undo/").status_code == 302
    assert take_back(run.pk, cast.chenan.pk).kept_back == []
    assert not Customer.objects.exists()
    assert client.post(f"/imports/{run.pk}/undo/").status_code == 422
    assert "/undo/" not in client.get(f"/imports/{run.pk}/").content.decode()


def test_a_full_disk_refuses_the_file_and_keeps_no_half_of_it(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = upload(signed_in(cast.chenan), CUSTOMERS)
    assert answer.status_code == 422 and "磁盘已满" in errors(answer)[0]
    assert not list((tmp_path / "imports").iterdir())

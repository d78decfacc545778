"""Board and page of deals, and the dialogs of what is done to one, over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loudou.catalog.models import Product
from loudou.customers import verbs as customers
from loudou.customers.models import Contact, Customer
from loudou.kernel import clock
from loudou.people.models import Rate, User
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Evidence, EvidenceKind, File, StageTask
from loudou.pipeline.queries.funnels import next_spec
from tests import make
from tests.cast import Cast
from tests.make import day
from tests.world import World

HTMX = {"HX-Request": "true"}
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"


@pytest.fixture
def own_files(tmp_path: Path) -> Iterator[Path]:
    """A folder of this test's own for what is uploaded."""
    before, settings.MEDIA_ROOT = settings.MEDIA_ROOT, tmp_path
    yield tmp_path
    settings.MEDIA_ROOT = before


@pytest.fixture
def deal(cast: Cast, customer: Customer) -> Deal:
    return make.deal(cast.chenan, customer=customer)


def _as(user: User, **headers: str) -> Client:
    client = Client(headers=headers or HTMX)
    client.force_login(user)
    return client


def _at(name: str, *args: Any) -> str:
    return reverse(f"pipeline:{name}", args=args)


def _mark(deal: Deal, place: int = 0) -> EvidenceKind:
    return list(make.specs_of(deal)[deal.spec.position].evidence_kinds.all())[place]


def _toast(response: Any) -> str:
    return str(json.loads(response["HX-Trigger"])["toast"]["text"])


# The gate -----------------------------------------------------------------------------------------------------


def test_a_shut_gate_names_what_is_missing_with_the_form_that_gives_it(deal: Deal, cast: Cast) -> None:
    to = next_spec(deal.spec)
    assert to is not None
    response = _as(cast.chenan).post(_at("move", deal.pk), {"to": to.pk, "version": deal.version})
    text = response.content.decode()
    assert response.status_code == 422
    for mark in make.specs_of(deal)[0].evidence_kinds.all():
        assert str(mark) in text
        assert f"{_at('give_evidence', deal.pk, mark.pk)}?gate={to.pk}" in text


def test_what_a_gate_asked_for_leads_back_to_it_until_it_opens(deal: Deal, cast: Cast) -> None:
    to = next_spec(deal.spec)
    assert to is not None
    make.fill_gate(deal, None)
    shown = Evidence.objects.filter(deal=deal).first()
    assert shown is not None
    verbs.withdraw_evidence(shown, by=None, reason="客户改口")
    address = f"{_at('give_evidence', deal.pk, shown.kind_id)}?gate={to.pk}"
    assert _as(cast.chenan).get(address).status_code == 200
    given = _as(cast.chenan).post(address, {"note": "会议纪要"})
    assert (given["HX-Retarget"], given["HX-Reswap"]) == ("#dialog", "innerHTML")
    assert "deal-changed" in json.loads(given["HX-Trigger"])
    deal.refresh_from_db()
    assert f'name="version" value="{deal.version}"' in given.content.decode()
    moved = _as(cast.chenan).post(_at("move", deal.pk), {"to": to.pk, "version": deal.version})
    assert moved.status_code == 204
    deal.refresh_from_db()
    assert deal.spec == to


def test_without_a_script_one_comes_back_to_the_gate_as_a_page(deal: Deal, cast: Cast) -> None:
    client = _as(cast.chenan, Accept="text/html")
    address = f"{_at('give_evidence', deal.pk, _mark(deal).pk)}?gate=won"
    response = client.post(address, {"note": "会议纪要"})
    assert response["Location"] == f"{_at('gate', deal.pk)}?to=won"
    assert "会议纪要" not in client.get(response["Location"]).content.decode()
    other = f"{_at('give_evidence', deal.pk, _mark(deal, 1).pk)}?gate=won"
    refused = client.post(other, {"note": " "})
    assert refused.status_code == 422


def test_what_is_missing_for_a_win_is_asked_for_before_anything_is_typed(cast: Cast) -> None:
    deal = make.at_last_stage(cast.chenan)
    assert 'name="amount"' in _as(cast.chenan).get(_at("win", deal.pk)).content.decode()
    mark = deal.evidence.filter(kind__spec=deal.spec).first()
    assert mark is not None
    verbs.withdraw_evidence(mark, by=None, reason="客户改口")
    shown = _as(cast.chenan).get(_at("win", deal.pk))
    assert shown.status_code == 200
    assert f"{_at('give_evidence', deal.pk, mark.kind_id)}?gate=won" in shown.content.decode()
    assert 'name="amount"' not in shown.content.decode()


def test_to_win_what_skipped_gates_lack_is_shown_too(deal: Deal, cast: Cast) -> None:
    while (ahead := next_spec(deal.spec)) is not None:
        deal = verbs.skip(deal, to=ahead, by=None, reason="客户直接招标").deal
    text = _as(cast.chenan).get(_at("gate", deal.pk)).content.decode()
    assert str(_mark(deal)) in text
    first = make.specs_of(deal)[0].evidence_kinds.all()[0]
    assert f"{_at('give_evidence', deal.pk, first.pk)}?gate=won" in text


# Two people at once -----------------------------------------------------------------------------------------------


def _two_contacts(customer: Customer) -> list[Contact]:
    names = ("许明华", "郑国栋")
    return [
        Contact.objects.create(customer=customer, name=name, name_key="", recorded_at=clock.now())
        for name in names
    ]


def test_who_comes_second_sees_what_is_stored_and_what_they_sent(
    deal: Deal, cast: Cast, customer: Customer, product: Product
) -> None:
    seen = deal.version
    contacts = _two_contacts(customer)
    verbs.set_contacts(deal, contacts=contacts[:1], by=cast.chenan)
    verbs.set_team(deal, members=[(cast.zhenghao, Decimal("0.2"), "方案")], by=cast.chenan)
    verbs.set_competitor(deal, name="沈阳新松", standing="ahead", by=cast.chenan)
    line = verbs.LineInput(product, Decimal(2), Decimal(50_000))
    verbs.set_lines(deal, lines=[line], by=None)
    rows = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 0}
    sent: list[tuple[str, dict[str, Any], str, str]] = [
        ("set_contacts", {"contacts": [contacts[1].pk]}, "许明华", "郑国栋"),
        (
            "set_team",
            {f"team-{name}": value for name, value in rows.items()}
            | {"team-0-user": cast.lina.pk, "team-0-share": "30"},
            "郑浩 20% 方案",
            "李娜 30%",
        ),
        (
            "set_lines",
            {f"lines-{name}": value for name, value in rows.items()}
            | {"lines-0-product": product.pk, "lines-0-quantity": "1", "lines-0-price": "60000"},
            "机械臂 2 × 50,000.00",
            "机械臂 1 × 60,000.00",
        ),
        ("set_competitor", {"name": "沈阳新松", "standing": "behind"}, "领先", "落后"),
    ]
    for name, data, stored, mine in sent:
        response = _as(cast.wumin).post(_at(name, deal.pk), {**data, "version": seen})
        text = response.content.decode()
        assert response.status_code == 409, name
        assert stored in text, name
        assert mine in text, name
        deal.refresh_from_db()
        assert f'name="version" value="{deal.version}"' in text


def test_a_card_that_moved_on_opens_a_dialog_from_the_board(deal: Deal, cast: Cast) -> None:
    seen, to = deal.version, next_spec(deal.spec)
    assert to is not None
    verbs.edit(deal, by=cast.wumin, title="柔性产线二期")
    response = _as(cast.chenan).post(_at("move", deal.pk), {"to": to.pk, "version": seen, "board": "1"})
    assert response.status_code == 409
    assert response["HX-Retarget"] == "#dialog"


@pytest.mark.parametrize("same", [True, False])
def test_of_two_who_drag_one_card_the_second_sees_both_stages(deal: Deal, cast: Cast, same: bool) -> None:
    seen, former = deal.version, deal.spec
    following = next_spec(former)
    assert following is not None
    make.advance(deal, by=cast.chenan)
    asked = following if same else next_spec(following)
    assert asked is not None
    response = _as(cast.chenan).post(_at("move", deal.pk), {"to": asked.pk, "version": seen, "board": "1"})
    assert response.status_code == 409
    told = re.findall(r'<td class="wrap">(.*?)</td>', response.content.decode())
    assert told == [str(following), str(asked)]


@pytest.mark.parametrize(
    ("name", "meant"), [("win", "赢单"), ("lose", "输单"), ("cancel", "客户取消"), ("hold", "搁置")]
)
def test_of_two_who_end_a_deal_the_second_sees_how_it_ended_and_how_they_meant_it(
    deal: Deal, cast: Cast, name: str, meant: str
) -> None:
    seen, code = deal.version, make.reason("cancelled", "no_budget") if name == "cancel" else make.reason()
    verbs.lose(deal, code=make.reason(), review="报价高出两成", by=cast.wumin)
    mine = {
        "amount": "80000",
        "code": code.pk,
        "review": "输在价格",
        "wake_on": "2030-01-05",
        "reason": "停产",
    }
    response = _as(cast.chenan).post(_at(name, deal.pk), {**mine, "version": seen})
    assert response.status_code == 409
    assert re.findall(r'<td class="wrap">(.*?)</td>', response.content.decode()) == ["输单", meant]


def test_of_two_who_take_up_a_deal_that_rests_the_second_sees_it_is_under_way(deal: Deal, cast: Cast) -> None:
    verbs.hold(deal, by=cast.chenan, wake_on=organisation().today + timedelta(days=9), reason="停产")
    deal.refresh_from_db()
    seen = deal.version
    verbs.resume(deal, by=cast.wumin)
    response = _as(cast.chenan).post(_at("resume", deal.pk), {"version": seen})
    assert response.status_code == 409
    assert re.findall(r'<td class="wrap">(.*?)</td>', response.content.decode()) == ["进行中", "进行中"]


def test_of_two_who_skip_or_hand_over_the_second_sees_both(deal: Deal, cast: Cast) -> None:
    seen, specs = deal.version, make.specs_of(deal)
    skipped = verbs.skip(deal, to=specs[2], by=cast.wumin, reason="客户已定标准").deal
    data = {"to": specs[1].pk, "reason": "客户急", "version": seen}
    response = _as(cast.chenan).post(_at("skip", deal.pk), data)
    assert response.status_code == 409
    assert re.findall(r'<td class="wrap">(.*?)</td>', response.content.decode()) == [
        str(specs[2]),
        str(specs[1]),
    ]
    verbs.hand_over(skipped, owner=cast.lina, by=cast.wumin, reason="陈安休假")
    data = {"owner": cast.sunqiang.pk, "reason": "陈安休假", "version": skipped.version}
    response = _as(cast.wumin).post(_at("hand_over", deal.pk), data)
    assert response.status_code == 409
    assert re.findall(r'<td class="wrap">(.*?)</td>', response.content.decode()) == [
        "李娜",
        cast.sunqiang.name,
    ]


def test_what_one_sent_counts_when_sent_again(deal: Deal, cast: Cast) -> None:
    seen = deal.version
    verbs.edit(deal, by=cast.wumin, next_step="电话约许总", next_on=make.day("2030-01-05"))
    mine = {"next_step": "请售前到访", "next_on": "2030-01-06"}
    address = f"{_at('edit', deal.pk)}?part=next"
    first = _as(cast.chenan).post(address, {**mine, "version": seen})
    assert first.status_code == 409
    assert "电话约许总" in first.content.decode()
    deal.refresh_from_db()
    assert _as(cast.chenan).post(address, {**mine, "version": deal.version}).status_code == 204
    deal.refresh_from_db()
    assert deal.next_step == "请售前到访"


# On the board ---------------------------------------------------------------------------------------------------


def test_a_card_that_is_let_through_comes_back_with_both_heads_and_a_way_back(deal: Deal, cast: Cast) -> None:
    make.fill_gate(deal, None)
    former, to = deal.spec, next_spec(deal.spec)
    assert to is not None
    asked = {"to": to.pk, "version": deal.version, "board": "1"}
    response = _as(cast.chenan).post(_at("move", deal.pk), asked)
    text = response.content.decode()
    assert response["X-Moved"] == "1"
    for part in (f'id="card-{deal.pk}"', f'id="head-{former.pk}"', f'id="head-{to.pk}"'):
        assert part in text
    undo = json.loads(response["HX-Trigger"])["toast"]["undo"]
    assert _as(cast.chenan).post(undo).status_code == 204
    deal.refresh_from_db()
    assert deal.spec == former
    assert _as(cast.chenan).post(undo).status_code == 422


def test_a_step_from_the_deals_page_is_told_with_the_way_back(deal: Deal, cast: Cast) -> None:
    to = next_spec(deal.spec)
    assert to is not None
    make.fill_gate(deal, None)
    deal.refresh_from_db()
    response = _as(cast.chenan).post(_at("move", deal.pk), {"to": to.pk, "version": deal.version})
    assert response.status_code == 204
    undo = json.loads(response["HX-Trigger"])["toast"]["undo"]
    assert undo == _at("undo", deal.pk)
    assert _as(cast.chenan).post(undo).status_code == 204
    deal.refresh_from_db()
    assert deal.spec.position == 0
    back = {"to": deal.spec.pk, "reason": "客户改口", "version": ""}
    deal = verbs.move(deal, to=to, by=cast.chenan).deal
    stepped = _as(cast.chenan).post(_at("step_back", deal.pk), back)
    assert "undo" not in json.loads(stepped["HX-Trigger"])["toast"]


def test_what_was_asked_for_is_looked_at_and_not_asked_again(deal: Deal, cast: Cast) -> None:
    asked = verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.chenan, reason="客户已定型").request
    assert asked is not None
    at = reverse("signoff:request", args=[asked.pk])
    own = _as(cast.chenan).get(_at("deal", deal.pk)).content.decode()
    assert f'<a class="btn primary" href="{at}">' in own
    assert (
        f'hx-get="{_at("gate", deal.pk)}?to={make.specs_of(deal)[1].pk}" hx-target="#dialog">推进到'
        not in own
    )
    assert "撤回" in _as(cast.chenan).get(at).content.decode()
    managers = _as(cast.wumin).get(_at("deal", deal.pk)).content.decode()
    assert f'<a class="btn small" href="{at}">' in managers and "推进到" in managers


def test_a_signer_reads_the_part_of_a_coach_in_words(deal: Deal, cast: Cast, customer: Customer) -> None:
    coach = customers.add_contact(customer, name="王工", part=Contact.Part.COACH, by=cast.chenan)
    verbs.set_contacts(deal, contacts=[coach], by=cast.chenan)
    asked = verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.chenan, reason="客户已定型").request
    assert asked is not None
    page = _as(cast.wumin).get(reverse("signoff:request", args=[asked.pk])).content.decode()
    assert "王工 教练 未接触" in page and "COACH" not in page


def test_a_jump_asks_why_first(deal: Deal, cast: Cast) -> None:
    to = make.specs_of(deal)[2]
    response = _as(cast.chenan).post(
        _at("move", deal.pk), {"to": to.pk, "version": deal.version, "board": "1"}
    )
    assert response.status_code == 422
    assert response["HX-Retarget"] == "#dialog"
    assert _at("skip", deal.pk) in response.content.decode()


def test_how_often_it_was_dated_back_is_told_beside_its_age(deal: Deal, cast: Cast) -> None:
    back = clock.now() - timedelta(days=10)
    late = verbs.open_deal(title="补记的产线", by=cast.wumin, owner=cast.chenan, at=back)
    assert "补记 1 次" in _as(cast.chenan).get(_at("deal", late.pk)).content.decode()
    assert "补记 1 次" not in _as(cast.chenan).get(_at("deal", deal.pk)).content.decode()


def test_a_column_goes_on_where_it_ended(cast: Cast) -> None:
    for number in range(25):
        made = make.deal(cast.chenan, title=f"商机 {number:02}", amount=1000 + number)
    text = _as(cast.chenan, Accept="text/html").get(_at("board")).content.decode()
    after = text.split(f'hx-get="{_at("column", made.spec_id)}')[1].split('"')[0].replace("&amp;", "&")
    more = _as(cast.chenan).get(_at("column", made.spec_id) + after).content.decode()
    seen = [number for number in range(25) if f">商机 {number:02}<" in text + more]
    assert seen == list(range(25))
    assert not [
        number for number in range(25) if f">商机 {number:02}<" in text and f">商机 {number:02}<" in more
    ]


def test_a_board_of_no_stage_is_no_board(cast: Cast) -> None:
    assert _as(cast.chenan).get(_at("column", 0)).status_code == 404


# Files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_evidence_and_is_given_out_to_who_sees_the_deal(
    deal: Deal, cast: Cast, own_files: Path
) -> None:
    upload = SimpleUploadedFile("签到表.pdf", PDF)
    response = _as(cast.chenan).post(_at("give_evidence", deal.pk, _mark(deal).pk), {"file": upload})
    assert response.status_code == 204
    file = File.objects.get(deal=deal)
    answer = _as(cast.wumin).get(_at("file", file.pk))
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/pdf"
    for other in (cast.lina, cast.maxiao, cast.gaoming):
        assert _as(other).get(_at("file", file.pk)).status_code == 404
    assert _as(cast.chenan).post(_at("remove_file", file.pk)).status_code == 422  # evidence rests on it


def test_a_file_that_is_refused_leaves_nothing_behind(deal: Deal, cast: Cast, own_files: Path) -> None:
    bad = SimpleUploadedFile("合同.pdf", b"<html><script>alert(1)</script>")
    response = _as(cast.chenan).post(_at("add_file", deal.pk), {"file": bad})
    assert response.status_code == 422
    assert "pdf" in response.content.decode()
    verbs.lose(deal, by=cast.chenan, code=make.reason(), review="价格差三成")
    good = SimpleUploadedFile("签到表.pdf", PDF)
    closed = _as(cast.chenan).post(_at("give_evidence", deal.pk, _mark(deal).pk), {"file": good})
    assert closed.status_code == 422
    assert not [path for path in own_files.rglob("*") if path.is_file()]
    assert not File.objects.filter(deal=deal).exists()


def test_a_file_taken_off_or_lost_is_not_found(deal: Deal, cast: Cast, own_files: Path) -> None:
    file, lost = make.file(deal, cast.chenan), make.file(deal, cast.chenan)
    assert _as(cast.chenan).post(_at("remove_file", file.pk)).status_code == 204
    assert _as(cast.chenan).get(_at("file", file.pk)).status_code == 404
    (own_files / lost.stored_as).unlink()
    assert _as(cast.chenan).get(_at("file", lost.pk)).status_code == 404


# The other dialogs --------------------------------------------------------------------------------------------------


def test_every_act_is_done_from_its_dialog(deal: Deal, cast: Cast, customer: Customer) -> None:
    rep, boss = _as(cast.chenan), _as(cast.wumin)
    task = StageTask.objects.filter(spec=deal.spec).first()
    assert task is not None
    evidence = verbs.give_evidence(deal, kind=_mark(deal), by=None, note="邮件")
    rows = {"team-TOTAL_FORMS": 1, "team-INITIAL_FORMS": 0}
    steps: list[tuple[Client, str, dict[str, Any]]] = [
        (rep, _at("withdraw_evidence", evidence.pk), {"reason": "客户改口"}),
        (rep, _at("complete_task", deal.pk, task.pk), {"note": "已排"}),
        (rep, _at("set_contacts", deal.pk), {"contacts": [_two_contacts(customer)[0].pk]}),
        (rep, _at("set_team", deal.pk), {**rows, "team-0-user": cast.zhenghao.pk, "team-0-share": "20"}),
        (rep, _at("set_competitor", deal.pk), {"name": "沈阳新松", "standing": "ahead", "quote": "1520000"}),
        (rep, _at("add_note", deal.pk), {"text": "周五前要节拍报告 @吴敏"}),
        (
            rep,
            _at("hold", deal.pk),
            {"wake_on": (clock.now() + timedelta(days=30)).date().isoformat(), "reason": "等春节后预算"},
        ),
        (rep, _at("resume", deal.pk), {}),
        (boss, _at("follow", deal.pk), {}),
        (boss, _at("unfollow", deal.pk), {}),
        (rep, _at("skip", deal.pk), {"to": make.specs_of(deal)[1].pk, "reason": "客户要求先报价"}),
        (boss, _at("hand_over", deal.pk), {"owner": cast.zhangwei.pk, "reason": "陈安去支援华南"}),
        (
            boss,
            _at("lose", deal.pk),
            {"code": make.reason().pk, "lost_to": "沈阳新松", "review": "报价高三成，客户看重价格"},
        ),
    ]
    for client, address, data in steps:
        response = client.post(address, data)
        assert response.status_code == 204, (address, response.content.decode()[:2000])
    deal.refresh_from_db()
    assert (deal.owner, deal.outcome, deal.lost_to) == (cast.zhangwei, "lost", "沈阳新松")
    text = _as(cast.wumin, Accept="text/html").get(_at("deal", deal.pk)).content.decode()
    for shown in ("周五前要节拍报告", "沈阳新松", "陈安去支援华南", "报价高三成"):
        assert shown in text


def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(deal: Deal, cast: Cast) -> None:
    response = _as(cast.chenan).post(
        f"{_at('edit', deal.pk)}?part=amount", {"amount": "-1", "currency": "CNY"}
    )
    assert response.status_code == 422
    assert 'class="errors"' in response.content.decode()
    assert 'value="-1"' in response.content.decode()


@pytest.mark.parametrize(
    "hostile", ["\x00", "\ud800", "a" * 100_000, "<script>alert(1)</script>", "\u202etxt.exe"]
)
def test_hostile_texts_are_refused_or_escaped(deal: Deal, cast: Cast, hostile: str) -> None:
    data = {"text": hostile.encode("utf-8", "surrogatepass")}
    response = _as(cast.chenan).post(_at("add_note", deal.pk), data)
    assert response.status_code in (204, 400, 422)
    page = _as(cast.chenan, Accept="text/html").get(_at("deal", deal.pk)).content.decode()
    assert "<script>alert(1)" not in page


def test_a_new_deal_is_opened_with_what_the_address_brings(cast: Cast, customer: Customer) -> None:
    client = _as(cast.chenan)
    shown = client.get(f"{_at('open')}?customer={customer.pk}&title=二期").content.decode()
    assert customer.name in shown
    response = client.post(_at("open"), {"title": "二期", "customer": customer.pk, "currency": "CNY"})
    opened = Deal.objects.get(title="二期")
    assert response["HX-Redirect"] == _at("deal", opened.pk)
    assert client.post(_at("open"), {"title": "", "currency": "CNY"}).status_code == 422


# Around a deal ----------------------------------------------------------------------------------------------------


def test_a_customers_page_lists_its_deals_whatever_became_of_them(
    deal: Deal, cast: Cast, customer: Customer
) -> None:
    lost = make.deal(cast.chenan, customer=customer, title="去年的招标")
    verbs.lose(lost, by=cast.chenan, code=make.reason(), review="报价高了两成")
    shown = _as(cast.chenan).get(f"/customers/{customer.pk}/deals/").content.decode()
    assert deal.title in shown and "去年的招标" in shown and "输单" in shown


def test_suggestions_are_of_deals_one_sees(deal: Deal, cast: Cast) -> None:
    assert deal.title in _as(cast.wumin).get(_at("suggest"), {"q": "柔性"}).content.decode()
    assert deal.title not in _as(cast.maxiao).get(_at("suggest"), {"q": "柔性"}).content.decode()


def test_an_open_gate_says_that_a_manager_signs_for_the_step(cast: Cast, customer: Customer) -> None:
    """Whose own step counts as the manager's is told nothing of it."""
    deal = make.advance(make.deal(cast.chenan, customer=customer))
    make.fill_gate(deal, None)
    to = next_spec(deal.spec)
    assert to is not None and to.confirm_entry
    where = f"{_at('gate', deal.pk)}?to={to.pk}"
    assert "须主管签字" in _as(cast.chenan).get(where).content.decode()
    assert "须主管签字" not in _as(cast.wumin).get(where).content.decode()


def test_history_says_for_want_of_what_a_gate_held(deal: Deal, cast: Cast) -> None:
    to = next_spec(deal.spec)
    assert to is not None
    _as(cast.chenan).post(_at("move", deal.pk), {"to": to.pk, "version": deal.version})
    told = _as(cast.wumin).get(_at("deal", deal.pk)).content.decode()
    assert "被挡在“开发”的关口前，还缺：预算来源、" in told


def test_the_page_says_with_what_and_where_a_deal_counts(cast: Cast, customer: Customer) -> None:
    """An open one in the quarter it is expected in; at rest in none; won with all of it in the quarter of the win."""

    def told(deal: Deal) -> str:
        page = _as(cast.chenan).get(_at("deal", deal.pk)).content.decode()
        return page[page.index("deal-stats") : page.index("with-side")]

    with clock.at(make.instant("2026-05-04 10:00")):
        deal = make.at_last_stage(
            cast.chenan, customer=customer, amount=50_000, expected_on=day("2026-08-01")
        )
        assert "80.0%" in told(deal) and "计入 2026 年三季度" in told(deal)
        verbs.hold(deal, by=cast.chenan, wake_on=day("2026-06-01"), reason="等预算")
        assert "未计入" in told(deal)
        verbs.resume(deal, by=cast.chenan)
        verbs.win(deal, by=cast.linjing, amount=Decimal(48_000))
        assert (
            "100.0%" in told(deal) and "计入 2026 年二季度" in told(deal) and told(deal).count("¥4.8万") == 2
        )
    lost = make.deal(cast.chenan)
    verbs.lose(lost, by=cast.chenan, code=make.reason(), review="贵了")
    assert "%" not in told(lost) and "未计入" in told(lost)


def test_lines_that_change_the_amount_ask_why_beside_the_field(
    deal: Deal, cast: Cast, product: Product
) -> None:
    lines: dict[str, Any] = {"lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 0, "lines-0-product": product.pk}
    lines |= {"lines-0-quantity": "1", "lines-0-price": str(deal.amount - 1000)}
    client, where = _as(cast.chenan), _at("set_lines", deal.pk)
    refused = client.post(where, lines)
    assert refused.status_code == 422 and "这些行会改变金额" in refused.content.decode()
    assert f'value="{deal.amount - 1000}"' in refused.content.decode()
    assert _toast(client.post(where, {**lines, "reason": "去掉一个配件"})) == "已保存。"
    deal.refresh_from_db()
    assert deal.moves.latest("pk").reason == "去掉一个配件"


def test_what_only_waits_for_a_signature_is_not_said_to_be_saved(deal: Deal, cast: Cast) -> None:
    sent = {"amount": deal.amount * 3, "currency": deal.currency, "reason": "加了二期"}
    told = _as(cast.chenan).post(_at("edit", deal.pk) + "?part=amount", sent)
    assert _toast(told) == "等 吴敏 签字。"


def test_the_timeline_is_narrowed_and_goes_back(deal: Deal, cast: Cast) -> None:
    for number in range(25):
        verbs.add_note(deal, text=f"记录 {number:02}", by=cast.chenan)
    client = _as(cast.chenan)
    first = client.get(_at("timeline", deal.pk), {"kind": "notes"}).content.decode()
    assert "记录 24" in first
    assert "记录 00" not in first
    before = first.split("before=")[1].split('"')[0]
    assert (
        "记录 00"
        in client.get(_at("timeline", deal.pk), {"kind": "notes", "before": before}).content.decode()
    )
    assert "记录" not in client.get(_at("timeline", deal.pk), {"kind": "moves"}).content.decode()


def test_what_others_counted_on_is_told_in_the_currency_of_its_time_with_why(deal: Deal, cast: Cast) -> None:
    Rate.objects.create(currency="USD", kind="plan", valid_from=date(2020, 1, 1), rate=Decimal(7))
    verbs.edit(deal, by=cast.chenan, currency="USD", amount=Decimal(14_000), reason="改签美元")
    text = _as(cast.chenan).get(_at("deal", deal.pk)).content.decode()
    assert (
        '<span class="muted">¥10万</span> → $1.4万<br><span class="ink2 small wrap">改签美元</span>' in text
    )
    timeline = _as(cast.chenan).get(_at("timeline", deal.pk)).content.decode()
    assert "“改签美元”" in timeline and "¥10万" in timeline


def test_a_signature_is_asked_for_in_words(cast: Cast, deal: Deal) -> None:
    verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.chenan, reason="客户直接招标")
    text = _as(cast.chenan, Accept="text/html").get(_at("deal", deal.pk)).content.decode()
    assert "pipeline.skip" not in text


# Budgets ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["chenan", "wumin", "heli"])
def test_pages_ask_the_same_however_much_there_is(db: None, who: str) -> None:
    world = World()
    user = getattr(world.cast, who)
    world.deal  # noqa: B018 - made by being asked for
    world.grow(2)
    paths = [_at("board"), _at("list"), _at("deal", world.deal.pk), _at("acts", world.deal.pk)]

    def asked() -> list[int]:
        counts = []
        for path in paths:
            client = _as(user, Accept="text/html")
            client.get(path)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(path).status_code == 200
            counts.append(len(queries))
        return counts

    few = asked()
    world.grow(20)
    assert asked() == few
    assert max(few) <= 20, few


def test_a_move_and_a_new_deal_cost_no_more_statements_than_a_page(db: None) -> None:
    world = World()
    deal, person = world.deal, world.cast.wumin
    make.fill_gate(deal, by=person)
    client = _as(person)
    following = next_spec(deal.spec)
    assert following is not None
    form = {"to": str(following.pk), "version": str(Deal.objects.get(pk=deal.pk).version), "board": "1"}
    client.get(_at("board"))  # what a process reads once
    with CaptureQueriesContext(connection) as moving:
        assert client.post(_at("move", deal.pk), form).headers["X-Moved"] == "1"
    form = {"title": "新产线", "customer": str(world.customer.pk), "currency": "CNY"}
    with CaptureQueriesContext(connection) as opening:
        assert client.post(_at("open"), form).status_code in (204, 302)
    assert _sent(moving) <= 20, moving.captured_queries
    assert _sent(opening) <= 20, opening.captured_queries


def _sent(queries: CaptureQueriesContext) -> int:
    """Statements without the brackets of transactions."""
    brackets = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not query["sql"].startswith(brackets) for query in queries.captured_queries)

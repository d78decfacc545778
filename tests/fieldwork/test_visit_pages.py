"""The pages of visits, as reps and their superiors use them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from loudou.fieldwork import verbs
from loudou.fieldwork.models import Consent, VisitFile, VisitPlan, VisitRecord
from loudou.kernel import clock
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.world import World

SOON = (clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.fixture
def client(cast: Cast) -> Client:
    return enter(Client(), cast.chenan)


def asked(world: World, **said: Any) -> dict[str, Any]:
    said = {"objective_1": "确认预算来源", "background": "去年问过价", "strategy": "先看现场", **said}
    return {"customer": world.customer.pk, "starts_at": SOON, "method": "on_site", **said}


def test_a_plan_is_submitted_in_one_go_or_not_kept(world: World, client: Client) -> None:
    bare = client.post("/visits/plan/", asked(world, submit="1", strategy=""))
    assert bare.status_code == 422 and "拜访策略" in bare.content.decode()
    assert not VisitPlan.objects.exists()
    done = client.post("/visits/plan/", asked(world, submit="1", questions="预算？\n\n谁批？"))
    plan = VisitPlan.objects.get()
    assert (done["Location"], plan.state, plan.questions) == (
        f"/visits/{plan.pk}/",
        "submitted",
        ["预算？", "谁批？"],
    )
    assert "吴敏" in client.get(done["Location"]).content.decode()
    assert client.post("/visits/plan/", asked(world, questions="问\n" * 7)).status_code == 422


def test_everything_a_plan_lacks_is_said_at_once_and_what_was_typed_stays(
    world: World, client: Client
) -> None:
    bare = {"objective_1": "", "background": "", "strategy": "", "place": "三号厂房"}
    answer = client.post("/visits/plan/", asked(world, submit="1", **bare))
    assert answer.status_code == 422 and not VisitPlan.objects.exists()
    told = answer.content.decode()
    for sentence in ("请至少写一个目标。", "请写明客户的背景和状况。", "请写明拜访策略。"):
        assert told.count(sentence) == 1
    assert 'value="三号厂房"' in told
    assert client.post("/visits/plan/", asked(world, **bare)).status_code == 302  # a draft may wait for them


def test_a_changed_plan_is_a_draft_again(world: World, client: Client) -> None:
    plan = world.visit
    form = client.get(f"/visits/{plan.pk}/edit/").content.decode()
    assert "确认预算来源" in form
    sent = asked(world, place="二楼", version=plan.version)
    assert client.post(f"/visits/{plan.pk}/edit/", sent).status_code == 302
    assert VisitPlan.objects.get(pk=plan.pk).state == "draft"
    assert client.post(f"/visits/{plan.pk}/edit/", {**sent, "place": "三楼"}).status_code == 409
    assert client.post(f"/visits/{plan.pk}/submit/", headers={"HX-Request": "true"}).status_code == 204


def test_signed_in_the_inbox_it_can_start(world: World, client: Client, cast: Cast) -> None:
    plan, boss = world.visit, enter(Client(), cast.wumin)
    shown = boss.get(f"/signoff/{world.visit_request.pk}/").content.decode()
    assert "确认预算来源" in shown and "去年问过价" in shown
    assert "查看并签批" in boss.get(f"/visits/{plan.pk}/").content.decode()
    boss.post(f"/visits/requests/{world.visit_request.pk}/confirm/", {"opinion": "可以去，先问清预算来源"})
    assert "到达后请签到" in client.get(f"/visits/{plan.pk}/").content.decode()
    assert client.post(f"/visits/{plan.pk}/start/").status_code == 302
    assert VisitPlan.objects.get(pk=plan.pk).state == "executed"


def test_recorded_with_photos_and_gone_through(world: World, client: Client, cast: Cast) -> None:
    plan, address = world.visit_made, f"/visits/{world.visit_made.pk}/record/"
    sent = {
        "key": "k1",
        "person_1": "许明华",
        "title_1": "设备部长",
        "result_1": "预算来自技改",
        "asked_1": "谁批？",
    }
    sent |= {"told_1": "分管副总", "unresolved_2": "付款方式", "next_step": "送样件"}
    bad = client.post(address, {**sent, "photos": SimpleUploadedFile("x.exe", b"MZ")})
    assert bad.status_code == 422 and "预算来自技改" in bad.content.decode()
    paper = SimpleUploadedFile("纪要.txt", "会议纪要".encode())
    done = client.post(address, {**sent, "photos": paper}, headers={"HX-Request": "true"})
    assert (done.status_code, done["HX-Redirect"]) == (204, f"/visits/{plan.pk}/")
    again = client.post(address, {**sent, "photos": SimpleUploadedFile("纪要.txt", "会议纪要".encode())})
    assert (again.status_code, VisitRecord.objects.count(), VisitFile.objects.count()) == (302, 1, 1)
    assert client.get(address).status_code == 302
    boss = enter(Client(), cast.wumin)
    page = boss.get(f"/visits/{plan.pk}/").content.decode()
    assert "一起回顾" in page and "纪要.txt" in page and "分管副总" in page
    short = boss.post(f"/visits/{plan.pk}/review/", {"opinion": "好"})
    assert short.status_code == 422
    said = {"opinion": "预算问到了，样件周一要到", "coaching": "下次带技术", "agreed": "on"}
    assert boss.post(f"/visits/{plan.pk}/review/", said).status_code == 302
    assert "下次带技术" in client.get(f"/visits/{plan.pk}/").content.decode()
    report = boss.get(f"/visits/{plan.pk}/report/").content.decode()
    assert "客户访谈报告表" in report and "设备部长" in report and "付款方式" in report
    pdf = boss.post(f"/visits/{plan.pk}/report/pdf/")
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF")


def test_the_plan_knows_the_people_and_the_marks_of_what_one_chose(world: World, client: Client) -> None:
    deal, met = make.deal(world.cast.chenan, customer=world.customer), world.contact
    chosen = client.get(f"/visits/plan/?deal={deal.pk}", headers={"HX-Request": "true"}).content.decode()
    people, marks = chosen.split('<datalist id="contacts">')[1], chosen.split('<div id="visit-marks">')[1]
    assert met.name in people.split("</datalist>")[0]
    assert "预期升迁标志" in marks.split("</form>")[0]
    bare = client.get("/visits/plan/").content.decode()
    assert met.name not in bare and "预期升迁标志" not in bare


def test_an_emergency_waits_for_its_signature(world: World, client: Client, cast: Cast) -> None:
    form = client.get(f"/visits/emergency/?customer={world.customer.pk}").content.decode()
    assert "吴敏" in form
    sent = {
        "customer": world.customer.pk,
        "objective_1": "恢复生产",
        "reason": "停线",
        "consented_by": cast.wumin.pk,
    }
    assert client.post("/visits/emergency/", {**sent, "reason": ""}).status_code == 422
    assert client.post("/visits/emergency/", sent).status_code == 302
    plan = VisitPlan.objects.get()
    assert "24 小时内不补签就不计入" in client.get(f"/visits/{plan.pk}/").content.decode()
    request = Request.objects.get(subject_id=plan.pk)
    assert request.act == "fieldwork.emergency"
    assert not plan.is_unbacked
    with clock.at(clock.now() + timedelta(hours=24, minutes=1)):
        late = client.get(f"/visits/{plan.pk}/").content.decode()
        assert "24 小时内没有补签，不计入" in late
        assert "未及时补签" in client.get("/visits/").content.decode()
        verbs.confirm_visit(request, opinion="晚了一步，下次当天就来找我签", by=cast.wumin)
    plan.refresh_from_db()
    assert plan.is_unbacked
    assert not world.visit.is_unbacked


def test_called_off(world: World, client: Client) -> None:
    plan = world.visit
    assert client.post(f"/visits/{plan.pk}/cancel/", {"reason": ""}).status_code == 422
    client.post(f"/visits/{plan.pk}/cancel/", {"reason": "客户出差", "by_customer": "on"})
    assert "客户出差" in client.get(f"/visits/{plan.pk}/").content.decode()


def test_consent_is_given_and_taken_back_on_one_page(client: Client) -> None:
    assert "我同意" in client.get("/visits/consent/").content.decode()
    assert client.post("/visits/consent/", {"give": "1"}).status_code == 302
    assert "撤回同意" in client.get("/visits/consent/").content.decode()
    client.post("/visits/consent/", {"withdraw": "1"})
    assert Consent.objects.get().withdrawn_at is not None


def test_the_list_is_filtered_by_its_address(world: World, client: Client, cast: Cast) -> None:
    plan, made = world.visit, world.visit_made

    def shown(query: str) -> set[int]:
        found = enter(Client(), cast.wumin).get(f"/visits/{query}").content.decode()
        return {one.pk for one in (plan, made) if f'id="visit-{one.pk}"' in found}

    both = {plan.pk, made.pk}
    assert shown("") == shown(f"?owner=chenan&customer={world.customer.pk}") == both
    assert shown("?unit=" + cast.chenan.unit.code) == both
    assert shown("?state=submitted") == {plan.pk}
    assert shown("?from=2020-01-01&to=2020-02-01") == shown("?state=reviewed") == set()
    assert shown("?state=nonsense&deal=99999") == both
    rest = client.get("/visits/?after=x", headers={"HX-Request": "true"})
    assert "<html" not in rest.content.decode()
    assert "没有符合" in client.get("/visits/?state=reviewed").content.decode()


def test_long_lists_and_empty_ones(cast: Cast) -> None:
    assert "还没有拜访计划" in enter(Client(), cast.lina).get("/visits/").content.decode()


def test_a_file_that_is_gone(world: World, client: Client) -> None:
    from loudou.ui import uploads

    uploads.discard(world.visit_file.stored_as)
    assert client.get(f"/visits/files/{world.visit_file.pk}/").status_code == 404
    assert verbs.expire_visits(by=None) == 0


def test_an_emergency_sent_twice_by_the_device_is_begun_once(world: World, client: Client) -> None:
    said = {"customer": world.customer.pk, "reason": "客户停线", "objective_1": "恢复生产"}
    said |= {"consented_by": world.cast.wumin.pk, "at": (clock.now() - timedelta(hours=2)).isoformat()}
    places = [
        client.post("/visits/emergency/", said, headers={"HX-Request": "true"})["HX-Redirect"]
        for _time in range(2)
    ]
    plan = VisitPlan.objects.get()
    assert places == [f"/visits/{plan.pk}/"] * 2
    assert plan.executed_at is not None and plan.executed_at.isoformat() == said["at"]
    client.post("/visits/emergency/", {**said, "reason": "另一条线也停了"}, headers={"HX-Request": "true"})
    assert VisitPlan.objects.count() == 2

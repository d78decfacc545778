"""A visit on the phone: checked in and recorded where the connection comes and goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from loudou.customers import verbs as customers
from loudou.fieldwork import verbs
from loudou.fieldwork.models import Activity, VisitPlan, VisitRecord
from loudou.kernel import clock
from loudou.pipeline.models import Deal
from tests import make
from tests.browser.conftest import Site, overflow
from tests.fieldwork.visiting import approved, planned


@pytest.fixture
def plan(site: Site) -> VisitPlan:
    rep = site.cast.chenan
    customer = customers.add_customer(name="宁波甬江机电有限公司", by=rep)
    made = planned(rep, None, customer=customer, starts_at=clock.now() + timedelta(hours=1))
    return approved(made, site.cast.wumin)


@pytest.fixture
def deal(site: Site) -> Deal:
    customer = customers.add_customer(name="宁波北仑装备有限公司", by=site.cast.chenan)
    customers.add_contact(customer, name="许明华", by=site.cast.chenan)
    return make.deal(site.cast.chenan, title="三号线码垛机器人", customer=customer)


def fill(page: Page) -> None:
    page.get_by_label("结果").first.fill("预算来自技改专项")
    page.get_by_label("预算从哪里来？").fill("分管副总批")
    page.get_by_label("下一步", exact=True).fill("送样件")


def forget_lost_lines(site: Site) -> None:
    """A lost connection is heard of in the console, and that is how it should be."""
    site.troubles[:] = [
        one for one in site.troubles if "DISCONNECTED" not in one and "not fetched" not in one
    ]


def test_a_record_written_without_a_connection_arrives_once(site: Site, plan: VisitPlan) -> None:
    verbs.start_visit(plan, by=site.cast.chenan)
    page = site.page(site.cast.chenan, f"/visits/{plan.pk}/record/", phone=True)
    assert overflow(page) <= 0
    assert site.faults(page) == []
    fill(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="提交记录").click()
    expect(page.locator("#outbox")).to_contain_text("已保存在本机")
    assert not VisitRecord.objects.exists()
    page.context.set_offline(False)
    page.wait_for_url(f"**/visits/{plan.pk}/")
    expect(page.get_by_text("分管副总批")).to_be_visible()
    forget_lost_lines(site)
    assert (VisitRecord.objects.count(), Activity.objects.count()) == (1, 1)


def test_it_is_tried_again_where_the_connection_is_there_but_does_not_carry(
    site: Site, plan: VisitPlan
) -> None:
    verbs.start_visit(plan, by=site.cast.chenan)
    page = site.page(site.cast.chenan, f"/visits/{plan.pk}/record/", phone=True)
    fill(page)
    page.route("**/record/", lambda route: route.abort("internetdisconnected"), times=1)
    page.get_by_role("button", name="提交记录").click()
    page.wait_for_url(f"**/visits/{plan.pk}/")
    assert (VisitRecord.objects.count(), Activity.objects.count()) == (1, 1)
    forget_lost_lines(site)


def test_it_leaves_from_another_page_and_what_was_typed_is_forgotten(site: Site, plan: VisitPlan) -> None:
    verbs.start_visit(plan, by=site.cast.chenan)
    page = site.page(site.cast.chenan, f"/visits/{plan.pk}/record/", phone=True)
    fill(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="提交记录").click()
    expect(page.locator("#outbox")).to_be_visible()
    other = page.context.new_page()
    page.route("**/record/", lambda route: route.abort("internetdisconnected"))
    page.context.set_offline(False)
    other.goto(f"{site.address}/visits/")
    page.wait_for_url(f"**/visits/{plan.pk}/")  # it was told so
    assert VisitRecord.objects.get().answers == [["预算从哪里来？", "分管副总批"]]
    other.wait_for_function("() => !Object.keys(localStorage).some((name) => name.includes('record-'))")
    forget_lost_lines(site)


def test_a_check_in_notes_the_place_of_who_agreed(site: Site, plan: VisitPlan) -> None:
    verbs.give_consent(by=site.cast.chenan)
    page = site.page(site.cast.chenan, phone=True)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 29.86834, "longitude": 121.54399})
    page.goto(f"{site.address}/visits/{plan.pk}/")
    assert overflow(page) <= 0
    assert site.faults(page) == []
    page.get_by_role("button", name="签到").click()
    expect(page.get_by_role("link", name="记录", exact=True)).to_be_visible()
    started = VisitPlan.objects.get()
    assert started.state == "executed"
    on_duty = hasattr(started, "position")
    assert not on_duty or str(started.position) == "29.868, 121.544"


def test_a_plan_offers_what_goes_with_the_deal_one_chose_and_begins_at_what_it_lacks(
    site: Site, deal: Deal
) -> None:
    page = site.page(site.cast.chenan, "/visits/plan/", phone=True)
    page.get_by_role("combobox", name="商机").fill("码垛")
    page.get_by_role("option", name="三号线码垛机器人").click()
    expect(page.locator("#contacts option[value=许明华]")).to_be_attached()
    expect(page.get_by_label("预期升迁标志")).to_be_visible()
    page.get_by_label("计划时间").fill("2099-01-05T10:00")
    page.get_by_role("button", name="提交签批").click()
    lacking = page.locator("[name=objective_1][aria-invalid=true]")
    expect(lacking).to_be_focused()
    expect(lacking).to_be_in_viewport()
    expect(page.locator("#contacts option[value=许明华]")).to_be_attached()
    site.troubles[:] = [one for one in site.troubles if "422" not in one]

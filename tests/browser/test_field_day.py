"""The field day on the phone: a call noted and the day log handed in where the connection comes and goes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.daylog.models import DayLog
from loudou.fieldwork.models import Activity, PhoneCall
from tests.browser.conftest import Site, overflow


@pytest.fixture
def customer(site: Site) -> Customer:
    rep = site.cast.chenan
    made = customers.add_customer(name="宁波甬江机电有限公司", by=rep)
    customers.add_contact(made, name="许明华", phone="13812345678", by=rep)
    return made


def forget_lost_lines(site: Site) -> None:
    """A lost connection is heard of in the console, and that is how it should be."""
    site.troubles[:] = [
        one for one in site.troubles if "DISCONNECTED" not in one and "not fetched" not in one
    ]


def send_offline(page: Page, button: str) -> None:
    """Press a button without a connection, and let it come back once the phone has kept what was written."""
    page.context.set_offline(True)
    page.get_by_role("button", name=button).click()
    expect(page.locator("#outbox")).to_contain_text("已保存在本机")


def lose_the_answer(page: Page, address: str) -> None:
    """The house gets what is sent there next, and its answer never arrives."""

    def fetched(route: Route) -> None:
        route.fetch()
        route.abort("internetdisconnected")

    page.route(address, fetched, times=1)


def test_a_call_is_noted_while_somebody_is_on_the_line(site: Site, customer: Customer) -> None:
    page = site.page(site.cast.chenan, "/calls/take/", phone=True)
    assert overflow(page) <= 0
    assert site.faults(page) == []
    page.get_by_role("combobox", name="谁来电").fill("13812345678")
    page.get_by_role("option", name="许明华").click()
    page.get_by_label("事由").fill("样件何时到")
    page.get_by_role("button", name="记下").click()
    expect(page.locator(".errors")).to_contain_text("请填写答复")  # nothing was answered yet
    expect(page.get_by_role("combobox", name="谁来电")).to_have_value("许明华")
    page.get_by_label("答复").fill("周一寄出")
    send_offline(page, "记下")
    assert not PhoneCall.objects.exists()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="许明华")).to_be_visible()
    assert (PhoneCall.objects.get().customer, Activity.objects.count()) == (customer, 1)
    forget_lost_lines(site)


def test_a_call_that_arrived_unheard_is_noted_once(site: Site, customer: Customer) -> None:
    """The house has it, the answer is lost on the way: the phone sends it again."""
    page = site.page(site.cast.chenan, "/calls/take/", phone=True)
    page.get_by_role("combobox", name="谁来电").fill("一位先生")
    page.get_by_label("事由").fill("要目录")
    page.get_by_label("答复").fill("已发邮件")
    lose_the_answer(page, "**/calls/take/")
    page.get_by_role("button", name="记下").click()
    expect(page.get_by_role("heading", name="一位先生")).to_be_visible()
    assert PhoneCall.objects.count() == 1
    forget_lost_lines(site)


def test_the_day_log_is_handed_in_once_and_offers_one_more_stop_at_a_time(
    site: Site, customer: Customer
) -> None:
    page = site.page(site.cast.chenan, "/field/log/", phone=True)
    assert overflow(page) <= 0
    assert site.faults(page) == []
    stops = page.locator("[aria-labelledby=stops-head] details.stop:visible")
    expect(stops).to_have_count(1)
    stops.first.locator("summary").click()
    expect(stops).to_have_count(2)
    stops.first.get_by_label("地点").fill("宁波")
    stops.first.get_by_label("客户").fill(customer.name)
    page.get_by_label("反思").fill("先问预算再谈方案")
    late = page.get_by_label("迟交原因")
    if late.count():
        late.fill("出差在途")
    send_offline(page, "提交")
    page.context.set_offline(False)
    page.wait_for_url(re.compile(r"/field/logs/\d+/"))
    assert (DayLog.objects.get().edition, DayLog.objects.get().lines.get().customer) == (1, customer)
    forget_lost_lines(site)


def note_a_visit(page: Page) -> None:
    """The dialog of an activity, filled in on a customer's page."""
    page.locator("#contacts-panel").get_by_role("link", name="记录").click()
    dialog = page.locator("#log-activity")
    dialog.get_by_label("接触对象").fill("许明华")
    dialog.get_by_label("结果").fill("样件合格，等比价")


def test_an_activity_of_a_dialog_waits_for_the_connection(site: Site, customer: Customer) -> None:
    page = site.page(site.cast.chenan, f"/customers/{customer.pk}/", phone=True)
    note_a_visit(page)
    send_offline(page, "记录")
    assert not Activity.objects.exists()
    expect(page.locator("#log-activity")).to_have_count(0)  # the page below says that it is kept
    page.context.set_offline(False)
    expect(page.locator("#outbox")).to_contain_text("已提交")
    page.reload()
    expect(page.get_by_text("样件合格，等比价")).to_be_visible()
    assert Activity.objects.get().contact == "许明华"
    forget_lost_lines(site)


def test_an_activity_whose_answer_was_lost_is_recorded_once(site: Site, customer: Customer) -> None:
    page = site.page(site.cast.chenan, f"/activities/log/?customer={customer.pk}", phone=True)
    assert overflow(page) <= 0
    assert site.faults(page) == []
    page.get_by_label("接触对象").fill("许明华")
    page.get_by_label("结果").fill("样件合格，等比价")
    lose_the_answer(page, "**/log/")
    page.get_by_role("button", name="记录").click()
    page.wait_for_url(f"**/customers/{customer.pk}/")
    assert Activity.objects.count() == 1
    forget_lost_lines(site)


def answered(page: Page, button: str = "") -> None:
    """Wait until the house has answered what is sent: now by a button, or tried again by itself."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        if button:
            page.get_by_role("button", name=button).click()


def test_what_was_written_while_the_session_ended_waits_for_who_wrote_it(site: Site) -> None:
    """Signed in anew in another window the page's token is an old one: nothing is lost, nobody else's it becomes."""
    page = site.page(site.cast.chenan, "/field/log/", phone=True)
    page.get_by_label("反思").fill("先问预算再谈方案")
    late = page.get_by_label("迟交原因")
    if late.count():
        late.fill("出差在途")
    site.sign_in(page, None)
    answered(page, "提交")
    expect(page.locator("#outbox")).to_contain_text("已保存在本机")
    site.sign_in(page, site.cast.lina)
    answered(page)
    assert not DayLog.objects.exists()
    site.sign_in(page, site.cast.chenan)
    page.wait_for_url(re.compile(r"/field/logs/\d+/"))
    assert (DayLog.objects.get().user, DayLog.objects.get().edition) == (site.cast.chenan, 1)
    site.troubles[:] = [one for one in site.troubles if "403" not in one]


def test_what_is_refused_under_a_new_sign_in_is_said_beside_its_field(site: Site) -> None:
    page = site.page(site.cast.chenan, "/field/log/", phone=True)
    late = page.get_by_label("迟交原因")
    if late.count():
        late.fill("出差在途")
    page.locator("details.stop").filter(has_text="添加一笔费用").first.locator("summary").click()
    page.get_by_label("金额").first.fill("35")
    site.sign_in(page, site.cast.chenan)
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".errors")).to_contain_text("请选择费用类别")
    expect(page.get_by_label("金额").first).to_have_value("35")
    site.troubles[:] = [one for one in site.troubles if "403" not in one]

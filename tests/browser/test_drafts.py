"""What is typed is kept on the device until it is sent: by what it is about, whatever stands around it by then."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Locator, Page, expect

from loudou.customers import verbs as customers
from loudou.fieldwork import verbs
from loudou.kernel import clock
from tests import make
from tests.browser.conftest import Site, overflow


def stop(page: Page, name: str) -> Locator:
    """The stop whose customer is called so."""
    return page.locator("details.stop").filter(has=page.locator(f'input[name$="-customer"][value="{name}"]'))


def test_a_stop_that_came_meanwhile_takes_no_other_stops_words(site: Site) -> None:
    rep, now = site.cast.chenan, clock.now()
    late, early = make.deal(rep, title="柔性产线"), make.deal(rep, title="视觉检测")
    verbs.log_activity(kind="visit", by=rep, deal=late, contact="许明华", result="确认方案，" * 20, at=now)
    page = site.page(rep, "/field/log/", phone=True)
    assert overflow(page) <= 0
    first = page.locator("details.stop").first
    first.locator("summary").click()
    first.get_by_label("结果", exact=True).fill("方案已确认，等预算")
    added = page.locator("details.stop.blank").first
    added.locator("summary").click()
    added.get_by_label("客户", exact=True).fill("甬江机电")
    page.get_by_label("反思").fill("先问预算")
    before = now - timedelta(seconds=1)
    verbs.log_activity(kind="call", by=rep, deal=early, contact="王工", result="约了周四", at=before)
    page.reload()
    results = page.locator('textarea[name$="-result"]')
    expect(results.nth(0)).to_have_value("约了周四")
    expect(results.nth(1)).to_have_value("方案已确认，等预算")
    expect(page.locator('input[name$="-customer"]').nth(2)).to_have_value("甬江机电")
    expect(page.locator("details.stop").nth(2)).to_have_attribute("open", "")
    expect(page.get_by_label("反思")).to_have_value("先问预算")


def test_what_the_house_has_changed_meanwhile_stands(site: Site) -> None:
    rep = site.cast.chenan
    done = verbs.log_activity(kind="call", by=rep, deal=make.deal(rep), contact="王工", result="约了周四")
    page = site.page(rep, "/field/log/")
    page.locator("details.stop").first.locator("summary").click()
    page.locator('textarea[name$="-result"]').first.fill("没说成")
    verbs.edit_activity(done, by=rep, result="约了周五")
    page.reload()
    expect(page.locator('textarea[name$="-result"]').first).to_have_value("约了周五")


def test_who_was_chosen_is_still_chosen_when_one_comes_back(site: Site) -> None:
    customer = customers.add_customer(name="宁波甬江机电有限公司", by=site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, "/deals/open/")
    search = page.locator("[name=customer_text]")
    search.press_sequentially("甬江")
    page.locator(".suggest [role=option]").first.click()
    page.locator("[name=title]").fill("二号线机器人")
    page.reload()
    expect(search).to_have_value(customer.name)
    expect(page.locator("[name=customer]")).to_have_value(str(customer.pk))
    page.locator("main form button.primary").click()
    expect(page.locator(".customer-link")).to_have_text(customer.name)


def test_a_dialog_comes_back_with_what_was_typed_until_one_cancels(site: Site) -> None:
    customer = customers.add_customer(name="宁波甬江机电有限公司", by=site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, "/deals/open/")
    page.locator("[name=title]").fill("二号线机器人")
    page.locator("[name=customer_text]").press_sequentially("甬江二厂")
    page.locator(".suggest [role=option]", has_text="添加客户").click()  # nobody knows it yet
    expect(page.locator("[name=name]")).to_have_value("甬江二厂")
    page.goto(f"{site.address}/customers/{customer.pk}/")
    page.locator("main").get_by_role("link", name="新建商机").first.click()
    expect(page.locator("dialog [name=customer]")).to_have_value(str(customer.pk))
    expect(page.locator("dialog [name=title]")).to_have_value("二号线机器人")
    page.locator("dialog .foot [data-close]").click()
    page.locator("main").get_by_role("link", name="新建商机").first.click()
    expect(page.locator("dialog [name=title]")).to_have_value("")

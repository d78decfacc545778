"""What is refused or fails is seen: a page begins at what has to be put right, a dialog tells what went wrong in it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from loudou.customers import verbs as customers
from loudou.kernel.periods import Grain
from loudou.people.queries import organisation
from loudou.pipeline import verbs as deals
from loudou.reviews import verbs
from tests import make
from tests.browser.conftest import Site
from tests.browser.test_deals import drag_ahead, stands


def test_a_report_without_its_causes_comes_back_at_the_causes(site: Site) -> None:
    company = organisation()
    month = company.fiscal.of(company.today, Grain.MONTH)
    pack = verbs.open_pack("report", period=month, by=site.cast.chenan)
    page = site.page(site.cast.chenan, f"/reviews/{pack.pk}/", phone=True)
    page.locator("button[formaction]").click()
    causes = page.locator("textarea[name=causes][aria-invalid=true]")
    expect(causes).to_be_focused()
    expect(causes).to_be_in_viewport()


@pytest.mark.parametrize(
    ("language", "wanting"),
    [("zh-hans", "这个字段是必填项。"), ("zh-hant", "這個欄位是必須的。"), ("en", "This field is required.")],
)
def test_what_is_left_out_is_told_beside_its_field_in_the_readers_language(
    site: Site, language: str, wanting: str
) -> None:
    page = site.page(site.cast.chenan, "/deals/open/", language=language)
    title = page.locator("input[name=title]")
    page.locator("main form button.primary").click()
    expect(title).to_be_focused()
    expect(title).to_have_attribute("aria-invalid", "true")
    beside = page.locator(".field", has=title).locator(".errors")
    expect(beside).to_have_text(wanting)
    assert site.faults(page) == []
    title.fill("柔性线")
    expect(beside).to_have_count(0)


def test_what_the_house_said_of_a_value_that_is_gone_is_not_said_twice(site: Site) -> None:
    page = site.page(site.cast.chenan, "/deals/open/")
    title, send = page.locator("input[name=title]"), page.locator("main form button.primary")
    title.fill("  ")
    send.click()
    beside = page.locator(".field", has=title).locator(".errors")
    expect(beside).to_have_count(1)
    title.fill("")
    send.click()
    expect(page.locator("[data-wrong]")).to_have_count(1)
    expect(beside).to_have_count(1)


def test_a_dialog_that_takes_its_own_place_goes_on_at_what_is_wrong(site: Site) -> None:
    rep = site.cast.zhangwei
    customer = customers.add_customer(name="宁波甬江机电有限公司", by=rep)
    page = site.page(rep, f"/customers/{customer.pk}/")
    page.locator(f"a[hx-get='/customers/{customer.pk}/edit/']").first.click()
    dialog = page.locator("#dialog")
    dialog.locator("[name=uscc]").fill("91330200MA2")
    dialog.locator("button.primary").click()
    expect(dialog.locator(".errors")).to_be_visible()
    expect(dialog.locator("[name=uscc]")).to_be_focused()


# Nothing lies above it where it stands.
_ON_TOP = """(note) => {
    const { x, y, width, height } = note.getBoundingClientRect();
    return note.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""
_FAULT = "<h1 data-sentence>数据库没有应答。</h1><code data-number>0f4d-1a</code>"


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize(
    ("status", "told"), [(500, "数据库没有应答。0f4d-1a"), (503, "数据库没有应答。"), (0, "没有网络连接")]
)
def test_what_fails_in_a_dialog_is_told_above_it_and_what_was_typed_stays(
    site: Site, status: int, told: str, phone: bool
) -> None:
    deal = make.deal(site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, f"/deals/{deal.pk}/", phone=phone)
    page.evaluate(f"htmx.ajax('GET', '/deals/{deal.pk}/edit/', {{ target: '#dialog' }})")
    title = page.locator("#dialog [name=title]")
    title.fill("柔性产线二期")
    page.route(
        "**/edit/",
        lambda route: (
            route.fulfill(status=status, body=_FAULT, content_type="text/html") if status else route.abort()
        ),
    )
    page.locator("#dialog button.primary").click()
    note = page.locator(".toast-note")
    expect(note).to_contain_text(told)
    expect(note).to_be_in_viewport(ratio=1)
    assert note.evaluate(_ON_TOP)
    expect(title).to_have_value("柔性产线二期")
    page.unroute("**/edit/")
    page.locator("#dialog button.primary").click()
    expect(page.locator("h1")).to_contain_text("柔性产线二期")
    site.troubles.clear()  # the faults this test made


def test_an_undo_that_comes_too_late_says_so(site: Site) -> None:
    rep = site.cast.zhangwei
    deal = make.deal(rep)
    make.fill_gate(deal, None)
    page = site.page(rep, "/board/")
    drag_ahead(page, deal, 1)
    expect(page.locator(".toast-note button")).to_be_visible()  # the step is made, not only shown
    deal.refresh_from_db()
    deals.edit(deal, by=site.cast.wumin, amount=deal.amount + 1, reason="加一台")
    page.locator(".toast-note button").click()
    expect(page.locator(".toast-note.bad")).to_contain_text("已过撤销时限")
    stands(page, deal, 1)

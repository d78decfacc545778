"""A page that comes back refused begins at what has to be put right, however long it is."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from loudou.customers import verbs as customers
from loudou.kernel.periods import Grain
from loudou.people.queries import organisation
from loudou.reviews import verbs
from tests.browser.conftest import Site


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

"""One's own account in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, overflow


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_it_fits_and_is_accessible(site: Site, phone: bool) -> None:
    page = site.page(site.cast.chenan, "/account/", phone=phone)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert overflow(page) <= 0
    assert site.faults(page) == []


def test_what_is_shown_once_is_copied_and_a_page_of_one_form_begins_in_its_field(site: Site) -> None:
    rep = site.cast.chenan
    page = site.page(rep)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.context.clear_cookies()
    rep.set_password("loudou-2026-chenan")
    rep.save()
    page.goto(site.address + "/login/?next=/agenda/feed/")
    page.fill("input[name=username]", "chenan")
    page.fill("input[name=password]", "loudou-2026-chenan")
    page.keyboard.press("Enter")
    page.wait_for_url(site.address + "/agenda/feed/")
    page.locator("button[name=open]").click()
    address = page.locator("#feed-address").input_value()
    page.locator("[data-copy='#feed-address']").click()
    expect(page.locator(".toast-note")).to_be_visible()
    assert address.startswith("http") and page.evaluate("navigator.clipboard.readText()") == address

    page.goto(site.address + "/visits/plan/")
    expect(page.locator("[name=customer_text]")).to_be_focused()

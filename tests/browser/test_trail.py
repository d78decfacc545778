"""The way through a list: its records one after the other, back to where one was, values changed where they stand."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from loudou.kernel import clock
from loudou.pipeline.models import Deal
from loudou.ui import paging
from tests import make
from tests.browser.conftest import Site

LISTED = "#deal-rows tr"


def _deals(site: Site, count: int) -> list[Deal]:
    """Deals of one rep in the order of their list, the dearest first."""
    owner = site.cast.zhangwei
    return [make.deal(owner, title=f"柔性线 {n}", amount=900_000 - n * 1_000) for n in range(count)]


def _title(page: Page, deal: Deal) -> None:
    expect(page.locator("main h1")).to_have_text(deal.title)


def test_the_records_of_a_list_are_walked_and_left_for_it(site: Site) -> None:
    first, second, third = _deals(site, 3)
    page = site.page(site.cast.zhangwei, "/deals/?sort=amount")
    page.locator(LISTED).nth(1).locator("td.lead a").click()
    _title(page, second)
    pager = page.locator("[data-pager]")
    expect(pager).to_contain_text("2 / 3")
    page.keyboard.press("Shift+J")
    _title(page, third)
    expect(pager.locator("[data-pager-after]")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Shift+K")
    _title(page, second)
    page.keyboard.press("Shift+K")
    _title(page, first)
    pager.locator("[data-pager-list]").click()
    page.wait_for_url(f"{site.address}/deals/?sort=amount")
    expect(page.locator(LISTED).nth(0).locator("td.lead a")).to_be_focused()

    page.keyboard.press("/")  # what was opened last is offered before a word is typed
    opened = page.locator("[data-recent] .hit")
    expect(opened.nth(0)).to_have_text(first.title)
    expect(opened).to_have_count(3)


def test_who_opens_a_record_from_elsewhere_has_no_neighbours(site: Site) -> None:
    deals = _deals(site, 2)
    page = site.page(site.cast.zhangwei, f"/deals/{deals[0].pk}/")
    _title(page, deals[0])
    expect(page.locator("[data-pager]")).to_be_hidden()


def test_back_on_a_long_list_what_was_loaded_below_is_there_again(site: Site) -> None:
    _deals(site, paging.SIZE + 3)
    page = site.page(site.cast.zhangwei, "/deals/?sort=amount")
    page.locator("#deal-more a").click()
    expect(page.locator(LISTED)).to_have_count(paging.SIZE + 3)
    last = page.locator(LISTED).last.locator("td.lead a")
    last.click()
    _title(page, Deal.objects.earliest("amount"))
    page.go_back()
    expect(page.locator(LISTED)).to_have_count(paging.SIZE + 3)
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport()


def test_a_value_is_changed_where_it_stands_in_the_list(site: Site) -> None:
    deals = _deals(site, 2)
    page = site.page(site.cast.zhangwei, "/deals/?sort=amount")
    row = page.locator(f"#deal-{deals[1].pk}")
    row.locator("[data-part=next]").click()
    dialog = page.locator("#dialog")
    expect(dialog.locator("[name=next_step]")).to_be_focused()
    expect(dialog.locator("[name=title]")).to_have_count(0)
    dialog.locator("[name=next_step]").fill("拜访郑总工")
    dialog.locator("[name=next_on]").fill((clock.now().date() + timedelta(days=3)).isoformat())
    dialog.locator("button.primary").click()
    expect(dialog).to_be_hidden()
    expect(row.locator("[data-part=next]")).to_contain_text("拜访郑总工")
    expect(row.locator("td.lead a")).to_be_focused()

    page.keyboard.press("x")
    expect(row.locator("[data-select]")).to_be_checked()
    page.keyboard.press("e")
    expect(dialog.locator("[name=title]")).to_have_value(deals[1].title)


def test_on_a_phone_the_whole_card_opens_its_record(site: Site) -> None:
    deals = _deals(site, 2)
    page = site.page(site.cast.zhangwei, "/deals/?sort=amount", phone=True)
    page.locator(f"#deal-{deals[1].pk} [data-part=amount]").tap()
    _title(page, deals[1])


def test_deals_are_found_while_one_types_and_stay_found(site: Site) -> None:
    deals = _deals(site, 3)
    page = site.page(site.cast.zhangwei, "/deals/?sort=amount")
    page.locator(".list-search input[type=search]").press_sequentially("柔性线 1")
    expect(page.locator(LISTED)).to_have_count(1)
    expect(page.locator("#deal-sums")).to_contain_text("1")
    expect(page.locator(".list-search input[type=search]")).to_be_focused()
    expect(page.locator("#deal-ways a").first).to_have_attribute("href", re.compile("q="))
    page.evaluate(
        "htmx.trigger('body', 'deal-changed')"
    )  # what changes meanwhile changes what is found, not what is looked for
    expect(page.locator(LISTED)).to_have_count(1)
    row = page.locator(f"#deal-{deals[1].pk} td.lead a")
    row.click()
    _title(page, deals[1])
    page.go_back()
    expect(row).to_be_focused()
    expect(page.locator(LISTED)).to_have_count(1)


def test_a_filter_chosen_after_typing_keeps_what_was_typed(site: Site) -> None:
    page = site.page(site.cast.gaoming, "/settings/people/")
    page.locator("[name=q]").press_sequentially("chenan")
    expect(page.locator("#people tr[data-walk]")).to_have_count(1)
    role = page.locator("details.menu a[href*='role=rep']")
    expect(role).to_have_attribute("href", re.compile("q=chenan"))

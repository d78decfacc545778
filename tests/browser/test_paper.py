"""A page on paper, a search left, a text without room."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Site

A4 = {"width": 718, "height": 1046}  # what a sheet has room for, in CSS pixels


def test_paper_is_light_and_says_what_it_is(site: Site) -> None:
    """Whoever looks at it in the dark prints it on white, with the title that a window as narrow has in its bar."""
    page = site.page(site.cast.wumin, "/analysis/waterfall/")
    page.emulate_media(color_scheme="dark")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.emulate_media(media="print")
    page.set_viewport_size(A4)  # type: ignore[arg-type]
    title = page.locator(".page-head h1").bounding_box()
    assert title is not None and title["height"] > 20 and title["width"] > 20
    expect(page.locator(".rail")).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_tables_are_tables_on_paper(site: Site) -> None:
    """A sheet is narrower than the bound of the phone, whose cards are no table; and nobody ticks what is printed."""
    page = site.page(site.cast.wumin, "/analysis/forecast-sheet/")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('afterbegin', '<table id=list class=\"t cards\"><thead><tr>"
        "<th class=tick>x<th>名称</thead><tr><td class=tick>x<td class=clip>宁波旭升精密机械有限公司 二号线</table>')"
    )
    page.set_viewport_size(A4)  # type: ignore[arg-type]
    expect(page.locator("#list thead")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("#list thead")).to_be_visible()
    expect(page.locator("#list td.tick")).to_be_hidden()
    expect(page.locator("#list td.clip")).to_have_css("display", "table-cell")
    expect(page.locator("#list td.clip")).to_have_css("white-space", "normal")
    expect(page.locator("table.sheet-table thead")).to_be_visible()


def test_escape_leaves_a_search_with_something_typed_for_where_one_was(site: Site) -> None:
    page = site.page(site.cast.wumin, "/deals/")
    stood = page.locator(".topbar .bell")
    stood.focus()
    page.keyboard.press("Control+k")
    box = page.locator("dialog[open] [role=combobox]")
    box.fill("zzzz")
    expect(page.locator("dialog[open] .empty-line")).to_be_visible()
    expect(page.locator("dialog[open] [role=listbox]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(stood).to_be_focused()


def test_what_has_no_room_is_told_to_whoever_points_at_it(site: Site) -> None:
    page = site.page(site.cast.wumin, "/deals/")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('afterbegin', '<p id=short class=ellipsis><b>很长 的一句话</b></p>')"
    )
    short = page.locator("#short")
    short.hover()
    assert short.get_attribute("title") is None
    page.evaluate("document.querySelector('#short').style.width = '30px'")
    page.mouse.move(0, 0)
    short.hover()
    expect(short).to_have_attribute("title", "很长 的一句话")

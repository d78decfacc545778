"""What the sheet of targets says of what it does not take, how it fills, and that a key draws nothing anew."""

from __future__ import annotations

from decimal import Decimal

from playwright.sync_api import Page, expect

from loudou.kernel.periods import Fiscal
from loudou.targets import verbs
from tests.browser.conftest import Site
from tests.browser.test_target_sheet import YEAR, _open, _paste, _saved, _team


def _row(page: Page, place: int) -> list[str]:
    return page.locator(".sheet-grid tbody tr").nth(place).locator("td[data-at]").all_inner_texts()


def test_what_is_no_amount_stays_in_its_cell_with_a_sentence(site: Site) -> None:
    page = _open(site, site.cast.wumin)
    status, field = page.locator(".sheet-status"), page.locator(".sheet-grid input")
    page.locator(".sheet-grid").focus()
    page.keyboard.type("12x")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("请写成 1,234.50 或 12万 这样的金额。")
    expect(field).to_have_value("12x")
    page.locator(".sheet-grid td.name").first.click()
    expect(field).to_have_value("12x")
    field.fill("-5")
    field.press("Enter")
    expect(status).to_contain_text("金额不能为负数。")
    field.fill("500")
    field.press("Enter")
    expect(field).to_have_count(0)
    _saved(page)
    assert _row(page, 0)[0] == "500"


def test_what_is_locked_or_no_amount_is_left_and_counted(site: Site) -> None:
    january = Fiscal().parse("2027-01")
    verbs.set_cells(
        [verbs.CellInput(_team(site), None, january, Decimal(7), 0, True)], metric="bookings", by=None
    )
    page = _open(site, site.cast.wumin)
    status = page.locator(".sheet-status")
    page.locator(".sheet-grid").focus()
    page.keyboard.press("ArrowRight")
    expect(status).to_contain_text("已锁定：按 L 解锁。")
    _paste(page, "8\tabc\t9\n1\t2\t-3")
    expect(status).to_contain_text("3 个单元格未改")
    assert _row(page, 0)[:4] == ["", "7", "", "9"] and _row(page, 1)[:4] == ["", "1", "2", ""]
    page.keyboard.press("Control+Home")
    page.get_by_role("button", name="把总数分摊到各期间").click()
    expect(status).to_contain_text("请先填总数。")
    page.locator(".sheet-grid").focus()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="把总数分摊到各期间").click()
    expect(status).to_contain_text("锁定的部分已超过总数")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("l")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    _saved(page)
    assert _row(page, 0)[:2] == ["5", "4"]


def test_it_is_filled_to_the_right_and_down_as_a_spreadsheet_is(site: Site) -> None:
    page = _open(site, site.cast.wumin)
    page.locator(".sheet-grid").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.type("30")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+r")
    assert _row(page, 0)[:4] == ["", "30", "30", ""]
    page.get_by_role("button", name="向右填充").click()
    assert _row(page, 0) == ["", *["30"] * 12]
    page.keyboard.press("Control+Home")
    for key in ("ArrowRight", "ArrowDown", "Control+d"):
        page.keyboard.press(key)
    assert _row(page, 1)[:3] == ["", "30", ""]
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert (_row(page, 0)[:4], _row(page, 1)[1]) == (["", "30", "30", ""], "")
    _saved(page)


def test_a_key_moves_the_cursor_over_cells_that_are_there(site: Site) -> None:
    verbs.set_target(unit=_team(site), metric="bookings", period=YEAR, amount=Decimal(500), by=None)
    page = _open(site, site.cast.wumin)
    page.locator(".sheet-grid").focus()
    drawn = page.evaluate(
        """() => { const grid = document.querySelector(".sheet-grid"), first = grid.querySelector("tbody tr");
        for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft"]) grid.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        return [first === grid.querySelector("tbody tr"), grid.querySelectorAll(".cursor").length, grid.querySelector(".cursor").dataset.place]; }"""
    )
    assert drawn == [True, 1, "1"]


def test_what_fails_is_said_in_words_and_leads_to_its_cell(site: Site) -> None:
    page = _open(site, site.cast.wumin)
    summary, check = page.locator(".sheet-summary"), page.locator(".sheet-grid td.check")
    expect(summary).to_be_hidden()
    page.locator(".sheet-grid").focus()
    _paste(page, "1,000,000\n900,000\n200,000")  # 直销一部 and two of its people, as Excel copies them
    expect(summary).to_contain_text("个人合计: 缺少 100,000")
    expect(check.first).to_have_text("110% 缺少 100,000")
    page.keyboard.press("Control+End")
    summary.get_by_role("button").first.click()
    expect(page.locator(".sheet-status")).to_contain_text("直销一部 · 2027")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("100万")
    page.keyboard.press("Enter")
    expect(check.first).to_have_text("✓ 120%")
    expect(summary).to_be_hidden()
    _saved(page)


def test_what_excel_copies_is_read(site: Site) -> None:
    page = _open(site, site.cast.wumin)
    page.locator(".sheet-grid").focus()
    copied = " 1,234,567.50 \t¥ 12,000.00 \t\t 3 \r\n１２万\t(5)\t+7\t0\r\n"
    _paste(page, copied)
    assert _row(page, 0)[:4] == ["1,234,567.50", "12,000", "", "3"]
    assert _row(page, 1)[:4] == ["120,000", "", "7", "0"]  # nobody owes less than nothing
    expect(page.locator(".sheet-status")).to_contain_text("金额不能为负数。")
    page.keyboard.press("Control+z")
    assert _row(page, 0)[:4] == ["", "", "", ""]
    page.keyboard.press("Control+y")
    assert _row(page, 1)[:4] == ["120,000", "", "7", "0"]
    _saved(page)


def test_what_accounting_formats_write_is_read(site: Site) -> None:
    page = _open(site, site.cast.wumin)
    status = page.locator(".sheet-status")
    page.locator(".sheet-grid").focus()
    _paste(page, " -   \t ¥ -   \t\t 7.00 \n ¥ (1,234.00)\t(5)\t-\t 8.00 ")  # a dash alone is no zero
    assert (_row(page, 0)[:4], _row(page, 1)[:4]) == (["0", "0", "", "7"], ["", "", "", "8"])
    expect(status).to_contain_text("3 个单元格未改")
    _saved(page)
    page.keyboard.press("Control+Home")
    _paste(page, " ¥ (1,234.00)")
    expect(status).to_contain_text("金额不能为负数。")


def test_what_people_lack_of_120_per_cent_is_filled_up_in_proportion(site: Site) -> None:
    page = _open(site, site.cast.wumin)
    summary, check = page.locator(".sheet-summary"), page.locator(".sheet-grid td.check")
    page.locator(".sheet-grid").focus()
    _paste(page, "1,000,000\n600,000\n300,000\n")
    expect(summary).to_contain_text("缺少 300,000")
    summary.get_by_role("button", name="按比例补足").click()
    expect(check.first).to_have_text("✓ 120%")
    expect(summary).to_be_hidden()
    assert [_row(page, place)[0] for place in (1, 2)] == ["800,000", "400,000"]
    page.keyboard.press("Control+z")
    assert [_row(page, place)[0] for place in (1, 2)] == ["600,000", "300,000"]
    _saved(page)

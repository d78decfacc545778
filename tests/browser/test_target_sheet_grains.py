"""The sheet of targets in years, quarters, weeks and days, and beside a former edition, in a real browser."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page, expect

from loudou.kernel.periods import Fiscal, Grain
from loudou.people.models import Unit
from loudou.people.queries import organisation
from loudou.targets import verbs
from loudou.targets.models import Target
from loudou.targets.queries.sheet import sheet_of
from loudou.targets.queries.slices import Slices
from tests.browser.conftest import Site, overflow
from tests.browser.test_target_sheet import _paste, _saved, _team

APRIL = Fiscal().parse("2026-04")
YEAR = Fiscal().parse("2026")


def _open(site: Site, grain: str, unit: str = "", more: str = "&within=2026-04", **window: Any) -> Page:
    code = unit or _team(site).code
    user = site.cast.wumin if not unit else site.cast.heli
    page = site.page(user, f"/targets/sheet/?unit={code}&period=2026&grain={grain}{more}", **window)
    expect(page.locator(".sheet-grid td.cursor")).to_have_count(1)
    return page


def _cells(page: Page, place: int = 0) -> list[str]:
    return page.locator(".sheet-grid tbody tr").nth(place).locator("td[data-at]").all_inner_texts()


def _set(unit: Unit, amount: int, period: Any = APRIL) -> None:
    verbs.set_target(unit=unit, metric="bookings", period=period, amount=Decimal(amount), by=None)


def test_weeks_follow_from_the_month_as_one_types_it(site: Site) -> None:
    page = _open(site, "week")
    page.locator(".sheet-grid").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.type("502万")
    page.keyboard.press("Enter")
    weeks = ["720,000", "960,000", "1,190,000", "1,190,000", "960,000"]  # D1
    assert _cells(page) == ["", "5,020,000", *weeks]
    expect(page.locator(".sheet-grid tfoot td.good")).to_have_text(["✓ 0"])
    for key in ("ArrowUp", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    status = page.locator(".sheet-status")
    expect(status).to_contain_text("第 16 周：2026-04-13 至 2026-04-19")
    expect(status).to_contain_text("4 月 5,020,000 × 5 ÷ 21 = 1,190,000")
    page.keyboard.type("7")
    expect(page.locator(".sheet-grid input")).to_have_count(0)
    expect(status).to_contain_text("只读：由当月目标拆出，请改月份。")
    _paste(page, "1\t2")
    expect(status).to_contain_text("2 个单元格未改")
    assert _cells(page) == ["", "5,020,000", *weeks]
    _saved(page)
    assert [one.amount for one in Target.objects.all()] == [5_020_000]


def test_what_the_browser_reckons_is_what_the_house_reckons(site: Site) -> None:
    unit = _team(site)
    weekend = [Decimal(n) for n in ("1", "1", "1", "1", "1.5", "2.25", "2")]
    verbs.set_selling_days(unit=unit, weekdays=weekend, holiday=Decimal(3), by=None)
    quarter = Fiscal().parse("2026-Q2")
    for month, amount in zip(
        Fiscal().split(quarter, Grain.MONTH), ("1234567.89", "70000", "30001"), strict=True
    ):
        verbs.set_target(unit=unit, metric="bookings", period=month, amount=Decimal(amount), by=None)
    _set(unit, 20_000, Fiscal().parse("2026-W23"))
    company = organisation()
    sheet = sheet_of(site.cast.wumin, unit, "bookings", YEAR, company)
    for grain in (Grain.WEEK, Grain.DAY):
        reckoned = Slices(sheet, quarter, grain, company.fiscal, Decimal(100))
        page = _open(site, grain.value, more="&within=2026-Q2&step=100")
        expected = [""]
        for month in reckoned.months:
            own = [
                reckoned.amounts.get((f"u{unit.pk}", one.key))
                for one in reckoned.shown
                if one.month == month.key
            ]
            own = [sheet.cells[f"u{unit.pk}", month.key].amount, *own]
            expected += [f"{one:,.2f}".removesuffix(".00") if one is not None else "" for one in own]
        assert _cells(page) == expected


def test_days_are_copied_and_the_months_fold(site: Site) -> None:
    _set(_team(site), 5_020_000)
    page = _open(site, "day", more="&within=2026-Q2")
    page.locator(".sheet-grid").focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    copied = page.evaluate(
        """() => { const data = new DataTransfer();
        document.querySelector(".sheet-grid").dispatchEvent(new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true }));
        return data.getData("text/plain"); }"""
    )
    assert copied == "240000\t240000\t240000"  # 72万 over the three days before 清明
    months = page.locator(".sheet-grid th.quarter button")
    expect(months).to_have_text(["▾ 4 月 5,020,000", "▾ 5 月", "▾ 6 月"])
    for place in range(3):
        months.nth(place).click()
    assert _cells(page) == ["", "5,020,000", "", ""]
    months.nth(0).click()
    assert len(_cells(page)) == 4 + 21


def test_the_choice_stays_in_the_address(site: Site) -> None:
    page = _open(site, "month", more="")
    page.get_by_role("link", name="周", exact=True).click()
    page.wait_for_url("**grain=week**")
    expect(page.locator(".sheet-grid td.cursor")).to_have_count(1)
    page.get_by_label("取整单位").select_option("100")
    page.wait_for_url("**step=100**")
    page.locator("summary", has_text="范围").click()
    page.get_by_role("link", name="2 月", exact=True).click()
    page.wait_for_url("**within=2026-02**")
    expect(page.get_by_label("取整单位")).to_have_value("100")
    expect(page.locator(".sheet-grid th.quarter button")).to_have_text(["▾ 2 月"])


def test_money_is_shown_and_typed_in_tens_of_thousands(site: Site) -> None:
    _set(_team(site), 1_234_500, YEAR)
    page = _open(site, "month", more="")
    page.get_by_label(re.compile("^单位")).select_option("wan")
    page.wait_for_url("**in=wan**")
    assert _cells(page)[0] == "123.45"
    expect(page.locator(".sheet-what")).to_contain_text("万 CNY")
    page.locator(".sheet-grid").focus()
    page.keyboard.press("F2")
    expect(page.locator(".sheet-grid input")).to_have_value("123.45")
    page.locator(".sheet-grid input").fill("200.5")
    page.keyboard.press("Tab")
    _paste(page, "12\t3万\t0.5")
    assert _cells(page)[:4] == ["200.5", "12", "3", "0.5"]
    _saved(page)
    page.wait_for_function("document.querySelectorAll('.sheet-grid td.pending').length === 0")
    assert sorted(one.amount for one in Target.objects.all()) == [5_000, 30_000, 120_000, 2_005_000]
    page.reload()
    expect(page.locator(".sheet-grid td.cursor")).to_have_text("200.5")
    page.get_by_label(re.compile("^单位")).select_option("")
    expect(page.locator(".sheet-grid td.cursor")).to_have_text("2,005,000")
    page.wait_for_function("!location.search.includes('in=wan')")


def test_a_quarter_without_its_own_target_shows_its_months_and_takes_one(site: Site) -> None:
    _set(_team(site), 500)
    page = _open(site, "quarter")
    assert _cells(page) == ["", "", "500", "", ""]
    page.locator(".sheet-grid").focus()
    for _step in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".sheet-status")).to_contain_text("未单独设定；各月合计 500")
    page.keyboard.type("600")
    page.keyboard.press("Enter")
    _saved(page)
    page.wait_for_function("document.querySelectorAll('.sheet-grid td.pending').length === 0")
    assert Target.objects.filter(amount=600, starts_on=APRIL.start).exists()


def test_years_stand_beside_each_other(site: Site) -> None:
    for year, amount in (("2025", 70), ("2026", 80)):
        _set(_team(site), amount, Fiscal().parse(year))
    page = _open(site, "year", more="")
    assert _cells(page) == ["80", "70"]
    expect(page.locator(".sheet-grid thead th")).to_have_text(["部门、人员", "2026", "2025", "120 % 检查"])
    page.locator(".sheet-grid").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".sheet-status")).to_contain_text("其他年份：在上方选那一年再改。")


def test_what_is_another_than_in_a_former_edition_is_marked(site: Site) -> None:
    unit = _team(site)
    _set(unit, 500)
    verbs.adjust_target(Target.objects.get(), amount=Decimal(450), cause="market", by=site.cast.heli)
    page = _open(site, "month", more="")
    page.get_by_text("历次版本").click()
    expect(page.locator(".sheet-versions")).to_contain_text("市场")
    page.locator(".sheet-versions a").last.click()
    page.wait_for_url("**since=1**")
    changed = page.locator(".sheet-grid td.changed")
    expect(changed).to_have_text(["-50"])
    page.get_by_role("button", name="与第 1 版之差").click()
    expect(changed).to_have_text(["450"])
    assert site.faults(page) == []


def test_a_phone_reads_the_days_of_a_person(site: Site) -> None:
    _set(_team(site), 5_020_000)
    page = site.page(
        site.cast.wumin,
        f"/targets/sheet/?unit={_team(site).code}&period=2026&grain=day&within=2026-04",
        phone=True,
    )
    expect(page.locator("td.lead").first).to_be_visible()
    assert overflow(page) == 0
    page.locator("td.lead a").first.click()
    expect(page.locator("tr.follows").first).to_contain_text("240,000")
    expect(page.locator("tr.follows")).to_have_count(21)
    assert overflow(page) == 0

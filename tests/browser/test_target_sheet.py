"""The sheet of targets in a real browser: keys, paste, undo, two people, five hundred people."""

from __future__ import annotations

import re
from decimal import Decimal

from playwright.sync_api import Page, expect

from loudou.kernel.periods import Fiscal
from loudou.people.models import Unit, User
from loudou.targets import verbs
from loudou.targets.models import Target
from tests.browser.conftest import Site, overflow

YEAR = Fiscal().parse("2027")


def _team(site: Site) -> Unit:
    return Unit.objects.get(pk=site.cast.wumin.unit_id)


def _open(site: Site, user: User, **more: bool) -> Page:
    page = site.page(user, f"/targets/sheet/?unit={_team(site).code}&period=2027", **more)
    expect(page.locator(".sheet-grid td.cursor")).to_have_count(1)
    return page


def _paste(page: Page, text: str) -> None:
    page.evaluate(
        """text => { const data = new DataTransfer(); data.setData("text/plain", text);
        document.querySelector(".sheet-grid").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }""",
        text,
    )


def _saved(page: Page) -> None:
    expect(page.locator(".sheet-status")).to_contain_text("已保存")


def test_it_is_typed_into_like_a_spreadsheet(site: Site) -> None:
    page = _open(site, site.cast.wumin)
    page.locator(".sheet-grid").focus()
    page.keyboard.type("120万")
    page.keyboard.press("Tab")
    page.keyboard.type("10")
    page.keyboard.press("Escape")
    expect(page.locator(".sheet-grid td.cursor")).to_have_text("")
    _paste(page, "100,000\t100000\r\n7\t8\r\n")
    _saved(page)
    whole = Target.objects.get(person=None, starts_on=YEAR.start, ends_on=YEAR.end)
    assert whole.amount == 1_200_000 and Target.objects.count() == 5
    expect(page.locator(".sheet-grid td.wrong").first).to_have_text("1,200,000")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Home")
    page.get_by_role("button", name="把总数分摊到各期间").click()
    expect(page.locator(".sheet-grid td.wrong")).to_have_count(0)
    _saved(page)
    page.wait_for_function("document.querySelectorAll('.sheet-grid td.pending').length === 0")
    months = Target.objects.filter(person=None).exclude(pk=whole.pk)
    assert months.count() == 12 and sum(one.amount for one in months) == 1_200_000


def test_a_rate_is_pasted_in_per_cent_and_an_amount_is_not(site: Site) -> None:
    page = site.page(
        site.cast.wumin, f"/targets/sheet/?unit={_team(site).code}&period=2027&metric=conversion"
    )
    expect(page.locator(".sheet-grid td.cursor")).to_have_count(1)
    page.locator(".sheet-grid").focus()
    _paste(page, "25%\t12.5%")
    _saved(page)
    amounts = Target.objects.filter(metric="conversion").order_by("-ends_on").values_list("amount", flat=True)
    assert list(amounts) == [Decimal("0.25"), Decimal("12.5")]
    expect(page.locator(".sheet-grid td.wrong")).to_have_count(0)  # a rate is no sum of its periods
    page.keyboard.press("Control+Home")
    page.get_by_role("button", name="把总数分摊到各期间").click()
    _saved(page)
    page.wait_for_function("document.querySelectorAll('.sheet-grid td.pending').length === 0")
    amounts = Target.objects.filter(metric="conversion").values_list("amount", flat=True)
    assert list(amounts) == [Decimal("0.25")] * 13
    money = _open(site, site.cast.wumin)
    money.locator(".sheet-grid").focus()
    _paste(money, "25%")
    expect(money.locator(".sheet-grid td.cursor")).to_have_text("")


def test_what_another_person_typed_is_shown_with_both_values(site: Site) -> None:
    page = _open(site, site.cast.wumin)
    unit = _team(site)
    verbs.set_target(unit=unit, metric="bookings", period=YEAR, amount=Decimal(500), by=None)
    page.locator(".sheet-grid").focus()
    page.keyboard.type("700")
    with page.expect_response("**/targets/sheet/cells/**") as answer:
        page.keyboard.press("Enter")
    assert answer.value.status == 409
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="保留我的 700").click()
    _saved(page)
    page.wait_for_function("document.querySelectorAll('.sheet-grid td.pending').length === 0")
    assert Target.objects.get().amount == 700
    site.troubles[:] = [one for one in site.troubles if "409" not in one]


def test_five_hundred_people_stay_fluid(site: Site) -> None:
    unit = _team(site)
    User.objects.bulk_create(
        [
            User(
                username=f"seller{n}",
                name=f"销售{n}",
                name_key=f"xiaoshou{n:04}",
                roles=["rep"],
                unit=unit,
                password="!",
            )
            for n in range(500)
        ]
    )
    page = _open(site, site.cast.wumin)
    assert page.locator(".sheet-grid tbody tr").count() < 80  # only what is in sight is drawn
    page.route("**/targets/sheet/cells/**", lambda route: route.fulfill(json={"cells": [], "faults": []}))
    page.locator(".sheet-grid").focus()
    _paste(page, "\n".join(["\t".join(["1000"] * 13)] * 505))
    drawn = page.evaluate(
        """() => { const grid = document.querySelector(".sheet-grid"), make = document.createElement; let made = 0;
        document.createElement = function (...name) { made += 1; return make.apply(this, name); };
        for (let n = 0; n < 20; n += 1) grid.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true }));
        delete document.createElement;
        return made / 20; }"""
    )
    assert drawn < 80 * 16  # a key draws what is in sight anew, however many people there are
    expect(page.locator(".sheet-grid td.cursor")).to_have_text("1,000")


def test_a_phone_reads_it_and_changes_one_cell(site: Site) -> None:
    verbs.set_target(unit=_team(site), metric="bookings", period=YEAR, amount=Decimal(500), by=None)
    page = site.page(site.cast.wumin, f"/targets/sheet/?unit={_team(site).code}&period=2027", phone=True)
    expect(page.locator("td.lead").first).to_be_visible()
    assert overflow(page) == 0
    page.locator("td.lead a").first.click()
    page.fill('input[name="2027-03"]', "40")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url(re.compile(r"/targets/sheet/\?"))
    assert Target.objects.filter(amount=40).exists()


def _head(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".sheet-grid thead th").all_inner_texts()]


def test_quarters_stand_over_their_months_and_fold(site: Site) -> None:
    page = _open(site, site.cast.wumin)
    page.locator(".sheet-grid").focus()
    _paste(page, "\t".join(["1200", *["100"] * 11, "5"]))
    quarters = page.locator(".sheet-grid th.quarter button")
    expect(quarters).to_have_text(["▾ 一季度 300", "▾ 二季度 300", "▾ 三季度 300", "▾ 四季度 205"])
    assert _head(page)[7:10] == ["1 月", "2 月", "3 月"]
    quarters.nth(3).click()
    expect(quarters.nth(3)).to_have_attribute("aria-expanded", "false")
    folded = page.locator(".sheet-grid tbody tr").first.locator("td.quarter")
    expect(folded).to_have_text(["205"])
    page.locator(".sheet-grid").focus()
    page.keyboard.press("End")
    expect(page.locator(".sheet-status b")).to_contain_text(
        "2027-09"
    )  # a folded quarter is typed into by its months
    page.keyboard.type("400")
    page.keyboard.press("Enter")
    expect(quarters.nth(2)).to_have_text("▾ 三季度 600")
    page.locator(".sheet-summary button").first.click()
    quarters.nth(3).click()
    expect(page.locator(".sheet-grid td.quarter")).to_have_count(0)
    _saved(page)


def test_the_units_below_are_proved_under_all_rows(site: Site) -> None:
    for unit, amount in (("CENTER", 500), ("D1", 300), ("D2", 150)):
        verbs.set_target(
            unit=Unit.objects.get(code=unit), metric="bookings", period=YEAR, amount=Decimal(amount), by=None
        )
    page = site.page(site.cast.heli, "/targets/sheet/?unit=CENTER&period=2027")
    foot = page.locator(".sheet-grid tfoot td")
    expect(foot.first).to_have_text("-50")
    expect(page.locator(".sheet-grid .leader").first).to_have_text("何立")
    page.locator(".sheet-grid").focus()
    page.keyboard.type("450")
    page.keyboard.press("Enter")
    expect(foot.first).to_have_text("✓ 0")
    _saved(page)


def test_the_thread_is_read_and_written_beside_the_sheet(site: Site) -> None:
    cast, unit = site.cast, _team(site)
    talk = verbs.open_negotiation(
        unit=unit, metric="bookings", period=YEAR, envelope=Decimal(1_000_000), by=cast.heli, text="先谈"
    )
    parts = {cast.lina.username: Decimal(700_000), cast.chenan.username: Decimal(400_000)}
    verbs.propose_target(talk, amount=Decimal(900_000), parts=parts, text="两人先扛", by=cast.wumin)
    page = _open(site, cast.wumin)
    thread = page.locator("#thread")
    expect(thread).to_contain_text("两人先扛")
    thread.get_by_role("button", name="采纳到目标表").click()
    _saved(page)
    page.wait_for_function("document.querySelectorAll('.sheet-grid td.pending').length === 0")
    wholes = {one.person_id: one.amount for one in Target.objects.all()}
    assert wholes == {None: 900_000, cast.lina.pk: 700_000, cast.chenan.pk: 400_000}
    thread.get_by_role("button", name="引用光标所在单元格").click()
    field = thread.locator("textarea")
    expect(field).to_have_value("直销一部 2027 900,000 ")
    field.press_sequentially("够了吗")
    thread.get_by_role("button", name="发送").click()
    expect(thread.locator("article").last).to_contain_text("直销一部 2027 900,000 够了吗")
    expect(field).to_have_value("")
    verbs.say_in_negotiation(talk, text="一月再加点", by=cast.heli)
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(thread.locator("article").last).to_contain_text("一月再加点")
    assert site.faults(page, within="#thread") == []
    phone = site.page(cast.heli, f"/targets/sheet/?unit={unit.code}&period=2027", phone=True)
    expect(phone.locator("#thread")).to_contain_text("够了吗")
    assert overflow(phone) == 0

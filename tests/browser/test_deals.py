"""Deals in a real browser: a card at its gate, two people at once, by key, on a phone, without scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from loudou.customers import verbs as customers
from loudou.kernel import clock
from loudou.people.models import User
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Evidence
from loudou.pipeline.queries.funnels import next_spec
from tests import make
from tests.browser.conftest import Finger, Site, drag, overflow


def _deal(owner: User, **details: Any) -> Deal:
    """A deal of a customer with a next step, at the first stage, its gate filled but for the first mark."""
    customer = customers.add_customer(name="宁波甬江机电有限公司", by=owner)
    soon = clock.now().date() + timedelta(days=3)
    deal = make.deal(
        owner, customer=customer, next_step="拜访郑总工", next_on=soon, source="visit", **details
    )
    make.fill_gate(deal, None)
    mark = Evidence.objects.filter(deal=deal).order_by("kind__position").first()
    assert mark is not None
    verbs.withdraw_evidence(mark, by=None, reason="客户改口")
    deal.refresh_from_db()
    return deal


def drag_ahead(page: Page, deal: Deal, ahead: int) -> None:
    place = deal.spec.position + ahead
    drag(
        page,
        page.locator(f"#card-{deal.pk} .foot"),
        page.locator(".column .card-stack").nth(place),
        at=(60, 12),
        lifted="[data-dragging]",
        over=f".column:nth-child({place + 1}).target",
    )


def stands(page: Page, deal: Deal, place: int) -> None:
    expect(page.locator(".column").nth(place).locator(f"#card-{deal.pk}")).to_be_visible()


def test_a_card_is_refused_at_its_gate_filled_in_there_and_let_through(site: Site) -> None:
    rep = site.cast.zhangwei
    deal, other = _deal(rep), _deal(rep, title="阀体去毛刺工作站", amount=90_000)
    page = site.page(rep)
    page.context.clear_cookies()
    rep.set_password("loudou-2026-zhangwei")
    rep.save()
    page.goto(site.address + "/login/?next=/board/")
    page.fill("input[name=username]", "zhangwei")
    page.fill("input[name=password]", "loudou-2026-zhangwei")
    page.keyboard.press("Enter")
    page.wait_for_url(site.address + "/board/")

    drag_ahead(page, deal, 1)
    gate = page.locator("#gate")
    expect(gate).to_be_visible()
    mark = make.specs_of(deal)[0].evidence_kinds.all()[0]
    expect(gate).to_contain_text(str(mark))
    expect(gate.locator(".gate-items li:not(.done):not(.free)")).to_have_count(1)
    stands(page, deal, 0)

    gate.locator("a.act").first.click()
    dialog = page.locator("#dialog")
    dialog.locator("button.primary").click()  # nothing said: refused beside the field, the dialog stays
    expect(dialog.locator(".errors")).to_be_visible()
    dialog.locator("textarea[name=note]").fill("许总 11-20 会议纪要")
    dialog.locator("button.primary").click()
    expect(dialog.locator("#gate-shut .tag.good")).to_be_visible()
    dialog.locator("#gate-shut button.primary").click()
    expect(dialog).not_to_be_visible()
    stands(page, deal, 1)

    drag_ahead(page, other, 1)
    expect(gate).to_be_visible()
    page.keyboard.press("Escape")
    expect(gate).not_to_be_visible()
    verbs.give_evidence(other, kind=mark, by=rep, note="邮件确认")
    page.reload()
    drag_ahead(page, other, 1)
    toast = page.locator(".toast-note")
    expect(toast).to_be_visible()
    stands(page, other, 1)
    expect(page.locator(".column").nth(1).locator(".count")).to_have_text("2")
    toast.locator("button").click()  # undone
    stands(page, other, 0)


def test_the_page_of_a_deal_leads_through_its_gate(site: Site) -> None:
    deal = _deal(site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, f"/deals/{deal.pk}/")
    page.locator(".deal-head .btn.primary").click()
    dialog = page.locator("#dialog")
    expect(dialog.locator(".gate-items li:not(.done):not(.free)")).to_have_count(1)
    expect(dialog.locator(".to-deal")).to_be_hidden()  # one is there already
    dialog.locator("a.act").first.click()
    dialog.locator("textarea[name=note]").fill("许总 11-20 会议纪要")
    dialog.locator("button.primary").click()
    expect(dialog.locator("#gate-shut .tag.good")).to_be_visible()
    dialog.locator("#gate-shut button.primary").click()
    expect(dialog).not_to_be_visible()
    expect(page.locator(".path .step").nth(1)).to_have_attribute("aria-current", "step")


def test_a_change_told_while_the_board_is_being_put_in_is_not_lost(site: Site) -> None:
    page = site.page(site.cast.zhangwei, "/board/")
    page.evaluate(
        """() => {
            window.swaps = 0;
            document.addEventListener("htmx:afterSwap", () => {
                window.swaps += 1;
                if (window.swaps === 1) htmx.trigger("body", "deal-changed");
            });
            htmx.trigger("body", "deal-changed");
        }"""
    )
    page.wait_for_function("() => window.swaps === 2")


def test_a_card_is_dropped_anywhere_in_a_column(site: Site) -> None:
    deal = _deal(site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, "/board/")
    card, column = page.locator(f"#card-{deal.pk} .foot"), page.locator(".column").nth(1)
    far_below_its_head = (100, 380)  # the column is empty
    drag(
        page,
        card,
        column,
        at=far_below_its_head,
        lifted="[data-dragging]",
        over=".column:nth-child(2).target",
    )
    expect(page.locator("#gate")).to_be_visible()
    stands(page, deal, 0)


def test_a_skip_is_asked_for_on_the_board_and_signed(site: Site) -> None:
    deal = _deal(site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, "/board/")
    drag_ahead(page, deal, 1)
    page.locator("#gate a.btn", has_text="跳过").click()
    page.locator("#dialog textarea[name=reason]").fill("客户要求先看报价")
    page.locator("#dialog button.primary").click()
    expect(page.locator(f"#card-{deal.pk}")).to_contain_text("吴敏")
    stands(page, deal, 0)

    desk = site.page(site.cast.wumin, "/signoff/")
    desk.locator("textarea[name=opinion]").press_sequentially("同意跳过，两周内补齐需求清单。")
    desk.locator("[data-sign]").click()
    expect(desk.locator(".notice-bar.info")).to_be_visible()
    page.reload()
    stands(page, deal, 1)
    page.goto(f"{site.address}/deals/{deal.pk}/")
    expect(page.locator("#timeline")).to_contain_text("同意跳过")


def test_one_goes_on_where_one_was_after_a_dialog_that_a_menu_opened(site: Site) -> None:
    deal = _deal(site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, f"/deals/{deal.pk}/")
    page.keyboard.press("e")
    dialog = page.locator("#dialog")
    dialog.locator("[name=title]").fill("阀体去毛刺工作站")
    dialog.locator("button.primary").click()
    expect(page.locator("h1")).to_have_text("阀体去毛刺工作站")
    expect(page.locator(".deal-head details.menu > summary")).to_be_focused()
    page.locator(".gate-row a").first.click()
    dialog.locator("textarea[name=note]").fill("许总 11-20 会议纪要")
    dialog.locator("button.primary").click()
    expect(page.locator(".gate-row li:not(.done):not(.free)")).to_have_count(0)
    expect(page.locator("#gate :focus")).to_have_count(1)


def test_cards_are_moved_by_key(site: Site) -> None:
    deal = make.deal(site.cast.zhangwei)
    make.fill_gate(deal, None)
    page = site.page(site.cast.zhangwei, "/board/")
    page.locator(f"#card-{deal.pk}").focus()
    page.keyboard.press("m")
    following = next_spec(deal.spec)
    choice = page.locator("#dialog .stage-choices button", has_text=str(following))
    expect(choice).to_be_visible()
    choice.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).not_to_be_visible()
    stands(page, deal, 1)


def test_a_gate_that_holds_a_card_back_is_gone_through_by_key(site: Site) -> None:
    deal = _deal(site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, "/board/")
    page.locator(f"#card-{deal.pk}").focus()
    page.keyboard.press("m")
    choice = page.locator("#dialog .stage-choices button").first
    expect(choice).to_be_visible()
    choice.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#gate-shut .tag.watch")).to_be_visible()
    missing = page.locator("#gate-shut a.act").first
    expect(missing).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog textarea[name=note]")).to_be_focused()
    page.keyboard.type("邮件确认")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#gate-shut button.primary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).not_to_be_visible()
    stands(page, deal, 1)


@pytest.mark.parametrize("where", ["board", "deal"])
def test_a_gate_is_walked_by_tab_and_left_by_escape_for_where_one_was(site: Site, where: str) -> None:
    deal = _deal(site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, "/board/" if where == "board" else f"/deals/{deal.pk}/")
    opener = page.locator(f"#card-{deal.pk}" if where == "board" else ".deal-head .btn.primary").first
    opener.focus()
    page.keyboard.press("m" if where == "board" else "Enter")
    dialog = page.locator("#dialog")
    if where == "board":
        dialog.locator(".stage-choices button").first.press("Enter")
    expect(dialog.locator("#gate-shut .tag.watch")).to_be_visible()
    acts = [one for one in dialog.locator("a[href], button").all() if one.is_visible()]
    reached: set[int] = set()
    for _ in range(3 * len(acts) + 12):
        page.keyboard.press("Tab")
        reached |= {n for n, one in enumerate(acts) if one.evaluate("e => document.activeElement === e")}
    assert reached == set(range(len(acts)))
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(opener).to_be_focused()


def test_the_list_of_keys_tells_those_of_the_page(site: Site) -> None:
    page = site.page(site.cast.zhangwei, "/board/")
    page.keyboard.press("?")
    here = page.locator("#keys [data-keys-here]")
    expect(here).to_be_visible()
    expect(here.locator("tr", has_text="到旁边一列").locator("kbd")).to_have_text(["←", "→"])
    expect(here.locator("tr", has_text="筛选").locator("kbd")).to_have_text("f")


def test_what_one_types_is_sent_by_key(site: Site) -> None:
    deal = make.deal(site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, f"/deals/{deal.pk}/")
    page.keyboard.press("n")
    note = page.locator("#dialog textarea").first
    note.fill("许总下周回国，方案先送到车间。")
    note.press("Control+Enter")
    expect(page.locator("#dialog")).not_to_be_visible()
    expect(page.locator("#timeline")).to_contain_text("方案先送到车间")


def test_who_comes_second_sees_both_values_and_decides(site: Site) -> None:
    deal = _deal(site.cast.zhangwei)
    first = site.page(site.cast.zhangwei, f"/deals/{deal.pk}/")
    second = site.page(site.cast.wumin, f"/deals/{deal.pk}/")
    for page, text in ((first, "电话约许总"), (second, "请售前到访")):
        page.locator(".next-panel a.btn").click()
        page.locator("#dialog input[name=next_step]").fill(text)
    first.locator("#dialog button.primary").click()
    expect(first.locator(".next-text")).to_contain_text("电话约许总")
    second.locator("#dialog button.primary").click()
    stale = second.locator("#stale")
    expect(stale).to_contain_text("电话约许总")
    expect(stale).to_contain_text("请售前到访")
    expect(second.locator("#dialog input[name=next_step]")).to_have_value("请售前到访")
    second.locator("#dialog button.primary").click()
    expect(second.locator(".next-text")).to_contain_text("请售前到访")


def test_a_card_that_moved_on_meanwhile_goes_back_and_says_so(site: Site) -> None:
    deal = make.deal(site.cast.zhangwei)
    make.fill_gate(deal, None)
    page = site.page(site.cast.zhangwei, "/board/")
    verbs.edit(deal, by=site.cast.wumin, title="柔性产线二期")
    drag_ahead(page, deal, 1)
    expect(page.locator("#dialog #stale")).to_be_visible()
    stands(page, deal, 0)


def test_it_all_works_without_scripts(site: Site) -> None:
    deal = _deal(site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, "/board/", script=False)
    page.locator(f"#card-{deal.pk} .card-menu").click()
    page.locator(".stage-choices button").first.click()
    gate = page.locator("#gate-shut")
    expect(gate).to_be_visible()
    gate.locator("a.act").first.click()
    page.locator("textarea[name=note]").fill("许总 11-20 会议纪要")
    page.locator("#act button.primary").click()
    page.locator("#gate-shut button.primary").click()
    page.wait_for_url(f"**/deals/{deal.pk}/")
    expect(page.locator(".path [aria-current=step]")).to_contain_text(str(next_spec(deal.spec)))


@pytest.mark.parametrize("look", ["desk", "dark", "phone"])
def test_pages_and_dialogs_fit_and_are_accessible(site: Site, look: str) -> None:
    deal = _deal(site.cast.chenan)
    verbs.set_competitor(deal, name="沈阳新松", by=None)
    deal.refresh_from_db()
    mark = make.specs_of(deal)[0].evidence_kinds.all()[0].pk
    page = site.page(site.cast.wumin, "/board/", phone=look == "phone", dark=look == "dark")
    acts = ("move", "edit", "lines", "team", "contacts", "lose", "hand-over", f"evidence/{mark}", "gate")
    paths = ["/board/", "/deals/", f"/deals/{deal.pk}/", "/deals/open/", "/deals/filter/"]
    paths += [f"/deals/{deal.pk}/{act}/" for act in (acts if look == "desk" else acts[:3])]
    for path in paths:
        page.goto(site.address + path)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert overflow(page) <= 0, path
        assert site.faults(page) == [], path


def test_on_a_phone_a_tab_turns_to_its_column(site: Site) -> None:
    make.advance(_deal(site.cast.chenan))
    page = site.page(site.cast.chenan, "/board/", phone=True)
    page.locator(".stage-tabs a").nth(1).click()
    expect(page.locator(".stage-tabs a").nth(1)).to_have_attribute("aria-current", "true")
    expect(page.locator(".column").nth(1).locator(".deal-card")).to_be_in_viewport()
    expect(page.locator(".column-head .count").nth(1)).to_have_text("1")


def test_on_a_phone_a_card_is_held_and_dropped_on_the_tab_of_a_stage(site: Site) -> None:
    deal = _deal(site.cast.chenan)
    page = site.page(site.cast.chenan, "/board/", phone=True)
    card, tab, finger = page.locator(f"#card-{deal.pk}"), page.locator(".stage-tabs a").nth(1), Finger(page)

    def carried() -> None:
        finger.rest(card, held=".deal-card.sortable-chosen")
        finger.go(tab, over=".stage-tabs a.over:nth-child(2)")
        finger.lift()

    carried()
    gate = page.locator("#gate")
    expect(gate).to_be_visible()
    stands(page, deal, 0)
    gate.locator("[data-close]").tap()
    expect(gate).to_be_hidden()
    mark = make.specs_of(deal)[0].evidence_kinds.all()[0]
    verbs.give_evidence(deal, kind=mark, by=site.cast.chenan, note="邮件确认")
    page.reload()
    carried()
    expect(page.locator(".column").nth(1).locator(f"#card-{deal.pk}")).to_have_count(1)
    expect(tab.locator("b")).to_have_text("1")
    expect(page.locator(".stage-tabs a").first.locator("b")).to_have_text("0")


def test_a_card_let_go_where_it_was_held_opens_its_menu(site: Site) -> None:
    deal = _deal(site.cast.chenan)
    page = site.page(site.cast.chenan, "/board/", phone=True)
    finger = Finger(page)
    finger.rest(page.locator(f"#card-{deal.pk} a.customer"), held=".deal-card.resting")
    finger.lift()
    following = next_spec(deal.spec)
    choice = page.locator("#dialog .stage-choices button", has_text=str(following))
    expect(choice).to_be_visible()
    box = choice.bounding_box()
    assert box and box["height"] >= 44  # a thumb hits it

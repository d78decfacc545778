"""A slow line and quick hands: nothing is sent twice, nothing is lost, nothing comes up in the wrong place."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from loudou.customers import verbs as customers
from loudou.pipeline.models import Deal
from loudou.problems.models import Problem
from tests import make
from tests.browser.conftest import Site
from tests.browser.test_deals import drag_ahead, stands

_SEARCHES = re.compile(r"/search/\?q=")
# Presses what the dialog's form is sent by in the instant the form is put in.
_PRESS_AT_ONCE = """() => {
    const dialog = document.getElementById("dialog");
    new MutationObserver((_, watcher) => {
        const button = dialog.querySelector("button.primary");
        if (button) { watcher.disconnect(); button.click(); }
    }).observe(dialog, { childList: true, subtree: true });
}"""


def hold(page: Page, path: str) -> Callable[[], None]:
    """Keep requests to `path` under way until the function it gives is called."""
    kept: list[Route] = []
    page.route(path, lambda route: kept.append(route))

    def let_go() -> None:
        for route in kept:
            route.continue_()
        page.unroute(path)

    return let_go


def test_what_is_put_into_a_page_works_at_once(site: Site) -> None:
    deal = make.deal(site.cast.zhangwei)
    mark = make.specs_of(deal)[0].evidence_kinds.all()[0].pk
    page = site.page(site.cast.zhangwei, f"/deals/{deal.pk}/")
    page.evaluate(_PRESS_AT_ONCE)
    page.locator(f"a[href='/deals/{deal.pk}/evidence/{mark}/']").click()
    expect(page.locator("#dialog .errors").first).to_be_visible()
    assert page.url == f"{site.address}/deals/{deal.pk}/"


def test_a_dialog_pressed_twice_is_sent_once(site: Site) -> None:
    page = site.page(site.cast.zhangwei, "/board/")
    page.evaluate("htmx.ajax('GET', '/deals/open/', { target: '#dialog' })")
    page.locator("#dialog input[name=title]").fill("柔性产线")
    page.locator("#dialog button.primary").dblclick()
    page.wait_for_url("**/deals/*/")
    expect(page.locator("h1")).to_have_text("柔性产线")
    assert Deal.objects.count() == 1


def test_of_two_dialogs_asked_for_the_last_opens(site: Site) -> None:
    deal = make.deal(site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, f"/deals/{deal.pk}/")
    let_go = hold(page, "**/edit/")
    page.evaluate(
        f"void htmx.ajax('GET', '/deals/{deal.pk}/edit/', {{ target: '#dialog', source: '#deal' }})"
    )
    page.evaluate(f"htmx.ajax('GET', '/deals/{deal.pk}/lose/', {{ target: '#dialog', source: 'header' }})")
    expect(page.locator("#dialog [name=review]")).to_be_visible()
    with page.expect_response("**/edit/"):
        let_go()
    page.evaluate("() => new Promise(requestAnimationFrame)")
    expect(page.locator("#dialog [name=review]")).to_be_visible()


def test_a_card_goes_back_to_its_own_column_while_another_is_under_way(site: Site) -> None:
    first, second = make.deal(site.cast.zhangwei), make.advance(make.deal(site.cast.zhangwei, title="阀体"))
    page = site.page(site.cast.zhangwei, "/board/")
    let_go = hold(page, f"**/deals/{first.pk}/move/")
    drag_ahead(page, first, 1)
    stands(page, first, 1)
    drag_ahead(page, second, 1)  # its gate is shut
    expect(page.locator("#gate")).to_be_visible()
    stands(page, second, 1)
    let_go()
    stands(page, first, 0)


def test_a_change_told_under_a_card_in_the_air_comes_once_it_has_landed(site: Site) -> None:
    deal, other = make.deal(site.cast.zhangwei), make.deal(site.cast.zhangwei, title="阀体")
    page = site.page(site.cast.zhangwei, "/board/")
    let_go = hold(page, f"**/deals/{deal.pk}/move/")
    drag_ahead(page, deal, 1)
    make.advance(other)
    with page.expect_response("**/board/"):
        page.evaluate("htmx.trigger('body', 'deal-changed')")
    stands(page, deal, 1)
    let_go()
    expect(page.locator("#gate")).to_be_visible()
    stands(page, deal, 0)
    page.keyboard.press("Escape")
    stands(page, other, 1)


def test_enter_opens_no_answer_to_another_question(site: Site) -> None:
    customers.add_customer(name="宁波甬江机电有限公司", by=site.cast.zhangwei)
    page = site.page(site.cast.zhangwei, "/board/")
    page.locator("header a.find").click()
    page.route(_SEARCHES, lambda route: None)  # it is never answered
    with page.expect_request(_SEARCHES):
        page.locator("#dialog input[name=q]").fill("绍兴")
    page.unroute(_SEARCHES)
    page.keyboard.press("Enter")
    page.wait_for_url(_SEARCHES)
    expect(page.locator("input[name=q]")).to_have_value("绍兴")


def test_a_file_can_be_taken_out_again(site: Site) -> None:
    page = site.page(site.cast.wumin, "/analysis/funnel/")
    page.locator("details.menu", has=page.locator("form[data-file]")).locator("summary").click()
    for _again in range(2):
        with page.expect_download():
            page.locator("form[data-file] button:not([aria-busy])").first.click()


def test_what_was_refused_is_still_there_after_a_look_elsewhere(site: Site) -> None:
    page = site.page(site.cast.zhangwei, "/problems/register/")
    page.locator("textarea[name=what]").fill("交期一再推迟")
    page.locator("input[name=title]").fill(" ")
    page.locator("form[data-draft] button.primary").click()
    expect(page.locator(".errors").first).to_be_visible()
    page.goto(site.address + "/problems/")
    page.goto(site.address + "/problems/register/")
    expect(page.locator("textarea[name=what]")).to_have_value("交期一再推迟")
    assert not Problem.objects.exists()


def test_what_is_typed_into_a_sheet_stays_while_what_was_typed_before_is_saved(site: Site) -> None:
    page = site.page(site.cast.wumin, f"/targets/sheet/?unit={site.cast.wumin.unit.code}&period=2027")
    expect(page.locator(".sheet-grid td.cursor")).to_have_count(1)
    page.locator(".sheet-grid").focus()
    let_go = hold(page, "**/targets/sheet/cells/**")
    with page.expect_request("**/targets/sheet/cells/**"):
        page.keyboard.type("5")
        page.keyboard.press("Enter")
    page.keyboard.type("12")
    let_go()
    expect(page.locator(".sheet-status")).to_contain_text("已保存")
    page.keyboard.type("3")
    expect(page.locator(".sheet-grid input")).to_have_value("123")

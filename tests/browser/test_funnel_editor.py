"""A funnel is changed in a real browser: by dialog, by dragging, on a phone; then it is published."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from loudou.pipeline.queries.funnels import draft_of, specs
from tests import make
from tests.browser.conftest import Site, drag, overflow


def stands(page: Page, *names: str) -> None:
    """The page shows the stages in this order, and is whole: its scripts are there."""
    expect(page.locator("[data-stages] h3")).to_have_text(names)
    page.wait_for_load_state()


def order() -> list[str]:
    draft = draft_of(make.funnel())
    return [spec.stage.code for spec in specs(draft)] if draft else []


def test_a_stage_is_changed_dragged_and_put_in_force(site: Site) -> None:
    page = site.page(site.cast.linjing, f"/funnels/{make.funnel().pk}/")
    page.get_by_role("link", name="编辑: 验证").click()
    dialog = page.locator("dialog")
    dialog.get_by_label("最多天数").fill("25")
    dialog.get_by_role("button", name="再加一项标志").click()
    dialog.locator("[name='marks-6-name_zh-hans']").fill("现场勘查")
    assert site.faults(page, within="dialog") == []
    dialog.get_by_role("button", name="保存到草稿").click()
    expect(page.get_by_text("20 → 25")).to_be_visible()
    expect(page.get_by_text("— → 现场勘查")).to_have_count(1)
    stands(page, "验证", "开发", "提案", "成交")
    handles = page.locator("[data-stages] [data-drag]")
    second = "[data-stages] > li:nth-child(2).sortable-ghost"
    drag(page, handles.nth(3), handles.nth(1), at=(8, 8), lifted=".sortable-ghost", over=second)
    page.wait_for_url("**/#stage-*")
    assert order() == ["verify", "close", "develop", "propose"]
    page.get_by_role("button", name="下移: 成交").click()
    stands(page, "验证", "开发", "成交", "提案")
    page.get_by_role("button", name="下移: 成交").click()
    stands(page, "验证", "开发", "提案", "成交")
    assert order() == ["verify", "develop", "propose", "close"]
    page.get_by_role("link", name="发布…").click()
    dialog.get_by_label("改了什么").fill("首访要有现场勘查")
    dialog.get_by_role("button", name="发布").click()
    expect(page.get_by_text("版本 2 已对新商机生效")).to_be_visible()
    assert make.funnel().current == specs(make.funnel().current_id or 0)[0].version


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize("path", ["/funnels/", "/funnels/1/", "/reasons/"])
def test_it_fits_and_is_accessible(site: Site, path: str, phone: bool) -> None:
    path = path.replace("1", str(make.funnel().pk))
    page = site.page(site.cast.linjing, path, phone=phone)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert overflow(page) <= 0
    assert site.faults(page) == []

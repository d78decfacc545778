"""Pages about targets with much on them, on a desk and on a phone: the board of many owners, tables told as cards."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from loudou.kernel.periods import Fiscal
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.steering import verbs as steering
from loudou.targets import verbs as targets
from tests.browser.conftest import Site, overflow

OWNERS = 150


@pytest.fixture
def year(site: Site) -> str:
    """The year there is; every page of it stands."""
    return str(organisation().today.year)


def _sellers(site: Site, year: str) -> None:
    unit = site.cast.wumin.unit
    people = User.objects.bulk_create(
        User(
            username=f"s{n}",
            name=f"销售{n:03}",
            name_key=f"xiaoshou{n:03}",
            roles=["rep"],
            unit=unit,
            password="!",
        )
        for n in range(OWNERS)
    )
    period = Fiscal().parse(year)
    for one in people:
        targets.set_target(
            person=one, metric="bookings", period=period, amount=Decimal(1_200_000), by=None, unit=None
        )


@pytest.mark.parametrize("phone", [False, True])
def test_a_board_of_150_owners_shows_more_until_all_are_there(site: Site, year: str, phone: bool) -> None:
    _sellers(site, year)
    page = site.page(site.cast.wumin, f"/analysis/targets/?period={year}", phone=phone)
    rows = page.locator("#target-rows > tr")
    expect(rows).to_have_count(100)
    more = page.locator("#target-more").get_by_role("link", name="显示更多")
    more.focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(OWNERS)
    expect(more).to_have_count(0)
    names = page.locator("#target-rows > tr > td:first-child").all_inner_texts()
    assert len(set(names)) == OWNERS and names == sorted(names)
    assert overflow(page) == 0 and _scrolling(page) == []


def test_a_status_that_is_a_sentence_breaks_where_room_is_short(site: Site, year: str) -> None:
    period = Fiscal().parse(year)
    targets.set_target(
        person=site.cast.chenan, unit=None, metric="bookings", period=period, amount=Decimal(0), by=None
    )
    page = site.page(site.cast.chenan, f"/analysis/targets/?period={year}", language="en")
    page.set_viewport_size({"width": 800, "height": 800})
    status = page.locator("#target-rows td:last-child").filter(has_text="nothing to reach")
    expect(status).to_have_count(1)
    assert status.evaluate("cell => cell.getBoundingClientRect().width") < 170  # in one line it is 210


def test_budgets_measures_and_the_stages_are_read_without_pushing_sideways(site: Site, year: str) -> None:
    cast, today, unit = site.cast, organisation().today, Unit.objects.get(pk=site.cast.wumin.unit_id)
    budget = steering.set_budget(unit=unit, period=Fiscal().parse(year), by=None)
    month = date(today.year, today.month, 1)
    steering.set_line(budget, category="travel", month=month, amount=Decimal(1_234_567), by=None)
    budget.refresh_from_db()
    reason = "展会提前到本月，随队工程师两名，住宿与运费都涨了"
    steering.set_line(
        budget, category="travel", month=month, amount=Decimal(2_345_678), reason=reason, by=cast.heli
    )
    steering.spend(budget, steering.CostRow(unit, "travel", month, Decimal("98765.43"), note=reason), by=None)
    target = targets.set_target(
        person=cast.chenan,
        unit=None,
        metric="bookings",
        period=Fiscal().parse(year),
        amount=Decimal(9_600_000),
        by=None,
    )
    steering.ask_for_causes(target, gap=Decimal("-0.3"), owners=[cast.chenan], by=None)
    steering.take_measure(
        target, text=reason, owner=cast.chenan, due_on=today + timedelta(days=3), by=cast.chenan
    )
    page = site.page(cast.heli, phone=True)
    for path, told in (
        (f"/budgets/?period={year}", "直销一部"),
        (f"/budgets/{budget.pk}/", "差旅"),
        ("/targets/following/", reason),
        (f"/targets/{target.pk}/follow/", reason),
        (f"/targets/{target.pk}/", "版本"),
        (f"/targets/backward/?period={year}", "验证"),
        (f"/targets/pace/?period={year}&by=owner", "陈安"),
    ):
        page.goto(site.address + path)
        expect(page.locator("main")).to_contain_text(told)
        assert overflow(page) == 0 and _scrolling(page) == [], path


def _scrolling(page: Page) -> list[str]:
    """What has to be pushed sideways to be read."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(".table-scroll")].filter((one) => one.scrollWidth > one.clientWidth)
          .map((one) => one.getAttribute("aria-label") || one.innerText.slice(0, 40))"""
    )
    return found

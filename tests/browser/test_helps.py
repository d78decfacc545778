"""What the question mark beside a figure explains can be read wherever the figure stands."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Site


def test_what_is_explained_at_the_right_edge_stays_in_the_window(site: Site) -> None:
    """A help that would stand out of the window opens to the other side."""
    page = site.page(site.cast.wumin, "/analysis/waterfall/")
    page.set_viewport_size({"width": 1000, "height": 800})
    helps = page.locator("main details.help > summary")
    assert helps.count() > 1
    shifted = 0
    for place in range(helps.count()):
        helps.nth(place).click()
        sheet = helps.nth(place).locator("xpath=../div[contains(@class, 'sheet')]")
        expect(sheet).to_be_in_viewport(ratio=1)
        shifted += "shift" in (sheet.get_attribute("class") or "")
        page.keyboard.press("Escape")
    assert shifted

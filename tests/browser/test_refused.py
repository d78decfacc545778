"""A page that comes back refused begins at what has to be put right, however long it is."""

from __future__ import annotations

from playwright.sync_api import expect

from loudou.kernel.periods import Grain
from loudou.people.queries import organisation
from loudou.reviews import verbs
from tests.browser.conftest import Site


def test_a_report_without_its_causes_comes_back_at_the_causes(site: Site) -> None:
    company = organisation()
    month = company.fiscal.of(company.today, Grain.MONTH)
    pack = verbs.open_pack("report", period=month, by=site.cast.chenan)
    page = site.page(site.cast.chenan, f"/reviews/{pack.pk}/", phone=True)
    page.locator("button[formaction]").click()
    causes = page.locator("textarea[name=causes][aria-invalid=true]")
    expect(causes).to_be_focused()
    expect(causes).to_be_in_viewport()

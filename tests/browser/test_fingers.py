"""What is tapped is large enough: 24 pixels at a desk (WCAG 2.5.8), as wide as a finger on a phone."""

from __future__ import annotations

import pytest

from tests import make
from tests.browser.conftest import Site

# Every link, button and ? that stands alone, with its size; what stands in running text is as high as its line.
_SMALL = """(least) => [...document.querySelectorAll("main :is(a[href], button, summary, select, [type=search])")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest(".visually-hidden, p, svg, .timeline"))
  .map((each) => ({ box: each.getBoundingClientRect(), text: each.outerHTML.slice(0, 120) }))
  .filter(({ box }) => box.width && box.height && box.height < least)
  .map(({ box, text }) => `${box.width}×${box.height} ${text}`)"""


@pytest.mark.parametrize(("phone", "least"), [(False, 24), (True, 42)], ids=["desk", "phone"])
def test_what_is_tapped_is_large_enough(site: Site, *, phone: bool, least: int) -> None:
    deal = make.deal(site.cast.chenan, title="柔性线", next_step="拜访郑总工")
    page = site.page(site.cast.wumin, "/", phone=phone)
    for path in (
        "/",
        "/board/",
        "/deals/",
        f"/deals/{deal.pk}/",
        f"/customers/{deal.customer_id}/",
        "/customers/",
        "/settings/people/",
        "/analysis/forecast-sheet/",
        "/analysis/anomalies/",
    ):
        page.goto(site.address + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate(_SMALL, least) == [], path

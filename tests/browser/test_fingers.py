"""What is tapped is large enough: 24 pixels (WCAG 2.5.8), on a phone what one acts with as wide as a finger."""

from __future__ import annotations

import pytest

from tests import make
from tests.browser.conftest import Site

# Every one of these that stands alone, with its size; what stands in running text is as high as its line.
_ALL = "a[href], button, summary, select, [type=search]"
_ACTS = ".btn, button, summary, select, [type=search], td > a:only-child"
_SMALL = """([which, least]) => [...document.querySelectorAll(`main :is(${which})`)]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest(".visually-hidden, p, svg, .timeline"))
  .map((each) => ({ box: each.getBoundingClientRect(), text: each.outerHTML.slice(0, 120) }))
  .filter(({ box }) => box.width && box.height && box.height < least)
  .map(({ box, text }) => `${box.width}×${box.height} ${text}`)"""


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_what_is_tapped_is_large_enough(site: Site, *, phone: bool) -> None:
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
        assert page.evaluate(_SMALL, [_ALL, 24]) == [], path
        assert not phone or page.evaluate(_SMALL, [_ACTS, 42]) == [], path
        assert site.faults(page) == [], path

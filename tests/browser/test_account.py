"""One's own account in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, overflow


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_it_fits_and_is_accessible(site: Site, phone: bool) -> None:
    page = site.page(site.cast.chenan, "/account/", phone=phone)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert overflow(page) <= 0
    assert site.faults(page) == []

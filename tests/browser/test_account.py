"""One's own account in a real browser."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Site, overflow


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_it_fits_and_is_accessible(site: Site, phone: bool) -> None:
    page = site.page(site.cast.chenan, "/account/", phone=phone)
    assert page.get_by_role("heading", level=1).count() == 1
    assert overflow(page) <= 0
    assert site.faults(page) == []

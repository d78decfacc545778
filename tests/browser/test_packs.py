"""A period's report on the phone: kept or handed in with the thumb, both acts side by side."""

from __future__ import annotations

from loudou.kernel.periods import Fiscal
from loudou.reviews import verbs
from loudou.reviews.models import Pack
from tests.browser.conftest import Site, overflow


def test_a_pack_is_kept_or_handed_in_by_buttons_in_one_row(site: Site) -> None:
    rep = site.cast.chenan
    pack = verbs.open_pack(Pack.Kind.REPORT, period=Fiscal().parse("2026-03"), by=rep)
    page = site.page(rep, f"/reviews/{pack.pk}/", phone=True)
    assert overflow(page) <= 0
    save, send = (page.get_by_role("button", name=name, exact=True) for name in ("保存", "提交"))
    send.scroll_into_view_if_needed()
    left, right = save.bounding_box(), send.bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert site.faults(page) == []
